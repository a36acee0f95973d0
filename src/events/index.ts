export type { CrmAppointment, CrmContact, CrmContactFields, CrmDnd, CrmOpportunity } from "./crm.ts";
export {
  type Answer,
  type AnswerOutcome,
  APP_LOCATION,
  type Ask,
  type Command,
  type EventSource,
  type Hold,
  type LeadEvent,
  LOCATION_LEAD,
  type Mail,
  type NewEvent,
  type Refusal,
  type Reply,
} from "./event.ts";
export {
  countSince,
  deleteMail,
  eventsOf,
  insertEvents,
  insertMail,
  type Letter,
  type LogPlace,
  letterOf,
  markPlaced,
  pageOfLog,
  readMail,
  type StoredEvent,
  unreadCommands,
  unreadMail,
} from "./store.ts";
export { countMissed, type Telling, takeTold } from "./told.ts";
export { type Behavior, BUILT_IN, FAMILIES, property, type Vocabulary } from "./vocabulary.ts";
export { type Unplaced, whoseIs } from "./whose.ts";

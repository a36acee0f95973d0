export { type HookNeeds, openHook } from "./beyond/hook.ts";
export { type NoticeDoors, type NoticeView, noticeRoutes } from "./beyond/notice-routes.ts";
export { insertNotice } from "./beyond/notices.ts";
export { type Outside, openOutside } from "./beyond/outside.ts";
export { isPublicUrl, openAllowed } from "./beyond/public-address.ts";
export {
  openTargets,
  openTriggerCall,
  type Target,
  type Targets,
  type TriggerCallNeeds,
} from "./beyond/trigger-call.ts";
export { crmWorkflowId, outboxFor, type Write, type WriteFacts, type Written } from "./beyond/writes.ts";
export { arbitrate, type Claim, hasRoomAgain, type Standing } from "./choice/arbitrate.ts";
export { bestChannel, changeOf, type Habits, plus } from "./choice/best.ts";
export { channelsHere, type Preferred, preferred } from "./choice/choice.ts";
export { decide, dueAt, recheck, reconsider, type Settled, withdraw } from "./choice/decide.ts";
export { settle, settleByHand } from "./choice/settle.ts";
export { withFaults } from "./fate/bounce.ts";
export { linkKey } from "./fate/clicks.ts";
export {
  type Delivery,
  type Fact,
  fateOf,
  hasArrived,
  isMachineClick,
  type Leg,
  type LegState,
  type Legs,
  legsOf,
  note,
  stateOfLeg,
  type Told,
} from "./fate/delivery.ts";
export { receiveReceipts } from "./fate/receipts.ts";
export { liftRefusal, readRefusals } from "./fate/refusals.ts";
export { type Addresses, addressesOf, addressKey, askedBy, normalizeEmail } from "./law/address.ts";
export {
  leaveByHash,
  openUnclear,
  readAddresses,
  saveAddressChanges,
  type Unclear,
  type UnclearWords,
  type Unjudged,
} from "./law/addresses.ts";
export { type Rekeyed, rekeyAddresses } from "./law/another-key.ts";
export { afterChange, BY_LIFT, lastWords, reasonsToLift, type Stands, standsAgainst } from "./law/causes.ts";
export { closable, dndRow } from "./law/dnd.ts";
export { allowed, constraints, type HoursRules, nextAllowed } from "./law/hours.ts";
export {
  judged,
  type OptOutDecision,
  optIn,
  optOut,
  type SaidAt,
  unclearAsk,
} from "./law/opt-out.ts";
export {
  asking,
  confirmed,
  type Former,
  joined,
  type Named,
  type OwedOptOut,
  type OwedStart,
  placed,
  started,
} from "./law/owed.ts";
export {
  type Check,
  type HouseRules,
  NO_RULES,
  type Paused,
  type Permission,
  type Permit,
  permit,
} from "./law/policy.ts";
export type { Proof } from "./law/proof.ts";
export { FEDERAL_HOURS, type Hold, type Hours, type Pack, packOf, RULES_DATE } from "./law/rules.ts";
export { type Judgment, judge, type WordsVerdict } from "./law/words.ts";
export { type Place, type PlaceEvidence, type Places, places } from "./law/zones.ts";
export { type Lines, sendersOf } from "./letter/from.ts";
export { isAttached, type Media, mediaRoutes, openMedia } from "./letter/media.ts";
export { openRenderer, type Renderer, type RenderFailure } from "./letter/render.ts";
export { APPENDED, type Segments, segments, transliterated } from "./letter/segments.ts";
export { isOwnLink, type Signer } from "./letter/signed.ts";
export type {
  AddressChange,
  AddressFact,
  AddressFacts,
  CallHook,
  CallTrigger,
  Channel,
  HookRequest,
  Lane,
  Lifted,
  Lookup,
  LookupRequest,
  LookupResult,
  MessageRules,
  NewTask,
  OptOut,
  OutboxKind,
  OutboxRow,
  OutboxState,
  OutgoingMessage,
  ProviderIds,
  ProviderReceipt,
  PutOff,
  Records,
  Refusals,
  Rendered,
  Send,
  SendResult,
  StoredMessage,
  TriggerRequest,
  Verdict,
} from "./message.ts";
export { type NewRow, queuedRow } from "./row.ts";
export {
  houseRules,
  type LeadFacts,
  type Means,
  type OutreachCase,
  type OutreachScene,
  outreachScene,
} from "./scene.ts";
export { type AskStatus, askAwaited } from "./sending/asking.ts";
export { locationsAwaiting } from "./sending/awaited.ts";
export type { RateReport, RateWindow } from "./sending/budget.ts";
export { type BreakerChange, type Fault, type Health, openHealth } from "./sending/health.ts";
export { betterLane, raised } from "./sending/lane.ts";
export {
  effectsOfRuns,
  holdOutbox,
  insertOutbox,
  latestMessages,
  leadOfUnsettled,
  moveOutbox,
  type OutboxEntry,
  takeOutbox,
} from "./sending/outbox.ts";
export { type Budget, type Grant, openBudget, type Patience } from "./sending/rate.ts";
export { openSender, type Sender, type SenderNeeds } from "./sending/sender.ts";
export type { Recheck, SendingNeeds } from "./sending/sending.ts";
export { holdLocation } from "./sending/standstill.ts";
export { stopsUnplaced } from "./sending/stop.ts";
export { SENDING_MS } from "./sending/store.ts";

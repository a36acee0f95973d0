export { type Addresses, addressesOf, addressKey, askedBy, normalizeEmail, normalizePhone } from "./address.ts";
export {
  leaveByHash,
  openUnclear,
  readAddresses,
  saveAddressChanges,
  type Unclear,
  type UnclearWords,
} from "./addresses.ts";
export { arbitrate, type Claim, hasRoomAgain, type Standing } from "./arbitrate.ts";
export { type AskStatus, askAwaited } from "./asking.ts";
export { locationsAwaiting } from "./awaited.ts";
export { bestChannel, changeOf, type Habits, plus } from "./best.ts";
export type { RateReport, RateWindow } from "./budget.ts";
export { linkKey } from "./clicks.ts";
export { decide, dueAt, recheck, reconsider, type Settled, withdraw } from "./decide.ts";
export {
  type Delivery,
  type Fact,
  hasArrived,
  isMachineClick,
  type Leg,
  type LegState,
  type Legs,
  legsOf,
  note,
  stateOfLeg,
  type Told,
} from "./delivery.ts";
export { closable, dndRow } from "./dnd.ts";
export { type Lines, sendersOf } from "./from.ts";
export { type BreakerChange, type Fault, type Health, openHealth } from "./health.ts";
export { type HookNeeds, openHook } from "./hook.ts";
export { allowed, constraints, type HoursRules, nextAllowed } from "./hours.ts";
export { betterLane, raised } from "./lane.ts";
export { type Media, mediaRoutes, openMedia } from "./media.ts";
export type {
  AddressChange,
  AddressFact,
  AddressFacts,
  CallHook,
  CallTrigger,
  Channel,
  HookRequest,
  Lane,
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
  Rendered,
  Send,
  SendResult,
  StoredMessage,
  TriggerRequest,
  Verdict,
} from "./message.ts";
export { type NoticeDoors, type NoticeView, noticeRoutes } from "./notice-routes.ts";
export { judged, type OptOutDecision, type OwedOptOut, optOut, placed } from "./opt-out.ts";
export {
  effectsOfRuns,
  holdOutbox,
  insertOutbox,
  latestMessages,
  leadOfUnsettled,
  moveOutbox,
  type OutboxEntry,
  takeOutbox,
} from "./outbox.ts";
export { type Outside, openOutside } from "./outside.ts";
export { type Check, type HouseRules, type Paused, type Permission, type Permit, permit } from "./policy.ts";
export type { Proof } from "./proof.ts";
export { isPublicUrl, openAllowed } from "./public-address.ts";
export { type Budget, type Grant, openBudget, type Patience } from "./rate.ts";
export { receiveReceipts } from "./receipts.ts";
export { openRenderer, type Renderer, type RenderFailure } from "./render.ts";
export { type Hold, type Pack, RULES_DATE } from "./rules.ts";
export {
  houseRules,
  type LeadFacts,
  type Means,
  type OutreachCase,
  type OutreachScene,
  outreachScene,
} from "./scene.ts";
export { APPENDED, type Segments, segments, transliterated } from "./segments.ts";
export { openSender, type Sender, type SenderNeeds } from "./sender.ts";
export type { Recheck, SendingNeeds } from "./sending.ts";
export { settle, settleByHand } from "./settle.ts";
export { isOwnLink, type Signer } from "./signed.ts";
export { holdLocation } from "./standstill.ts";

export { openTargets, openTriggerCall, type Target, type Targets, type TriggerCallNeeds } from "./trigger-call.ts";
export { type Judgment, judge, type WordsVerdict } from "./words.ts";
export { crmWorkflowId, outboxFor, type Write, type WriteFacts, type Written } from "./writes.ts";
export { type Place, type PlaceEvidence, type Places, places } from "./zones.ts";

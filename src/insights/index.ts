export { type AuditedRow, outcomesOf, scoredLeads, taughtBy, treatmentOf } from "./audited.ts";
export type { Decision, DecisionKind, DecisionVerdict, Link } from "./decision.ts";
export { decisionText } from "./decision-text.ts";
export { openFailingLoops } from "./loops.ts";
export { type Counted, type Measure, type MessagesView, STAGES, type Stages } from "./messages.ts";
export { dashboardRoutes } from "./pages.ts";
export { openReader, type Reader, type ReaderOptions } from "./reader.ts";
export { type InsightDoors, insightRoutes, RunsQuery } from "./routes.ts";
export type { Scoring } from "./scored.ts";
export { sentence } from "./sentence.ts";
export {
  channelRates,
  type Delta,
  figures,
  foldDeltas,
  heardHours,
  noteHeard,
  readDecisions,
  saveDecisions,
  saveDeltas,
  slotRates,
} from "./store.ts";
export type {
  AttentionItem,
  ChannelRight,
  ChannelView,
  DecisionView,
  Diagnostic,
  FeedItem,
  FilesView,
  ItemKind,
  LeadRow,
  LeadView,
  LegView,
  LinkView,
  LiveMark,
  MessageState,
  MessageView,
  Page,
  RunView,
  Status,
  SystemView,
  TextPart,
  TimelineItem,
  TodayView,
  VerdictView,
  WorkflowView,
} from "./view.ts";
export { checkName, codeInWords, explainedInWords, reasonInWords } from "./words.ts";

export { DEFAULT_LIMITS, type IngestLimits } from "./budget.ts";
export type { FindLead, UpsertContact } from "./events-api.ts";
export {
  type Intake,
  type IntakeNeeds,
  openIntake,
  type ReceiveReceipts,
  type ResolveLeads,
} from "./intake.ts";
export { type IngestNeeds, ingestRoutes } from "./routes.ts";
export { openPasses } from "./signals/passes.ts";
export { type MessageNeeds, messageLinkRoutes, type SiteNeeds, siteRoutes } from "./signals/routes.ts";
export { HASH_DIGITS, openTokens, type Tokens } from "./signals/tokens.ts";
export type { Site } from "./signals/track.ts";
export { openVisitors } from "./visitor-store.ts";
export type { Visitors } from "./visitors.ts";

export { type Catalog, type CatalogParts, type CustomField, openCatalog, type User } from "./catalog.ts";
export { consentIn } from "./consents.ts";
export { contactFact, type MergeFields, mergeFields } from "./facts.ts";
export {
  type Appointment,
  type ChannelName,
  type Consent,
  type ConsentLevel,
  type ConsentRecord,
  type Contact,
  type CustomValue,
  type Lead,
  type Opportunity,
  stub,
} from "./lead.ts";
export { type Derived, type LatestMessage, type Observed, observe } from "./observe.ts";
export {
  confirmedAt,
  confirmLeads,
  countByOwner,
  countLeads,
  ensureStubs,
  findLeads,
  type LeadFilter,
  listLeads,
  lockAliases,
  mergedInto,
  pageOfLeads,
  readLeads,
  sampleOfLeads,
  saveAlias,
  saveLeads,
} from "./store.ts";

export type { Field, Location, Message, MessagePage, Pipeline, User } from "./answers.ts";
export { type Channels, openChannels, openRecords } from "./channels.ts";
export { type HighLevel, type HighLevelOptions, type Operations, openHighLevel } from "./client.ts";
export { openLookup } from "./lookup.ts";
export type { NewContact } from "./operations/contacts.ts";
export type { ClientOptions, Failure, RateHeaders, Reply } from "./request.ts";
export { type Headers, HIGHLEVEL_KEY, openSignatures, type SignatureKeys, type Verify } from "./signature.ts";
export { type LeadReference, readWebhook, type Unreadable, type Webhook } from "./webhook.ts";

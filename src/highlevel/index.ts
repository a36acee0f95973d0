export { type Headers, HIGHLEVEL_KEY, openSignatures, type SignatureKeys, type Verify } from "./signature.ts";
export { type LeadReference, readWebhook, type Unreadable, type Webhook } from "./webhook.ts";

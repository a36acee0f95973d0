export { type Agreed, type KeptConsent, readConsents, saveConsents } from "./consents.ts";

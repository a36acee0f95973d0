export { keptBack, legalHolds, liftLegalHold, setLegalHold } from "./audit.ts";
export { type Agreed, type KeptConsent, readConsents, saveConsents } from "./consents.ts";
export { readDecisionLinks } from "./decisions.ts";
export { type EvidenceAsked, evidence, evidenceName } from "./evidence.ts";
export { type KeptProof, readProofs, saveProofs, unproved } from "./proofs.ts";
export { type Broken, type ChainLink, followChain } from "./verify.ts";
export { STAYS, type Verified, verify } from "./verifying.ts";

export { type Agreed, type KeptConsent, readConsents, saveConsents } from "./consents.ts";
export { readDecisionLinks } from "./decisions.ts";
export { type EvidenceAsked, evidence, evidenceName } from "./evidence.ts";
export { keptBack } from "./kept-back.ts";
export { legalHolds, liftLegalHold, setLegalHold } from "./legal-holds.ts";
export { type KeptProof, readProofs, saveProofs, unproved } from "./proofs.ts";
export { agreementSeals, optOutSeals, type Seal } from "./seals.ts";
export { type Broken, type ChainLink, followChain } from "./verify.ts";
export { STAYS, type Verified, verify } from "./verifying.ts";

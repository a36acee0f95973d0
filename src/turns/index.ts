export type { LeadCase, Scene, TurnOutcome } from "./case.ts";
export { decideTurn } from "./decide.ts";
export { openScenes, type Place, type Scenes, vocabularyOf } from "./scene.ts";
export { heartbeat, type Process, signIn, signOut, unparkLead } from "./store.ts";
export { reasonOf, runBatch, startTurns, type TurnWorker, type WorkerParts } from "./worker.ts";

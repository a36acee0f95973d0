export type { LeadCase, LeadState, Scene, TurnOutcome } from "./case.ts";
export { decideTurn } from "./decide.ts";
export { ENDED_FOR, MOST_LETTERS, REPLY_WITHIN } from "./load.ts";
export { decideLocation } from "./location-turn.ts";
export { openPlaces } from "./place.ts";
export { isAlive, type WatchNeeds, watchProcesses } from "./processes.ts";
export { openScenes, type Place, type Scenes, vocabularyOf } from "./scene.ts";
export { type Process, unparkLead, wakeLead } from "./store.ts";
export { type Decided, runBatch, startTurns, type TurnWorker, type WorkerParts } from "./worker.ts";

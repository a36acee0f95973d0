export type { AddressBook } from "./addresses.ts";
export type { Leaving, Provider, Reception } from "./departures.ts";
export { drive, SILENCE, type Source } from "./drive.ts";
export type { Kept } from "./kept.ts";
export { type Letter, type Memory, type MemoryParts, openMemory } from "./memory.ts";
export { openQueue, type Queue } from "./queue.ts";
export { placeIn, sceneOf } from "./scene.ts";
export { branchesOf, openWalks, type Walked, type Walks } from "./walked.ts";

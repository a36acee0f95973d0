export { assign, expose, type Lot } from "./assign.ts";
export { type ExperimentState, type Exposure, NONE } from "./experiment.ts";
export { openExperiments } from "./experiments.ts";
export { type FrozenFault, frozenExperiments, frozenFault } from "./frozen.ts";
export { observe, type Watching } from "./observe.ts";
export type { ReadOut, Verdict } from "./read-out.ts";
export { experimentRoutes } from "./routes.ts";
export { leadsNeeded, type Needed, needsInWords, needsOf } from "./statistics/needed.ts";
export { exposedCounts, readExposures, readStates, saveExposures } from "./store.ts";

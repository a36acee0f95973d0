export { asked, type Reading, Refused } from "./crm.ts";
export { type Imports, openImports, type Worked } from "./import.ts";
export { type Hearing, judgeHearing, LOOK_BACK } from "./judge.ts";
export { openPolling, type PollNeeds } from "./poll.ts";
export {
  type Counts,
  IMPORTED,
  type Import,
  type ImportAsked,
  type Imported,
  locationsWithImports,
  openImport,
  type ReadingRow,
  readImport,
  readReadings,
} from "./store.ts";
export { type Finding, takeIn } from "./take.ts";

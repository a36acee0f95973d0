export type { TraceCode } from "./codes.ts";
export { type Compilation, compile, type PublicationContent } from "./compile/compile.ts";
export {
  type Diagnostic,
  didYouMean,
  headline,
  isFault,
  render as renderDiagnostic,
  type Severity,
} from "./compile/diagnostic.ts";
export { clockText, parseRange, parseRate } from "./compile/duration.ts";
export { HOLD } from "./compile/send.ts";
export type { SourceFile } from "./compile/source.ts";
export type {
  Condition,
  ConditionFacts,
  HistoryLeaf,
  Leaf,
  LeafTruth,
  Operand,
  Operator,
  Test,
  Truth,
  Value,
} from "./condition.ts";
export { drawingOf } from "./editor/draw.ts";
export { schemaText, writeSchema } from "./editor/file.ts";
export { enrollWords, lengthWords } from "./editor/words.ts";
export { evaluate, explain } from "./evaluate.ts";
export type { Surroundings } from "./lint/finding.ts";
export { patternFault } from "./pattern.ts";
export type {
  Cap,
  ChooseStep,
  DoStep,
  Duration,
  EndStep,
  Enroll,
  EventMatch,
  Exit,
  Experiment,
  FolderSettings,
  Given,
  Goal,
  ListIndex,
  LocalRange,
  Metric,
  NoteStep,
  OnError,
  Pause,
  Plan,
  Position,
  Publication,
  Purpose,
  RuleStep,
  Segment,
  SendStep,
  SkipToStep,
  Step,
  TagStep,
  TaskStep,
  Template,
  Until,
  Wait,
  WaitForStep,
  WaitStep,
} from "./plan.ts";
export { type Check, checkFolder } from "./publish/check.ts";
export { readFolder } from "./publish/disk.ts";
export { type Folder, type FolderOptions, type FolderState, NO_FOLDER, openFolder } from "./publish/folder.ts";
export type { FilesThere } from "./publish/held.ts";
export {
  claimJob,
  type Drip,
  deleteHold,
  type EnrollLetter,
  insertHold,
  insertJob,
  type Job,
  locationsWithJobs,
  type NewJob,
  openJob,
  pageFilter,
  type RunLetter,
  readJobs,
  supersedeJobs,
  turnPage,
  WHOLE_LOCATION,
} from "./publish/jobs.ts";
export {
  findVersions,
  liveWorkflows,
  openPublications,
  type Publications,
  publish,
  readPublication,
  readSources,
} from "./publish/publication.ts";
export { type ParkedReport, reportOn, type WorkflowReport } from "./publish/report.ts";
export { lintErrors } from "./publish/settle.ts";
export { advance, endRun, wantsEvent } from "./run/advance.ts";
export {
  type Asked,
  admit,
  type Considered,
  consider,
  NOT_ENROLLED,
  type NotEnrolled,
  reserve,
  type Situation,
} from "./run/enroll.ts";
export { nextFlip } from "./run/flip.ts";
export { hold, release } from "./run/hold.ts";
export { moveRun } from "./run/moving.ts";
export { isWithin } from "./run/places.ts";
export { type CalendarEnrollment, nextEnrollment } from "./run/schedule.ts";
export { runValues, withEvent } from "./run/scope.ts";
export { nextDue, parkedPath, parkedPaths } from "./run/timers.ts";
export { instantAfter } from "./run/wait.ts";
export { hasEnded, standsAt } from "./run/walk.ts";
export type {
  Advance,
  BestTime,
  Effect,
  EffectStamp,
  EventInHand,
  Frame,
  MessageEffect,
  Parked,
  Run,
  RunFacts,
  RunInput,
  RunStatus,
  SendOutcome,
  StepFacts,
  Strand,
  TraceLine,
} from "./run.ts";
export { countRuns, pageOfRuns, plansInUse, type RunFilter, readRun, readRuns, saveRuns } from "./runs.ts";

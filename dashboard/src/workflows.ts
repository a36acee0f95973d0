// Workflows, and what was asked of many at once, as they are read on a page.

import type { FilesView, Status, WorkflowView } from "../../src/insights/index.ts";
import type { Job } from "../../src/workflows/index.ts";
import { number } from "./format.ts";
import { WORDS } from "./words.ts";

export type Control = "pause" | "resume" | "stop";

/** How a workflow stands, as a mark and a word. */
export function stateOf({ paused, status }: Pick<WorkflowView, "paused" | "status">): { mark: Status; word: string } {
  if (paused !== undefined) return { mark: "held", word: paused === "location" ? WORDS.pausedAll : WORDS.pausedAlone };
  return { mark: status === "live" ? "done" : "off", word: status };
}

/** Files that do not run as they are written, each with what stands in their way; then errors of files that do. */
export function wrongFiles({ diagnostics, held }: FilesView) {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const names = [...new Set([...held.map(({ file }) => file), ...errors.map(({ file }) => file)])];
  return names.map((file) => {
    const one = held.find((other) => other.file === file);
    return {
      file,
      words: one === undefined ? WORDS.fileRuns : one.runs ? WORDS.fileHeld : WORDS.fileNeverGood,
      errors: errors
        .filter((error) => error.file === file)
        .map(({ line, column, message }) => `Line ${line}, column ${column}: ${message}`),
    };
  });
}

/** What a person may ask of it now. What holds everything is lifted for everything, not for one workflow. */
export function controlsOf({ paused, active }: Pick<WorkflowView, "paused" | "active">): readonly Control[] {
  const hold: readonly Control[] = paused === undefined ? ["pause"] : paused === "workflow" ? ["resume"] : [];
  return active > 0 ? [...hold, "stop"] : hold;
}

/** What would happen, as a question. */
export function questionOf(control: Control, { name, active }: Pick<WorkflowView, "name" | "active">): string {
  if (control === "pause") return WORDS.pauseAsk(name);
  if (control === "resume") return WORDS.resumeAsk(name);
  return WORDS.stopAsk(name, active === 1 ? "1 person" : `${number(active)} people`);
}

const ASKED: Readonly<Record<string, string>> = {
  pause_run: "Pause",
  resume_run: "Resume",
  stop_run: "Stop",
  retry_run: "Try again",
  skip_run: "Skip a step",
  retime_run: "Wait until another time",
  move_run: "Move to another version",
  enroll: "Enroll",
};

/** What was asked, and of whom. */
export const askedOf = (job: Pick<Job, "letter">): string =>
  ASKED[job.letter.type] ?? job.letter.type.replaceAll("_", " ");

/** How far a job has come: a mark, words, and a share where more is to come. */
export function progressOf(job: Pick<Job, "mailed" | "skipped" | "total" | "outcome">): {
  mark: Status;
  words: string;
  share?: number;
} {
  const { mailed, skipped, total, outcome } = job;
  const left = skipped === 0 ? "" : `, ${number(skipped)} left to a person`;
  if (outcome === "done") return { mark: "done", words: `${number(mailed)} done${left}` };
  if (outcome === "superseded") return { mark: "off", words: `gave way after ${number(mailed)}${left}` };
  const looked = Math.min(mailed + skipped, total);
  return {
    mark: "run",
    words: `${number(looked)} of ${number(total)}${left}`,
    share: total === 0 ? 0 : looked / total,
  };
}

/** How a run ended, for people. */
export const outcomeWords = (outcome: string): string =>
  outcome === "not_enrolled" ? "did not enter" : outcome.replaceAll("_", " ");

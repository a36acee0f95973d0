// What a person may ask of one run.

import { unreachable } from "../../kernel/errors.ts";
import type { RunInput } from "../run.ts";
import { ends } from "./ending.ts";
import { inEach, leaveJoin } from "./parallel.ts";
import { pause, resume } from "./pause.ts";
import { walkOn } from "./steps.ts";
import { beginParkedPass, lookAround } from "./timers.ts";
import {
  advanceCursor,
  currentStep,
  finish,
  hasEnded,
  lastingName,
  note,
  passed,
  remember,
  type Walk,
} from "./walk.ts";

type Command = Extract<RunInput, { type: "command" }>;

export function obey(walk: Walk, asked: Command): void {
  const { run } = walk;
  switch (asked.command) {
    case "pause":
      if (run.status === "waiting") pause(walk, asked.reason);
      return;
    case "resume":
      if (run.status !== "paused" || ends(walk)) return;
      resume(walk);
      lookAround(walk, walk.facts.now);
      return;
    case "stop":
      if (!hasEnded(run)) finish(walk, "stopped", "stopped");
      return;
    case "retry":
      retry(walk, asked.again === true);
      return;
    case "skip":
      skip(walk, asked);
      return;
    case "re-time":
      retime(walk, asked);
      return;
    default:
      unreachable(asked);
  }
}

/** A failed run goes on at the step that failed it; one that waits to try again tries now. */
function retry(walk: Walk, onceMore: boolean): void {
  const { run } = walk;
  let again = false;
  if (run.status === "failed") {
    revive(walk);
    if (onceMore) inEach(walk, () => askOnceMore(walk));
    again = true;
  } else if (run.status === "waiting") {
    inEach(walk, () => {
      if (run.parked?.on !== "retry") return;
      delete run.parked;
      again = true;
    });
  }
  if (again && !ends(walk)) walkOn(walk);
}

/** What the failed step asked for is there already: it is asked for under a new identity. */
function askOnceMore(walk: Walk): void {
  const { run } = walk;
  const step = currentStep(walk.plan, run);
  if (run.parked !== undefined || step === undefined) return;
  const named = lastingName(run, step.path);
  run.again = { ...run.again, [named]: (run.again?.[named] ?? 1) + 1 };
}

function revive(walk: Walk): void {
  const { run } = walk;
  run.status = "waiting";
  delete run.outcome;
  delete run.endedAt;
  note(walk, "run.retried");
}

/** Past the step it waits in, or past the one that failed it. What that step asked for and has not begun to leave is withdrawn. */
function skip(walk: Walk, asked: Extract<Command, { command: "skip" }>): void {
  const { run } = walk;
  const failed = run.status === "failed";
  if ((!failed && hasEnded(run)) || run.status === "pending") return;
  // A failed run that stands elsewhere would do its own step again.
  if (!atStep(walk, asked.path, () => undefined)) return;
  if (failed) revive(walk);
  if (ends(walk)) return;
  atStep(walk, asked.path, () => passBy(walk, asked.reason));
  walkOn(walk);
}

/**
 * Where the run stands on that step, named with or without the passes of its loops; without a path, where it stands
 * outermost. Given the passes, a command told twice does its work once.
 */
function atStep(walk: Walk, path: string | undefined, act: () => void): boolean {
  const { run } = walk;
  let done = false;
  inEach(walk, () => {
    const step = currentStep(walk.plan, run);
    const here = run.parked !== undefined && "path" in run.parked ? run.parked.path : (step?.path ?? "");
    const names = [here, passed(run, here), lastingName(run, step?.path ?? "")];
    if (done || (path === undefined ? walk.strand !== undefined : !names.includes(path))) return;
    done = true;
    act();
  });
  return done;
}

function passBy(walk: Walk, reason: string): void {
  const { run } = walk;
  const { parked } = run;
  const step = currentStep(walk.plan, run);
  if (step === undefined) return;
  note(walk, "step.passed", { reason }, step.path);
  if (parked?.on === "join") {
    leaveJoin(walk, "skipped");
    return;
  }
  delete run.parked;
  if (parked?.on === "wait" && parked.path !== step.path) {
    beginParkedPass(walk);
    return;
  }
  if (parked?.on === "message" && run.facts[step.path]?.outcome === undefined) {
    walk.effects.push({ kind: "withdraw", run: run.id, reason: "skipped", messages: [parked.message] });
  }
  if (parked?.on === "child") {
    walk.effects.push({ kind: "withdraw", run: run.id, reason: "skipped", messages: [], calls: [parked.effect] });
  }
  remember(walk, step.path, { outcome: "skipped" });
  advanceCursor(walk);
}

/** Only what waits for a clock of its own has a deadline to set: a message not yet accepted has none. */
function retime(walk: Walk, asked: Extract<Command, { command: "re-time" }>): void {
  const { run } = walk;
  if (run.status !== "waiting") return;
  atStep(walk, asked.path, () => {
    const { parked } = run;
    if (parked === undefined || (parked.on === "message" && parked.accepted !== true)) return;
    run.parked = { ...parked, until: asked.until };
    const path = "path" in parked ? parked.path : undefined;
    note(walk, "run.retimed", { until: asked.until, reason: asked.reason }, path);
  });
  if (!ends(walk)) lookAround(walk, walk.facts.now);
}

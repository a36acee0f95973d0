// Errors of ours: a text that cannot be made, a write that was refused, a webhook that is down.

import { clipped } from "../../kernel/json.ts";
import { type ListIndex, MAX_PASSES, type OnError, type Step } from "../plan.ts";
import { placesOf } from "./places.ts";
import { lot } from "./waiting.ts";
import { advanceCursor, finish, note, plainPath, remember, type Walk } from "./walk.ts";

/** What no second try would change. */
const FINAL: ReadonlySet<string> = new Set(["too_big"]);

/** At the step the run stands on: it is tried again later, and then `on_error` says what follows. */
export function failStep(walk: Walk, step: Step, reason: string): void {
  const { run, facts } = walk;
  const rule = step.onError ?? walk.plan.onError;
  if (FINAL.has(reason) || walk.attempt > rule.retry) {
    giveUp(walk, step, reason);
    return;
  }
  count(walk, reason);
  const jitter = 1 + 0.1 * lot(walk, `retry:${step.path}:${walk.attempt}`);
  const until = facts.now + Math.ceil(rule.every * 2 ** (walk.attempt - 1) * jitter);
  run.parked = { on: "retry", path: step.path, until, attempt: walk.attempt + 1 };
  note(walk, "error.retry", { until, attempt: walk.attempt }, step.path);
}

/** All tries are over, ours or the sender's. */
export function giveUp(walk: Walk, step: Step, reason: string): void {
  const { run, plan } = walk;
  count(walk, reason);
  remember(walk, step.path, { outcome: "error" });
  const rule = step.onError ?? plan.onError;
  if (typeof rule.then !== "object") settleError(walk, rule.then, step.path, reason, () => advanceCursor(walk));
  else if (run.cursor.some(({ list }) => list === handlerOf(rule))) {
    // A step of the handler itself: it is not its own remedy.
    settleError(walk, "fail", step.path, reason);
  } else {
    note(walk, "error.do", { reason: clipped(reason, 200) }, step.path);
    run.cursor.push({ list: rule.then.do, index: 0, pass: run.errors?.count ?? 1 });
  }
}

/**
 * The sender gave up on something the run did not wait for. Where `on_error` lists steps, they are taken beside
 * whatever the run is doing now.
 */
export function failLater(walk: Walk, path: string, effect: string, reason: string): void {
  const { run, plan } = walk;
  const plain = plainPath(path);
  if (refusalsAt(walk, plain).includes(effect)) return;
  count(walk, reason);
  remember(walk, plain, { outcome: "error" });
  rememberRefusal(walk, plain, effect);
  const place = placesOf(plan, plain)[0];
  const rule = place?.step.onError ?? plan.onError;
  if (typeof rule.then !== "object" || place?.spots.some(({ list }) => list === handlerOf(rule)) === true) {
    settleError(walk, typeof rule.then === "object" ? "fail" : rule.then, plain, reason);
    return;
  }
  note(walk, "error.do", { reason: clipped(reason, 200) }, plain);
  const pass = run.errors?.count ?? 1;
  const strand = { path: `${plain}/on_error#${pass}`, cursor: [{ list: rule.then.do, index: 0, pass }], outer: 0 };
  run.strands = [...(run.strands ?? []), strand];
}

/** The same refusal, told again, is none: each pass of the loops around a step has an identity of its own. */
export function rememberRefusal(walk: Walk, path: string, effect: string): void {
  remember(walk, path, { refused: [...refusalsAt(walk, path), effect].slice(-MAX_PASSES) });
}

/** Runs of before kept the last one alone. */
export const refusalsAt = ({ run }: Pick<Walk, "run">, path: string): readonly string[] =>
  [run.facts[path]?.refused ?? []].flat();

const handlerOf = (rule: OnError): ListIndex | undefined => (typeof rule.then === "object" ? rule.then.do : undefined);

function count(walk: Walk, reason: string): void {
  const { run } = walk;
  run.errors = { count: (run.errors?.count ?? 0) + 1, last: clipped(reason, 200) };
}

function settleError(
  walk: Walk,
  then: "fail" | "continue" | "end",
  path: string,
  reason: string,
  goOn: () => void = () => undefined,
): void {
  note(walk, `error.${then}`, { reason: clipped(reason, 200) }, path);
  if (then === "continue") goOn();
  else finish(walk, then === "fail" ? "failed" : "stopped", "error");
}

// Answers the run waits for: what a webhook said, whom the location chose.

import { property } from "../../events/index.ts";
import type { Json, JsonObject } from "../../kernel/json.ts";
import type { WebhookStep } from "../plan.ts";
import type { RunInput } from "../run.ts";
import { MOST_BYTES, setVars } from "./effects.ts";
import { giveUp, rememberRefusal } from "./errors.ts";
import { plain } from "./scope.ts";
import { advanceCursor, currentStep, note, remember, type Walk } from "./walk.ts";

type Given = Extract<RunInput, { type: "answer" }>;

export function answered(walk: Walk, answer: Given): void {
  const step = currentStep(walk.plan, walk.run);
  delete walk.run.parked;
  if (step === undefined) return;
  if (!answer.ok) {
    rememberRefusal(walk, step.path, answer.effect);
    giveUp(walk, step, answer.detail ?? "refused");
    return;
  }
  if (step.verb === "assign") {
    const user = plain(answer.value);
    remember(walk, step.path, { outcome: "assigned", ...(user === undefined ? {} : { outputs: { user } }) });
    note(walk, "assign.chosen", user === undefined ? {} : { user }, step.path);
  } else if (step.verb === "webhook" && step.save !== undefined) {
    const fault = save(walk, step.save, answer.value);
    if (fault !== undefined) {
      giveUp(walk, step, fault);
      return;
    }
    remember(walk, step.path, { outcome: "answered" });
    note(walk, "webhook.answered", { vars: Object.keys(step.save) }, step.path);
  }
  advanceCursor(walk);
}

/** Nobody answered within any reason. */
export function unanswered(walk: Walk): void {
  const step = currentStep(walk.plan, walk.run);
  delete walk.run.parked;
  if (step !== undefined) giveUp(walk, step, "no_answer");
}

/** Copies named parts of the answer into variables; a part that is not there makes its variable empty. */
function save(walk: Walk, wanted: NonNullable<WebhookStep["save"]>, value: Json | undefined): string | undefined {
  if (value !== undefined && Buffer.byteLength(JSON.stringify(value)) > MOST_BYTES) return "too_big";
  const parts = typeof value === "object" && value !== null ? (value as JsonObject) : {};
  const found = Object.entries(wanted).map(([name, path]) => [
    name.replace(/^vars\./, ""),
    plain(property(parts, path)),
  ]);
  return setVars(walk, Object.fromEntries(found)) ? undefined : "too_big";
}

// What ends a run whatever step it is on: looked at with each input, and again before each effect.

import { evaluate } from "../evaluate.ts";
import { finish, note, scopeOf, type Walk, whyNot } from "./walk.ts";

/**
 * Ends the run if the lead may no longer be written to at all, or an `exit: [{ if }]` holds.
 *
 * @returns whether it ended
 */
export function ends(walk: Walk): boolean {
  if (walk.facts.lead.value("lead.opted_out") === true) {
    finish(walk, "stopped", "opted_out");
    return true;
  }
  if (walk.run.status === "pending") return false;
  for (const exit of walk.plan.exits) {
    if (!("if" in exit)) continue;
    const scope = scopeOf(walk);
    const truth = evaluate(exit.if, scope);
    if (truth !== true) continue;
    const reason = exit.reason ?? "condition";
    note(walk, "exit", { reason, ...whyNot(exit.if, scope) });
    finish(walk, "stopped", `exit: ${reason}`);
    return true;
  }
  return false;
}

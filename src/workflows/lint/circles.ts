// Circles that go through events: a workflow adds a tag, another answers it and does what the first answers.

import type { Condition } from "../condition.ts";
import type { EventMatch, Plan, Step } from "../plan.ts";
import type { Check, Finding, Linted, Spot } from "./finding.ts";
import { leavesOf, stepsOf } from "./walk.ts";

interface Way {
  readonly from: string;
  readonly to: string;
  readonly spot: Spot;
  /** `adds the tag "Hot"`. */
  readonly does: string;
}

export const checkCircles: Check = (linted) => {
  const ways = waysBetween(linted);
  const found: Finding[] = [];
  const told = new Set<string>();
  for (const start of linted.content.plans) follow(start.workflow, [], ways, told, found);
  return found;
};

function follow(at: string, trail: readonly Way[], ways: readonly Way[], told: Set<string>, found: Finding[]): void {
  const begin = trail.findIndex(({ from }) => from === at);
  if (begin !== -1) {
    const circle = trail.slice(begin) as [Way, ...Way[]];
    const names = circle.map(({ from }) => from).sort();
    if (told.has(names.join(" ")) || circle.every(({ does }) => does === STARTS)) return;
    told.add(names.join(" "));
    const words = circle.map(({ from, does }) => `"${from}" ${does}`).join(", ");
    const message = `a lead can go round for ever: ${words}. Break it with "again: never", or an "if" on one of them.`;
    found.push({ code: "event-cycle", severity: "warning", spot: circle[0].spot, message });
    return;
  }
  if (trail.length > 5) return;
  for (const way of ways) if (way.from === at) follow(way.to, [...trail, way], ways, told, found);
}

const STARTS = "starts the next";

/** From each workflow to those that its steps bring about, where a lead may come in again. */
function waysBetween(linted: Linted): readonly Way[] {
  const again = linted.content.plans.filter((plan) => plan.enroll?.again !== "never");
  return linted.content.plans.flatMap((plan) =>
    [...stepsOf(plan)].flatMap((step) =>
      again.flatMap((target): Way[] => {
        const does = causes(step, plan, target, linted);
        const spot: Spot = { workflow: plan.workflow, path: step.path };
        return does === undefined ? [] : [{ from: plan.workflow, to: target.workflow, spot, does }];
      }),
    ),
  );
}

/** What a step does that makes the other workflow begin, in words. */
function causes(step: Step, plan: Plan, target: Plan, linted: Linted): string | undefined {
  if ((step.verb === "start" || step.verb === "call") && step.workflow === target.workflow) return STARTS;
  const when = target.enroll?.when ?? [];
  if (
    step.verb === "end" &&
    when.some((match) => names(match, "workflow.completed", "event.workflow", [plan.workflow]))
  )
    return "ends";
  if (step.verb === "emit") return emits(step.event, target, linted);
  if (step.verb === "tag") {
    if (step.add.length > 0 && when.some((match) => names(match, "tag.added", "event.tag", step.add)))
      return `adds the tag "${step.add.join('", "')}"`;
    if (step.remove.length > 0 && when.some((match) => names(match, "tag.removed", "event.tag", step.remove)))
      return `removes the tag "${step.remove.join('", "')}"`;
    return flips(["contact.tags"], target, linted);
  }
  if (step.verb === "update") {
    const written = Object.keys(step.fields);
    if (when.some((match) => names(match, "field.changed", "event.field", written)))
      return `updates ${written.join(", ")}`;
    return flips(written, target, linted);
  }
  return undefined;
}

/** The event, for one of these values or for any. */
function names(match: EventMatch, event: string, subject: string, values: readonly string[]): boolean {
  if (match.event !== event) return false;
  const asked = (match.if === undefined ? [] : leavesOf(match.if)).filter((leaf) => leaf.subject === subject);
  if (asked.length === 0) return true;
  const words = asked.flatMap(({ tests }) => tests.flatMap(({ value }) => value as string | readonly string[]));
  return values.some((value) => words.some((word) => String(word).toLowerCase() === value.toLowerCase()));
}

/** An event of our own, or the rule that it makes fire. */
function emits(event: string, target: Plan, { content }: Linted): string | undefined {
  const when = target.enroll?.when.map((match) => match.event) ?? [];
  if (when.includes(event)) return `emits ${event}`;
  const rule = content.rules.find(
    ({ id, wakes, do: steps }) =>
      wakes.includes(event) &&
      (when.includes(`trigger.${id}`) ||
        steps.some((step) => step.verb === "start" && step.workflow === target.workflow)),
  );
  return rule === undefined ? undefined : `emits ${event}, at which the rule "${rule.id}" fires`;
}

/** A segment that reads what is written. */
function flips(written: readonly string[], target: Plan, { content }: Linted): string | undefined {
  const segment = content.segments.find(
    ({ id, if: condition }) =>
      reads(condition, written) &&
      (target.enroll?.when ?? []).some(
        (match) => /^segment\./.test(match.event) && names(match, match.event, "event.segment", [id]),
      ),
  );
  return segment === undefined ? undefined : `changes who is in the segment "${segment.id}"`;
}

const reads = (condition: Condition, subjects: readonly string[]): boolean =>
  leavesOf(condition).some(({ subject }) => subjects.includes(subject));

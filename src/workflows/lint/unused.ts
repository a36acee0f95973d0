// What is defined and never used.

import type { Check, Finding, Linted } from "./finding.ts";
import { allConditions, eventsOf, stepsOf } from "./walk.ts";

export const checkUnused: Check = (linted) => {
  const { content } = linted;
  const sends = new Set(
    content.plans.flatMap((plan) => stepsOf(plan).flatMap((step) => (step.verb === "send" ? [step.template] : []))),
  );
  const tests = new Set(
    content.plans.flatMap((plan) => stepsOf(plan).flatMap((step) => (step.verb === "test" ? [step.experiment] : []))),
  );
  const segments = content.segments.length === 0 ? new Set<string>() : segmentsNamed(linted);
  const heard = heardEvents(linted);
  return [
    ...unused("template", "templates", Object.keys(content.templates), sends, "no workflow sends it"),
    ...unused("experiment", "experiments", Object.keys(content.experiments), tests, "no workflow tests it"),
    ...unused(
      "segment",
      "segments",
      content.segments.map(({ id }) => id),
      segments,
      "no condition and no event names it",
    ),
    ...unused(
      "trigger",
      "triggers",
      content.rules.filter((rule) => rule.do.length === 0).map(({ id }) => id),
      heard,
      "it does nothing, and nothing answers it",
    ),
  ];
};

const unused = (
  kind: string,
  section: string,
  ids: readonly string[],
  used: ReadonlySet<string>,
  why: string,
): Finding[] =>
  ids
    .filter((id) => !used.has(id))
    .map((id) => ({
      code: `unused-${kind}`,
      severity: "info",
      spot: { section, id },
      message: `${kind} "${id}" is never used: ${why}.`,
    }));

/** Rules that some event match or some question about history is about. */
function heardEvents(linted: Linted): ReadonlySet<string> {
  const events = [
    ...linted.content.plans.flatMap((plan) => eventsOf(plan).map(({ event }) => event)),
    ...linted.content.questions.map(({ event }) => event),
    ...allConditions(linted).flatMap(({ condition }) => ("history" in condition ? [condition.history.event] : [])),
  ];
  return new Set(events.filter((event) => event.startsWith("trigger.")).map((event) => event.slice("trigger.".length)));
}

/** Plans carry a segment's condition, not its name: the names are in the files, as `segment: luxury` or in a list. */
function segmentsNamed({ files }: Linted): ReadonlySet<string> {
  const named = new Set<string>();
  for (const { text } of files) {
    for (const [, value = ""] of text.matchAll(
      /\bsegment["']?:\s*(\[[^\]]*\]|(?:\s*- *["']?\w+["']?\s*)+|["']?\w+)/g,
    )) {
      for (const [word] of value.matchAll(/\w+/g)) named.add(word);
    }
  }
  return named;
}

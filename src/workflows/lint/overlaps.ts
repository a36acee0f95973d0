// Two workflows that write to one lead at about the same time, though they answer different events: the CRM sends a
// new contact, its tags and its fields as separate events within seconds, and a rule fires at the event it watches.

import { disjoint } from "../compile/across.ts";
import type { Plan } from "../plan.ts";
import type { Check, Linted } from "./finding.ts";
import { isLive } from "./walk.ts";

/** What arrives together when somebody appears in the CRM. */
const ARRIVAL = [
  "contact.created",
  "tag.added",
  "field.changed",
  "contact.updated",
  "opportunity.created",
  "form.submitted",
];

export const checkOverlaps: Check = (linted) => {
  const writing = linted.content.plans.filter((plan) => isLive(plan) && sendsFirst(plan));
  return writing.flatMap((one, index) =>
    writing.slice(0, index).flatMap((other) => {
      const why = apart(one, other) ? undefined : together(one, other, linted);
      if (why === undefined) return [];
      const message = `"${other.workflow}" may write to the same lead within minutes: ${why}. Give both a "group", or exclude one by "if".`;
      return [
        {
          code: "may-double-text",
          severity: "info" as const,
          spot: { workflow: one.workflow, path: "enroll" },
          message,
        },
      ];
    }),
  );
};

/** Its first act, after waits of minutes at most, is a message. */
function sendsFirst(plan: Plan): boolean {
  for (const step of plan.lists[0] ?? []) {
    if (step.verb === "send") return step.if === undefined;
    const short = step.verb === "wait" && (step.wait.for?.days ?? 1) === 0 && (step.wait.for?.ms ?? 0) <= 15 * 60_000;
    if (!short || step.wait.until !== undefined || step.wait.during !== undefined) return false;
  }
  return false;
}

/** Never both for one lead: a group, or conditions that exclude each other. */
function apart(one: Plan, other: Plan): boolean {
  if (one.group !== undefined && one.group === other.group) return true;
  const [a, b] = [one.enroll?.if, other.enroll?.if];
  return a !== undefined && b !== undefined && disjoint(a, b);
}

function together(one: Plan, other: Plan, { content }: Linted): string | undefined {
  const [events, others] = [one, other].map((plan) => (plan.enroll?.when ?? []).map(({ event }) => event)) as [
    string[],
    string[],
  ];
  if (events.some((event) => others.includes(event))) return undefined; // the compiler says so already
  const [arrives, also] = [events, others].map((list) => list.find((event) => ARRIVAL.includes(event)));
  if (arrives !== undefined && also !== undefined) return `${also} and ${arrives} arrive together`;
  const rule = content.rules.find(({ id, wakes }) => {
    const trigger = `trigger.${id}`;
    return (
      (events.includes(trigger) && others.some((event) => wakes.includes(event))) ||
      (others.includes(trigger) && events.some((event) => wakes.includes(event)))
    );
  });
  return rule === undefined ? undefined : `the rule "${rule.id}" fires at an event that the other answers`;
}

// Random workflows for property tests: every kind of step, nested, and what an edit makes of them.

import fc from "fast-check";
import { DAY, HOUR, MINUTE } from "../src/kernel/time.ts";
import type { Condition, Plan } from "../src/workflows/index.ts";
import { days, is, ms, planOf, type Written } from "./stage.ts";

const EVENTS = ["property_view", "message.replied", "email.opened", "agent.contacted", "appointment.booked"];
export const event: fc.Arbitrary<string> = fc.constantFrom(...EVENTS);
const length = fc.constantFrom(MINUTE, HOUR, 5 * HOUR, DAY, 3 * DAY);
const condition: fc.Arbitrary<Condition> = fc.constantFrom(
  is("lead.score", "at_least", 0.5),
  is("contact.custom.budget", "less_than", 5),
  { not: is("contact.custom.budget", "less_than", 5) },
  is("lead.idle", "at_least", 2 * DAY),
  is("time.local", "between", [9 * 60, 17 * 60]),
  is("run.age", "greater_than", DAY),
);
const how = fc.oneof(
  length.map((one) => ({ for: ms(one) })),
  fc.integer({ min: 1, max: 3 }).map((count) => ({ for: days(count) })),
  fc.record({ at: fc.constantFrom(0, 150, 540, 1439) }).map((until) => ({ until })),
  fc.record({ at: fc.constant(600), weekday: fc.integer({ min: 1, max: 7 }) }).map((until) => ({ until })),
  fc.constant({ for: ms(HOUR), during: "business_hours" }),
  fc.constant({ until: { anchor: "appointment.start", offset: ms(HOUR), sign: -1 } }),
);

/** Steps that ask the house, the CRM or the web for one thing. */
const asking: fc.Arbitrary<Written> = fc.constantFrom<Written>(
  { verb: "update", fields: { "contact.custom.budget": { fact: "vars.n" }, "contact.custom.stage": "new" } },
  { verb: "assign" },
  { verb: "assign", to: "team.buyers", by: "round_robin" },
  { verb: "notify" },
  { verb: "opportunity" },
  { verb: "webhook" },
  { verb: "webhook", save: { "vars.n": "n" } },
  { verb: "highlevel_workflow" },
  { verb: "start" },
  { verb: "stop", group: "other" },
  { verb: "set", vars: { n: { fact: "lead.score" }, word: "w" } },
  { verb: "emit" },
  { verb: "score" },
);

type Lists = fc.Arbitrary<Written[]>;
const weigh = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary });

const sending = (list: Lists) =>
  fc
    .record(
      {
        proceed: fc.constantFrom("accepted", "delivered", "queued"),
        ifFailed: list,
        ifLate: list,
        ifBlocked: list,
      },
      { requiredKeys: ["proceed"] },
    )
    .map((more): Written => ({ verb: "send", ...more }));

const listening = (list: Lists) =>
  fc
    .record(
      {
        events: fc.array(
          event.map((one) => ({ event: one })),
          { minLength: 1, maxLength: 2 },
        ),
        mode: fc.constantFrom("any", "all"),
        within: length.map(ms),
        since: fc.constantFrom("enrolled", { back: DAY }),
        of: fc.constant("any"),
        awaits: condition,
        then: list,
        otherwise: list,
      },
      { requiredKeys: ["events", "mode", "within"] },
    )
    .map((more): Written => ({ verb: "wait_for", ...more }));

const calling = (list: Lists) =>
  fc
    .record({ otherwise: list, within: length.map(ms) }, { requiredKeys: ["within"] })
    .map((more): Written => ({ verb: "call", ...more }));

/** An arm is one step under the test's own path, or other steps. */
const testing = (list: Lists) =>
  fc
    .record({
      a: fc.oneof(fc.constant([{ verb: "send", path: "itself" } as Written]), list),
      b: list,
      experiment: fc.constantFrom("e1", "e2", "gone"),
    })
    .map(({ experiment, ...arms }): Written => ({ verb: "test", experiment, arms }));

const forking = (list: Lists) =>
  fc
    .record(
      {
        branches: fc.record({ x: list, y: list, z: list }, { requiredKeys: ["x", "y"] }),
        join: fc.integer({ min: 1, max: 2 }),
        within: length.map(ms),
      },
      { requiredKeys: ["branches"] },
    )
    .map((more): Written => ({ verb: "parallel", ...more }));

const looping = (list: Lists) =>
  fc
    .record(
      { do: list, repeat: fc.integer({ min: 1, max: 4 }), every: length.map(ms), until: condition },
      { requiredKeys: ["do"] },
    )
    .map((more): Written => ({ verb: "do", ...more }));

const choosing = (list: Lists) =>
  fc
    .record(
      {
        cases: fc.array(fc.record({ if: condition, do: list }), { minLength: 1, maxLength: 2 }),
        otherwise: list,
      },
      { requiredKeys: ["cases"] },
    )
    .map((more): Written => ({ verb: "choose", ...more }));

const { list } = fc.letrec<{ list: Written[]; step: Written }>((tie) => ({
  list: fc.array(tie("step"), { minLength: 1, maxLength: 4 }),
  step: fc
    .record({
      step: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        weigh(4, fc.constantFrom<Written>({ verb: "tag", add: ["A"] }, { verb: "note" }, { verb: "task" })),
        weigh(1, fc.constantFrom<Written>({ verb: "skip_to" }, { verb: "end" })),
        weigh(4, asking),
        weigh(
          1,
          fc
            .record({ onError: fc.record({ retry: fc.nat(1), every: length, then: tie("list") }), asking })
            .map(({ onError, asking: step }): Written => ({ ...step, onError })),
        ),
        weigh(
          4,
          how.map((one): Written => ({ verb: "wait", wait: one })),
        ),
        weigh(5, sending(tie("list"))),
        weigh(4, listening(tie("list"))),
        weigh(3, calling(tie("list"))),
        weigh(2, testing(tie("list"))),
        weigh(5, forking(tie("list"))),
        weigh(3, looping(tie("list"))),
        weigh(2, choosing(tie("list"))),
      ),
      if: fc.oneof(weigh(6, fc.constant(undefined)), weigh(1, condition)),
    })
    .map(({ step, if: only }) => (only === undefined ? step : { ...step, if: only })),
}));

/** Ids for every step, and for each jump a later step of its list; a jump without one becomes a tag. */
function named(steps: readonly Written[], next = { id: 0 }): Written[] {
  const ids = steps.map((step) => step.path ?? `s${next.id++}`);
  return steps.map((step, index): Written => {
    const path = ids[index] as string;
    const last = ids.at(-1) as string;
    if (step.verb === "skip_to") return path === last ? { verb: "tag", path, add: ["B"] } : { ...step, path, to: last };
    const inner = (value: object): object =>
      Object.fromEntries(
        Object.entries(value).map(([name, one]) => {
          const under = (one as Written[]).map((first) => (first.path === "itself" ? { ...first, path } : first));
          return [name, named(under, next)];
        }),
      );
    const branches = Object.entries(step).map(([key, value]) => {
      if (key === "arms" || key === "branches") return [key, inner(value as object)];
      if (key === "onError")
        return [key, { ...(value as object), then: named((value as { then: Written[] }).then, next) }];
      if (key === "cases")
        return [key, (value as { do: Written[] }[]).map((one) => ({ ...one, do: named(one.do, next) }))];
      if (key === "events" || !Array.isArray(value) || typeof value[0] !== "object") return [key, value];
      return [key, named(value as Written[], next)];
    });
    return { ...(Object.fromEntries(branches) as Written), path };
  });
}

const steps = list.map((some) => named(some));

const manners = fc.record({
  goal: fc.oneof(
    weigh(3, fc.constant(undefined)),
    weigh(
      1,
      fc.record({ when: fc.tuple(fc.record({ event })), then: fc.constantFrom("end" as const, "continue" as const) }),
    ),
  ),
  exits: fc.oneof(
    weigh(4, fc.constant([])),
    weigh(
      1,
      event.map((one) => [{ when: [{ event: one }] }]),
    ),
    weigh(
      1,
      condition.map((one) => [{ if: one }]),
    ),
  ),
  pauses: fc.array(fc.record({ when: event.map((one) => [{ event: one }]), for: length }), { maxLength: 1 }),
  onError: fc.constantFrom("fail" as const, "continue" as const, [
    { verb: "tag", path: "sorry", add: ["S"] } as Written,
  ]),
});

const planWith = (
  written: readonly Written[],
  { goal, exits, pauses, onError }: Manners,
  more: Partial<Plan> = {},
): Plan =>
  planOf(written, {
    exits,
    pauses,
    maxDuration: 60 * DAY,
    onError: { retry: 1, every: HOUR, then: onError },
    ...(goal === undefined ? {} : { goal }),
    ...(more as object),
  });

type Manners = typeof manners extends fc.Arbitrary<infer T> ? T : never;

/** Plans of all kinds of steps, with goals, exits, pauses and remedies. */
export const plans: fc.Arbitrary<Plan> = fc.record({ steps, manners }).map((one) => planWith(one.steps, one.manners));

/** What an editor may do to a step: leave it, drop it, call it otherwise, put a new one before it, or move it to the end. */
type Edit = "keep" | "drop" | "rename" | "before" | "last";

/** A plan, and the next version of it. */
export const editions: fc.Arbitrary<{ readonly from: Plan; readonly to: Plan }> = fc
  .record({
    steps,
    manners,
    edits: fc.array(
      fc.oneof(
        weigh(6, fc.constant<Edit>("keep")),
        weigh(1, fc.constantFrom<Edit>("drop", "rename", "before", "last")),
      ),
      { minLength: 1, maxLength: 30 },
    ),
  })
  .map(({ steps: written, manners: how_, edits }) => {
    const moved: Record<string, string> = {};
    const after = edited(written, edits, moved, { at: 0 });
    return { from: planWith(written, how_), to: planWith(after, how_, { id: "plan-2", moved }) };
  });

function edited(
  some: readonly Written[],
  edits: readonly Edit[],
  moved: Record<string, string>,
  next: { at: number },
): Written[] {
  const last: Written[] = [];
  const kept = some.flatMap((step) => {
    const edit = edits[next.at++ % edits.length] ?? "keep";
    const inside = Object.fromEntries(
      Object.entries(step).map(([key, value]) => [key, editedIn(key, value, edits, moved, next)]),
    ) as Written;
    const { path = "" } = step;
    // What a jump or an arm names, stays as it is.
    if (step.verb === "skip_to" || some.some((one) => one["to"] === path) || edit === "keep") return [inside];
    if (edit === "drop") return [];
    if (edit === "before") return [{ verb: "send", path: `new_${path}` } as Written, inside];
    if (edit === "last") {
      last.push(inside);
      return [];
    }
    if (step.verb === "test" || some.length === 1) return [inside];
    moved[path] = `${path}_renamed`;
    return [{ ...inside, path: `${path}_renamed` }];
  });
  return [...kept, ...last];
}

function editedIn(
  key: string,
  value: unknown,
  edits: readonly Edit[],
  moved: Record<string, string>,
  next: { at: number },
): unknown {
  const inner = (one: unknown) => edited(one as Written[], edits, moved, next);
  if (key === "cases") return (value as { do: Written[] }[]).map((one) => ({ ...one, do: inner(one.do) }));
  if (key === "branches")
    return Object.fromEntries(Object.entries(value as object).map(([name, one]) => [name, inner(one)]));
  if (key === "events" || key === "arms" || !Array.isArray(value) || typeof value[0] !== "object") return value;
  return inner(value);
}

// What holds for any workflow and any order of events: late, repeated and out-of-order are ordinary.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  days,
  enrolled,
  eventAt,
  factsOf,
  is,
  type Lead,
  MONDAY,
  ms,
  newLead,
  planOf,
  type Written,
} from "../../../test/stage.ts";
import { DAY, HOUR, type Instant, MINUTE } from "../../kernel/time.ts";
import type { Condition } from "../condition.ts";
import type { Plan } from "../plan.ts";
import type { Advance, Effect, Run, RunInput } from "../run.ts";
import { advance } from "./advance.ts";
import { nextDue } from "./timers.ts";

const SEED = process.env["SEED"] === undefined ? {} : { seed: Number(process.env["SEED"]) };
const check = (property: fc.IProperty<unknown[]> | fc.IPropertyWithHooks<never>, numRuns = 300) =>
  fc.assert(property as fc.IProperty<unknown[]>, { numRuns, ...SEED });

// plans ------------------------------------------------------------------------------------------------------------

const EVENTS = ["property_view", "message.replied", "email.opened", "agent.contacted", "appointment.booked"];
const event = fc.constantFrom(...EVENTS);
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

const { list } = fc.letrec<{ list: Written[]; step: Written }>((tie) => ({
  list: fc.array(tie("step"), { minLength: 1, maxLength: 4 }),
  step: fc
    .record({
      step: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        fc.constantFrom<Written>({ verb: "tag", add: ["A"] }, { verb: "note" }, { verb: "task" }, { verb: "skip_to" }),
        fc.constant<Written>({ verb: "end" }),
        fc
          .record(
            {
              proceed: fc.constantFrom("accepted", "delivered", "queued"),
              ifFailed: tie("list"),
              ifLate: tie("list"),
              ifBlocked: tie("list"),
            },
            { requiredKeys: ["proceed"] },
          )
          .map((more): Written => ({ verb: "send", ...more })),
        how.map((one): Written => ({ verb: "wait", wait: one })),
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
              then: tie("list"),
              otherwise: tie("list"),
            },
            { requiredKeys: ["events", "mode", "within"] },
          )
          .map((more): Written => ({ verb: "wait_for", ...more })),
        fc
          .record(
            { do: tie("list"), repeat: fc.integer({ min: 1, max: 4 }), every: length.map(ms), until: condition },
            { requiredKeys: ["do"] },
          )
          .map((more): Written => ({ verb: "do", ...more })),
        fc
          .record(
            {
              cases: fc.array(fc.record({ if: condition, do: tie("list") }), { minLength: 1, maxLength: 2 }),
              otherwise: tie("list"),
            },
            { requiredKeys: ["cases"] },
          )
          .map((more): Written => ({ verb: "choose", ...more })),
      ),
      if: fc.option(condition, { nil: undefined, freq: 4 }),
    })
    .map(({ step, if: only }) => (only === undefined ? step : { ...step, if: only })),
}));

/** Ids for every step, and for each jump a later step of its list; a jump without one becomes a tag. */
function named(steps: readonly Written[], next = { id: 0 }): Written[] {
  const ids = steps.map(() => `s${next.id++}`);
  return steps.map((step, index): Written => {
    const path = ids[index] as string;
    const last = ids.at(-1) as string;
    if (step.verb === "skip_to") return path === last ? { verb: "tag", path, add: ["B"] } : { ...step, path, to: last };
    const branches = Object.entries(step).map(([key, value]) => {
      if (key === "cases")
        return [key, (value as { do: Written[] }[]).map((one) => ({ ...one, do: named(one.do, next) }))];
      if (key === "events" || !Array.isArray(value) || typeof value[0] !== "object") return [key, value];
      return [key, named(value as Written[], next)];
    });
    return { ...(Object.fromEntries(branches) as Written), path };
  });
}

const plans: fc.Arbitrary<Plan> = fc
  .record({
    steps: list,
    goal: fc.option(
      fc.record({ when: fc.tuple(fc.record({ event })), then: fc.constantFrom("end" as const, "continue" as const) }),
      {
        nil: undefined,
      },
    ),
    exits: fc.array(
      fc.oneof(
        event.map((one) => ({ when: [{ event: one }] })),
        condition.map((one) => ({ if: one })),
      ),
      { maxLength: 1 },
    ),
    pauses: fc.array(fc.record({ when: event.map((one) => [{ event: one }]), for: length }), { maxLength: 1 }),
  })
  .map(({ steps, goal, exits, pauses }) =>
    planOf(named(steps), { exits, pauses, maxDuration: 60 * DAY, ...(goal === undefined ? {} : { goal }) }),
  );

// what happens -----------------------------------------------------------------------------------------------------

/** One thing that happens: how much later, and how far back its stamp lies. */
type Happening =
  | {
      readonly what: "event";
      readonly type: string;
      readonly later: number;
      readonly back: number;
      readonly about: number;
    }
  | { readonly what: "outcome"; readonly outcome: "sent" | "delivered" | "failed" | "blocked"; readonly about: number }
  | { readonly what: "due" }
  | { readonly what: "command"; readonly command: "pause" | "resume" | "stop" | "retry" }
  | { readonly what: "facts"; readonly subject: string; readonly value: number };

const happenings: fc.Arbitrary<Happening[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        what: fc.constant("event" as const),
        type: event,
        later: fc.constantFrom(0, 1, HOUR, DAY),
        back: fc.constantFrom(0, 0, 0, HOUR, 4 * DAY),
        about: fc.nat(3),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        what: fc.constant("outcome" as const),
        outcome: fc.constantFrom("sent", "delivered", "failed", "blocked"),
        about: fc.nat(3),
      }),
    },
    { weight: 4, arbitrary: fc.record({ what: fc.constant("due" as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        what: fc.constant("command" as const),
        command: fc.constantFrom("pause", "resume", "stop", "retry"),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        what: fc.constant("facts" as const),
        subject: fc.constantFrom("lead.score", "contact.custom.budget", "appointment.start"),
        value: fc.constantFrom(0, 0.7, 9, MONDAY + 2 * DAY),
      }),
    },
  ),
  { minLength: 1, maxLength: 25 },
);

interface Told {
  readonly input: RunInput;
  readonly before: Run;
  readonly result: Advance;
  readonly now: Instant;
  readonly lead: Lead;
}

/** Moves the clock and the facts as something happens, and says what the run is told of it. */
function happen(one: Happening, lead: Lead, run: Run, messages: readonly string[]): RunInput[] {
  const message = "about" in one ? (messages[one.about % Math.max(1, messages.length)] ?? "none") : "none";
  switch (one.what) {
    case "event": {
      lead.now += one.later;
      const data = one.type === "email.opened" ? { "message.id": message } : { channel: "sms" };
      const heard = eventAt(lead.now - one.back, one.type, data);
      lead.heard = [...lead.heard, heard];
      return [{ type: "event", event: heard }];
    }
    case "outcome":
      return [{ type: "outcome", message, outcome: one.outcome }];
    case "due":
      lead.values["lead.idle"] = Number(lead.values["lead.idle"]) + Math.max(0, (run.dueAt ?? lead.now) - lead.now);
      lead.now = Math.max(lead.now, run.dueAt ?? lead.now);
      return [{ type: "due" }];
    case "command":
      return [{ type: "command", command: one.command, reason: "asked" }];
    case "facts":
      lead.values[one.subject] = one.value;
      return [{ type: "due" }];
    default:
      return one satisfies never;
  }
}

/** Plays everything that happens, and keeps what each input did. The lead's local time follows the clock. */
function playAll(plan: Plan, all: readonly Happening[], optOutAt = Number.POSITIVE_INFINITY): Told[] {
  const lead = newLead();
  lead.values["lead.idle"] = 0;
  const told: Told[] = [];
  const messages: string[] = [];
  let run = enrolled(plan);
  const give = (input: RunInput) => {
    lead.values["time.local"] = Math.floor(((lead.now - 5 * HOUR) % DAY) / MINUTE);
    const result = advance(plan, run, input, factsOf(lead));
    told.push({
      input,
      before: run,
      result,
      now: lead.now,
      lead: { ...lead, values: { ...lead.values }, heard: [...lead.heard] },
    });
    run = result.run;
    messages.push(...result.effects.flatMap((one) => (one.kind === "message" ? [one.id] : [])));
  };
  give({ type: "enrolled" });
  for (const [index, one] of all.entries()) {
    if (index >= optOutAt) lead.values["lead.opted_out"] = true;
    happen(one, lead, run, messages).forEach(give);
  }
  return told;
}

const ended = (run: Run) => ["completed", "failed", "stopped"].includes(run.status);
const asks = (effect: Effect) => ["message", "tag", "task", "note"].includes(effect.kind);

describe("whatever the workflow, and whatever happens in whatever order", () => {
  test("a run has ended, or is parked with an instant at which it is looked at again", () => {
    check(
      fc.property(plans, happenings, (plan, all) => {
        for (const { result, input, now } of playAll(plan, all)) {
          const { run } = result;
          if (ended(run)) {
            expect(run.dueAt).toBeUndefined();
            expect(run.endedAt).toBeDefined();
            continue;
          }
          expect(run.parked).toBeDefined();
          expect(run.dueAt).toBeLessThanOrEqual(nextDue(plan, run) as number);
          // Looked at, it is not due again at the same instant: nothing spins.
          if (input.type === "due") expect(run.dueAt).toBeGreaterThan(now);
        }
      }),
    );
  });

  test("no two messages share an identity, and neither do two effects of any kind", () => {
    check(
      fc.property(plans, happenings, (plan, all) => {
        const ids = playAll(plan, all).flatMap(({ result }) =>
          result.effects.flatMap((effect) => ("id" in effect && effect.kind !== "emit" ? [effect.id] : [])),
        );
        expect(new Set(ids).size).toBe(ids.length);
      }),
    );
  });

  test("nothing is asked for once a run has ended, nor in the input that stopped it", () => {
    check(
      fc.property(plans, happenings, (plan, all) => {
        for (const { before, result, input } of playAll(plan, all)) {
          const retried = input.type === "command" && input.command === "retry";
          if (ended(before) && !retried) expect(result.effects).toEqual([]);
          if (result.run.status === "stopped") {
            expect(result.effects.filter(({ kind }) => kind === "message")).toEqual([]);
          }
        }
      }),
    );
  });

  test("nothing is asked for once the lead has opted out of every channel", () => {
    check(
      fc.property(plans, happenings, fc.nat(20), (plan, all, at) => {
        for (const { result, lead } of playAll(plan, all, at)) {
          if (lead.values["lead.opted_out"] === true) expect(result.effects.filter(asks)).toEqual([]);
        }
      }),
    );
  });

  test("an input told twice changes nothing the second time", () => {
    check(
      fc.property(plans, happenings, (plan, all) => {
        for (const { input, result, lead } of playAll(plan, all)) {
          const again = advance(plan, result.run, input, factsOf(lead));
          expect(again.effects).toEqual([]);
          expect(again.run).toEqual(result.run);
        }
      }),
    );
  });

  test("the same inputs give the same bytes, also when the run was saved and read between them", () => {
    check(
      fc.property(plans, happenings, (plan, all) => {
        const first = playAll(plan, all);
        expect(JSON.stringify(playAll(plan, all).map(({ result }) => result))).toBe(
          JSON.stringify(first.map(({ result }) => result)),
        );
        for (const { before, input, result, lead } of first) {
          const read = JSON.parse(JSON.stringify(before)) as Run;
          expect(JSON.stringify(advance(plan, read, input, factsOf(lead)))).toBe(JSON.stringify(result));
        }
      }),
      150,
    );
  });

  test("a run whose messages are answered and whose timers are kept comes to its end", () => {
    check(
      fc.property(plans, (plan) => {
        const lead = newLead();
        let run = enrolled(plan);
        let input: RunInput = { type: "enrolled" };
        for (let turn = 0; turn < 2_000 && !ended(run); turn += 1) {
          lead.values["time.local"] = Math.floor(((lead.now - 5 * HOUR) % DAY) / MINUTE);
          run = advance(plan, run, input, factsOf(lead)).run;
          const { parked } = run;
          if (parked?.on === "message" && parked.accepted === undefined) {
            input = { type: "outcome", message: parked.message, outcome: "sent" };
          } else {
            lead.now = Math.max(lead.now, run.dueAt ?? lead.now);
            input = { type: "due" };
          }
        }
        expect(ended(run)).toBe(true);
      }),
    );
  });
});

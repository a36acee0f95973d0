// What holds for any workflow and any order of events: late, repeated and out-of-order are ordinary.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { editions, event, plans } from "../../../test/plans.ts";
import { enrolled, eventAt, factsOf, type Lead, MONDAY, newLead } from "../../../test/stage.ts";
import { DAY, HOUR, type Instant, MINUTE } from "../../kernel/time.ts";
import type { Plan } from "../plan.ts";
import type { Advance, Effect, Run, RunInput } from "../run.ts";
import { advance } from "./advance.ts";
import { moveRun } from "./moving.ts";
import { nextDue, parkedPaths } from "./timers.ts";

const SEED = process.env["SEED"] === undefined ? {} : { seed: Number(process.env["SEED"]) };
const check = (
  property: fc.IProperty<unknown[]> | fc.IPropertyWithHooks<never>,
  numRuns = Number(process.env["RUNS"] ?? 300),
) => fc.assert(property as fc.IProperty<unknown[]>, { numRuns, ...SEED });

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
  | {
      readonly what: "command";
      readonly command: "pause" | "resume" | "stop" | "retry" | "skip" | "re-time";
      readonly about: number;
    }
  | { readonly what: "answer"; readonly ok: boolean; readonly about: number }
  | { readonly what: "child"; readonly status: "completed" | "failed" | "refused"; readonly about: number }
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
        command: fc.constantFrom("pause", "resume", "stop", "retry", "skip", "re-time"),
        about: fc.nat(3),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ what: fc.constant("answer" as const), ok: fc.boolean(), about: fc.nat(5) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        what: fc.constant("child" as const),
        status: fc.constantFrom("completed", "failed", "refused"),
        about: fc.nat(2),
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
function happen(one: Happening, lead: Lead, run: Run, asked: readonly Effect[]): RunInput[] {
  switch (one.what) {
    case "event": {
      lead.now += one.later;
      const message = pick(asked, one.about, "message")?.id ?? "none";
      const data = one.type === "email.opened" ? { "message.id": message } : { channel: "sms" };
      const heard = eventAt(lead.now - one.back, one.type, data);
      lead.heard = [...lead.heard, heard];
      return [{ type: "event", event: heard }];
    }
    case "outcome":
      return [{ type: "outcome", message: pick(asked, one.about, "message")?.id ?? "none", outcome: one.outcome }];
    case "answer": {
      const about = pick(asked, one.about, "webhook", "assign", "tag", "update", "notify");
      const value = { n: one.about };
      return about === undefined ? [] : [{ type: "answer", effect: about.id, path: about.path, ok: one.ok, value }];
    }
    case "child": {
      const about = pick(asked, one.about, "start");
      if (about === undefined) return [];
      return [{ type: "child", effect: about.id, path: about.path, status: one.status, outcome: one.status }];
    }
    case "due":
      lead.values["lead.idle"] = Number(lead.values["lead.idle"]) + Math.max(0, (run.dueAt ?? lead.now) - lead.now);
      lead.now = Math.max(lead.now, run.dueAt ?? lead.now);
      return [{ type: "due" }];
    case "command": {
      const paths = parkedPaths(run);
      const path = paths[one.about % Math.max(1, paths.length)] ?? "none";
      if (one.command === "skip") return [{ type: "command", command: "skip", reason: "asked", path }];
      if (one.command !== "re-time") return [{ type: "command", command: one.command, reason: "asked" }];
      return [{ type: "command", command: "re-time", reason: "asked", path, until: lead.now + one.about * HOUR }];
    }
    case "facts":
      lead.values[one.subject] = one.value;
      return [{ type: "due" }];
    default:
      return one satisfies never;
  }
}

function pick(
  asked: readonly Effect[],
  about: number,
  ...kinds: Effect["kind"][]
): { readonly id: string; readonly path: string } | undefined {
  const some = asked.filter((effect) => kinds.includes(effect.kind));
  return some[about % Math.max(1, some.length)] as { id: string; path: string } | undefined;
}

/** Plays everything that happens, and keeps what each input did. The lead's local time follows the clock. */
function playAll(plan: Plan, all: readonly Happening[], optOutAt = Number.POSITIVE_INFINITY): Told[] {
  const lead = newLead();
  lead.values["lead.idle"] = 0;
  lead.variants = { e1: "a", e2: "none" };
  return playOn(plan, enrolled(plan), lead, [], all, { type: "enrolled" }, optOutAt);
}

function playOn(
  plan: Plan,
  begin: Run,
  lead: Lead,
  before: readonly Effect[],
  all: readonly Happening[],
  first?: RunInput,
  optOutAt = Number.POSITIVE_INFINITY,
): Told[] {
  const told: Told[] = [];
  const asked = [...before];
  let run = begin;
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
    asked.push(...result.effects);
  };
  if (first !== undefined) give(first);
  for (const [index, one] of all.entries()) {
    if (index >= optOutAt) lead.values["lead.opted_out"] = true;
    happen(one, lead, run, asked).forEach(give);
  }
  return told;
}

const ended = (run: Run) => ["completed", "failed", "stopped"].includes(run.status);
const asks = (effect: Effect) => !["withdraw", "emit"].includes(effect.kind);

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
          // While it is paused, an answer may have moved it past its step.
          if (run.status !== "paused") {
            for (const one of [run, ...(run.strands ?? [])]) expect(one.parked).toBeDefined();
          }
          expect(run.dueAt).toBeLessThanOrEqual(nextDue(plan, run) as number);
          // Looked at, it is not due again at the same instant: nothing spins.
          if (input.type === "due") expect(run.dueAt).toBeGreaterThan(now);
        }
      }),
    );
  });

  test("no two messages share an identity, nor do two effects of any kind, but for what a person has tried again", () => {
    check(
      fc.property(plans, happenings, (plan, all) => {
        const messages = new Set<string>();
        const others = new Set<string>();
        for (const { input, result } of playAll(plan, all)) {
          if (input.type === "command" && input.command === "retry") others.clear();
          for (const effect of result.effects) {
            if (!("id" in effect) || effect.kind === "emit") continue;
            const asked = effect.kind === "message" ? messages : others;
            expect(asked).not.toContain(effect.id);
            asked.add(effect.id);
          }
        }
      }),
    );
  });

  test("a message that was withdrawn for a branch, and had not left, is not asked for again", () => {
    check(
      fc.property(plans, happenings, (plan, all) => {
        const gone = new Set<string>();
        for (const { result } of playAll(plan, all)) {
          for (const effect of result.effects) {
            if (effect.kind === "withdraw") for (const id of effect.messages ?? []) gone.add(id);
            if (effect.kind === "message") expect(gone).not.toContain(effect.id);
          }
        }
      }),
    );
  });

  test("nothing is asked for once a run has ended, nor in the input that stopped it", () => {
    check(
      fc.property(plans, happenings, (plan, all) => {
        for (const { before, result, input } of playAll(plan, all)) {
          const retried = input.type === "command" && ["retry", "skip"].includes(input.command);
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
          const open = [run, ...(run.strands ?? [])].flatMap(({ parked }) =>
            parked?.on === "message" && parked.accepted === undefined ? [parked.message] : [],
          );
          if (open[0] !== undefined) input = { type: "outcome", message: open[0], outcome: "sent" };
          else {
            lead.now = Math.max(lead.now, run.dueAt ?? lead.now);
            input = { type: "due" };
          }
        }
        expect(ended(run)).toBe(true);
      }),
    );
  });

  test("a run moved to the next version sends nothing twice, and is looked at again", () => {
    check(
      fc.property(
        editions,
        happenings,
        happenings,
        fc.constantFrom("move", "re-time"),
        ({ from, to }, all, more, mode) => {
          const before = playAll(from, all);
          const last = before.at(-1) as Told;
          const moved = moveRun(last.result.run, from, to, mode, factsOf(last.lead));
          if (moved === "lost") return;
          expect(JSON.stringify(moveRun(last.result.run, from, to, mode, factsOf(last.lead)))).toBe(
            JSON.stringify(moved),
          );
          const asked = before.flatMap(({ result }) => result.effects);
          const after = playOn(to, moved.run, last.lead, [...asked, ...moved.effects], more);
          const messages = [...asked, ...moved.effects, ...after.flatMap(({ result }) => result.effects)].flatMap(
            (effect) => (effect.kind === "message" ? [effect] : []),
          );
          expect(new Set(messages.map(({ id }) => id)).size).toBe(messages.length);
          for (const { run } of [moved, ...after.map(({ result }) => result)]) {
            expect(run.plan).toBe(to.id);
            if (!ended(run)) expect(run.dueAt === undefined && run.status !== "paused").toBe(false);
          }
          // A step outside of loops sends once, whatever it is called by then.
          const plain = messages
            .filter(({ path }) => !path.includes("#"))
            .map(({ path }) => path.replace("_renamed", ""));
          expect(new Set(plain).size).toBe(plain.length);
        },
      ),
    );
  });
});

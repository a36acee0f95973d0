// What a workflow's decisions cost in memory: a condition (target of the design: 1 µs), a step (20 µs), an enrollment.
// Prints microseconds with the machine they were measured on.
//
//   npx rolldown bench/advance.ts --platform node --dir .cache/bench && node .cache/bench/advance.js

import { availableParallelism, cpus, loadavg } from "node:os";
import { bench, do_not_optimize, run } from "mitata";
import { DAY, HOUR } from "../src/kernel/time.ts";
import {
  advance,
  type Condition,
  consider,
  evaluate,
  type Plan,
  type Run,
  type RunInput,
} from "../src/workflows/index.ts";
import {
  conditionFacts,
  days,
  enrolled,
  eventAt,
  factsOf,
  is,
  MONDAY,
  ms,
  newLead,
  planOf,
  send,
  tag,
  wait,
  waitFor,
} from "../test/stage.ts";

const lead = newLead();
Object.assign(lead.values, {
  "contact.tags": ["Buyer", "First-Time Buyer"],
  "contact.source": "Zillow",
  "contact.custom.budget": 750_000,
  "lead.score": 0.62,
  "lead.idle": 2 * DAY,
});
const facts = factsOf(lead);
const asked = conditionFacts(lead);

const simple = is("lead.score", "at_least", 0.7);
const tagged = is("contact.tags", "contains", "first-time buyer");
const matched = is("contact.source", "matches", "(?i)zillow|realtor");
const tree: Condition = {
  all: [
    tagged,
    is("contact.source", "in", ["Zillow", "Realtor.com"]),
    { any: [simple, is("contact.custom.budget", "between", [500_000, 2_000_000])] },
    { not: is("contact.custom.pre_approved", "is_true", true, false) },
  ],
};
for (const [name, condition] of Object.entries({ simple, tagged, matched, tree })) {
  bench(`condition: ${name}`, () => do_not_optimize(evaluate(condition, asked)));
}

const stepping = (name: string, plan: Plan, begin: Run, input: RunInput, steps: number) => {
  const taken = advance(plan, begin, input, facts).run.stepsTaken - begin.stepsTaken;
  if (taken !== steps) throw new Error(`${name} took ${taken} steps`);
  bench(`${name} (${steps} ${steps === 1 ? "step" : "steps"})`, () =>
    do_not_optimize(advance(plan, begin, input, facts)),
  );
};
const entering = (name: string, plan: Plan, steps: number) =>
  stepping(name, plan, enrolled(plan), { type: "enrolled" }, steps);

entering("enter send, park on its message", planOf([send("hello")]), 1);
entering("enter wait of 2 h, spread", planOf([{ verb: "wait", path: "w", wait: { for: ms(2 * HOUR) } }]), 1);
entering("enter wait of 2 d in the lead's zone", planOf([wait("w", { for: days(2) })]), 1);
entering("enter wait until tue 10:00", planOf([wait("w", { until: { at: 600, weekday: 2 } })]), 1);
entering("enter wait in business hours", planOf([wait("w", { for: ms(HOUR), during: "business_hours" })]), 1);
entering("enter wait_for, park", planOf([waitFor("w", "message.replied")]), 1);
entering(
  "tag, choose, jump, end",
  planOf([
    tag("a"),
    { verb: "choose", path: "c", cases: [{ if: tree, do: [{ verb: "skip_to", to: "e" }] }], otherwise: [tag("b")] },
    tag("never"),
    { verb: "end", path: "e" },
  ]),
  4,
);

const branches = {
  a: [send("s")],
  b: [waitFor("v", "form.submitted")],
  c: [wait("w", { for: ms(HOUR) })],
};
const forked = planOf([{ verb: "parallel", path: "p", branches }]);
entering("enter a parallel of three branches, park each", forked, 4);
stepping(
  "event to a run with three branches",
  forked,
  advance(forked, enrolled(forked), { type: "enrolled" }, facts).run,
  { type: "event", event: eventAt(MONDAY + 1, "property_view", {}) },
  0,
);

const waiting = planOf(
  [waitFor("w", "message.replied", { within: days(1), then: [tag("yes")] }), wait("v", { for: ms(HOUR) })],
  {
    exits: [{ if: is("lead.idle", "at_least", 30 * DAY) }],
    goal: { when: [{ event: "appointment.booked" }], then: "continue" },
  },
);
const parked = advance(waiting, enrolled(waiting), { type: "enrolled" }, facts).run;
const unread = eventAt(MONDAY, "property_view", { property: { id: "p1" } });
const booked = eventAt(MONDAY, "appointment.booked", {});
stepping(
  "event that means nothing to the run, exit by idle time",
  waiting,
  parked,
  { type: "event", event: unread },
  0,
);
stepping("event that is the goal", waiting, parked, { type: "event", event: booked }, 0);

const coming = planOf([tag("a")], {
  enroll: {
    when: [{ event: "contact.created" }],
    if: tree,
    again: { after: 90 * DAY },
    ifRunning: "skip",
    holdout: 0.05,
  },
});
const created = eventAt(MONDAY, "contact.created", {});
const situation = { location: "loc1", runs: [], group: [], activeRuns: 0, paused: false, facts };
bench("consider an enrollment", () => do_not_optimize(consider(coming, created, situation)));

const [cpu] = cpus();
console.log(`${cpu?.model ?? "unknown processor"}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}`);
const { benchmarks } = await run({ format: "quiet" });
for (const trial of benchmarks) {
  for (const one of trial.runs) {
    if (one.stats === undefined) continue;
    const micros = (nanos: number) => (nanos / 1000).toFixed(2).padStart(8);
    console.log(`${micros(one.stats.p50)} µs p50 ${micros(one.stats.p99)} µs p99  ${one.name}`);
  }
}

// What deciding costs in memory, per event: behavior and rules (target of the design: 25 µs), the score, a snapshot.
// Prints microseconds with the machine they were measured on.
//
//   npx rolldown bench/decide.ts --platform node --dir .cache/bench && node .cache/bench/decide.js

import { availableParallelism, cpus, loadavg } from "node:os";
import { bench, do_not_optimize, run } from "mitata";
import type { BehaviorState, HistoryQuestion, Rule } from "../src/behavior/index.ts";
import { engagement, fire, history, idle, nextInstant, observe, qualification } from "../src/behavior/index.ts";
import type { LeadEvent } from "../src/events/index.ts";
import { DAY, HOUR, MINUTE } from "../src/kernel/time.ts";
import { observe as observeLead, openCatalog, stub } from "../src/leads/index.ts";
import { featuresOf, QUESTIONS, score } from "../src/scoring/index.ts";
import type { Condition, HistoryLeaf } from "../src/workflows/index.ts";
import { bookOf, happened, Player } from "../test/player.ts";

const noon = Date.UTC(2026, 2, 2, 12);

const leaf = (
  question: Omit<HistoryQuestion, "key" | "keep"> & { keep?: number },
  operator: "at_least",
  value: number,
): HistoryLeaf => {
  const whole = { keep: value, ...question };
  return { history: { key: JSON.stringify(whole), ...whole }, tests: [{ operator, value }] };
};
const counted = (event: string, count: number, within: number) => leaf({ event, within }, "at_least", count);
const rule = (
  id: string,
  when: Condition,
  wakes: readonly string[],
  cooldown: number,
  more: Partial<Rule> = {},
): Rule => ({
  id,
  name: id,
  when,
  wakes,
  cooldown,
  guard: {},
  do: [],
  ...more,
});

// The seven rules of the language's behavior.yaml.
const rules: readonly Rule[] = [
  rule(
    "engagement_spike",
    { any: [counted("property_view", 3, DAY), counted("email.reacted", 2, DAY), counted("any", 3, DAY)] },
    ["any"],
    DAY,
  ),
  rule("inactivity_risk", { subject: "lead.idle", tests: [{ operator: "at_least", value: 7 * DAY }] }, [], 72 * HOUR, {
    levels: [
      { level: "low", idle: 7 * DAY },
      { level: "medium", idle: 9 * DAY },
      { level: "high", idle: 10 * DAY + 12 * HOUR },
      { level: "critical", idle: 14 * DAY },
    ],
    guard: { newLead: 7 * DAY, agentContact: 3 * DAY },
  }),
  rule(
    "buying_signal",
    {
      atLeast: 2,
      of: [
        counted("property_view", 5, 2 * DAY),
        counted("form.submitted", 1, 2 * DAY),
        counted("appointment.booked", 1, 2 * DAY),
        counted("document.downloaded", 1, 2 * DAY),
      ],
    },
    ["property_view", "form.submitted", "appointment.booked", "document.downloaded"],
    12 * HOUR,
  ),
  rule(
    "qualification_improvement",
    leaf({ event: "any", within: DAY, sum: "qualification_impact", keep: 1 }, "at_least", 0.15),
    ["any"],
    48 * HOUR,
  ),
  rule(
    "returns_after_14_days",
    leaf({ event: "website_visit", afterSilence: 14 * DAY, keep: 2 }, "at_least", 1),
    ["website_visit"],
    14 * DAY,
  ),
  rule(
    "same_property_3_times",
    leaf({ event: "property_view", within: 14 * DAY, same: "property.id" }, "at_least", 3),
    ["property_view"],
    7 * DAY,
    { cooldownPer: "property.id" },
  ),
  rule(
    "form_abandoned",
    leaf({ event: "form.started", within: 30 * MINUTE, notFollowedBy: "form.submitted", same: "form" }, "at_least", 1),
    ["form.started"],
    7 * DAY,
  ),
];

const book = bookOf(rules, QUESTIONS);
const kinds = [
  "property_view",
  "property_view",
  "website_visit",
  "email.opened",
  "email.clicked",
  "form.started",
  "form.submitted",
  "message.received",
];
const past: LeadEvent[] = Array.from({ length: 400 }, (_, n) =>
  happened(kinds[n % kinds.length] as string, noon + n * 37 * MINUTE, {
    property: { id: `p${n % 60}` },
    form: "tour",
    url: "/homes",
    channel: "sms",
    message: { id: "m" },
  }),
);
const lead = new Player(book, noon - 30 * DAY);
for (const event of past) lead.play(event);
const busy: BehaviorState = lead.state;
const now = (past[past.length - 1] as LeadEvent).at;
const next = past.slice(0, 64).map((event, n) => ({ ...event, at: now + n * MINUTE, receivedAt: now + n * MINUTE }));

const catalog = openCatalog({ installedAt: noon });
const snapshot = happened("crm.contact", noon, {
  change: "update",
  asOf: noon,
  createdAt: noon,
  contact: {
    firstName: "Ann",
    city: "Austin",
    email: "ann@example.com",
    tags: ["Buyer", "Hot"],
    custom: { f1: "1", f2: "2" },
  },
});
const known = observeLead(stub("loc", "lead"), snapshot, catalog).lead;
const later = happened("crm.contact", noon + 1, {
  ...snapshot.data,
  asOf: noon + 1,
  contact: { city: "Dallas", tags: ["Buyer"] },
});

console.log(
  `${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(2)}, Node ${process.version}`,
);
console.log(
  `7 rules, ${book.questions.length} questions, a state of ${JSON.stringify(busy).length} bytes after ${past.length} events`,
);

let turn = 0;
const event = () => next[turn++ % next.length] as LeadEvent;

bench("behavior and rules, one event of a busy lead", () => {
  const each = event();
  lead.state = observe(busy, each, { book, holds: lead.holds });
  const fired = fire(lead.state, book, { event: each }, { now: each.at, createdAt: noon, holds: lead.holds });
  do_not_optimize(nextInstant(fired.state, book, { createdAt: noon }));
});
bench("score with its reasons", () => {
  const asked = (question: HistoryQuestion) => history(busy, question, now);
  const features = {
    engagement: engagement(busy, now),
    qualification: qualification(busy),
    idle: idle(busy, now),
    appointment: false,
    history: asked,
  };
  do_not_optimize(score(featuresOf(features)));
});
bench("a snapshot of a contact, compared", () => {
  do_not_optimize(observeLead(known, later, catalog));
});

await run();

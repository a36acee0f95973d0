// The conformance tables, as data: what docs/conformance.md says of each snippet. Tests of the compiler and of the
// editor schema read the same rows. The first 25 of each are the language's own; the others cover what those leave out.

import { type Compilation, compile } from "./compile.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { WORKFLOW_KEYS } from "./workflow.ts";

/** A second file of the folder: the templates, events, fields and workflows that the snippets name. */
export const LIBRARY = `
templates:
  welcome: { sms: "Hi", email: { subject: Hi, body: Hello } }
  nudge: { sms: "Still there?" }
fields:
  contact.budget: { type: money }
  contact.custom.stage: { type: text }
  contact.custom.lease_end: { type: date }
events: { open_house.visited: { weight: 0.8, properties: { property.id: text } } }
segments: { luxury: { if: { contact.budget: { at_least: 1000000 } } } }
triggers: { spike: { when: { behavior.property_view: { count: 3, within: 24h } }, cooldown: 24h } }
experiments:
  welcome_channel:
    variants: { email: 50, text: 50 }
    control: email
    metric: { when: message.replied, within: 7d }
settings: { teams: { buyers: [u1, u2] } }
---
workflow: hot_handoff
group: nurture
inputs: { reason: { type: text } }
outputs: { tier: { type: text, in: [ready, later] } }
steps: [{ note: "{{ inputs.reason }}" }]
`;

/** Sections of a library stand as a document of their own; keys of a workflow's header beside a step. */
const SECTIONS = ["templates", "triggers", "segments", "experiments", "fields", "events", "settings"];

/** The snippet in a document whose line 1 it is; by how many characters it is shifted to the right there. */
export function wrapped(snippet: string): { readonly text: string; readonly shift: number } {
  const key = /^(\w+):/.exec(snippet)?.[1] ?? "";
  if (SECTIONS.includes(key)) return { text: snippet, shift: 0 };
  if (WORKFLOW_KEYS.includes(key) && key !== "if") {
    return { text: `${snippet}\nworkflow: w\nsteps: [{ id: hello, send: welcome }]`, shift: 0 };
  }
  const head = "{ workflow: w, vars: { tier: { type: text } }, steps: [ { id: education, send: welcome }, ";
  if (snippet.startsWith("{")) return { text: `${head}${snippet} ] }`, shift: head.length };
  const step = key === "if" ? `${snippet}, tag: hot` : snippet;
  return { text: `${head}{ ${step} } ] }`, shift: head.length + 2 };
}

/** What the compiler says of a snippet, with places as if it stood alone. */
export function checkSnippet(snippet: string): Compilation {
  const { text, shift } = wrapped(snippet);
  const compiled = compile([
    { file: "a.yaml", text },
    { file: "lib.yaml", text: LIBRARY },
  ]);
  return { ...compiled, diagnostics: compiled.diagnostics.filter(({ file }) => file === "a.yaml").map(back(shift)) };
}

const back =
  (shift: number) =>
  (found: Diagnostic): Diagnostic => ({
    ...found,
    column: found.line === 1 ? found.column - shift : found.column,
    message: found.message.replace(/\((a\.yaml:)?1:(\d+)\)/g, (_, file = "", at) => `(${file}1:${Number(at) - shift})`),
  });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const elapsed = (ms: number) => ({ ms, days: 0 });
const days = (count: number) => ({ ms: 0, days: count });

/** A snippet and what its plan must hold: of the step, of its condition, or of the whole plan. */
export interface Good {
  readonly snippet: string;
  readonly step?: object;
  readonly if?: object;
  readonly plan?: object;
}

const leaf = (subject: string, operator: string, value: unknown) => ({ subject, tests: [{ operator, value }] });

export const GOOD: readonly Good[] = [
  { snippet: "wait: 90m", step: { wait: { for: elapsed(90 * MINUTE) } } },
  { snippet: "wait: 2h30m", step: { wait: { for: elapsed(150 * MINUTE) } } },
  { snippet: "wait: 2 business days", step: { wait: { for: { ms: 0, days: 0, businessDays: 2 } } } },
  { snippet: 'wait: { until: "09:00" }', step: { wait: { until: { at: 540 } } } },
  { snippet: "wait: { until: tue 10:00 }", step: { wait: { until: { at: 600, weekday: 2 } } } },
  {
    snippet: "{ wait: { until: appointment.start - 1d }, if_past: [] }",
    step: { wait: { until: { anchor: "appointment.start", offset: days(1), sign: -1 } } },
  },
  {
    snippet: "wait: { for: 1h, during: business_hours }",
    step: { wait: { for: elapsed(HOUR), during: "business_hours" } },
  },
  { snippet: "send: welcome", step: { verb: "send", template: "welcome", via: [], proceed: "accepted" } },
  { snippet: "{ send: welcome, via: [email, sms] }", step: { via: ["email", "sms"], hold: 72 * HOUR } },
  {
    snippet: "{ wait_for: message.replied, within: 24h }",
    step: { verb: "wait_for", mode: "any", events: [{ event: "message.replied" }], within: elapsed(DAY) },
  },
  {
    snippet: "{ wait_for: { all: [email.opened, document.downloaded] }, of: education, within: 2d }",
    step: { mode: "all", events: [{ event: "email.opened" }, { event: "document.downloaded" }], of: "education" },
  },
  { snippet: "if: { contact.city: Austin }", if: leaf("contact.city", "equals", "Austin") },
  {
    snippet: "if: { contact.source: [Zillow, Realtor.com] }",
    if: leaf("contact.source", "in", ["Zillow", "Realtor.com"]),
  },
  { snippet: "if: { not: { contact.budget: { at_least: 5 } } }", if: { not: leaf("contact.budget", "at_least", 5) } },
  {
    snippet: "if: { contact.budget: { less_than: 5, if_missing: true } }",
    if: { ...leaf("contact.budget", "less_than", 5), ifMissing: true },
  },
  {
    snippet: "if: { any: [ { contact.budget: { at_least: 5 } }, { lead.score: { at_least: 0 } } ] }",
    if: { any: [leaf("contact.budget", "at_least", 5), leaf("lead.score", "at_least", 0)] },
  },
  { snippet: "if: { contact.email: { exists: false } }", if: leaf("contact.email", "exists", false) },
  {
    snippet: "if: { behavior.property_view: { count: 3, within: 24h } }",
    if: {
      history: { event: "property_view", within: DAY, keep: 3 },
      tests: [{ operator: "at_least", value: 3 }],
    },
  },
  {
    snippet: "if: { behavior.property_view: { count: { at_most: 0 }, within: 7d } }",
    if: { history: { keep: 1 }, tests: [{ operator: "at_most", value: 0 }] },
  },
  {
    snippet: "if: { behavior.property_view: { count: 3, within: 14d, same: property.id } }",
    if: { history: { same: "property.id", within: 14 * DAY } },
  },
  { snippet: 'if: { time.local: { between: "21:00-08:00" } }', if: leaf("time.local", "between", [1260, 480]) },
  {
    snippet: "{ do: [ { id: n, send: nudge } ], repeat: 3, every: 2d }",
    step: { verb: "do", repeat: 3, every: days(2) },
  },
  { snippet: "{ tag: { add: [A], remove: [B] } }", step: { verb: "tag", add: ["A"], remove: ["B"] } },
  {
    snippet: "exit: [ { if: { lead.idle: { at_least: 30d } } }]",
    plan: { exits: [{ if: leaf("lead.idle", "at_least", 30 * DAY) }], exitReads: ["lead.idle"] },
  },
  {
    snippet: "goal: { when: appointment.booked, within: 30d, then: continue }",
    plan: { goal: { when: [{ event: "appointment.booked" }], within: 30 * DAY, then: "continue" } },
  },
];

/** What the language's own table leaves out. */
export const MORE_GOOD: readonly Good[] = [
  { snippet: '{ send: welcome, via: sms, from: "+15125550100" }', step: { via: ["sms"], from: "+15125550100" } },
  { snippet: "{ send: welcome, via: [sms, email], from: Team@example.com }", step: { from: "team@example.com" } },
  {
    snippet:
      'settings: { senders: { sms: "+15125550100", email: team@example.com, agents: true, others: ["+15125550150"] } }',
  },
  {
    snippet: "{ parallel: { one: [ { tag: a } ], other: [ { tag: b } ] }, join: any, within: 1d }",
    step: { verb: "parallel", join: 1, within: days(1), branches: [{ id: "one" }, { id: "other" }] },
  },
  {
    snippet: "{ parallel: { a: [ { tag: a } ], b: [ { tag: b } ], c: [ { tag: c } ] }, join: 2 }",
    step: { join: 2 },
  },
  {
    snippet: "{ id: ask, call: hot_handoff, with: { reason: tour }, within: 2d }",
    step: { verb: "call", workflow: "hot_handoff", with: { reason: "tour" }, within: days(2) },
  },
  {
    snippet: "{ start: hot_handoff, with: { reason: { fact: contact.city } } }",
    step: { verb: "start", with: { reason: { fact: "contact.city" } } },
  },
  { snippet: "{ stop: nurture, reason: a person took over }", step: { verb: "stop", group: "nurture" } },
  {
    snippet:
      "{ id: hi, test: welcome_channel, step: { send: welcome, via: email }, variants: { email: {}, text: { via: sms } } }",
    step: { verb: "test", experiment: "welcome_channel" },
    plan: { lists: [[{}, {}], [{ verb: "send", via: ["email"] }], [{ verb: "send", via: ["sms"] }]] },
  },
  { snippet: "if: { segment: luxury }", if: leaf("contact.budget", "at_least", 1_000_000) },
  {
    snippet: "{ webhook: https://hooks.example.com/enrich, save: { vars.tier: data.tier }, timeout: 5s }",
    step: { verb: "webhook", method: "POST", save: { "vars.tier": "data.tier" }, timeout: 5000 },
  },
  { snippet: "{ set: { vars.tier: ready } }", step: { verb: "set", vars: { tier: "ready" } } },
  {
    snippet: "{ update: { contact.custom.stage: nurtured } }",
    step: { fields: { "contact.custom.stage": "nurtured" } },
  },
  {
    snippet: "{ assign: team.buyers, by: least_busy, only: available }",
    step: { verb: "assign", to: "team.buyers", by: "least_busy", only: "available" },
  },
  { snippet: "{ notify: owner, message: Look here }", step: { verb: "notify", to: "owner", through: ["app"] } },
  {
    snippet: "{ opportunity: move, pipeline: Buyers, stage: Showing }",
    step: { action: "move", pipeline: "Buyers", stage: "Showing" },
  },
  {
    snippet: "{ emit: open_house.visited, with: { property.id: { fact: event.property.id } } }",
    step: { event: "open_house.visited", with: { "property.id": { fact: "event.property.id" } } },
  },
  { snippet: "{ score: { add: 0.1 }, for: 7d, because: met }", step: { add: 0.1, for: days(7), because: "met" } },
  { snippet: "{ end: sold, goal: true }", step: { verb: "end", outcome: "sold", goal: true } },
  { snippet: "{ send: welcome, via: { best: [sms, email] } }", step: { via: ["sms", "email"], best: true } },
  {
    snippet: "{ send: welcome, via: sms, on_error: { retry: 5, every: 1m, then: [ { note: failed } ] } }",
    step: { onError: { retry: 5, every: MINUTE, then: { do: 1 } } },
  },
  {
    snippet: "wait: { for: 4h, best_time: 12h }",
    step: { wait: { for: elapsed(4 * HOUR), bestTime: elapsed(12 * HOUR) } },
  },
  {
    snippet: 'wait: { for: 1d, during: "mon-sat 10:00-18:00", spread: 0s }',
    step: { wait: { for: days(1), during: { days: [1, 2, 3, 4, 5, 6], from: 600, to: 1080 }, spread: 0 } },
  },
  {
    snippet:
      "{ wait_for: { any: [appointment.booked, { if: { lead.score: { at_least: 0.7 } } }] }, since: enrolled, within: 10d }",
    step: {
      mode: "any",
      events: [{ event: "appointment.booked" }],
      awaits: leaf("lead.score", "at_least", 0.7),
      since: "enrolled",
    },
  },
  {
    snippet: 'enroll: { when: { schedule: { days: [mon], at: "09:00" } }, if: { contact.city: Austin } }',
    plan: { enroll: { when: [], schedules: [{ days: [1], at: 540 }] } },
  },
  {
    snippet: 'enroll: { when: { date.reached: { field: contact.custom.lease_end, offset: -60d, at: "10:00" } } }',
    plan: { enroll: { dates: [{ field: "contact.custom.lease_end", offset: days(60), sign: -1, at: 600 }] } },
  },
  {
    snippet:
      "enroll: { when: { score.crossed: { above: 0.7 } }, if: { contact.city: Austin }, limit: 200 per day, existing: include, rollout: 25% }",
    plan: {
      enroll: {
        when: [{ event: "score.crossed", if: { all: [{ subject: "event.from" }, { subject: "event.to" }] } }],
        limit: { count: 200, window: DAY },
        existing: "include",
        rollout: 0.25,
      },
    },
  },
  {
    snippet:
      "enroll: { when: [ opportunity.created, trigger.spike, segment.entered: { segment: luxury } ], if_running: parallel, key: opportunity.id }",
    plan: {
      enroll: {
        when: [{ event: "opportunity.created" }, { event: "trigger.spike" }, { event: "segment.entered" }],
        ifRunning: "parallel",
        key: "opportunity.id",
      },
    },
  },
  { snippet: "moved: { first_hello: hello }", plan: { moved: { first_hello: "hello" } } },
  { snippet: "on_edit: re-time", plan: { onEdit: "re-time" } },
];

/** A snippet, where its one error stands, and how that begins. */
export type Bad = readonly [snippet: string, at: string, said: string];

export const BAD: readonly Bad[] = [
  ["wait: 90", "1:7", "bad-duration 90 what? Write 90s, 90m, 90h or 90d."],
  ["wait: 2 hours", "1:7", 'bad-duration "2 hours" is not a duration. Did you mean "2h"?'],
  ["wait: 1.5h", "1:7", 'bad-duration "1.5h" is not a duration. Did you mean "1h30m"?'],
  ["wait: -1d", "1:7", "bad-duration a wait cannot be negative."],
  ["wait: 500d", "1:7", "too-long the longest wait is 400d."],
  ["wait: { until: tues 10:00 }", "1:16", 'bad-instant "tues" is not a weekday. Did you mean "tue"?'],
  [
    "wait: { until: appointment.begin - 1d }",
    "1:16",
    'unknown-subject there is no "appointment.begin". Did you mean "appointment.start"?',
  ],
  ["{ wait_for: message.replied }", "1:3", 'unbounded-wait "wait_for" needs "within": every wait ends.'],
  [
    "{ wait_for: message.reply, within: 1d }",
    "1:13",
    'unknown-event there is no event "message.reply". Did you mean "message.replied"?',
  ],
  ["{ send: welcom }", "1:9", 'unknown-template there is no template "welcom". Did you mean "welcome"?'],
  [
    "{ send: welcome, via: fax }",
    "1:23",
    'unknown-channel "fax" is not a channel. Channels: email, sms, whatsapp, voice, best.',
  ],
  ["{ send: welcome, via: [sms, sms] }", "1:29", 'repeated-channel "sms" is listed twice.'],
  [
    "{ send: welcome, tag: hot }",
    "1:3",
    'two-verbs a step does one thing; this one has "send" (1:3) and "tag" (1:18).',
  ],
  ["{ snd: welcome }", "1:3", 'unknown-key "snd" is not a verb. Did you mean "send"?'],
  ["{ id: Welcome, send: welcome }", "1:7", 'bad-id ids are lower case: "welcome".'],
  ['if: "lead.score > 0.7"', "1:5", "condition-is-text a condition is a map. Write: lead.score: { greater_than: 0.7 }"],
  [
    "if: { lead.score: { atleast: 0.7 } }",
    "1:21",
    'unknown-operator "atleast" is not an operator. Did you mean "at_least"?',
  ],
  ["if: { lead.score: { at_least: 70 } }", "1:31", "out-of-range lead.score goes from 0 to 1. Did you mean 0.7?"],
  ["if: { contact.tags: { greater_than: 3 } }", "1:23", 'operator-type "greater_than" does not apply to a list.'],
  ['if: { contact.city: "{{ agent.city }}" }', "1:21", 'template-outside-text "{{ }}" works only in text for people.'],
  ["if: { any: [] }", "1:12", 'empty-any "any" of nothing is never true. Remove it, or list conditions.'],
  ["if: { behavior.property_view: { count: 3 } }", "1:7", 'no-window "count" needs "within" or "since".'],
  ["{ do: [ { tag: a } ], repeat: 500 }", "1:31", 'bad-value "repeat" takes a whole number from 1 to 50.'],
  [
    "enroll: { when: contact.created, again: 90d }",
    "1:41",
    'bad-value "again" takes never, always, or after <duration>. Did you mean "after 90d"?',
  ],
  ["exit: { when: message.replied }", "1:7", 'expected-list "exit" is a list. Put the map in [ ].'],
];

/** What the language's own table leaves out. */
export const MORE_BAD: readonly Bad[] = [
  ["{ parallel: { one: [ { tag: a } ] } }", "1:13", 'empty-list "parallel" takes 2 to 8 branches'],
  [
    "{ parallel: { a: [ { tag: a } ], b: [ { tag: b } ] }, join: 3 }",
    "1:61",
    'bad-value "join" takes all, any, or a number from 1 to 2.',
  ],
  ["{ call: hot_handoff, with: { reason: tour } }", "1:3", 'unbounded-wait "call" needs "within": every wait ends.'],
  ["{ start: hot_handof }", "1:10", 'unknown-workflow there is no workflow "hot_handof". Did you mean "hot_handoff"?'],
  ["{ start: hot_handoff }", "1:10", 'missing-input "hot_handoff" needs "reason" (lib.yaml:'],
  [
    "{ start: hot_handoff, with: { reson: tour, reason: tour } }",
    "1:31",
    'unknown-input "reson" is not an input of "hot_handoff". Did you mean "reason"?',
  ],
  ["{ stop: nurtures }", "1:9", 'unknown-workflow there is no workflow or group "nurtures". Did you mean "nurture"?'],
  [
    "{ test: welcome_chanel, step: { send: welcome }, variants: { email: {} } }",
    "1:9",
    'unknown-experiment there is no experiment "welcome_chanel". Did you mean "welcome_channel"?',
  ],
  [
    "{ id: t, test: welcome_channel, step: { send: welcome }, variants: { email: {}, texts: { via: sms } } }",
    "1:81",
    'variant-mismatch "texts" is not a variant of "welcome_channel" (lib.yaml:',
  ],
  ["if: { segment: luxry }", "1:16", 'unknown-segment there is no segment "luxry". Did you mean "luxury"?'],
  ["{ webhook: http://hooks.example.com }", "1:12", "insecure-url webhooks must be https."],
  ["{ set: { vars.teir: ready } }", "1:10", 'unknown-var there is no "vars.teir" to set. Did you mean "vars.tier"?'],
  ["{ assign: team.buyer }", "1:11", 'unknown-team there is no team "buyer". Did you mean "team.buyers"?'],
  ["{ emit: contact.created }", "1:9", 'not-emittable "contact.created" is not yours to emit.'],
  ["{ score: { add: 0.1 } }", "1:3", 'no-end "score" needs "for", how long it counts.'],
  ["{ opportunity: moved }", "1:16", 'bad-value "opportunity" takes create, move, won, lost. Did you mean "move"?'],
  ["{ skip_to: education }", "1:12", 'backward-jump "education" is above. Jumps only go forward'],
  ["{ send: welcome, via: sms, on_error: { then: stop } }", "1:46", 'bad-value "then" takes fail, continue, end'],
  [
    "{ send: welcome, ignore_quiet_hours: true }",
    "1:18",
    'unknown-key "ignore_quiet_hours" does not exist: a workflow can only be stricter',
  ],
  ["{ send: nudge, via: email }", "1:21", 'no-body template "nudge" (lib.yaml:4:3) has no "email" body. It has: sms.'],
  ["wait: { for: 1h, until: tue 10:00 }", "1:9", 'two-waits "for" and "until" are two waits. Make them two steps.'],
  [
    'enroll: { when: { schedule: { at: "09:00" } } }',
    "1:19",
    'sweep-all a schedule without "if" would enroll every lead.',
  ],
  ["enroll: { when: { date.reached: { offset: -60d } } }", "1:19", "no-field"],
  ["enroll: { when: contact.created, if_running: parallel }", "1:46", 'parallel-key "parallel" needs "key"'],
  ["enroll: { when: contact.created, limit: 200 daily }", "1:41", 'bad-rate "200 daily" is not a rate.'],
  [
    "moved: { first_hello: helo }",
    "1:23",
    'unknown-step there is no step "helo" in this workflow. Did you mean "hello"?',
  ],
  [
    "{ send: welcome, via: sms, from: team.buyers }",
    "1:34",
    'bad-value "from" takes owner, user.<id>, a number such as "+15125550100" or an address without a name, not "team.buyers".',
  ],
  [
    "{ send: welcome, from: Ada <ada@example.com> }",
    "1:24",
    'bad-value "from" takes owner, user.<id>, a number such as "+15125550100" or an address without a name',
  ],
  [
    "settings: { senders: { sms: team@example.com } }",
    "1:29",
    'bad-value "sms" takes a number such as "+15125550100", not "team@example.com".',
  ],
  ["caps: { sms: 3 per week }", "1:14", 'bad-rate "3 per week" is not a rate. Did you mean "3 per 7d"?'],
  ['quiet_hours: "22:00-07:00"', "1:14", "looser-than-house 22:00-07:00 is shorter than the location's 21:00-08:00."],
];

// The conformance tables of the language (5.2, 5.3), row by row: each snippet is the whole of line 1 of `a.yaml`,
// in a folder where the templates, events and fields it names exist.

import { describe, expect, test } from "vitest";
import type { Plan, Step } from "../plan.ts";
import { compile } from "./compile.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { WORKFLOW_KEYS } from "./workflow.ts";

const LIBRARY = `
templates:
  welcome: { sms: "Hi", email: { subject: Hi, body: Hello } }
  nudge: { sms: "Still there?" }
fields: { contact.budget: { type: money } }
`;

/** A bare step, a key of the workflow, or an `if`, which is taken for the condition of a step. */
function checkSnippet(snippet: string): { readonly plan: Plan | undefined; readonly diagnostics: Diagnostic[] } {
  const bare = snippet.startsWith("{") ? snippet : `{ ${snippet} }`;
  const key = /^(\w+):/.exec(snippet)?.[1] ?? "";
  const shift = snippet.startsWith("{") ? 0 : 2;
  const wrapped =
    WORKFLOW_KEYS.includes(key) && key !== "if"
      ? { text: `${snippet}\nworkflow: w\nsteps: [{ id: hello, send: welcome }]`, columns: 0 }
      : inSteps(key === "if" ? `{ ${snippet}, tag: hot }` : bare, shift);
  const compiled = compile([
    { file: "a.yaml", text: wrapped.text },
    { file: "lib.yaml", text: LIBRARY },
  ]);
  const diagnostics = compiled.diagnostics
    .filter(({ file }) => file === "a.yaml")
    .map((found) => ({ ...found, ...shifted(found, wrapped.columns) }));
  return { plan: compiled.plans[0], diagnostics };
}

/** A send named `education` stands before the snippet, and columns are counted from where the snippet begins. */
function inSteps(step: string, shift: number): { text: string; columns: number } {
  const head = "{ workflow: w, steps: [ { id: education, send: welcome }, ";
  return { text: `${head}${step} ] }`, columns: head.length + shift };
}

function shifted(found: Diagnostic, columns: number): Pick<Diagnostic, "column" | "message"> {
  const message = found.message.replace(/\(1:(\d+)\)/g, (_, column) => `(1:${Number(column) - columns})`);
  return { column: found.column - columns, message };
}

const only = (snippet: string): Step => {
  const { plan, diagnostics } = checkSnippet(snippet);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return plan?.lists[0]?.[1] as Step;
};
const condition = (snippet: string) => only(snippet).if;

const DAY = 86_400_000;
const HOUR = 3_600_000;

describe("good snippets compile to what they mean", () => {
  test.each<[string, unknown]>([
    ["wait: 90m", { for: { ms: 1.5 * HOUR, days: 0 } }],
    ["wait: 2h30m", { for: { ms: 2.5 * HOUR, days: 0 } }],
    ["wait: 2 business days", { for: { ms: 0, days: 0, businessDays: 2 } }],
    ['wait: { until: "09:00" }', { until: { at: 540 } }],
    ["wait: { until: tue 10:00 }", { until: { at: 600, weekday: 2 } }],
    [
      "{ wait: { until: appointment.start - 1d }, if_past: [] }",
      { until: { anchor: "appointment.start", offset: { ms: 0, days: 1 }, sign: -1 } },
    ],
    ["wait: { for: 1h, during: business_hours }", { for: { ms: HOUR, days: 0 }, during: "business_hours" }],
  ])("%s", (snippet, wait) => {
    expect(only(snippet)).toMatchObject({ verb: "wait", wait });
  });

  test("an anchor with if_past is no longer warned about", () => {
    const { diagnostics } = checkSnippet("{ id: d, wait: { until: appointment.start - 1d }, if_past: [] }");
    expect(diagnostics).toEqual([]);
  });

  test.each<[string, object]>([
    ["send: welcome", { verb: "send", template: "welcome", via: [], proceed: "accepted" }],
    ["{ send: welcome, via: [email, sms] }", { via: ["email", "sms"], hold: 72 * HOUR }],
    [
      "{ wait_for: message.replied, within: 24h }",
      { verb: "wait_for", mode: "any", events: [{ event: "message.replied" }], within: { ms: DAY, days: 0 } },
    ],
    [
      "{ wait_for: { all: [email.opened, document.downloaded] }, of: education, within: 2d }",
      { mode: "all", events: [{ event: "email.opened" }, { event: "document.downloaded" }], of: "education" },
    ],
    ["{ do: [ { id: n, send: nudge } ], repeat: 3, every: 2d }", { verb: "do", repeat: 3, every: { ms: 0, days: 2 } }],
    ["{ tag: { add: [A], remove: [B] } }", { verb: "tag", add: ["A"], remove: ["B"] }],
  ])("%s", (snippet, step) => {
    expect(only(snippet)).toMatchObject(step);
  });

  test("a scalar is equals, a list is in", () => {
    const plain = condition("if: { contact.city: Austin }");
    expect(plain).toEqual({ subject: "contact.city", tests: [{ operator: "equals", value: "Austin" }] });
    expect(plain).toEqual(condition("if: { contact.city: { equals: Austin } }"));
    const list = condition("if: { contact.source: [Zillow, Realtor.com] }");
    expect(list).toEqual(condition("if: { contact.source: { in: [Zillow, Realtor.com] } }"));
  });

  test.each<[string, unknown]>([
    [
      "if: { not: { contact.budget: { at_least: 5 } } }",
      { not: { subject: "contact.budget", tests: [{ operator: "at_least", value: 5 }] } },
    ],
    ["if: { contact.budget: { less_than: 5, if_missing: true } }", { ifMissing: true }],
    ["if: { any: [ { contact.budget: { at_least: 5 } }, { lead.score: { at_least: 0 } } ] }", { any: [{}, {}] }],
    ["if: { contact.email: { exists: false } }", { tests: [{ operator: "exists", value: false }] }],
    [
      "if: { behavior.property_view: { count: 3, within: 24h } }",
      { history: { event: "property_view", within: DAY, keep: 3 }, tests: [{ operator: "at_least", value: 3 }] },
    ],
    [
      "if: { behavior.property_view: { count: { at_most: 0 }, within: 7d } }",
      { history: { keep: 1 }, tests: [{ operator: "at_most", value: 0 }] },
    ],
    [
      "if: { behavior.property_view: { count: 3, within: 14d, same: property.id } }",
      { history: { same: "property.id", within: 14 * DAY } },
    ],
    ['if: { time.local: { between: "21:00-08:00" } }', { tests: [{ operator: "between", value: [1260, 480] }] }],
  ])("%s", (snippet, compiled) => {
    expect(condition(snippet)).toMatchObject(compiled as object);
  });

  test("exit: [ { if: { lead.idle: { at_least: 30d } } } ]", () => {
    const { plan } = checkSnippet("exit: [ { if: { lead.idle: { at_least: 30d } } } ]");
    expect(plan?.exits).toEqual([{ if: { subject: "lead.idle", tests: [{ operator: "at_least", value: 30 * DAY }] } }]);
    expect(plan?.exitReads).toEqual(["lead.idle"]);
  });

  test("goal: { when: appointment.booked, within: 30d, then: continue }", () => {
    const { plan } = checkSnippet("goal: { when: appointment.booked, within: 30d, then: continue }");
    expect(plan?.goal).toEqual({ when: [{ event: "appointment.booked" }], within: 30 * DAY, then: "continue" });
  });
});

const BAD: readonly (readonly [string, string, string])[] = [
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

describe("bad snippets are told where and how", () => {
  test.each(BAD)("%s", (snippet, at, said) => {
    const errors = checkSnippet(snippet).diagnostics.filter(({ severity }) => severity === "error");
    expect(errors).toHaveLength(1);
    const [error] = errors as [Diagnostic];
    expect(`${error.line}:${error.column}`).toBe(at);
    expect(`${error.code} ${error.message}`.slice(0, said.length)).toBe(said);
  });
});

// The misuse tables: what people write, and what they are told.

import { describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { headline, render } from "./diagnostic.ts";

const LIBRARY = `templates:
  hello: { sms: Hi }
  welcome: { sms: Hi, email: { subject: Hi, body: Hello } }
  welcome_nudge: { sms: Hi, email: { subject: Hi, body: Hello } }
  letter: { email: { subject: Hi, body: Hello } }
fields: { contact.custom.budget: { type: money } }
triggers:
  looks: { when: { behavior.property_view: { count: 3, within: 7d } }, cooldown: 7d }
segments: { luxury: { if: { contact.custom.budget: { at_least: 5 } } } }
events: { tour.requested: { properties: { property.id: text } } }
settings: { teams: { buyers: [u1] } }
experiments:
  words: { variants: { email: 50, text: 50 }, control: email, metric: { when: message.replied, of: hi, within: 7d } }
---
workflow: handoff
group: nurture
inputs: { reason: { type: text }, warm: { type: boolean, default: true } }
outputs: { tier: { type: text } }
steps: [ { tag: a } ]
`;

const told = (text: string, ...more: string[]): string[] => {
  const files = [{ file: "a.yaml", text }, ...more.map((other) => ({ file: "b.yaml", text: other }))];
  const { diagnostics } = compile([...files, { file: "lib.yaml", text: LIBRARY }]);
  return diagnostics.map(headline);
};
const workflow = (...lines: string[]): string => ["workflow: w", ...lines].join("\n");
const steps = (...lines: string[]): string => workflow("steps:", ...lines);
const HELLO = "  - { id: hello, send: hello }";

describe("files, ids, references", () => {
  test("an unknown key is told with the nearest known one", () => {
    expect(told(workflow("name: W", "about: it", "stepz: []"))).toContain(
      'a.yaml:4:1 error unknown-key "stepz" is not a key of a workflow. Did you mean "steps"?',
    );
  });

  test.each([
    ["sms", "send"],
    ["email", "send"],
    ["delay", "wait"],
    ["goto", "skip_to"],
  ])("a verb as other tools call it: %s", (other, ours) => {
    expect(told(steps(`  - ${other}: hello`)).join()).toContain(
      `unknown-key "${other}" is not a verb. Did you mean "${ours}"?`,
    );
  });

  test("a trigger where other tools have it", () => {
    expect(told(workflow("trigger: contact.created", "steps:", HELLO)).join()).toContain(
      'unknown-key "trigger" is not a key of a workflow. What begins it stands under enroll: { when: … }.',
    );
  });

  test("steps without a workflow", () => {
    expect(told("steps:\n  - { id: hello, send: hello }")).toEqual([
      'a.yaml:1:1 error no-workflow steps need a workflow. Add "workflow: <id>" above.',
    ]);
  });

  test("an id that is taken, with the place that took it", () => {
    const twice = "workflow: buyer_welcome\nsteps: [{ id: hello, send: hello }]";
    expect(told(twice, twice)).toContain(
      'b.yaml:1:11 error duplicate-id workflow "buyer_welcome" is already defined at a.yaml:1:11.',
    );
  });

  test("a condition that is written twice", () => {
    const text = steps("  - id: hello", "    send: hello", "    if: { lead.score: 1 }", "    if: { lead.tier: hot }");
    expect(told(text)).toEqual([
      'a.yaml:6:5 error duplicate-key "if" appears twice in this map (first at 5:5). Put both conditions in one map, or in "all":.',
    ]);
  });

  test("merge keys", () => {
    expect(told("x: &base { sms: Hi }\nworkflow: w\n<<: *base\nsteps: [{ id: hello, send: hello }]")).toContain(
      'a.yaml:3:1 error merge-key merge keys are not part of this language. Name the shared part: a segment, a template, or "call:".',
    );
  });
});

describe("enroll, goal, exit", () => {
  test.each([
    [
      ["enroll:", "  when: contact.create", "steps:", HELLO],
      'a.yaml:3:9 error unknown-event there is no event "contact.create". Did you mean "contact.created"?',
    ],
    [
      ["enroll:", "  when: contact.created", "  if_running: parallel", "steps:", HELLO],
      'a.yaml:4:15 error parallel-key "parallel" needs "key", the event property in which runs differ, e.g. key: opportunity.id',
    ],
    [
      ["exit:", "  when: message.replied", "steps:", HELLO],
      'a.yaml:3:3 error expected-list "exit" is a list. Put "- " before the map.',
    ],
    [
      ["enroll:", "  when:", '    - schedule: { days: [mon], at: "09:00" }', "steps:", HELLO],
      'a.yaml:4:7 error sweep-all a schedule without "if" would enroll every lead. Say which: if: { segment: … }',
    ],
  ])("%j", (lines, message) => {
    expect(told(workflow(...lines))).toContain(message);
  });

  test.each([
    [
      ["enroll: { when: contact.created, again: 90d }", "steps:", HELLO],
      'a.yaml:2:41 error bad-value "again" takes never, always, or after <duration>. Did you mean "after 90d"?',
    ],
    [
      ["enroll: { when: contact.created, existing: include }", "steps:", HELLO],
      'a.yaml:2:44 error sweep-all "include" without "if" would enroll every lead. Say which: if: { segment: … }',
    ],
    [
      ["enroll: { when: contact.created, limit: 200 }", "steps:", HELLO],
      'a.yaml:2:41 error bad-rate "200" is not a rate. Write: 2 per 24h.',
    ],
    [
      ["enroll: { when: schedule }", "steps:", HELLO],
      'a.yaml:2:17 error out-of-place "schedule" is for the "when" of "enroll" alone, with a map: schedule: { … }',
    ],
    [
      ["enroll: { when: { date.reached: { field: contact.city } } }", "steps:", HELLO],
      "a.yaml:2:42 error type-mismatch contact.city is not a date of the lead's.",
    ],
    [
      ["enroll: { when: { segment.entered: { segment: luxry } } }", "steps:", HELLO],
      'a.yaml:2:47 error unknown-segment there is no segment "luxry". Did you mean "luxury"?',
    ],
    [
      ["enroll: { when: { workflow.completed: { workflow: handof } } }", "steps:", HELLO],
      'a.yaml:2:51 error unknown-workflow there is no workflow "handof". Did you mean "handoff"?',
    ],
  ])("%j", (lines, message) => {
    expect(told(workflow(...lines))).toContain(message);
  });

  test("a remark may stand on every construct", () => {
    const enroll = "enroll: { about: why, when: contact.created }";
    const goal = "goal: { about: why, when: appointment.booked }";
    const text = workflow(enroll, goal, "on_error: { about: why, retry: 1 }", "steps:", HELLO);
    expect(told(text)).toEqual([]);
  });

  test("two live workflows that both answer one event with a message", () => {
    const one = (id: string, more = "") => `workflow: ${id}\nenroll:\n  when: contact.created${more}\nsteps:\n${HELLO}`;
    expect(told(one("buyer"), one("luxury"))).toEqual([
      'b.yaml:3:9 warning double-text "buyer" (a.yaml:3:9) also answers contact.created and sends first. Give both a "group", or exclude one by "if".',
    ]);
    const contains = "\n  if: { contact.tags: { contains: Luxury } }";
    const lacks = "\n  if: { contact.tags: { not_contains: Luxury } }";
    expect(told(one("buyer", lacks), one("luxury", contains))).toEqual([]);
    const tests =
      "workflow: tests\nenroll: { when: contact.created }\nsteps:\n  - { id: hi, test: words, step: { send: hello }, variants: { email: {}, text: { tag: b } } }";
    expect(told(one("buyer"), tests).map((found) => found.split(" ")[2])).toEqual(["double-text"]);
  });

  test("a wait for the event that ends the run", () => {
    const text = workflow(
      "goal:",
      "  when: appointment.booked",
      "steps:",
      "  - { id: booked, wait_for: appointment.booked, within: 1d }",
    );
    expect(told(text)).toEqual([
      'a.yaml:5:29 warning shadowed-wait "wait_for: appointment.booked" can never see its event: it is the goal (a.yaml:3:9) and ends the run first. Use "then: continue" on the goal.',
    ]);
  });
});

describe("conditions", () => {
  const given = (condition: string): string[] => told(steps("  - id: t", "    tag: hot", `    if: ${condition}`));

  test.each([
    [
      "lead.score > 0.7",
      "a.yaml:5:9 error condition-is-text a condition is a map, not text. Write: lead.score: { greater_than: 0.7 }",
    ],
    ["{ lead.scor: 1 }", 'a.yaml:5:11 error unknown-subject there is no "lead.scor". Did you mean "lead.score"?'],
    [
      "{ lead.score: { at_leest: 3 } }",
      'a.yaml:5:25 error unknown-operator "at_leest" is not an operator. Did you mean "at_least"?',
    ],
    [
      "{ contact.tags: { greater_than: 3 } }",
      'a.yaml:5:27 error operator-type "greater_than" does not apply to a list. For lists: contains, not_contains, in, not_in, exists.',
    ],
    [
      '{ contact.city: "{{ agent.city }}" }',
      'a.yaml:5:25 error template-outside-text "{{ }}" works only in text for people. Compare two facts with: contact.city: { equals: { fact: agent.city } }',
    ],
    [
      "{ not: { contact.source: Zillow } }",
      "a.yaml:5:18 info may-be-unknown contact.source can be empty; then this branch is not taken. Add if_missing to decide.",
    ],
    [
      '{ lead.score: { between: "17:00-09:00" } }',
      'a.yaml:5:34 error bad-range "between" needs low-high. (Overnight ranges are for time.local only.)',
    ],
    ["{ segment: luxry }", 'a.yaml:5:20 error unknown-segment there is no segment "luxry". Did you mean "luxury"?'],
    ['{ contact.city: { matches: "(" } }', "a.yaml:5:36 error bad-pattern this is not a pattern of RE2"],
    [
      "{ behavior.property_view: { count: 3, within: 91d } }",
      "a.yaml:5:55 error window-too-long history windows are at most 90d.",
    ],
    [
      "{ contact.custom.budjet: 3 }",
      'a.yaml:5:11 error unknown-subject there is no "contact.custom.budjet". Did you mean "contact.custom.budget"?',
    ],
    [
      "{ contact.postal_code: 78701 }",
      'a.yaml:5:32 error type-mismatch contact.postal_code is a text; "78701" is not. Write "78701".',
    ],
  ])("%s", (condition, message) => {
    const [first] = given(condition);
    expect(first?.slice(0, message.length)).toBe(message);
  });

  test("a step that does not run before this one", () => {
    const text = steps(
      "  - { id: welcome, send: welcome }",
      "  - { id: t, tag: hot, if: { step.welcom.opened: true } }",
    );
    expect(told(text)).toEqual([
      'a.yaml:4:30 error unknown-step no step "welcom" runs before this one. Did you mean "welcome"?',
    ]);
  });

  test("a step of a branch that was not taken on the way here", () => {
    const text = steps(
      "  - id: fork",
      "    choose:",
      "      - { if: { lead.tier: hot }, do: [ { id: one, tag: a } ] }",
      "      - { if: { lead.tier: warm }, do: [ { id: two, tag: b, if: { step.one.ran: true } } ] }",
      "  - { id: after, tag: c, if: { step.one.ran: true } }",
    );
    expect(told(text)).toEqual(['a.yaml:6:67 error unknown-step no step "one" runs before this one.']);
  });
});

describe("steps", () => {
  test.each([
    [
      ["  - tag: hot", "    within: 1d"],
      'a.yaml:4:5 error unknown-key "within" does not go with "tag". It belongs to: send, wait_for, call, parallel.',
    ],
    [
      ["  - { id: x, sent: hello }"],
      'a.yaml:3:14 error no-verb this step does nothing. Did you mean "send" for "sent"?',
    ],
    [
      ["  - send: hello"],
      'a.yaml:3:5 warning unnamed-wait leads will park here and an edit above could misplace them. Run "latchkey check --fix" to name it.',
    ],
    [
      ["  - id: a", "    send: hello", "    ignore_quiet_hours: true"],
      `a.yaml:5:5 error unknown-key "ignore_quiet_hours" does not exist: a workflow can only be stricter than the location's rules.`,
    ],
    [
      ["  - { id: a, send: welcome, via: [sms, email], proceed: queued, if_late: [] }"],
      'a.yaml:3:65 error never-taken "if_late" needs proceed: delivered.',
    ],
    [
      ["  - { id: a, send: hello, via: email }"],
      'a.yaml:3:32 error no-body template "hello" (lib.yaml:2:3) has no "email" body. It has: sms.',
    ],
    [
      ["  - { id: a, wait: { until: appointment.start - 1d } }"],
      "a.yaml:3:29 warning past-anchor the instant may already be over; then the next step runs at once. Say what should happen: if_past: […]",
    ],
    [
      ["  - { id: a, wait: { until: 21:00 } }"],
      'a.yaml:3:29 info quote-time YAML 1.1 tools read 21:00 as 1260. Write "21:00".',
    ],
    [
      ["  - { id: a, wait_for: email.opened, within: 1d }"],
      'a.yaml:3:24 error no-message no "send" runs before this on every path, so "email.opened" of what? Name it with "of:".',
    ],
    [
      ["  - { id: follow_up, send: hello, via: sms }", "  - { id: a, wait_for: email.opened, within: 1d }"],
      'a.yaml:4:24 warning wrong-channel step "follow_up" (a.yaml:3:5) sends only sms; email.opened cannot come.',
    ],
    [
      ["  - { id: welcome, tag: a }", "  - { skip_to: welcome }"],
      'a.yaml:4:16 error backward-jump "welcome" is above. Jumps only go forward; to do something again use "repeat".',
    ],
    [
      [
        "  - { skip_to: nudge }",
        "  - { id: opened, wait_for: agent.contacted, within: 1d, otherwise: [ { id: nudge, tag: a } ] }",
      ],
      'a.yaml:3:16 error jump-into-branch "nudge" is inside "otherwise" of "opened". Jump to a step of an enclosing list.',
    ],
    [
      ["  - { id: e, end: done }", "  - { id: never, tag: a }"],
      "a.yaml:4:5 warning unreachable nothing leads here: the step above ends the run.",
    ],
    [
      ["  - id: c", "    choose:", "      - { do: [] }", "      - { if: { lead.tier: hot }, do: [] }"],
      'a.yaml:6:9 warning unreachable the case above has no "if" and always wins.',
    ],
    [
      ["  - { id: d, do: [ { tag: a } ], repeat: forever }"],
      'a.yaml:3:42 error bad-value "repeat" takes a whole number from 1 to 50.',
    ],
    [
      ["  - { id: x, tag: a }", "  - { id: x, tag: b }"],
      'error duplicate-id step "x" is already defined at a.yaml:3:11.',
    ],
  ])("%j", (lines, message) => {
    const found = told(steps(...(lines as string[])));
    expect(
      found.some((one) => one.includes(message as string)),
      found.join("\n"),
    ).toBe(true);
  });
});

describe("steps of the CRM, of other workflows and of tests", () => {
  test.each<[string, ...string[]]>([
    ["{ start: handof }", '3:14 error unknown-workflow there is no workflow "handof". Did you mean "handoff"?'],
    ["{ start: handoff }", '3:14 error missing-input "handoff" needs "reason" (lib.yaml:17:11).'],
    [
      "{ start: handoff, with: { reson: x } }",
      '3:29 error missing-input "handoff" needs "reason" (lib.yaml:17:11).',
      '3:31 error unknown-input "reson" is not an input of "handoff". Did you mean "reason"?',
    ],
    ["{ start: handoff, with: { reason: 3 } }", '3:39 error type-mismatch reason is a text; "3" is not. Write "3".'],
    [
      "{ id: c, call: handoff, with: { reason: x } }",
      '3:14 error unbounded-wait "call" needs "within": every wait ends.',
    ],
    ["{ stop: nurtur }", '3:13 error unknown-workflow there is no workflow or group "nurtur". Did you mean "nurture"?'],
    [
      "{ emit: contact.created }",
      '3:13 error not-emittable "contact.created" is not yours to emit. Declare one of your own under "events".',
    ],
    [
      "{ emit: tour.requested, with: { property.ids: a } }",
      '3:37 error unknown-property "property.ids" is not a property of tour.requested. Did you mean "property.id"?',
    ],
    ["{ score: { add: 10 }, for: 7d }", '3:21 error out-of-range "score" adds from -1 to 1: { add: 0.1 }'],
    ["{ score: { add: 0.1 } }", '3:7 error no-end "score" needs "for", how long it counts.'],
    ["{ set: { tier: a } }", '3:14 error unknown-var there is no "tier" to set. Write vars.<name>.'],
    [
      "{ set: { vars.tier: a }, if: { vars.tire: b } }",
      '3:36 error unknown-subject there is no "vars.tire". Did you mean "vars.tier"?',
    ],
    ["{ id: h, webhook: http://hooks.example.com }", "3:23 error insecure-url webhooks must be https."],
    [
      "{ id: h, webhook: https://me:pw@hooks.example.com }",
      '3:23 error bad-url "https://me:pw@hooks.example.com" is not an address. Write https://hooks.example.com/path, without a password.',
    ],
    [
      "{ id: h, webhook: https://hooks.example.com, timeout: 5m }",
      '3:59 error out-of-range "timeout" goes from 1s to 1m.',
    ],
    ["{ update: { contact.tags: [a] } }", '3:17 error not-writable tags are written by "tag".'],
    [
      "{ update: { contact.citty: a } }",
      '3:17 error unknown-field "contact.citty" is not a field of a contact. Did you mean "contact.city"?',
    ],
    [
      "{ update: { contact.custom.budget: lots } }",
      '3:40 error type-mismatch contact.custom.budget is an amount of money; "lots" is not.',
    ],
    [
      '{ update: { contact.city: "{{ agent.city }}" } }',
      '3:31 error template-outside-text "{{ }}" works only in text for people. Write: contact.city: { fact: agent.city }',
    ],
    ["{ assign: team.buyer }", '3:15 error unknown-team there is no team "buyer". Did you mean "team.buyers"?'],
    ["{ assign: user.u1, by: least_busy }", '3:24 error never-taken "by" chooses among a team.'],
    ["{ assign: nobody }", '3:15 error bad-value "assign" takes owner, user.<id> or team.<id>, not "nobody".'],
    ["{ notify: owner }", '3:7 error no-message-text "notify" needs "message", the text to read.'],
    ["{ opportunity: move }", '3:7 error no-stage "move" needs "stage", where the deal goes.'],
    [
      "{ opportunity: moved }",
      '3:20 error bad-value "opportunity" takes create, move, won, lost. Did you mean "move"?',
    ],
    [
      "{ id: p, parallel: { a: [ { tag: a } ] } }",
      '3:24 error empty-list "parallel" takes 2 to 8 branches: { human: [ … ], machine: [ … ] }',
    ],
    [
      "{ id: p, parallel: { a: [], b: [] }, join: 3 }",
      '3:48 error bad-value "join" takes all, any, or a number from 1 to 2.',
    ],
    [
      "{ id: hi, test: word, step: { tag: a }, variants: { email: {}, text: {} } }",
      '3:21 error unknown-experiment there is no experiment "word". Did you mean "words"?',
    ],
    [
      "{ id: hi, test: words, step: { tag: a }, variants: { email: {}, texts: { tag: b } } }",
      '3:69 error variant-mismatch "texts" is not a variant of "words" (lib.yaml:13:22). Did you mean "text"?',
    ],
    [
      "{ id: hi, test: words, step: { tag: a }, variants: { email: {} } }",
      '3:56 error variant-mismatch "words" (lib.yaml:13:22) has "text", too. Without a change: text: {}',
    ],
    [
      "{ id: hi, test: words, step: { tag: a }, variants: { email: {}, text: { id: x, tag: b } } }",
      '3:77 error unknown-key "id" does not go here: the step inside a test has the id of the test.',
    ],
    [
      "{ id: hi, test: words, variants: {} }",
      '3:15 error no-step "test" needs "step", the step as it would be without a test.',
    ],
    [
      "{ id: x, wait: { until: tue 10:00, best_time: 2h } }",
      '3:40 error two-waits "best_time" and "until" are two waits. Make them two steps.',
    ],
    [
      "{ id: x, send: welcome, via: [best, sms] }",
      '3:35 error bad-value "best" is not one of several: write via: { best: [sms, email] }.',
    ],
    ["{ id: x, wait: 2d, if_past: [] }", '3:24 error never-taken "if_past" needs "until" with a date or an anchor.'],
    [
      '{ id: x, wait: { until: "09:00" }, if_missing: [] }',
      '3:40 error never-taken "if_missing" needs "until" with an anchor.',
    ],
    ["{ id: x, send: hello, subject: Hi }", '3:27 error never-taken "subject" needs the channel email.'],
    [
      "{ end: x, outputs: { tier: a } }",
      '3:26 error unknown-output "tier" is not an output of this workflow. Declare it under "outputs".',
    ],
    ["{ note: 'As {{ vars.tier }}' }", '3:20 error unknown-field "vars.tier" is not a field.'],
    ["{ note: 'After {{ step.hallo.elapsed }}' }", '3:23 error unknown-step no step "hallo" runs before this one.'],
    [
      "{ id: h, tag: a, if: { step.h.varient: x } }",
      '3:28 error unknown-subject there is no "step.h.varient". Did you mean "step.h.variant"?',
    ],
  ])("%s", (line, ...messages) => {
    expect(told(steps(`  - ${line}`))).toEqual(messages.map((message) => `a.yaml:${message}`));
  });

  test("two verbs, each with its place", () => {
    expect(told(steps("  - id: a", "    send: hello", "    tag: hot"))).toEqual([
      'a.yaml:4:5 error two-verbs a step does one thing; this one has "send" (4:5) and "tag" (5:5). Make them two steps.',
    ]);
  });

  test("workflows that start each other in a circle, unless something stands before it", () => {
    const a = "workflow: a\nsteps: [ { start: b } ]";
    const b = (more: string) => `workflow: b\nsteps: [ { id: x, do: [ { start: a } ]${more} } ]`;
    expect(told(a, b(""))).toEqual([
      'a.yaml:2:19 error workflow-cycle a → b → a (b.yaml:2:34). Break it with "if", or let one end in "emit".',
    ]);
    expect(told(a, b(", if: { segment: luxury }"))).toEqual([]);
  });

  test("an experiment in two workflows", () => {
    const one = (id: string) =>
      `workflow: ${id}\nsteps:\n  - { id: hi, test: words, step: { tag: a }, variants: { email: {}, text: { tag: b } } }`;
    expect(told(one("a"), one("b"))).toEqual([
      'b.yaml:3:21 error test-reused "words" already runs at a.yaml:3:21; its results would mix.',
    ]);
  });

  test("a measure of a step that the experiment's workflow does not have", () => {
    const text = steps("  - { id: ho, test: words, step: { tag: a }, variants: { email: {}, text: { tag: b } } }");
    expect(told(text)).toEqual([
      'lib.yaml:13:100 error unknown-step workflow "w", which runs this, has no step "hi". Did you mean "ho"?',
    ]);
  });

  test("a message event after a test that sends it to some only", () => {
    const text = (holdout: string) =>
      `experiments: { e: { variants: { a: 50, b: 50 }, control: a${holdout}, metric: { when: message.replied, within: 7d } } }\n---\n${steps(
        "  - { id: hi, test: e, step: { send: welcome }, variants: { a: {}, b: { via: sms } } }",
        "  - { id: r, wait_for: message.replied, within: 1d }",
      )}`;
    expect(told(text(""))).toEqual([]);
    expect(told(text(", holdout: 10%"))).toEqual([
      'a.yaml:6:24 error no-message no "send" runs before this on every path, so "message.replied" of what? Name it with "of:".',
    ]);
  });

  test("a branch does not run before its neighbor", () => {
    const text = steps(
      "  - id: p",
      "    parallel:",
      "      one: [ { id: a, tag: a } ]",
      "      two: [ { tag: b, if: { step.a.ran: true } } ]",
      "  - { tag: c, if: { step.a.ran: true } }",
    );
    expect(told(text)).toEqual(['a.yaml:6:30 error unknown-step no step "a" runs before this one.']);
  });

  test("steps taken at an error know all that can have run, whoever inherits them", () => {
    const text = workflow(
      "on_error: { then: [ { note: Look, if: { step.b.ran: true } } ] }",
      "steps:",
      "  - { id: a, tag: a, on_error: { retry: 9 } }",
      "  - { id: b, tag: b, on_error: { then: [ { tag: c, if: { step.c.ran: true } } ] } }",
      "  - { id: c, tag: c }",
    );
    expect(told(text)).toEqual(['a.yaml:5:58 error unknown-step no step "c" runs before this one.']);
  });

  test("an outcome that ends every branch leaves nothing behind it", () => {
    const text = steps("  - id: p", "    parallel: { one: [ { end: x } ], two: [ { end: y } ] }", "  - { tag: c }");
    expect(told(text)).toEqual([
      "a.yaml:5:5 warning unreachable nothing leads here: every way through the step above ends or jumps away.",
    ]);
  });
});

describe("segments, experiments, values, moves", () => {
  test.each<[string, ...string[]]>([
    [
      "segments: { a: { if: { segment: b } }, b: { if: { segment: a } } }",
      "1:60 error segment-cycle segments ask for each other in a circle: a → b → a.",
    ],
    [
      "segments: { a: { if: { step.x.ran: true } } }",
      `1:24 error out-of-place "step.x.ran" is known only inside a workflow's run.`,
    ],
    [
      "segments: { a: { if: { behavior.property_view: { count: 1, since: enrolled } } } }",
      `1:60 error out-of-place "since" is known only inside a workflow's run.`,
    ],
    [
      "experiments: { e: { variants: { a: 50, b: 49 }, control: a, metric: { when: message.replied, within: 7d } } }",
      "1:31 error bad-weights weights add up to 99, not 100.",
    ],
    [
      "experiments: { e: { variants: { a: 50, b: 50 }, control: c, metric: { when: message.replied, within: 7d } } }",
      '1:58 error variant-mismatch "c" is not a variant of this experiment.',
    ],
    [
      "experiments: { e: { variants: { a: 50, b: 50 }, control: a, metric: { when: message.replied } } }",
      '1:69 error no-window "metric" needs "within", how long after it was seen.',
    ],
    [
      "experiments: { e: { variants: { a: 50, b: 50 }, control: a, metric: { when: message.replied, within: 7d }, stop: { least: 300 } } }",
      '1:123 error bad-value "least" takes a number of leads: 300 per variant.',
    ],
    [
      "workflow: a\nvars: { x: { type: texts } }\nsteps: [ { tag: a } ]",
      '2:20 error bad-value "type" takes text, number, money, boolean, date. Did you mean "text"?',
    ],
    [
      "workflow: a\nvars: { x: { type: text, in: [a, b], default: c } }\nsteps: [ { tag: a } ]",
      '2:47 error bad-value x is never "c". It is one of: a, b.',
    ],
    [
      "workflow: a\nvars: { tier: { type: text } }\nsteps: [ { set: { vars.tear: a } } ]",
      '3:19 error unknown-var there is no "vars.tear" to set. Did you mean "vars.tier"?',
    ],
    [
      "workflow: a\nmoved: { hello: x }\nsteps: [ { id: hello, send: hello } ]",
      '2:10 error still-there step "hello" is still there (a.yaml:3:10), so nobody has to move.',
    ],
    [
      "workflow: a\nmoved: { old: helo }\nsteps: [ { id: hello, send: hello } ]",
      '2:15 error unknown-step there is no step "helo" in this workflow. Did you mean "hello"?',
    ],
    [
      "workflow: a\nmoved: { x: y, y: x }\nsteps: [ { id: hello, send: hello } ]",
      '2:13 error moved-cycle "x" moves in a circle.',
      '2:19 error moved-cycle "y" moves in a circle.',
    ],
    [
      "templates: { t: { voice: { highlevel: x } } }",
      '1:26 error bad-value "voice" takes the CRM workflow that makes the call: { highlevel_workflow: <name> }',
      '1:28 error unknown-key "highlevel" is not a key of "voice".',
    ],
    [
      "templates: { t: { whatsapp: { text: Hello } } }",
      '1:29 error bad-value "whatsapp" takes a text, or { body: <text>, highlevel_workflow: <name> }: the CRM workflow that sends a template outside the window',
      '1:31 error unknown-key "text" is not a key of "whatsapp".',
    ],
    [
      "templates: { t: { email: { subject: a, body: b, attach: 'http://example.com/a.pdf' } } }",
      "1:57 error insecure-url attachments must be https.",
    ],
    ["templates: { t: { sms: { attach: a.jpg } } }", '1:19 error no-body a text needs a "body", also beside a file.'],
    [
      "templates: { t: { sms: { body: 'Hi {{ contact.frist }}', atach: a.jpg } } }",
      '1:39 error unknown-field "contact.frist" is not a field. Did you mean "contact.id"?',
      '1:58 error unknown-key "atach" is not a key of "sms". Did you mean "attach"?',
    ],
    [
      "templates: { t: { sms: { body: a, attach: [ 'http://example.com/a.jpg', '' ] } } }",
      "1:45 error insecure-url attachments must be https.",
      "1:73 error bad-value a file has a plain name.",
    ],
    [
      "templates: { t: { sms: { body: a, attach: [ 'https:foo', 'https:///a.jpg', 'https://example.com/a.jpg' ] } } }",
      "1:45 error bad-value an address is https:// and a host: https://files.example.com/plan.pdf",
      "1:58 error bad-value an address is https:// and a host: https://files.example.com/plan.pdf",
    ],
    [
      `templates: { t: { sms: { body: a, attach: [ ${Array.from({ length: 11 }, (_, n) => `a${n}.jpg`).join(", ")} ] } } }`,
      "1:43 error too-many-files a text carries at most 10 files.",
    ],
    [
      "templates: { t: { whatsapp: { body: a, highlevel_workflow: b, attach: a.jpg } } }",
      '1:63 error unknown-key "attach" is not a key of "whatsapp": the CRM shows such a file and does not deliver it. Attach it to sms or email, or have the CRM\'s own workflow send it.',
    ],
    [
      "templates: { t: { sms: '{% include \"x\" %}' } }",
      '1:24 error bad-template this text cannot be read: tag "include" not found.',
    ],
  ])("%s", (text, ...messages) => {
    expect(told(text)).toEqual(messages.map((message) => `a.yaml:${message}`));
  });

  test("a team of a folder that declares none is only warned of", () => {
    const text = "workflow: w\nsteps: [ { assign: team.buyers } ]";
    expect(compile([{ file: "a.yaml", text }]).diagnostics.map(headline)).toEqual([
      'a.yaml:2:20 warning unknown-team nobody is in "team.buyers" yet. Say who: settings: { teams: { buyers: [<user ids>] } }',
    ]);
  });
});

describe("bounds", () => {
  const nested = (depth: number): string => (depth === 0 ? "{ tag: a }" : `{ do: [ ${nested(depth - 1)} ] }`);
  const times = (count: number, make: (n: number) => string) =>
    Array.from({ length: count }, (_, n) => make(n)).join(", ");

  test.each<[string, string, string | undefined]>([
    ["lists of steps eight deep", `steps: [ ${nested(7)} ]`, undefined],
    ["lists of steps nine deep", `steps: [ ${nested(8)} ]`, "too-deep"],
    ["eight branches", `steps: [ { id: p, parallel: { ${times(8, (n) => `b${n}: [ { tag: a } ]`)} } } ]`, undefined],
    [
      "nine branches",
      `steps: [ { id: p, parallel: { ${times(9, (n) => `b${n}: [ { tag: a } ]`)} } } ]`,
      "too-many-branches",
    ],
    ["a loop of 50", "steps: [ { do: [ { tag: a } ], repeat: 50 } ]", undefined],
    ["a loop of 51", "steps: [ { do: [ { tag: a } ], repeat: 51 } ]", "bad-value"],
    ["500 passes in loops", "steps: [ { do: [ { do: [ { tag: a } ], repeat: 50 } ], repeat: 10 } ]", undefined],
    ["550 passes in loops", "steps: [ { do: [ { do: [ { tag: a } ], repeat: 50 } ], repeat: 11 } ]", "too-many-passes"],
    ["500 steps", `steps: [ ${times(500, () => "{ tag: a }")} ]`, undefined],
    ["501 steps", `steps: [ ${times(501, () => "{ tag: a }")} ]`, "too-many-steps"],
    ["a wait of 400 days", "steps: [ { id: a, wait: 400d } ]", undefined],
    ["a wait of 401 days", "steps: [ { id: a, wait: 401d } ]", "too-long"],
    ["a run of 730 days", "max_duration: 730d\nsteps: [ { tag: a } ]", undefined],
    ["a run of 731 days", "max_duration: 731d\nsteps: [ { tag: a } ]", "too-long"],
    [
      "a look back of 91 days",
      "steps: [ { id: a, wait_for: form.submitted, since: 91d, within: 1d } ]",
      "window-too-long",
    ],
  ])("%s", (_, text, code) => {
    const errors = told(`workflow: w\n${text}`).filter((one) => one.includes(" error "));
    expect(errors.map((one) => one.split(" ")[2])).toEqual(code === undefined ? [] : [code]);
  });

  test("ten variants", () => {
    const variants = (count: number) =>
      `experiments: { e: { variants: { ${times(count, (n) => `v${n}: ${100 / count}`)} }, control: v0, metric: { when: message.replied, within: 7d } } }`;
    expect(told(variants(10))).toEqual([]);
    expect(told(variants(20))).toEqual(["a.yaml:1:31 error bad-weights an experiment has 2 to 10 variants."]);
  });

  test("segments that double each other stop where nobody could read them", () => {
    const doubled = times(20, (n) => `s${n}: { if: { all: [ { segment: s${n + 1} }, { segment: s${n + 1} } ] } }`);
    const found = told(`segments: { ${doubled}, s20: { if: { lead.tier: hot } } }`);
    expect(found.every((one) => one.includes("error too-many-conditions"))).toBe(true);
    expect(found.length).toBeGreaterThan(0);
  });
});

describe("caps, quiet hours, rules", () => {
  test.each([
    [
      workflow("quiet_hours: 22:00-08:00", "steps:", HELLO),
      "a.yaml:2:14 error looser-than-house 22:00-08:00 is shorter than the location's 21:00-08:00. A workflow can only add quiet time.",
    ],
    [
      workflow("caps: { sms: 3 per week }", "steps:", HELLO),
      'a.yaml:2:14 error bad-rate "3 per week" is not a rate. Did you mean "3 per 7d"?',
    ],
    [
      "triggers:\n  r: { when: { lead.idle: { at_least: 7d } } }",
      'a.yaml:2:3 error no-cooldown a rule needs "cooldown"; a lead browsing for an hour would fire it at every view.',
    ],
    [
      "triggers:\n  r: { when: { lead.idle: { at_least: 7d } }, cooldown: 1d, do: [ { send: hello } ] }",
      "a.yaml:2:69 error rule-sends a rule cannot send. Start a workflow: { start: hello }",
    ],
    [
      "templates: { t: { sms: 'Hi {{ contact.frist_name }}' } }",
      'a.yaml:1:31 error unknown-field "contact.frist_name" is not a field. Did you mean "contact.first_name"?',
    ],
    [
      "templates: { t: { sms: 'Hi {{ contact.first_name }}' } }",
      "a.yaml:1:31 warning no-default contact.first_name can be empty. Add: | default: 'there'",
    ],
    ["segments: { s: {} }", 'a.yaml:1:13 error no-if a segment needs "if", what is true of those in it.'],
  ])("%s", (text, message) => {
    const found = told(text as string);
    expect(
      found.some((one) => one.startsWith(message as string)),
      found.join("\n"),
    ).toBe(true);
  });

  test("the CRM's own merge names are fields too", () => {
    const text = "templates: { t: { sms: 'Hi {{contact.full_name}}, {{user.first_name}} here, {{contact.budget}}' } }";
    expect(told(text)).toEqual(["a.yaml:1:79 warning no-default contact.budget can be empty. Add: | default: …"]);
  });
});

describe("a finding", () => {
  test("is shown in its line, with the word underlined", () => {
    const text = `workflow: w\nsteps:\n  - { id: a, send: welcom }`;
    const [found] = compile([
      { file: "a.yaml", text: text },
      { file: "lib.yaml", text: LIBRARY },
    ]).diagnostics;
    expect(found === undefined ? "" : render(found, text)).toBe(
      [
        "a.yaml:3:20 error unknown-template",
        "   3 |   - { id: a, send: welcom }",
        '     |                    ^^^^^^ there is no template "welcom". Did you mean "welcome"?',
      ].join("\n"),
    );
  });

  test("show of a long line what is around the word", () => {
    const text = `${"x".repeat(50_000)} oops ${"y".repeat(50_000)}`;
    const place = { file: "a.yaml", line: 1, column: 50_002, length: 40_000 };
    const lines = render({ ...place, severity: "error", code: "bad-value", message: "no." }, text).split("\n");
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(260);
    expect(lines[1]?.indexOf("oops")).toBe(lines[2]?.indexOf("^"));
  });
});

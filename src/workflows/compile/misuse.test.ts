// The misuse tables of the language, part 2: what people write, and what they are told.

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
    ["{ segment: luxury }", 'a.yaml:5:20 error unknown-segment there is no segment "luxury".'],
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
      "a.yaml:2:69 error rule-sends a rule cannot send. Start a workflow",
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
});

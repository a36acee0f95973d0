// What each verb and each part of a workflow becomes in a plan, where a reader could expect otherwise.

import { describe, expect, test } from "vitest";
import type { Plan, Step } from "../plan.ts";
import { compile, type PublicationContent } from "./compile.ts";
import { headline } from "./diagnostic.ts";

const LIBRARY = `
templates:
  hello: { sms: "Hi", email: { subject: Hi, body: "Hello {{ vars.tier }} {{ with.offer }}" }, voice: { highlevel_workflow: ring } }
  nudge: { sms: "Still there? {{ link.booking }}", whatsapp: "Still there?" }
segments:
  luxury: { if: { contact.custom.budget: { at_least: 1000000 } } }
  luxury_lookers: { name: Luxury lookers, if: { segment: luxury, behavior.property_view: { count: 3, within: 7d } } }
fields:
  contact.custom.budget: { type: money }
  contact.custom.stage: { type: text }
  contact.custom.lease_end: { type: date }
events: { tour.requested: { weight: 0.8, properties: { property.id: text } } }
settings:
  teams: { buyers: [u1, u2] }
  highlevel_workflows: { ring: wf_1 }
experiments:
  first_words:
    variants: { email: 50, text: 25, patient: 25 }
    control: email
    metric: { when: message.replied, of: hi, within: 7d }
    guardrails: [ { when: message.opted_out, within: 14d, worse_by: 0.5% } ]
    holdout: 10%
---
workflow: analysis
inputs: { source: { type: text }, deep: { type: boolean, default: false } }
outputs: { tier: { type: text, in: [ready, later] } }
steps:
  - { id: tier, choose: [ { if: { inputs.deep: true }, do: [ { set: { vars.tier: ready } } ] } ], otherwise: [ { set: { vars.tier: later } } ] }
  - { end: analyzed, outputs: { tier: vars.tier } }
`;

function compiled(text: string): { plan: Plan; content: PublicationContent } {
  const { plans, content, diagnostics } = compile([
    { file: "a.yaml", text },
    { file: "lib.yaml", text: LIBRARY },
  ]);
  const plan = plans.find(({ workflow }) => workflow === "w");
  expect(diagnostics.filter(({ severity }) => severity === "error").map(headline)).toEqual([]);
  return { plan: plan as Plan, content: content as PublicationContent };
}

const planOf = (...lines: string[]): Plan => compiled(["workflow: w", ...lines].join("\n")).plan;
const stepsOf = (...lines: string[]): readonly Step[] => planOf("steps:", ...lines).lists[0] ?? [];
const only = (line: string): Step => stepsOf(`  - ${line}`)[0] as Step;
const paths = (plan: Plan): readonly (readonly string[])[] => plan.lists.map((list) => list.map(({ path }) => path));

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe("a step that acts", () => {
  test.each<[string, object]>([
    [
      "{ update: { contact.custom.stage: nurtured, contact.city: { fact: contact.state } } }",
      { verb: "update", fields: { "contact.custom.stage": "nurtured", "contact.city": { fact: "contact.state" } } },
    ],
    ["{ update: { contact.custom.lease_end: 2027-01-31 } }", { fields: { "contact.custom.lease_end": "2027-01-31" } }],
    [
      "{ assign: team.buyers, by: least_busy, only: available }",
      { to: "team.buyers", by: "least_busy", only: "available" },
    ],
    ["{ assign: owner }", { verb: "assign", to: "owner" }],
    ["{ assign: team.buyers }", { verb: "assign", to: "team.buyers", by: "round_robin" }],
    ["{ notify: owner, message: 'Call {{ contact.name }}' }", { to: "owner", through: ["app"] }],
    ["{ notify: team.buyers, message: Look, through: [app, sms] }", { to: "team.buyers", through: ["app", "sms"] }],
    [
      "{ opportunity: create, pipeline: Buyers, value: 5000, name: '{{ contact.name }}' }",
      { verb: "opportunity", action: "create", pipeline: "Buyers", value: 5000, name: "{{ contact.name }}" },
    ],
    ["{ highlevel_workflow: call_new_buyer }", { workflow: "call_new_buyer", action: "add" }],
    [
      "{ emit: tour.requested, with: { property.id: { fact: event.property.id } } }",
      { event: "tour.requested", with: { "property.id": { fact: "event.property.id" } } },
    ],
    [
      "{ score: { add: 0.1 }, for: 7d, because: met at an open house }",
      { verb: "score", add: 0.1, for: { ms: 0, days: 7 }, because: "met at an open house" },
    ],
    [
      "{ start: analysis, with: { source: survey } }",
      { verb: "start", workflow: "analysis", with: { source: "survey" } },
    ],
    ["{ id: c, call: analysis, with: { source: x }, within: 2d }", { verb: "call", within: { ms: 0, days: 2 } }],
    ["{ stop: analysis, reason: done }", { verb: "stop", workflow: "analysis", reason: "done" }],
    ["{ set: { vars.tier: hot, vars.n: 3 } }", { verb: "set", vars: { tier: "hot", n: 3 } }],
  ])("%s", (line, step) => {
    expect(only(line)).toMatchObject(step);
  });

  test("may stop a group, which is known by the workflows in it", () => {
    const plan = planOf("group: nurture", "steps: [ { stop: nurture } ]");
    expect(plan.lists[0]?.[0]).toMatchObject({ verb: "stop", group: "nurture" });
  });

  test("webhook carries its body as JSON, and says what it keeps of the answer", () => {
    const step = only(
      "{ id: enrich, webhook: https://hooks.example.com/enrich, headers: { X-Team: a }, body: { id: '{{ contact.id }}', n: [1, null] }, secret: ENRICH_KEY, save: { vars.band: data.band }, timeout: 20s, on_error: { retry: 5, every: 1m, then: continue } }",
    );
    expect(step).toEqual({
      path: "enrich",
      verb: "webhook",
      url: "https://hooks.example.com/enrich",
      method: "POST",
      headers: { "x-team": "a" },
      body: { id: "{{ contact.id }}", n: [1, null] },
      secret: "ENRICH_KEY",
      save: { "vars.band": "data.band" },
      timeout: 20_000,
      onError: { retry: 5, every: 60_000, then: "continue" },
    });
  });

  test("an opportunity's name is the deal's, and so part of what the plan does", () => {
    const [one, other] = ["One", "Other"].map((name) => planOf(`steps: [ { opportunity: won, name: ${name} } ]`));
    expect(one?.id).not.toBe(other?.id);
  });
});

describe("send", () => {
  test.each<[string, object]>([
    ["{ id: s, send: hello, via: best }", { via: [], best: true }],
    ["{ id: s, send: hello, via: { best: [sms, email] } }", { via: ["sms", "email"], best: true }],
    ["{ id: s, send: hello, via: voice }", { via: ["voice"] }],
    [
      "{ id: s, send: hello, with: { offer: spring, city: { fact: contact.city } } }",
      { with: { offer: "spring", city: { fact: "contact.city" } } },
    ],
    [
      "{ id: s, send: hello, via: email, subject: 'Hi {{ agent.name }}', from: user.u1 }",
      { subject: "Hi {{ agent.name }}", from: "user.u1" },
    ],
  ])("%s", (line, step) => {
    expect(only(line)).toMatchObject(step);
  });

  test("templates have a body for each channel, a call being a workflow of the CRM", () => {
    const { templates } = compiled("workflow: w\nsteps: [ { id: s, send: hello } ]").content;
    expect(templates["hello"]).toMatchObject({
      voice: { highlevelWorkflow: "ring" },
      order: ["sms", "email", "voice"],
    });
    expect(templates["nudge"]?.order).toEqual(["sms", "whatsapp"]);
  });

  test("a text has its words alone, or brings files along, in the words of an e-mail", () => {
    const of = (body: string) =>
      compiled(`templates: { t: { sms: ${body} } }\n---\nworkflow: w\nsteps: [ { id: s, send: t } ]`).content.templates[
        "t"
      ];
    expect(of("Hi")).toMatchObject({ sms: "Hi", order: ["sms"] });
    expect(of("Hi")).not.toHaveProperty("smsAttach");
    expect(of("{ body: Hi }")?.hash).toBe(of("Hi")?.hash);
    const files = of("{ body: The plan., attach: [plan.jpg, 'https://example.com/b.png'] }");
    expect(files).toMatchObject({ sms: "The plan.", smsAttach: ["plan.jpg", "https://example.com/b.png"] });
    expect(files?.hash).not.toBe(of("The plan.")?.hash);
    expect(of("{ body: The plan., attach: plan.jpg }")?.smsAttach).toEqual(["plan.jpg"]);
  });

  test("WhatsApp has a text, a workflow of the CRM for what goes outside its window, or both", () => {
    const of = (body: string) =>
      compiled(`templates: { t: { whatsapp: ${body} } }\n---\nworkflow: w\nsteps: [ { id: s, send: t } ]`).content
        .templates["t"];
    expect(of("Hi")).toMatchObject({ whatsapp: "Hi", order: ["whatsapp"] });
    expect(of("Hi")).not.toHaveProperty("whatsappWorkflow");
    expect(of("{ body: Hi, highlevel_workflow: wa }")).toMatchObject({ whatsapp: "Hi", whatsappWorkflow: "wa" });
    const alone = of("{ highlevel_workflow: wa }");
    expect(alone).toMatchObject({ whatsappWorkflow: "wa", order: ["whatsapp"] });
    expect(alone).not.toHaveProperty("whatsapp");
  });
});

describe("test", () => {
  const plan = planOf(
    "steps:",
    "  - id: hi",
    "    test: first_words",
    "    step: { send: hello, via: email, if_failed: [ { tag: failed }, { id: by_hand, task: Call } ] }",
    "    variants:",
    "      email: {}",
    "      text: { via: sms, if_late: [ { tag: late } ], proceed: delivered }",
    "      patient: { do: [ { id: later, wait: 1d }, { note: waited }, { id: later_hi, send: hello } ] }",
    "  - { id: replied, wait_for: message.replied, of: hi, within: 1d }",
    "  - { tag: a, if: { step.hi.variant: { not_equals: none }, step.hi.sent: true } }",
  );

  test("has an arm for each variant: the patched step under the test's own path, or other steps", () => {
    const step = plan.lists[0]?.[0];
    expect(step).toMatchObject({ path: "hi", verb: "test", experiment: "first_words" });
    const arms = step?.verb === "test" ? step.arms : {};
    const arm = (name: string) => plan.lists[arms[name] ?? -1]?.map(({ path, verb }) => [path, verb]);
    expect(arm("email")).toEqual([["hi", "send"]]);
    expect(arm("text")).toEqual([["hi", "send"]]);
    expect(arm("patient")).toEqual([
      ["later", "wait"],
      ["later+1", "note"],
      ["later_hi", "send"],
    ]);
    expect(plan.lists[arms["text"] ?? -1]?.[0]).toMatchObject({ via: ["sms"], proceed: "delivered" });
  });

  test("arms share the branches that no variant changes; a variant's own bear its name", () => {
    const [email, text] = ["email", "text"].map((name) => {
      const step = plan.lists[0]?.[0];
      return step?.verb === "test" ? plan.lists[step.arms[name] ?? -1]?.[0] : undefined;
    });
    expect(email?.verb === "send" && text?.verb === "send" && email.ifFailed === text.ifFailed).toBe(true);
    expect(paths(plan).flat()).toContain("hi/if_failed+1");
    expect(paths(plan).flat()).toContain("hi/variant.text/if_late+1");
  });

  test("the experiment is published with shares, defaults and its metrics", () => {
    const { content } = compiled("workflow: w\nsteps: [ { id: hi, send: hello } ]");
    expect(content.experiments["first_words"]).toEqual({
      id: "first_words",
      name: "first_words",
      variants: [
        { id: "email", share: 0.5 },
        { id: "text", share: 0.25 },
        { id: "patient", share: 0.25 },
      ],
      control: "email",
      metric: { when: [{ event: "message.replied" }], of: "hi", within: 7 * DAY },
      also: [],
      guardrails: [{ when: [{ event: "message.opted_out" }], within: 14 * DAY, worseBy: 0.005 }],
      holdout: 0.1,
      minimumEffect: 0.03,
      assign: "fixed",
      stop: { least: 300, latest: 60 * DAY, then: "winner", ifUndecided: "control" },
    });
  });
});

describe("parallel", () => {
  const parallel = (join: string) =>
    planOf(
      "steps:",
      "  - id: both",
      "    parallel:",
      "      human: [ { task: Ring }, { id: rung, wait_for: agent.contacted, within: 4h } ]",
      "      machine: [ { id: text, send: nudge, via: sms }, { tag: texted } ]",
      `    join: ${join}`,
      "    within: 1d",
    );

  test("has a list and a path for each branch, in the order of the file", () => {
    const plan = parallel("all");
    expect(plan.lists[0]?.[0]).toMatchObject({
      verb: "parallel",
      branches: [
        { id: "human", path: "both/parallel.human", do: 1 },
        { id: "machine", path: "both/parallel.machine", do: 2 },
      ],
      join: 2,
      within: { ms: 0, days: 1 },
    });
    expect(paths(plan)).toEqual([["both"], ["both/parallel.human+1", "rung"], ["text", "text+1"]]);
    expect(plan.listens).toEqual(["agent.contacted"]);
  });

  test("joins at any one, or at a number", () => {
    expect(parallel("any").lists[0]?.[0]).toMatchObject({ join: 1 });
    expect(parallel("2").lists[0]?.[0]).toMatchObject({ join: 2 });
  });
});

describe("segments", () => {
  const named = compiled(
    [
      "workflow: w",
      "enroll: { when: { segment.entered: { segment: luxury } }, if: { segment: luxury_lookers } }",
      "exit: [ { if: { not: { segment: luxury_lookers } } } ]",
      "steps: [ { tag: a } ]",
    ].join("\n"),
  );
  const written = compiled(
    [
      "workflow: w",
      "enroll:",
      "  when: { segment.entered: { segment: luxury } }",
      "  if:",
      "    all:",
      "      - { contact.custom.budget: { at_least: 1000000 } }",
      "      - { behavior.property_view: { count: 3, within: 7d } }",
      "exit: [ { if: { not: { all: [ { contact.custom.budget: { at_least: 1000000 } }, { behavior.property_view: { count: 3, within: 7d } } ] } } } ]",
      "steps: [ { tag: a } ]",
    ].join("\n"),
  );

  test("stand for their conditions: the plan carries its own copy", () => {
    expect(named.plan.enroll?.if).toEqual(written.plan.enroll?.if);
    expect(named.plan.id).toBe(written.plan.id);
  });

  test("bring along the questions they ask and the facts they read", () => {
    expect(named.plan.questions.map(({ event }) => event)).toEqual(["property_view"]);
    expect(named.plan.exitReads).toEqual(["behavior.property_view", "contact.custom.budget"]);
  });

  test("are published in order of their ids", () => {
    expect(named.content.segments.map(({ id, name }) => [id, name])).toEqual([
      ["luxury", "luxury"],
      ["luxury_lookers", "Luxury lookers"],
    ]);
    expect(named.content.questions.map(({ event }) => event)).toContain("property_view");
  });
});

describe("enroll", () => {
  test("takes sweeps, dates, a limit and those who are there already", () => {
    const { enroll } = planOf(
      "enroll:",
      "  when:",
      "    - contact.created",
      '    - schedule: { days: [mon, thu], at: "09:00" }',
      '    - date.reached: { field: contact.custom.lease_end, offset: -60d, at: "10:00" }',
      "  if: { segment: luxury }",
      "  limit: 200 per day",
      "  existing: include",
      "steps: [ { tag: a } ]",
    );
    expect(enroll).toMatchObject({
      when: [{ event: "contact.created" }],
      schedules: [{ days: [1, 4], at: 540 }],
      dates: [{ field: "contact.custom.lease_end", offset: { ms: 0, days: 60 }, sign: -1, at: 600 }],
      limit: { count: 200, window: DAY },
      existing: "include",
    });
  });

  test("a schedule alone asks for no event", () => {
    const { enroll } = planOf(
      'enroll: { when: { schedule: { at: "09:00" } }, if: { segment: luxury } }',
      "steps: [ { tag: a } ]",
    );
    expect(enroll).toMatchObject({ when: [], schedules: [{ at: 540 }] });
  });

  test("a goal may be any of several events", () => {
    const plan = planOf("goal: { when: [appointment.booked, opportunity.won], within: 30d }", "steps: [ { tag: a } ]");
    expect(plan.goal?.when).toEqual([{ event: "appointment.booked" }, { event: "opportunity.won" }]);
    expect(plan.listens).toEqual(["appointment.booked", "opportunity.won"]);
  });
});

describe("a workflow's own values", () => {
  test("are declared with a type, and an output of a call is read by that type", () => {
    const plan = planOf(
      "vars: { tier: { type: text, default: later } }",
      "inputs: { source: { type: text } }",
      "steps:",
      "  - { id: look, call: analysis, with: { source: { fact: inputs.source } }, within: 1d, otherwise: [ { tag: late } ] }",
      "  - { set: { vars.tier: { fact: step.look.outputs.tier } } }",
      "  - { tag: ready, if: { step.look.outputs.tier: ready, vars.tier: { exists: true } } }",
      "  - { note: 'As {{ vars.tier }} from {{ inputs.source }} after {{ step.look.elapsed }}' }",
    );
    expect(plan.vars).toEqual({ tier: { type: "text", default: "later" } });
    expect(plan.inputs).toEqual({ source: { type: "text" } });
    expect(plan.lists[0]?.[0]).toMatchObject({ with: { source: { fact: "inputs.source" } }, otherwise: 1 });
    expect(paths(plan)[1]).toEqual(["look/otherwise+1"]);
  });

  test("in outputs, a bare fact is that fact", () => {
    const { plans } = compile([{ file: "lib.yaml", text: LIBRARY }]);
    const end = plans.find(({ workflow }) => workflow === "analysis")?.lists[0]?.at(-1);
    expect(end).toMatchObject({ verb: "end", outcome: "analyzed", outputs: { tier: { fact: "vars.tier" } } });
  });
});

describe("moved, on_edit, on_error", () => {
  test("a move is followed to where the step is now", () => {
    const plan = planOf(
      "on_edit: re-time",
      "moved: { first: second, second: hello }",
      "steps: [ { id: hello, send: hello } ]",
    );
    expect(plan.onEdit).toBe("re-time");
    expect(plan.moved).toEqual({ first: "hello", second: "hello" });
  });

  test("errors may have steps of their own, the workflow's or one step's", () => {
    const plan = planOf(
      "on_error: { retry: 2, then: [ { task: Look at it }, { end: broken } ] }",
      "steps:",
      "  - { id: a, tag: a }",
      "  - { id: b, tag: b, on_error: { every: 1m, then: [ { note: It failed } ] } }",
      "  - { id: c, tag: c, on_error: { retry: 9 } }",
    );
    const [first, second, third] = plan.lists[0] ?? [];
    expect(plan.onError).toEqual({ retry: 2, every: 300_000, then: { do: 1 } });
    expect(first?.onError).toBeUndefined();
    expect(second?.onError).toEqual({ retry: 2, every: 60_000, then: { do: 2 } });
    expect(third?.onError).toEqual({ retry: 9, every: 300_000, then: { do: 1 } });
    expect(paths(plan).slice(1)).toEqual([["on_error+1", "on_error+2"], ["b/on_error+1"]]);
  });
});

describe("a rule", () => {
  test("takes every step that neither waits nor sends", () => {
    const rule = `
triggers:
  looks:
    when: { behavior.property_view: { count: 3, within: 7d } }
    cooldown: 7d per property.id
    do:
      - { start: analysis, with: { source: looks }, if: { trigger.level: [low] } }
      - { assign: team.buyers, by: least_busy }
      - { webhook: https://hooks.example.com/x, body: { why: "{{ trigger.reasons | join: ', ' }}" }, on_error: { retry: 1 } }
      - { emit: tour.requested }
      - { id: told, notify: owner, message: "{{ event.property.address }}" }
      - { update: { contact.custom.stage: looking } }
      - { opportunity: move, stage: Showing }
      - { highlevel_workflow: ring, action: remove }
      - { stop: analysis }
      - { score: { add: 0.1 }, for: 7d }
---
workflow: w
steps: [ { tag: a } ]
`;
    const [looks] = compiled(rule).content.rules;
    expect(looks).toMatchObject({ cooldown: 7 * DAY, cooldownPer: "property.id" });
    expect(looks?.do.map(({ path, verb }) => `${path} ${verb}`)).toEqual([
      "looks/do+1 start",
      "looks/do+2 assign",
      "looks/do+3 webhook",
      "looks/do+4 emit",
      "looks/told notify",
      "looks/do+6 update",
      "looks/do+7 opportunity",
      "looks/do+8 highlevel_workflow",
      "looks/do+9 stop",
      "looks/do+10 score",
    ]);
    expect(looks?.do[2]?.onError).toEqual({ retry: 1, every: 300_000, then: "continue" });
  });
});

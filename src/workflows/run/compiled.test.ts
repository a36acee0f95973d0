// Workflows as a team writes them, from the file to what a run does.

import { describe, expect, test } from "vitest";
import { factsOf, newLead, play, type Stage } from "../../../test/stage.ts";
import { DAY, HOUR, MINUTE } from "../../kernel/time.ts";
import { compile } from "../compile/compile.ts";
import { isFault } from "../compile/diagnostic.ts";
import type { Plan } from "../plan.ts";
import { moveRun } from "./moving.ts";
import { parkedPaths } from "./timers.ts";

const LIBRARY = `
templates:
  hello: { sms: "Hello", email: { subject: Hello, body: Hello } }
  nudge: { sms: "Still there?" }
fields: { contact.custom.stage: { type: text } }
experiments:
  channel:
    name: Which channel?
    variants: { email: 50, text: 50 }
    control: email
    metric: { when: message.replied, of: greet, within: 7d }
    minimum_effect: 3%
    stop: { when: decided, least: 300 per variant, latest: 60d }
---
workflow: analysis
inputs: { source: { type: text } }
outputs: { tier: { type: text } }
vars: { tier: { type: text, default: later } }
steps:
  - { set: { vars.tier: ready }, if: { inputs.source: survey } }
  - { end: analyzed, outputs: { tier: vars.tier } }
`;

function plansOf(text: string): Map<string, Plan> {
  const { plans, diagnostics } = compile([
    { file: "w.yaml", text },
    { file: "l.yaml", text: LIBRARY },
  ]);
  expect(diagnostics.filter(isFault)).toEqual([]);
  return new Map(plans.map((plan) => [plan.workflow, plan]));
}

function planOf(text: string): Plan {
  const plan = plansOf(`workflow: w\n${text}`).get("w");
  if (plan === undefined) throw new Error("no plan");
  return plan;
}

const begin = (text: string, lead = newLead()): Stage => play(planOf(text), lead);
const kinds = (stage: Stage) => stage.effects.map(({ kind }) => kind);

describe("from the file", () => {
  test("a call gives its inputs, and takes what comes out", () => {
    const stage = begin(`
steps:
  - { id: analysis, call: analysis, with: { source: survey }, within: 2d, otherwise: [ { tag: Unread } ] }
  - { if: { step.analysis.outputs.tier: ready }, tag: Ready }
`);
    const asked = stage.effects[0];
    expect(asked).toMatchObject({ kind: "start", inputs: { source: "survey" }, call: true });
    const called = plansOf("workflow: w\nsteps: [ { tag: A } ]").get("analysis") as Plan;
    const child = play(called, newLead(), { vars: { tier: "later" }, inputs: { source: "survey" } });
    expect(child.run).toMatchObject({ outcome: "analyzed", outputs: { tier: "ready" } });
    stage.child({ outputs: child.run.outputs ?? {} });
    expect(stage.effects).toContainEqual(expect.objectContaining({ kind: "tag", add: ["Ready"] }));
  });

  test("branches of a parallel join by any, and the text that was not sent is withdrawn", () => {
    const stage = begin(`
steps:
  - id: both
    parallel:
      human: [ { id: ring, task: "Ring them", to: owner, due: 1h }, { id: rung, wait_for: agent.contacted, within: 4h } ]
      machine: [ { id: text, send: nudge, via: sms } ]
    join: any
    within: 1d
  - { id: closing, end: done }
`);
    expect(parkedPaths(stage.run)).toEqual(["both", "rung", "text"]);
    stage.later(HOUR).event("agent.contacted");
    expect(stage.run).toMatchObject({ status: "completed", outcome: "done" });
    expect(kinds(stage)).toEqual(["task", "message", "withdraw", "withdraw", "emit"]);
  });

  test("a test shows its arm under its own path, and the held out go on without", () => {
    const text = `
steps:
  - id: greet
    test: channel
    step: { send: hello, via: email }
    variants: { email: {}, text: { via: sms } }
  - { id: replied, wait_for: message.replied, of: greet, within: 3d, otherwise: [ { id: n, send: nudge, if: { step.greet.variant: { not_equals: none } } } ] }
`;
    const lead = newLead();
    lead.variants["channel"] = "text";
    const shown = begin(text, lead);
    expect(shown.effects).toMatchObject([
      { kind: "exposure", variant: "text" },
      { kind: "message", path: "greet", via: ["sms"] },
    ]);
    shown.outcome("sent");
    shown.due();
    expect(shown.did()).toEqual(["greet", "greet", "n"]);
    const out = newLead();
    out.variants["channel"] = "none";
    const held = begin(text, out);
    held.due();
    expect(held.did()).toEqual(["greet"]);
  });

  test("a webhook saves what it is told, and the workflow's steps for errors follow where it is not", () => {
    const text = `
vars: { band: { type: text } }
on_error: { retry: 1, every: 1m, then: [ { id: alarm, notify: owner, message: "It failed" } ] }
steps:
  - { id: enrich, webhook: "https://hooks.example.com/enrich", body: { id: "{{ contact.id }}" }, save: { vars.band: data.band } }
  - { if: { vars.band: B }, tag: Band B }
  - { tag: Done }
`;
    const told = begin(text);
    told.answer("webhook", { value: { data: { band: "B" } } });
    expect(told.effects.slice(1, 3)).toMatchObject([{ add: ["Band B"] }, { add: ["Done"] }]);
    const down = begin(text);
    down.answer("webhook", { ok: false, detail: "502" });
    expect(down.did()).toEqual(["enrich", "alarm#1", "enrich+2"]);
    expect(down.run.status).toBe("completed");
  });

  test("three passes two days apart send three messages, at the same time of day", () => {
    const stage = begin("steps: [ { id: l, do: [ { id: n, send: nudge } ], repeat: 3, every: 2d } ]");
    stage.outcome("sent");
    const first = stage.run.dueAt ?? 0;
    stage.due();
    stage.outcome("sent");
    expect((stage.run.dueAt ?? 0) - first).toBe(2 * DAY);
    stage.due();
    expect(stage.did()).toEqual(["n#1", "n#2", "n#3"]);
  });

  test("a jump out of a branch closes the parallel", () => {
    const stage = begin(`
steps:
  - id: both
    parallel:
      a: [ { id: heard, wait_for: message.received, within: 4h, then: [ { skip_to: closing } ] } ]
      b: [ { id: text, send: nudge, via: sms } ]
  - { tag: Never }
  - { id: closing, end: done }
`);
    stage.later(MINUTE).event("message.received");
    expect(stage.run).toMatchObject({ status: "completed", outcome: "done" });
    expect(kinds(stage)).not.toContain("tag");
  });
});

describe("from one file to the next", () => {
  const move = (stage: Stage, text: string): Stage => {
    const to = planOf(text);
    const moved = moveRun(stage.run, stage.plan, to, "move", factsOf(stage.lead));
    if (moved === "lost") throw new Error("lost");
    const after = play(to, stage.lead, { status: "stopped" });
    after.run = moved.run;
    after.effects.push(...stage.effects);
    return after;
  };
  const onError =
    'on_error: { retry: 0, every: 1m, then: [ { id: alarm, notify: owner, message: "No" }, { id: calm, wait: 1d } ] }';

  test("a run parked among the steps for errors goes on there, and behind the step that failed", () => {
    const before = begin(`${onError}
steps:
  - { id: enrich, webhook: "https://hooks.example.com/enrich", save: { vars.a: a } }
  - { id: done, tag: Done }
`);
    before.answer("webhook", { ok: false });
    expect(before.at()).toBe("calm");
    const after = move(
      before,
      `${onError}
moved: { done: finished }
steps:
  - { id: new, tag: New }
  - { id: enrich, webhook: "https://hooks.example.com/enrich", save: { vars.a: a } }
  - { id: finished, tag: Done }
`,
    );
    after.due();
    expect(after.did()).toEqual(["enrich", "alarm#1", "finished"]);
  });

  test("a step that is called otherwise, and comes again, asks for the same thing", () => {
    const before = begin("steps: [ { id: a, tag: A }, { id: day, wait: 1d } ]");
    const after = move(before, "moved: { a: b }\nsteps: [ { id: day, wait: 1d }, { id: b, tag: B } ]");
    after.due();
    const ids = after.effects.flatMap((effect) => (effect.kind === "tag" ? [effect.id] : []));
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  test("a run parked in an arm of a test stays in the arm that its lead was shown", () => {
    const text = (after: string) => `
steps:
  - id: greet
    test: channel
    step: { send: hello, via: email, if_failed: [ { id: pause, wait: 1d } ] }
    variants: { email: {}, text: { via: sms } }
  - { id: after, tag: ${after} }
`;
    const lead = newLead();
    lead.variants["channel"] = "text";
    const before = begin(text("Old"), lead);
    before.outcome("failed");
    expect(before.at()).toBe("pause");
    const after = move(before, text("New"));
    after.due();
    expect(after.effects).toContainEqual(expect.objectContaining({ kind: "tag", add: ["New"] }));
    expect(after.run.status).toBe("completed");
  });
});

import { describe, expect, test } from "vitest";
import { days, is, MONDAY, newLead, planOf, play, tag, type Written, wait } from "../../../test/stage.ts";
import { DAY, HOUR } from "../../kernel/time.ts";

const call = (more: object = {}): Written => ({
  verb: "call",
  path: "analysis",
  workflow: "qualification_analysis",
  with: { source: "survey", city: { fact: "contact.city" } },
  within: days(2),
  otherwise: [tag("otherwise")],
  ...more,
});
const staged = (...steps: Written[]) => play(planOf(steps));

describe("a call", () => {
  test("asks for a run with what it is given and who started whom, and waits for its end", () => {
    const stage = play(planOf([call(), tag("next")]), newLead(), { lineage: ["first"] });
    expect(stage.effects).toMatchObject([
      {
        kind: "start",
        call: true,
        workflow: "qualification_analysis",
        inputs: { source: "survey" },
        lineage: ["first", "welcome"],
      },
    ]);
    expect(stage.run.parked).toMatchObject({ on: "child", path: "analysis", until: MONDAY + 2 * DAY });
  });

  test("goes on with the outputs of the run it called", () => {
    const stage = staged(call(), { ...tag("ready"), if: is("step.analysis.outputs.tier", "equals", "ready") });
    stage.later(HOUR).child({ outputs: { tier: "ready" } });
    expect(stage.did()).toEqual(["analysis", "ready"]);
    expect(stage.run.facts["analysis"]).toMatchObject({ outcome: "completed", outputs: { tier: "ready" } });
  });

  test.each(["failed", "stopped", "refused"] as const)("that %s goes into otherwise", (status) => {
    const stage = staged(call(), tag("next"));
    stage.child({ status, outcome: "x" });
    expect(stage.did()).toEqual(["analysis", "otherwise", "next"]);
    expect(stage.run.facts["analysis"]).toMatchObject({ outcome: status });
  });

  test("that takes too long goes into otherwise, and what comes later changes nothing", () => {
    const stage = staged(call(), wait("later", { for: days(9) }));
    stage.due();
    expect(stage.did()).toEqual(["analysis", "otherwise"]);
    expect(stage.run.facts["analysis"]).toMatchObject({ outcome: "timed_out", timedOut: true });
    const { run } = stage;
    stage.child({ outputs: { tier: "late" } });
    expect(stage.run).toEqual(run);
  });

  test("of a workflow in its own lineage, or too deep, is refused", () => {
    const refused = (lineage: string[]) => play(planOf([call()]), newLead(), { lineage }).run.facts["analysis"];
    expect(refused(["qualification_analysis"])).toMatchObject({ outcome: "refused" });
    expect(refused(["a", "b", "c", "d", "e"])).toMatchObject({ outcome: "refused" });
    expect(refused(["a", "b", "c", "d"])).toBeUndefined();
  });
});

describe("a start", () => {
  const start: Written = { verb: "start", path: "hand_over", workflow: "hot_handoff", with: { reason: "tour" } };

  test("asks for a run and goes on; a refusal is an outcome", () => {
    const stage = staged(start, wait("later", { for: days(1) }), {
      ...tag("refused"),
      if: is("step.hand_over.outcome", "equals", "refused"),
    });
    expect(stage.effects).toMatchObject([{ kind: "start", call: false, inputs: { reason: "tour" } }]);
    expect(stage.at()).toBe("later");
    stage.child({ status: "refused", outcome: "enroll.again" });
    stage.due();
    expect(stage.did()).toEqual(["hand_over", "refused"]);
  });
});

describe("a test", () => {
  const arms = {
    email: [{ verb: "send", path: "hello", via: ["email"] }],
    text: [{ verb: "send", path: "hello", via: ["sms"] }],
    patient: [wait("later", { for: days(1) }), tag("later_hello")],
  };
  const shown = (variant: string | undefined, ...after: Written[]) => {
    const lead = newLead();
    if (variant !== undefined) lead.variants["welcome_channel"] = variant;
    return play(planOf([{ verb: "test", path: "hello", experiment: "welcome_channel", arms }, ...after]), lead);
  };

  test("takes the arm of what this lead sees, under its own path, and says that it was seen", () => {
    const stage = shown("text", { ...tag("text"), if: is("step.hello.variant", "equals", "text") });
    expect(stage.effects).toMatchObject([
      { kind: "exposure", experiment: "welcome_channel", variant: "text", path: "hello" },
      { kind: "message", path: "hello", via: ["sms"] },
    ]);
    stage.outcome("sent");
    expect(stage.did()).toEqual(["hello", "hello", "text"]);
    expect(stage.run.facts["hello"]).toMatchObject({ variant: "text", outcome: "sent" });
  });

  test("takes other steps where a variant has them, and rejoins", () => {
    const stage = shown("patient", tag("next"));
    expect(stage.at()).toBe("later");
    stage.due();
    expect(stage.did()).toEqual(["hello", "later_hello", "next"]);
  });

  test("is skipped by the held out, who are counted all the same", () => {
    const stage = shown("none", { ...tag("nudge"), if: is("step.hello.variant", "not_equals", "none") }, tag("next"));
    expect(stage.effects).toMatchObject([{ kind: "exposure", variant: "none" }, { kind: "tag", path: "next" }, {}]);
    expect(stage.run.facts["hello"]).toMatchObject({ variant: "none", outcome: "skipped" });
  });

  test("of an experiment or a variant that nobody declared goes on without", () => {
    expect(shown(undefined, tag("next")).did()).toEqual(["next"]);
    expect(shown("gone", tag("next")).did()).toEqual(["next"]);
  });
});

import { describe, expect, test } from "vitest";
import { end, is, MONDAY, newLead, planOf, play, send, tag, type Written, wait, waitFor } from "../../../test/stage.ts";
import { DAY, HOUR } from "../../kernel/time.ts";
import type { Declared, Plan } from "../plan.ts";

const staged = (...steps: Written[]) => play(planOf(steps));
const texts = (...names: string[]): Record<string, Declared> =>
  Object.fromEntries(names.map((name) => [name, { type: "text" }]));
const fact = (subject: string) => ({ fact: subject });

describe("values of a run's own", () => {
  test("are set to what is written, or to another fact of that moment; an empty one makes the variable empty", () => {
    const lead = newLead();
    lead.values["contact.city"] = "Austin";
    const plan = planOf(
      [
        { verb: "set", path: "s", vars: { tier: "ready", city: fact("contact.city"), agent: fact("contact.agent") } },
        { ...tag("ready"), if: is("vars.tier", "equals", "ready") },
        { ...tag("agent"), if: is("vars.agent", "exists", true) },
      ],
      { vars: texts("tier", "city", "agent") },
    );
    const stage = play(plan, lead, { vars: { agent: "u1" } });
    expect(stage.run.vars).toEqual({ tier: "ready", city: "Austin" });
    expect(stage.did()).toEqual(["ready"]);
  });

  test("may be 16 KB together; more is an error of ours that no second try changes", () => {
    const lead = newLead();
    lead.values["contact.custom.essay"] = "x".repeat(17_000);
    const big: Written = { verb: "set", path: "s", vars: { essay: fact("contact.custom.essay") } };
    const stage = play(planOf([big], { onError: { retry: 3, every: HOUR, then: "fail" } }), lead, { vars: { a: "b" } });
    expect(stage.run).toMatchObject({ status: "failed", vars: { a: "b" }, errors: { count: 1, last: "too_big" } });
  });

  test("inputs are asked as they were given", () => {
    const plan = planOf([{ ...tag("survey"), if: is("inputs.source", "equals", "survey") }]);
    expect(play(plan, newLead(), { inputs: { source: "survey" } }).did()).toEqual(["survey"]);
    expect(play(plan).did()).toEqual([]);
  });

  test("an end says what comes out, beside the outputs that have a default", () => {
    const plan = planOf([end("analyzed", { outputs: { tier: fact("vars.tier") } })]);
    const stage = play(plan, newLead(), { vars: { tier: "soon" }, outputs: { sure: false, tier: "later" } });
    expect(stage.run).toMatchObject({
      status: "completed",
      outcome: "analyzed",
      outputs: { tier: "soon", sure: false },
    });
  });
});

describe("a send", () => {
  test("carries its values as of the step, in whose name it goes, and what its text may say of the run", () => {
    const lead = newLead();
    lead.values["contact.city"] = "Austin";
    const plan = planOf([
      wait("first", { for: { ms: 3 * HOUR, days: 0 } }),
      send("hello", {
        with: { offer: "spring", city: fact("contact.city"), none: fact("contact.zip") },
        best: true,
        from: "owner",
        subject: "A thought",
      }),
    ]);
    const stage = play(plan, lead, { vars: { tier: "ready" }, inputs: { source: "survey" } });
    stage.due();
    expect(stage.effects[0]).toMatchObject({
      best: true,
      from: "owner",
      subject: "A thought",
      with: { offer: "spring", city: "Austin" },
      values: { vars: { tier: "ready" }, inputs: { source: "survey" }, step: { first: { elapsed: "3 hours" } } },
    });
    expect(stage.effects[0]).not.toHaveProperty("with.none");
  });

  test("inside the then of a wait_for may speak of the event that came", () => {
    const stage = staged(waitFor("w", "property_view", { then: [send("hello")] }));
    stage.later(1).event("property_view", { "property.address": "1 Elm St", "property.id": "p1" });
    expect(stage.effects[0]).toMatchObject({
      values: { event: { property: { address: "1 Elm St", id: "p1" } } },
    });
  });
});

describe("what a step asks of the house", () => {
  test("is one effect each, with the path of the step, and the next step at once", () => {
    const stage = staged(
      { verb: "notify", path: "n", to: "owner", message: "Look" },
      { verb: "opportunity", path: "o", action: "move", pipeline: "Buyers", stage: "Showing", value: 5, name: "Deal" },
      { verb: "highlevel_workflow", path: "h" },
      { verb: "webhook", path: "w", body: { text: "hello", list: ["a", 1, null] } },
      { verb: "assign", path: "a", to: "user.u1" },
      { verb: "stop", path: "x", group: "nurture", reason: "sold" },
      { verb: "score", path: "s", add: 0.1, because: "met" },
      { verb: "emit", path: "e", with: { "property.id": "p1", none: fact("event.nothing") } },
      tag("end"),
    );
    expect(stage.effects).toMatchObject([
      { kind: "notify", path: "n", to: "owner", message: "Look", through: ["app"] },
      { kind: "opportunity", path: "o", action: "move", pipeline: "Buyers", stage: "Showing", value: 5, name: "Deal" },
      { kind: "highlevel_workflow", path: "h", workflow: "call_new_buyer", action: "add" },
      { kind: "webhook", path: "w", method: "POST", body: { text: "hello", list: ["a", 1, null] }, answer: false },
      { kind: "assign", path: "a", to: "user.u1" },
      { kind: "stop", path: "x", group: "nurture", reason: "sold" },
      { kind: "score", path: "s", add: 0.1, until: MONDAY + 7 * DAY, because: "met" },
      { kind: "emit", type: "tour.requested", data: { "property.id": "p1" } },
      { kind: "tag", path: "end" },
      { kind: "emit", type: "workflow.completed" },
    ]);
    const ids = stage.effects.flatMap((effect) => ("id" in effect ? [effect.id] : []));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("tells its sender how often to try again", () => {
    const onError = { retry: 5, every: HOUR, then: "continue" as const };
    const stage = play(planOf([tag("a"), { ...tag("b"), onError: { ...onError, retry: 0 } }], { onError }));
    expect(stage.effects).toMatchObject([{ retry: { times: 5, every: HOUR } }, { path: "b" }, { kind: "emit" }]);
    expect(stage.effects[1]).not.toHaveProperty("retry");
  });

  test("renders texts for people, those of a webhook's body too", () => {
    const lead = newLead();
    lead.render = (text) => text.toUpperCase();
    const plan = planOf([
      { verb: "notify", path: "n", message: "look" },
      { verb: "webhook", path: "w", body: { text: "hello", list: ["a", 1] } },
    ]);
    expect(play(plan, lead).effects).toMatchObject([
      { message: "LOOK" },
      { body: { text: "HELLO", list: ["A", 1] } },
      {},
    ]);
  });

  test("an update writes what would change, as far as the CRM and the run itself know", () => {
    const lead = newLead();
    Object.assign(lead.values, { "contact.custom.stage": "new", "contact.city": "Austin", "vars.none": "" });
    const write = (path: string, fields: object): Written => ({ verb: "update", path, fields });
    const stage = play(
      planOf([
        write("a", {
          "contact.custom.stage": "nurtured",
          "contact.city": "Austin",
          "contact.zip": fact("contact.none"),
        }),
        write("b", { "contact.custom.stage": "nurtured" }),
        write("c", { "contact.custom.stage": "new" }),
      ]),
      lead,
    );
    expect(stage.effects).toMatchObject([
      { kind: "update", path: "a", fields: { "contact.custom.stage": "nurtured" } },
      { kind: "update", path: "c", fields: { "contact.custom.stage": "new" } },
      { kind: "emit" },
    ]);
    expect(stage.effects[0]).toHaveProperty("fields", { "contact.custom.stage": "nurtured" });
    expect(stage.codes()).toContain("update.unchanged");
  });
});

describe("an answer the run waits for", () => {
  const enrich: Written = {
    verb: "webhook",
    path: "enrich",
    save: { "vars.band": "data.band", "vars.tags": "data.tags", size: "n" },
  };

  test("is copied into variables, and the run goes on", () => {
    const stage = staged(enrich, tag("next"));
    expect(stage.at()).toBe("enrich");
    expect(stage.effects[0]).toMatchObject({ kind: "webhook", answer: true });
    stage.answer("webhook", { value: { data: { band: "B", tags: ["x", "y"] } } });
    expect(stage.run.vars).toEqual({ band: "B", tags: ["x", "y"] });
    expect(stage.did()).toEqual(["enrich", "next"]);
  });

  test("of more than 16 KB is an error of ours", () => {
    const stage = play(planOf([{ ...enrich, onError: { retry: 5, every: HOUR, then: "continue" } }, tag("next")]));
    stage.answer("webhook", { value: { data: { band: "x".repeat(17_000) } } });
    expect(stage.run.vars).toBeUndefined();
    expect(stage.run.facts["enrich"]).toMatchObject({ outcome: "error" });
    expect(stage.did()).toEqual(["enrich", "next"]);
  });

  test("that never comes is an error too, after all tries of the sender and a day", () => {
    const stage = play(planOf([{ ...enrich, onError: { retry: 2, every: HOUR, then: "continue" } }, tag("next")]));
    expect(stage.run.dueAt).toBeGreaterThan(MONDAY + DAY + 3 * HOUR);
    stage.due();
    expect(stage.did()).toEqual(["enrich", "next"]);
    expect(stage.run.errors).toEqual({ count: 1, last: "no_answer" });
  });

  test("comes while the run is paused, and moves it when it goes on", () => {
    const stage = staged(enrich, tag("next"));
    stage.command("pause");
    stage.answer("webhook", { value: { data: { band: "B" } } });
    expect(stage.did()).toEqual(["enrich"]);
    stage.later(DAY).command("resume");
    expect(stage.did()).toEqual(["enrich", "next"]);
  });

  test("says whom the location chose of a team", () => {
    const stage = staged(
      { verb: "assign", path: "a", to: "team.buyers", by: "least_busy", only: "available" },
      { ...tag("ann"), if: is("step.a.outputs.user", "equals", "ann") },
    );
    expect(stage.effects[0]).toMatchObject({ kind: "assign", to: "team.buyers", by: "least_busy", only: "available" });
    stage.answer("assign", { value: "ann" });
    expect(stage.did()).toEqual(["a", "ann"]);
  });

  test("told again, or of another effect, changes nothing", () => {
    const stage = staged(enrich, wait("later", { for: { ms: DAY, days: 0 } }));
    stage.give({ type: "answer", effect: "other", path: "enrich", ok: true, value: {} });
    expect(stage.at()).toBe("enrich");
    stage.answer("webhook", { value: { data: { band: "B" } } });
    const run = stage.run;
    stage.answer("webhook", { value: { data: { band: "C" } } });
    expect(stage.run).toEqual(run);
  });
});

describe("a workflow in shadow", () => {
  const shadow: Partial<Plan> = { status: "shadow" };

  test("marks what would go to the CRM or the web, and waits for nobody", () => {
    const stage = play(
      planOf(
        [
          tag("t"),
          { verb: "webhook", path: "w", save: { "vars.a": "a" } },
          { verb: "assign", path: "a", to: "team.buyers", by: "round_robin" },
          { verb: "update", path: "u", fields: { "contact.custom.a": 1 } },
        ],
        { ...shadow, onError: { retry: 0, every: HOUR, then: "fail" } },
      ),
    );
    expect(stage.effects.map((effect) => [effect.kind, "shadow" in effect && effect.shadow])).toEqual([
      ["tag", true],
      ["webhook", true],
      ["assign", true],
      ["update", true],
    ]);
    expect(stage.effects[1]).toMatchObject({ answer: false });
    expect(stage.run).toMatchObject({ status: "completed" });
  });

  test("starts, stops, emits, scores and exposes nothing, not even by its end", () => {
    const lead = newLead();
    lead.variants["welcome"] = "b";
    const steps: Written[] = [
      { verb: "start", path: "s" },
      { verb: "call", path: "c", otherwise: [tag("otherwise")] },
      { verb: "stop", path: "x", workflow: "other" },
      { verb: "emit", path: "e" },
      { verb: "score", path: "p" },
      { verb: "test", path: "t", experiment: "welcome", arms: { b: [] } },
    ];
    const stage = play(planOf(steps, shadow), lead);
    expect(stage.effects).toEqual([]);
    expect(stage.run).toMatchObject({ status: "completed", facts: { t: { variant: "b" }, c: { outcome: "shadow" } } });
    expect(stage.codes()).toEqual(
      expect.arrayContaining(["start.shadow", "stop.shadow", "emit.shadow", "score.shadow"]),
    );
  });
});

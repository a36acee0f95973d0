import { describe, expect, test } from "vitest";
import { newLead, planOf, play, type Remedy, send, tag, type Written, wait } from "../../../test/stage.ts";
import { DAY, HOUR } from "../../kernel/time.ts";

const broken = () => {
  const lead = newLead();
  lead.render = () => {
    throw new Error("no such filter");
  };
  return lead;
};
const failing = (then: Remedy["then"], more: object = {}): Written => ({
  verb: "note",
  path: "bad",
  onError: { retry: 0, every: HOUR, then },
  ...more,
});
const later = wait("later", { for: { ms: 5 * DAY, days: 0 } });

describe("an error at a step", () => {
  test("is tried again as often as its on_error says, each time after twice as long", () => {
    const stage = play(
      planOf([{ ...failing("continue"), onError: { retry: 2, every: HOUR, then: "continue" } }]),
      broken(),
    );
    const first = (stage.run.dueAt ?? 0) - stage.lead.now;
    expect(first).toBeGreaterThanOrEqual(HOUR);
    expect(first).toBeLessThanOrEqual(1.1 * HOUR);
    stage.due();
    const second = (stage.run.dueAt ?? 0) - stage.lead.now;
    expect(second).toBeGreaterThanOrEqual(2 * HOUR);
    stage.due();
    expect(stage.run).toMatchObject({ status: "completed", errors: { count: 3, last: "no such filter" } });
  });

  test("then fails the run, ends it, or goes on with the next step", () => {
    const by = (then: Remedy["then"]) => play(planOf([failing(then), tag("next")]), broken());
    expect(by("fail").run).toMatchObject({ status: "failed", outcome: "error" });
    expect(by("end").run).toMatchObject({ status: "stopped", outcome: "error" });
    expect(by("continue").did()).toEqual(["next"]);
  });

  test("or takes the steps written there, and rejoins", () => {
    const stage = play(planOf([failing([tag("sorry")]), tag("next")]), broken());
    expect(stage.did()).toEqual(["sorry#1", "next"]);
    expect(stage.run.status).toBe("completed");
  });

  test("of a pass of a loop, told again in the next, is taken once", () => {
    const hook: Written = {
      ...{
        verb: "webhook",
        path: "hook",
        url: "https://hooks.example.com/x",
        method: "POST",
        headers: {},
        timeout: 10_000,
      },
      ...{ save: { "vars.n": "n" }, onError: { retry: 0, every: HOUR, then: [tag("sorry")] } },
    };
    const stage = play(planOf([{ verb: "do", path: "loop", do: [hook], repeat: 3 }]));
    const [first, second] = [stage.answer("webhook", { ok: false }), stage.answer("webhook", { ok: false })];
    expect([first, second].map(({ effects }) => effects.map(({ kind }) => kind))).toEqual([
      ["tag", "webhook"],
      ["tag", "webhook"],
    ]);
    for (const effect of stage.effects.filter(({ kind }) => kind === "webhook").slice(0, 2)) {
      if (!("id" in effect && "path" in effect)) throw new Error("expected what was asked");
      const again = stage.give({ type: "answer", effect: effect.id, path: effect.path, ok: false });
      expect(again.effects).toEqual([]);
    }
    expect(stage.run.errors?.count).toBe(2);
  });

  test("of the first pass of many, told again after the last, is taken once", () => {
    const hook: Written = {
      ...{ verb: "webhook", path: "hook", url: "https://hooks.example.com/x", method: "POST", headers: {} },
      ...{ timeout: 10_000, save: { "vars.n": "n" }, onError: { retry: 0, every: HOUR, then: [tag("sorry")] } },
    };
    const inner: Written = { verb: "do", path: "inner", do: [hook], repeat: 10 };
    const stage = play(planOf([{ verb: "do", path: "outer", do: [inner], repeat: 6 }, later]));
    for (let pass = 0; pass < 60; pass += 1) stage.answer("webhook", { ok: false });
    expect(stage.at()).toBe("later");
    const first = stage.effects.find(({ kind }) => kind === "webhook");
    if (first === undefined || !("id" in first && "path" in first)) throw new Error("expected what was asked");
    expect(stage.give({ type: "answer", effect: first.id, path: first.path, ok: false }).effects).toEqual([]);
    expect(stage.run.errors?.count).toBe(60);
  });

  test("twice in one workflow takes its steps twice, as different effects", () => {
    const plan = planOf(
      [
        { verb: "note", path: "a" },
        { verb: "note", path: "b" },
      ],
      {
        onError: { retry: 0, every: HOUR, then: [tag("sorry")] },
      },
    );
    const stage = play(plan, broken());
    expect(stage.did()).toEqual(["sorry#1", "sorry#2"]);
    expect(stage.run.status).toBe("completed");
  });

  test("in those steps is not remedied by them again", () => {
    const plan = planOf([{ verb: "note", path: "a" }], {
      onError: { retry: 0, every: HOUR, then: [{ verb: "note", path: "sorry" }] },
    });
    expect(play(plan, broken()).run).toMatchObject({ status: "failed", errors: { count: 2 } });
  });
});

describe("what the CRM refused after the run had gone on", () => {
  const refusedTag = (then: Remedy["then"], ...after: Written[]) => {
    const stage = play(planOf([{ ...tag("t"), onError: { retry: 0, every: HOUR, then } }, later, ...after]));
    stage.later(HOUR).answer("tag", { ok: false, detail: "403" });
    return stage;
  };

  test("fails the run where it stands; tried again it goes on from there", () => {
    const stage = refusedTag("fail", tag("next"));
    expect(stage.run).toMatchObject({ status: "failed", outcome: "error", errors: { count: 1, last: "403" } });
    stage.command("retry");
    expect(stage.at()).toBe("later");
    stage.due();
    expect(stage.did()).toEqual(["t", "next"]);
  });

  test("is only recorded, or ends the run", () => {
    const stage = refusedTag("continue");
    expect(stage.run).toMatchObject({ status: "waiting", facts: { t: { outcome: "error" } } });
    expect(stage.at()).toBe("later");
    expect(refusedTag("end").run).toMatchObject({ status: "stopped", outcome: "error" });
  });

  test("has its steps taken beside what the run waits for", () => {
    const stage = refusedTag([tag("sorry"), send("excuse"), tag("done")], tag("next"));
    expect(stage.did()).toEqual(["t", "sorry#1", "excuse#1"]);
    expect(stage.at()).toBe("later");
    stage.outcome("sent");
    expect(stage.did()).toEqual(["t", "sorry#1", "excuse#1", "done#1"]);
    expect(stage.run.strands).toBeUndefined();
    stage.due();
    expect(stage.did()).toEqual(["t", "sorry#1", "excuse#1", "done#1", "next"]);
  });

  test("told twice is one error", () => {
    const stage = refusedTag([tag("sorry")]);
    stage.give({
      type: "answer",
      effect: (stage.effects[0] as { id: string }).id,
      path: "t",
      ok: false,
      detail: "403",
    });
    expect(stage.run.errors?.count).toBe(1);
    expect(stage.did()).toEqual(["t", "sorry#1"]);
  });

  test("in the steps for errors themselves fails the run, and does not go round for ever", () => {
    const stage = refusedTag([tag("sorry")]);
    stage.answer("tag", { ok: false, detail: "403" });
    expect(stage.run).toMatchObject({ status: "failed", errors: { count: 2 } });
  });

  test("accepted says nothing", () => {
    const stage = play(planOf([tag("t"), later]));
    const { run } = stage;
    stage.answer("tag", {});
    expect(stage.run).toEqual(run);
  });
});

import { describe, expect, test } from "vitest";
import {
  days,
  factsOf,
  is,
  MONDAY,
  ms,
  newLead,
  planOf,
  play,
  type Remedy,
  type Stage,
  send,
  tag,
  type Written,
  wait,
  waitFor,
} from "../../../test/stage.ts";
import { DAY, HOUR, MINUTE } from "../../kernel/time.ts";
import type { Plan } from "../plan.ts";
import { moveRun } from "./moving.ts";
import { parkedPaths } from "./timers.ts";

type More = Partial<Omit<Plan, "onError">> & { onError?: Remedy };

/** The next version of the workflow. */
const next = (steps: readonly Written[], more: More = {}): Plan =>
  planOf(steps, { id: "plan-2", priority: 70, ...more });

/** The run goes to the new version and is played on there. */
function move(stage: Stage, to: Plan, mode: "move" | "re-time" | "exit" = "move"): Stage | "lost" {
  const moved = moveRun(stage.run, stage.plan, to, mode, factsOf(stage.lead));
  if (moved === "lost") return "lost";
  const after = play(to, stage.lead, { status: "stopped" });
  after.run = moved.run;
  after.effects.push(...stage.effects, ...moved.effects);
  after.trace.push(...moved.trace);
  return after;
}

function moved(stage: Stage, to: Plan, mode: "move" | "re-time" = "move"): Stage {
  const after = move(stage, to, mode);
  if (after === "lost") throw new Error("the run was lost");
  return after;
}

const staged = (...steps: Written[]) => play(planOf(steps));
const day = wait("day", { for: days(1) });

describe("a run that moves to a new version", () => {
  test("goes on at the same path with its deadline as it was", () => {
    const stage = moved(staged(tag("a"), day, tag("b")), next([tag("new"), wait("day", { for: days(9) }), tag("c")]));
    expect(stage.run).toMatchObject({ plan: "plan-2", priority: 70, dueAt: MONDAY + DAY });
    stage.due();
    expect(stage.did()).toEqual(["a", "c"]);
  });

  test("finds a named step in whatever branch it has been put into", () => {
    const to = next([
      { verb: "choose", path: "c", cases: [{ if: is("lead.score", "at_least", 1), do: [day, tag("in")] }] },
      tag("out"),
    ]);
    const stage = moved(staged(day), to);
    stage.due();
    expect(stage.did()).toEqual(["in", "out"]);
  });

  test("finds a renamed step, over any chain of names, and its unnamed neighbors with it", () => {
    const renamed = moved(
      staged(day, tag("b")),
      next([wait("rest", { for: days(1) }), tag("c")], { moved: { day: "nap", nap: "rest" } }),
    );
    expect(renamed.at()).toBe("rest");
    renamed.due();
    expect(renamed.did()).toEqual(["c"]);
    const unnamed: Written = { verb: "wait", wait: { for: days(1), spread: 0 } };
    const beside = moved(
      staged(tag("first"), unnamed),
      next([tag("one"), unnamed, tag("c")], { moved: { first: "one" } }),
    );
    expect(beside.at()).toBe("one+1");
  });

  test("is lost where its step is gone, or has become another kind of step", () => {
    expect(move(staged(day), next([tag("a")]))).toBe("lost");
    expect(move(staged(day), next([waitFor("day", "property_view")]))).toBe("lost");
    expect(move(staged(send("hello")), next([tag("hello")]))).toBe("lost");
  });

  test("that has ended is lost; one that failed goes on where it failed", () => {
    expect(move(staged(tag("a")), next([tag("a")]))).toBe("lost");
    const lead = newLead();
    const { render } = lead;
    lead.render = () => {
      throw new Error("no");
    };
    const failed = moved(
      play(planOf([{ verb: "note", path: "n" }]), lead),
      next([{ verb: "note", path: "n" }, tag("b")]),
    );
    lead.render = render;
    failed.command("retry");
    expect(failed.did()).toEqual(["n", "b"]);
  });

  test("that has not begun begins in the new version", () => {
    const pending = {
      ...staged(day).run,
      status: "pending",
      cursor: [],
      parked: { on: "settle", until: MONDAY + 5 },
    } as const;
    const { parked: _, ...rest } = pending;
    const after = moveRun(
      { ...rest, parked: pending.parked },
      planOf([day]),
      next([tag("a")]),
      "move",
      factsOf(newLead()),
    );
    expect(after).toMatchObject({ run: { plan: "plan-2", status: "pending", dueAt: MONDAY + 5 } });
  });

  test("ends as edited where the new version says so", () => {
    const stage = move(staged(send("hello")), next([]), "exit");
    expect(stage).toMatchObject({ run: { status: "stopped", outcome: "edited" } });
    expect((stage as Stage).effects).toContainEqual({ kind: "withdraw", run: "run-1", reason: "edited" });
  });

  test("brings new variables with their defaults, and keeps its own", () => {
    const before = play(planOf([day]), newLead(), { vars: { tier: "ready" } });
    const vars = { tier: { type: "text", default: "later" }, band: { type: "text", default: "B" } } as const;
    expect(moved(before, next([day], { vars })).run.vars).toEqual({ tier: "ready", band: "B" });
  });
});

describe("what a moved run has asked for", () => {
  test("is awaited under whatever name its step has now", () => {
    const stage = moved(
      staged(send("hello"), tag("b")),
      next([send("welcome"), tag("c")], { moved: { hello: "welcome" } }),
    );
    const message = stage.message();
    stage.outcome("sent", message);
    expect(stage.did()).toEqual(["hello", "c"]);
    expect(stage.run.facts["welcome"]).toMatchObject({ message, outcome: "sent" });
  });

  test("is remembered under the new name, for conditions too", () => {
    const before = staged(send("hello"), day);
    before.outcome("sent");
    const seen = { ...tag("seen"), if: is("step.welcome.opened", "equals", true) };
    const stage = moved(before, next([send("welcome"), day, seen], { moved: { hello: "welcome" } }));
    stage.later(1).event("email.opened", { "message.id": stage.message() });
    stage.due();
    expect(stage.did()).toEqual(["hello", "seen"]);
  });

  const sentBefore = () => {
    const stage = staged(send("hello"), day);
    stage.outcome("sent");
    return stage;
  };
  const messages = (stage: Stage) => stage.effects.filter(({ kind }) => kind === "message").length;

  test("is not sent again by a step that now comes later, whatever it is called", () => {
    for (const to of [
      next([day, send("hello"), tag("b")]),
      next([day, send("welcome"), tag("b")], { moved: { hello: "welcome" } }),
      next([day, { verb: "do", path: "loop", do: [send("hello")], repeat: 1 }, tag("b")]),
    ]) {
      const stage = moved(sentBefore(), to);
      stage.due();
      expect(messages(stage)).toBe(1);
      expect(stage.codes()).toContain("already_sent");
      expect(stage.did().at(-1)?.replace("#1", "")).toBe("b");
    }
  });

  test("is not sent again by a step that has come back after it was gone", () => {
    const gone = moved(sentBefore(), next([day, wait("more", { for: days(1) })]));
    gone.due();
    const back = moved(gone, planOf([wait("more", { for: days(1) }), send("hello")], { id: "plan-3" }));
    back.due();
    expect(messages(back)).toBe(1);
    expect(back.codes()).toContain("already_sent");
  });

  test("in one pass of a loop is not sent again when the loop is gone", () => {
    const before = staged({ verb: "do", path: "loop", do: [send("hello"), day], repeat: 3 });
    before.outcome("sent");
    const stage = moved(before, next([day, send("hello"), tag("b")]));
    stage.due();
    expect(messages(stage)).toBe(1);
    expect(stage.did()).toEqual(["hello#1", "b"]);
  });

  test("in later passes of a loop is sent", () => {
    const loop = (...more: Written[]): Written => ({
      verb: "do",
      path: "loop",
      do: [send("hello"), ...more, day],
      repeat: 3,
    });
    const before = staged(loop());
    before.outcome("sent");
    const stage = moved(before, next([loop(tag("x"))]));
    stage.due();
    expect(stage.did()).toEqual(["hello#1", "hello#2"]);
  });

  test("in a test is not sent again", () => {
    const lead = newLead();
    lead.variants["e"] = "b";
    const hello: Written = { verb: "test", path: "hello", experiment: "e", arms: { a: [], b: [send("hello")] } };
    const before = play(planOf([hello, day]), lead);
    before.outcome("sent");
    const stage = moved(before, next([day, hello, tag("b")]));
    stage.due();
    expect(messages(stage)).toBe(1);
    const parked = moved(play(planOf([hello]), lead), next([tag("new"), hello, tag("b")]));
    parked.outcome("sent");
    expect(parked.did()).toEqual(["hello", "hello", "b"]);
  });
});

describe("what is around a step that moves", () => {
  test("a loop keeps its pass, between two passes too", () => {
    const loop = (every: number, ...body: Written[]): Written => ({
      verb: "do",
      path: "loop",
      do: body,
      repeat: 3,
      every: days(every),
    });
    const inside = moved(staged(loop(2, day, tag("t"))), next([loop(2, day, tag("u"))]));
    inside.due();
    inside.due();
    inside.due();
    expect(inside.did()).toEqual(["u#1", "u#2"]);
    const between = moved(staged(loop(2, tag("t"))), next([loop(2, tag("u"))]));
    expect(between.run.dueAt).toBeGreaterThan(MONDAY + DAY);
    between.due();
    expect(between.did()).toEqual(["t#1", "u#2"]);
  });

  test("a then keeps the event that came", () => {
    const w = (...then: Written[]) => waitFor("w", "property_view", { then });
    const before = staged(w(day));
    before.later(1).event("property_view", { kind: "house" });
    const stage = moved(before, next([w(day, { ...tag("house"), if: is("event.kind", "equals", "house") })]));
    stage.due();
    expect(stage.did()).toEqual(["house"]);
  });

  test("a wait_for keeps what it has seen, as far as it still waits for it", () => {
    const all = (...events: string[]) => waitFor("w", events, { mode: "all", within: days(9) });
    const before = staged(all("form.submitted", "property_view"));
    before.later(1).event("form.submitted");
    const stage = moved(before, next([all("note.added", "form.submitted", "property_view"), tag("b")]));
    expect(stage.run.parked).toMatchObject({ seen: [1] });
    stage.later(1).event("property_view");
    stage.later(1).event("note.added");
    expect(stage.did()).toEqual(["b"]);
  });

  test("a parallel keeps its branches, and is lost with one of them", () => {
    const both = (a: Written[], b: Written[]): Written => ({ verb: "parallel", path: "both", branches: { a, b } });
    const before = staged(both([wait("aw", { for: days(1) })], [wait("bw", { for: days(2) })]));
    const to = next(
      [tag("new"), both([wait("aw", { for: days(1) }), tag("a")], [wait("bx", { for: days(2) }), tag("b")]), tag("c")],
      { moved: { bw: "bx" } },
    );
    const stage = moved(before, to);
    expect(parkedPaths(stage.run)).toEqual(["both", "aw", "bx"]);
    stage.due();
    stage.due();
    expect(stage.did()).toEqual(["a", "b", "c"]);
    expect(move(before, next([both([wait("aw", { for: days(1) })], [])]))).toBe("lost");
    expect(move(before, next([both([], [wait("aw", { for: days(1) }), wait("bw", { for: days(1) })])]))).toBe("lost");
  });

  test("steps for an error go on behind the step that failed, or beside the run", () => {
    const onError = (...then: Written[]) => ({ onError: { retry: 0, every: HOUR, then } });
    const lead = newLead();
    lead.render = () => {
      throw new Error("no");
    };
    const note: Written = { verb: "note", path: "n" };
    const inside = moved(
      play(planOf([note], onError(day)), lead),
      next([tag("x"), note, tag("b")], onError(day, tag("sorry"))),
    );
    inside.due();
    expect(inside.did()).toEqual(["sorry#1", "b"]);
    const late = play(planOf([tag("t"), wait("long", { for: days(9) })], onError(day)));
    late.answer("tag", { ok: false });
    const beside = moved(late, next([wait("long", { for: days(9) }), tag("b")], onError(day, tag("sorry"))));
    beside.due();
    expect(beside.did()).toEqual(["t", "sorry#1"]);
  });
});

describe("re-time", () => {
  const retimed = (before: Stage, ...steps: Written[]) => moved(before, next(steps), "re-time");

  test("reckons from when the step was entered: longer is later", () => {
    const before = staged(day);
    before.later(HOUR);
    expect(retimed(before, wait("day", { for: days(3) })).run.dueAt).toBe(MONDAY + 3 * DAY);
  });

  test("shorter is due now, spread", () => {
    const before = staged(day);
    before.later(6 * HOUR);
    const stage = retimed(before, { verb: "wait", path: "day", wait: { for: ms(HOUR) } }, tag("b"));
    expect(stage.run.dueAt).toBeGreaterThanOrEqual(stage.lead.now);
    expect(stage.run.dueAt).toBeLessThanOrEqual(stage.lead.now + 5 * MINUTE);
    expect(stage.did()).toEqual([]);
    stage.due();
    expect(stage.did()).toEqual(["b"]);
  });

  test("keeps what a pause has added", () => {
    const before = staged(day);
    before.command("pause");
    before.later(DAY).command("resume");
    expect(retimed(before, wait("day", { for: days(3) })).run.dueAt).toBe(MONDAY + 4 * DAY);
    const listening = staged(waitFor("w", "property_view", { within: days(1) }));
    listening.command("pause");
    listening.later(DAY).command("resume");
    expect(retimed(listening, waitFor("w", "property_view", { within: days(3) })).run.dueAt).toBe(MONDAY + 4 * DAY);
  });

  test("sets the deadlines of a wait_for, a delivery, a call, a parallel and a loop", () => {
    const at = (before: Stage, after: Written) => (retimed(before, after).run.dueAt ?? 0) - MONDAY;
    expect(at(staged(waitFor("w", "x", { within: days(1) })), waitFor("w", "x", { within: days(2) }))).toBe(2 * DAY);
    const delivered = staged(send("s", { proceed: "delivered", within: HOUR }));
    delivered.outcome("sent");
    expect(at(delivered, send("s", { proceed: "delivered", within: 3 * HOUR }))).toBe(3 * HOUR);
    const call = (count: number): Written => ({ verb: "call", path: "c", within: days(count) });
    expect(at(staged(call(1)), call(2))).toBe(2 * DAY);
    const both = (more: object): Written => ({ verb: "parallel", path: "p", branches: { a: [send("s")] }, ...more });
    expect(at(staged(both({ within: days(1) })), both({ within: days(2) }))).toBe(2 * DAY);
    expect(at(staged(both({ within: days(1) })), both({}))).toBe(180 * DAY);
    const loop = (count: number): Written => ({ verb: "do", path: "l", do: [tag("t")], repeat: 2, every: days(count) });
    expect(at(staged(loop(1)), loop(2))).toBeGreaterThanOrEqual(2 * DAY);
  });

  test("finds that an anchor is past, and takes its branch", () => {
    const before = staged(day);
    before.lead.values["appointment.start"] = MONDAY - DAY;
    const anchored = wait(
      "day",
      { until: { anchor: "appointment.start", offset: ms(0), sign: 1 } },
      { ifPast: [tag("past")] },
    );
    expect(retimed(before, anchored, tag("b")).did()).toEqual(["past", "b"]);
  });

  test("of a paused run counts from when it was paused", () => {
    const before = staged(day);
    before.later(HOUR).command("pause");
    const stage = retimed(before.later(9 * HOUR), wait("day", { for: ms(2 * HOUR) }), tag("b"));
    expect(stage.run.status).toBe("paused");
    stage.command("resume");
    expect(stage.run.dueAt).toBe(stage.lead.now + HOUR);
  });
});

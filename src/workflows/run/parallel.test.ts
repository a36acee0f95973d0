import { describe, expect, test } from "vitest";
import {
  days,
  end,
  is,
  MONDAY,
  ms,
  planOf,
  play,
  send,
  tag,
  type Written,
  wait,
  waitFor,
} from "../../../test/stage.ts";
import { DAY, HOUR } from "../../kernel/time.ts";
import { wantsEvent } from "./advance.ts";
import { parkedPaths } from "./timers.ts";

const parallel = (branches: Record<string, readonly Written[]>, more: object = {}): Written => ({
  verb: "parallel",
  path: "both",
  branches,
  ...more,
});
const staged = (...steps: Written[]) => play(planOf(steps));
const hours = (count: number) => ({ for: ms(count * HOUR) });

describe("branches side by side", () => {
  test("all begin, in file order, and the run goes on when all have ended", () => {
    const stage = staged(
      parallel({ a: [tag("a1"), wait("aw", hours(2)), tag("a2")], b: [tag("b1"), wait("bw", hours(1)), tag("b2")] }),
      tag("next"),
    );
    expect(stage.did()).toEqual(["a1", "b1"]);
    expect(parkedPaths(stage.run)).toEqual(["both", "aw", "bw"]);
    expect(stage.run.dueAt).toBe(MONDAY + HOUR);
    stage.due();
    expect(stage.did()).toEqual(["a1", "b1", "b2"]);
    expect(stage.run.dueAt).toBe(MONDAY + 2 * HOUR);
    stage.due();
    expect(stage.did()).toEqual(["a1", "b1", "b2", "a2", "next"]);
    expect(stage.run).toMatchObject({ status: "completed", facts: { both: { outcome: "joined" } } });
    expect(stage.run).not.toHaveProperty("strands");
  });

  test("that all end at once are joined at once, and empty ones are ended", () => {
    expect(staged(parallel({ a: [tag("a")], b: [] }), tag("next")).did()).toEqual(["a", "next"]);
  });

  test("hear the same events, and each message its own outcome", () => {
    const stage = staged(
      parallel({ a: [send("hi"), tag("a")], b: [send("ho"), waitFor("w", "property_view"), tag("b")] }),
      tag("next"),
    );
    const [first, second] = stage.effects.map((effect) => ("id" in effect ? effect.id : ""));
    stage.outcome("sent", second);
    stage.later(1).event("property_view");
    expect(stage.did()).toEqual(["hi", "ho", "b"]);
    stage.outcome("sent", first);
    expect(stage.did()).toEqual(["hi", "ho", "b", "a", "next"]);
  });

  test("each mean their own latest message by a message event, and after them the latest of all is meant", () => {
    const stage = staged(
      parallel({
        a: [send("hi"), waitFor("aw", "email.opened", { within: days(1), then: [tag("a")] })],
        b: [wait("bw", hours(1)), send("ho")],
      }),
      waitFor("w", "email.opened", { then: [tag("after")] }),
    );
    const hi = stage.message();
    stage.outcome("sent");
    stage.due();
    const ho = stage.message();
    stage.outcome("sent");
    stage.event("email.opened", { "message.id": hi });
    expect(stage.did()).toEqual(["hi", "ho", "a"]);
    stage.later(1).event("email.opened", { "message.id": ho });
    expect(stage.did()).toEqual(["hi", "ho", "a", "after"]);
  });

  test("share what is remembered of steps", () => {
    const stage = staged(
      parallel({
        a: [wait("aw", hours(1)), { ...tag("seen"), if: is("step.b1.ran", "equals", true) }],
        b: [tag("b1")],
      }),
    );
    stage.due();
    expect(stage.did()).toEqual(["b1", "seen"]);
  });

  test("tell a turn which events they want", () => {
    const plan = planOf([
      parallel({ a: [waitFor("w", [], { awaits: is("lead.score", "at_least", 1) })], b: [wait("bw", hours(1))] }),
    ]);
    expect(wantsEvent(plan, play(plan).run, "property_view")).toBe(true);
  });

  test("end the run by an end, whichever of them says so", () => {
    const stage = staged(parallel({ a: [send("hi")], b: [wait("bw", hours(1)), end("enough")] }), tag("next"));
    stage.due();
    expect(stage.run).toMatchObject({ status: "completed", outcome: "enough", cursor: [] });
    expect(stage.effects).toContainEqual({ kind: "withdraw", run: "run-1", reason: "enough" });
    expect(stage.run).not.toHaveProperty("strands");
  });
});

describe("a join", () => {
  const race = (join: number) =>
    staged(
      parallel(
        { a: [send("text"), tag("a")], b: [waitFor("rung", "agent.contacted"), tag("b")], c: [wait("cw", hours(9))] },
        { join },
      ),
      tag("next"),
    );

  test("of any goes on with the first, and withdraws what the others wrote and has not begun to leave", () => {
    const stage = race(1);
    const text = stage.message();
    stage.later(HOUR).event("agent.contacted");
    expect(stage.did()).toEqual(["text", "b", "next"]);
    expect(stage.effects).toContainEqual({ kind: "withdraw", run: "run-1", reason: "joined", messages: [text] });
    stage.outcome("sent", text);
    expect(stage.run.facts["text"]).toMatchObject({ outcome: "sent" });
    expect(stage.did()).toEqual(["text", "b", "next"]);
  });

  test("leaves alone what has been sent", () => {
    const stage = race(1);
    stage.outcome("sent");
    expect(stage.did()).toEqual(["text", "a", "next"]);
    expect(stage.effects.some(({ kind }) => kind === "withdraw")).toBe(false);
  });

  test("of a number waits for so many", () => {
    const stage = race(2);
    stage.outcome("sent");
    expect(stage.did()).toEqual(["text", "a"]);
    stage.later(1).event("agent.contacted");
    expect(stage.did()).toEqual(["text", "a", "b", "next"]);
  });

  test("gives up after its within", () => {
    const stage = staged(
      parallel({ a: [send("text")], b: [{ verb: "call", path: "c", within: days(9) }] }, { within: days(1) }),
      tag("next"),
    );
    expect(stage.run.dueAt).toBe(MONDAY + DAY);
    stage.due();
    expect(stage.run.facts["both"]).toEqual({ outcome: "timed_out", timedOut: true });
    const called = stage.effects.flatMap((effect) => (effect.kind === "start" ? [effect.id] : []));
    expect(stage.effects).toContainEqual(expect.objectContaining({ kind: "withdraw", calls: called }));
    expect(stage.did().at(-1)).toBe("next");
  });

  test("forgets messages of this very turn, which then never existed", () => {
    const stage = staged(parallel({ a: [], b: [send("text")] }, { join: 1 }), tag("next"));
    expect(stage.effects.map(({ kind }) => kind)).toEqual(["withdraw", "tag", "emit"]);
    expect(stage.run.facts["text"]).not.toHaveProperty("message");
  });
});

describe("branches within branches, and in loops", () => {
  const nested = parallel({
    a: [
      {
        verb: "parallel",
        path: "inner",
        branches: { x: [wait("xw", hours(1)), tag("x")], y: [wait("yw", hours(3)), tag("y")] },
      },
      tag("a"),
    ],
    b: [wait("bw", hours(2)), tag("b")],
  });

  test("join from the inside out", () => {
    const stage = staged(nested, tag("next"));
    expect(stage.run.strands?.map(({ path }) => path)).toEqual([
      "both/parallel.a",
      "inner/parallel.x",
      "inner/parallel.y",
      "both/parallel.b",
    ]);
    for (let hour = 0; hour < 3; hour += 1) stage.due();
    expect(stage.did()).toEqual(["x", "b", "y", "a", "next"]);
  });

  test("are lost together with the branch around them", () => {
    const stage = staged({ ...nested, join: 1 }, tag("next"));
    stage.due();
    stage.due();
    expect(stage.did()).toEqual(["x", "b", "next"]);
    expect(stage.run).not.toHaveProperty("strands");
  });

  test("have one identity per pass of the loop around them", () => {
    const stage = staged({
      verb: "do",
      path: "twice",
      do: [parallel({ a: [tag("a")], b: [send("b")] })],
      repeat: 2,
      every: days(1),
    });
    stage.outcome("sent");
    stage.due();
    stage.outcome("sent");
    expect(stage.did()).toEqual(["a#1", "b#1", "a#2", "b#2"]);
    expect(stage.run.status).toBe("completed");
  });

  test("may loop themselves", () => {
    const stage = staged(
      parallel({ a: [{ verb: "do", path: "loop", do: [tag("t")], repeat: 2, every: days(1) }], b: [tag("b")] }),
      tag("next"),
    );
    stage.due();
    expect(stage.did()).toEqual(["t#1", "b", "t#2", "next"]);
  });

  test("keep the event of the wait_for around them, and find their own", () => {
    const asks = (path: string, wanted: string) => ({ ...tag(path), if: is("event.kind", "equals", wanted) });
    const stage = staged(
      waitFor("w", "property_view", {
        then: [
          parallel({
            a: [asks("outer", "first")],
            b: [waitFor("v", "form.submitted", { then: [asks("inner", "second")] }), asks("again", "first")],
          }),
        ],
      }),
    );
    stage.later(1).event("property_view", { kind: "first" });
    stage.later(1).event("form.submitted", { kind: "second" });
    expect(stage.did()).toEqual(["outer", "inner", "again"]);
  });
});

describe("a jump out of a branch", () => {
  test("leaves the parallel: the others are withdrawn", () => {
    const stage = staged(
      parallel({
        a: [send("text")],
        b: [waitFor("w", "agent.contacted", { then: [{ verb: "skip_to", to: "closing" }] })],
      }),
      tag("never"),
      tag("closing"),
    );
    stage.later(1).event("agent.contacted");
    expect(stage.did()).toEqual(["text", "closing"]);
    expect(stage.effects).toContainEqual(expect.objectContaining({ kind: "withdraw", reason: "joined" }));
    expect(stage.run.status).toBe("completed");
  });

  test("of an inner parallel stays in the branch around it", () => {
    const inner: Written = {
      verb: "parallel",
      path: "inner",
      branches: { x: [{ verb: "skip_to", to: "here" }], y: [wait("yw", hours(1)), tag("y")] },
    };
    const stage = staged(
      parallel({ a: [inner, tag("never"), tag("here")], b: [wait("bw", hours(2)), tag("b")] }),
      tag("next"),
    );
    expect(stage.did()).toEqual(["here"]);
    stage.due();
    expect(stage.did()).toEqual(["here", "b", "next"]);
  });
});

describe("what is asked of the whole run", () => {
  const waiting = (more: object = {}) =>
    play(
      planOf(
        [
          parallel({
            a: [wait("aw", hours(2)), tag("a")],
            b: [waitFor("w", "form.submitted", { within: ms(5 * HOUR) }), tag("b")],
          }),
          tag("next"),
        ],
        more,
      ),
    );

  test("a pause freezes the clocks of every branch", () => {
    const stage = waiting();
    stage.later(HOUR).command("pause");
    stage.later(DAY).command("resume");
    expect(stage.run.dueAt).toBe(MONDAY + DAY + 2 * HOUR);
    stage.due();
    expect(stage.run.dueAt).toBe(MONDAY + DAY + 5 * HOUR);
  });

  test("what came while it was paused moves every branch when it goes on", () => {
    const stage = waiting();
    stage.command("pause");
    stage.later(HOUR).event("form.submitted");
    expect(stage.did()).toEqual([]);
    stage.command("resume");
    expect(stage.did()).toEqual(["b"]);
  });

  test("a goal, an exit and an opt-out end it whatever its branches wait for", () => {
    const goal = waiting({ goal: { when: [{ event: "appointment.booked" }], then: "end" } });
    goal.later(1).event("appointment.booked");
    expect(goal.run).toMatchObject({ status: "completed", outcome: "goal" });
    const exit = waiting({ exits: [{ when: [{ event: "message.received" }] }] });
    exit.later(1).event("message.received");
    expect(exit.run.status).toBe("stopped");
    const out = waiting();
    out.lead.values["lead.opted_out"] = true;
    out.event("consent.changed");
    expect(out.run).toMatchObject({ status: "stopped", outcome: "opted_out" });
  });

  test("an error fails it where the branch stands, and tried again that branch goes on", () => {
    const stage = play(
      planOf([
        parallel({ a: [wait("aw", hours(2)), tag("a")], b: [wait("bw", hours(1)), { verb: "note", path: "n" }] }),
        tag("next"),
      ]),
    );
    stage.lead.render = () => {
      throw new Error("no");
    };
    stage.due();
    expect(stage.run.status).toBe("failed");
    stage.lead.render = (text) => text;
    stage.command("retry");
    expect(stage.did()).toEqual(["n"]);
    stage.due();
    expect(stage.did()).toEqual(["n", "a", "next"]);
  });

  test("a step that is tried again later is tried in its own branch", () => {
    const onError = { retry: 1, every: HOUR, then: "fail" as const };
    const branches = { a: [wait("aw", hours(9))], b: [wait("bw", hours(1)), { verb: "note", path: "n" } as const] };
    const stage = play(planOf([parallel(branches)], { onError }));
    const { render } = stage.lead;
    stage.lead.render = () => {
      throw new Error("no");
    };
    stage.due();
    expect(parkedPaths(stage.run)).toEqual(["both", "aw", "n"]);
    stage.lead.render = render;
    stage.due();
    expect(stage.did()).toEqual(["n"]);
    expect(parkedPaths(stage.run)).toEqual(["both", "aw"]);
  });

  test("skip goes past the step that is named, or past the whole parallel", () => {
    const one = waiting();
    one.command("skip", "w");
    expect(one.did()).toEqual(["b"]);
    const whole = waiting();
    whole.command("skip");
    expect(whole.did()).toEqual(["next"]);
  });

  test("a deadline set by hand is that of the step that is named", () => {
    const stage = waiting();
    stage.retime(MONDAY + 1, "aw");
    expect(stage.run.dueAt).toBe(MONDAY + 1);
    stage.due();
    expect(stage.did()).toEqual(["a"]);
  });
});

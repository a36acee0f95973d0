import { describe, expect, test } from "vitest";
import {
  days,
  MONDAY,
  ms,
  newLead,
  planOf,
  play,
  send,
  tag,
  type Written,
  wait,
  waitFor,
} from "../../../test/stage.ts";
import { DAY, HOUR } from "../../kernel/time.ts";

const staged = (...steps: Written[]) => play(planOf(steps));

describe("skip", () => {
  test("goes past the step the run waits in, whatever it waits for", () => {
    for (const step of [
      wait("w", { for: days(2) }),
      waitFor("w", "property_view", { then: [tag("then")], otherwise: [tag("otherwise")] }),
      { verb: "call", path: "w", otherwise: [tag("otherwise")] } as const,
      { verb: "webhook", path: "w", save: { "vars.a": "a" } } as const,
    ]) {
      const stage = staged(step, tag("next"));
      stage.command("skip");
      expect(stage.did().at(-1)).toBe("next");
      expect(stage.did()).not.toContain("otherwise");
    }
  });

  test("withdraws a message that has not begun to leave, and takes no branch of its send", () => {
    const stage = staged(send("hello", { ifFailed: [tag("failed")] }), tag("next"));
    stage.command("skip");
    expect(stage.effects).toContainEqual({
      kind: "withdraw",
      run: "run-1",
      reason: "skipped",
      messages: [stage.message()],
    });
    expect(stage.did()).toEqual(["hello", "next"]);
  });

  test("leaves a message alone that a channel has taken", () => {
    const stage = staged(send("hello", { proceed: "delivered" }), tag("next"));
    stage.outcome("sent");
    stage.command("skip");
    expect(stage.effects.some(({ kind }) => kind === "withdraw")).toBe(false);
    expect(stage.did()).toEqual(["hello", "next"]);
  });

  test("between two passes begins the next", () => {
    const stage = staged({ verb: "do", path: "loop", do: [tag("t")], repeat: 2, every: days(1) }, tag("next"));
    stage.command("skip");
    expect(stage.did()).toEqual(["t#1", "t#2", "next"]);
  });

  test("of a step that it is not on changes nothing, so that told twice it skips once", () => {
    const stage = staged(wait("a", { for: days(1) }), wait("b", { for: days(1) }));
    stage.command("skip", "a");
    stage.command("skip", "a");
    expect(stage.at()).toBe("b");
  });

  test("of a step on which a failed run does not stand leaves it failed", () => {
    const lead = newLead();
    lead.render = () => {
      throw new Error("no");
    };
    const failed = play(planOf([{ verb: "note", path: "bad" }, tag("next")]), lead);
    lead.render = (text) => text;
    failed.command("skip", "next");
    expect(failed.run.status).toBe("failed");
    expect(failed.did()).toEqual([]);
  });

  test("goes past the step that failed a run", () => {
    const stage = play(planOf([{ verb: "note", path: "bad" }, tag("next")]));
    expect(stage.run.status).toBe("completed");
    const lead = stage.lead;
    lead.render = () => {
      throw new Error("no");
    };
    const failed = play(planOf([{ verb: "note", path: "bad" }, tag("next")]), lead);
    expect(failed.run.status).toBe("failed");
    failed.command("skip");
    expect(failed.run).toMatchObject({ status: "completed" });
    expect(failed.did()).toEqual(["next"]);
  });

  test("of a paused run moves it, and it stays paused", () => {
    const stage = staged(wait("a", { for: days(1) }), tag("next"));
    stage.command("pause");
    stage.command("skip");
    expect(stage.did()).toEqual([]);
    stage.command("resume");
    expect(stage.did()).toEqual(["next"]);
  });
});

describe("re-time", () => {
  test("sets the present deadline, and what is over is over at once", () => {
    const stage = staged(wait("a", { for: days(9) }), tag("next"));
    stage.retime(MONDAY + HOUR);
    expect(stage.run.dueAt).toBe(MONDAY + HOUR);
    stage.retime(MONDAY);
    expect(stage.did()).toEqual(["next"]);
  });

  test("gives no deadline to a message that waits for its outbox row", () => {
    const stage = staged(send("hello"), tag("next"));
    stage.retime(MONDAY);
    expect(stage.at()).toBe("hello");
  });

  test("lengthens a wait_for", () => {
    const stage = staged(waitFor("w", "property_view", { within: ms(HOUR) }));
    stage.retime(MONDAY + 3 * DAY);
    stage.later(2 * DAY).event("property_view");
    expect(stage.run).toMatchObject({ status: "completed", facts: { w: { outcome: "met" } } });
  });
});

import { describe, expect, test } from "vitest";
import { MONDAY, ms, planOf, play, type Stage, tag, wait } from "../../../test/stage.ts";
import { DAY, HOUR } from "../../kernel/time.ts";
import { hold, release } from "./hold.ts";

const staged = (more: object = {}): Stage => play(planOf([wait("later", { for: ms(8 * HOUR) }), tag("next")], more));
const holding = (stage: Stage, by: "workflow" | "location" = "workflow") => {
  stage.run = hold(stage.run, by, stage.lead.now);
  return stage.give({ type: "due" });
};
const releasing = (stage: Stage, by: "workflow" | "location" = "workflow") => {
  stage.run = release(stage.run, by, stage.lead.now);
  return stage.give({ type: "due" });
};

describe("a run whose workflow is paused by hand", () => {
  test("stands still for as long as that lasts, and waits that much longer", () => {
    const stage = staged().later(3 * HOUR);
    holding(stage);
    expect(stage.run).toMatchObject({ status: "paused", held: ["workflow"] });
    stage.later(30 * DAY).give({ type: "due" });
    expect(stage.run.status).toBe("paused");
    releasing(stage);
    expect(stage.run).toMatchObject({ status: "waiting", dueAt: MONDAY + 8 * HOUR + 30 * DAY });
    expect(stage.run).not.toHaveProperty("held");
    stage.due();
    expect(stage.did()).toEqual(["next"]);
  });

  test("and the location too, goes on when both are released", () => {
    const stage = staged();
    holding(stage, "workflow");
    holding(stage, "location");
    releasing(stage, "workflow");
    expect(stage.run.status).toBe("paused");
    stage.later(HOUR);
    releasing(stage, "location");
    expect(stage.run).toMatchObject({ status: "waiting", dueAt: MONDAY + 9 * HOUR });
  });

  test("that a person paused stays paused by that person", () => {
    const stage = staged();
    stage.command("pause");
    holding(stage);
    releasing(stage);
    expect(stage.run.status).toBe("paused");
    stage.command("resume");
    expect(stage.run.status).toBe("waiting");
  });

  test("that paused itself for a while stays so until that while is over", () => {
    const stage = staged({ pauses: [{ when: [{ event: "agent.contacted" }], for: 3 * DAY }] });
    stage.event("agent.contacted");
    holding(stage);
    stage.later(DAY);
    releasing(stage);
    expect(stage.run).toMatchObject({ status: "paused", pausedUntil: MONDAY + 3 * DAY });
    stage.due();
    expect(stage.run).toMatchObject({ status: "waiting", dueAt: MONDAY + 3 * DAY + 8 * HOUR });
  });

  test("still ends when its time is over", () => {
    const stage = staged({ maxDuration: 10 * DAY });
    holding(stage);
    expect(stage.run.dueAt).toBe(MONDAY + 10 * DAY);
    stage.due();
    expect(stage.run).toMatchObject({ status: "stopped", outcome: "timed_out" });
  });

  test("goes on when a person resumes that run alone", () => {
    const stage = staged();
    holding(stage);
    stage.later(HOUR).command("resume");
    expect(stage.run).toMatchObject({ status: "waiting", dueAt: MONDAY + 9 * HOUR });
  });

  test("once ended is let be", () => {
    const stage = staged();
    stage.command("stop");
    expect(hold(stage.run, "workflow", MONDAY)).toBe(stage.run);
    expect(release(stage.run, "workflow", MONDAY)).toBe(stage.run);
  });
});

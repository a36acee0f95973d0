import { describe, expect, test } from "vitest";
import { controlsOf, progressOf, questionOf, stateOf, wrongFiles } from "./workflows.ts";

describe("a workflow", () => {
  test("says that it is held, and by what", () => {
    expect(stateOf({ status: "live" })).toEqual({ mark: "done", word: "live" });
    expect(stateOf({ status: "draft" })).toEqual({ mark: "off", word: "draft" });
    expect(stateOf({ status: "live", paused: "workflow" })).toEqual({ mark: "held", word: "takes nobody in" });
    expect(stateOf({ status: "live", paused: "location" })).toEqual({ mark: "held", word: "everything is paused" });
  });

  test("offers what can be done now and nothing else", () => {
    expect(controlsOf({ active: 3 })).toEqual(["pause", "stop"]);
    expect(controlsOf({ active: 0 })).toEqual(["pause"]);
    expect(controlsOf({ active: 3, paused: "workflow" })).toEqual(["resume", "stop"]);
    expect(controlsOf({ active: 0, paused: "location" })).toEqual([]);
  });

  test("names how many a stop would end", () => {
    expect(questionOf("stop", { name: "Hot lead", active: 1 })).toContain("Stop Hot lead for 1 person?");
    expect(questionOf("stop", { name: "Hot lead", active: 1_204 })).toContain("for 1,204 people?");
  });
});

describe("files that are not right", () => {
  const error = (file: string, line: number, message: string) => ({
    ...{ file, line, message },
    ...{ column: 1, code: "c", severity: "error" as const },
  });

  test("say whether they run as they were, what stands in their way, and what only waits for another", () => {
    const found = wrongFiles({
      diagnostics: [
        error("a.yaml", 3, "no"),
        error("c.yaml", 9, "gone"),
        { ...error("d.yaml", 1, "odd"), severity: "warning" },
      ],
      held: [
        { file: "a.yaml", runs: true },
        { file: "b.yaml", runs: false },
      ],
    });
    expect(found.map(({ file, errors }) => [file, errors])).toEqual([
      ["a.yaml", ["Line 3, column 1: no"]],
      ["b.yaml", []],
      ["c.yaml", ["Line 9, column 1: gone"]],
    ]);
    expect(found.map(({ words }) => words)).toEqual([
      expect.stringContaining("as it was last good"),
      expect.stringContaining("never been good"),
      expect.stringMatching(/^Runs/),
    ]);
  });
});

describe("a job", () => {
  test("tells how far it has come, and how it ended", () => {
    expect(progressOf({ mailed: 30, skipped: 10, total: 80 })).toEqual({
      mark: "run",
      words: "40 of 80, 10 left to a person",
      share: 0.5,
    });
    // those who came meanwhile were not counted when it was asked
    expect(progressOf({ mailed: 90, skipped: 0, total: 80 })).toMatchObject({ words: "80 of 80", share: 1 });
    expect(progressOf({ mailed: 80, skipped: 0, total: 80, outcome: "done" })).toEqual({
      mark: "done",
      words: "80 done",
    });
    expect(progressOf({ mailed: 5, skipped: 0, total: 80, outcome: "superseded" })).toMatchObject({ mark: "off" });
  });
});

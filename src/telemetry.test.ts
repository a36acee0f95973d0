import { expect, test } from "vitest";
import { openFacts } from "./kernel/facts.ts";
import { levelOf, openTelemetry } from "./telemetry.ts";

test("a loop that fails many times in the same way is one line of the log, another way of failing another", () => {
  const facts = openFacts();
  const lines: string[] = [];
  openTelemetry(facts, () => 0, { write: (line) => void lines.push(line) });
  for (let n = 0; n < 50; n++) facts.emit("loop_failed", { loop: "turns", reason: "Error: the connection is gone" });
  facts.emit("loop_failed", { loop: "sender", reason: "Error: the connection is gone" });
  facts.emit("database_lost", { reason: "gone" });
  facts.emit("database_lost", { reason: "gone" });
  expect(lines.map((line) => JSON.parse(line)).map(({ msg, loop, level }) => [msg, loop, level])).toEqual([
    ["loop_failed", "turns", "error"],
    ["loop_failed", "sender", "error"],
    ["database_lost", undefined, "error"],
    ["database_lost", undefined, "error"],
  ]);
});

test("a folder with errors is warned of, and a whole one told of", () => {
  const loaded = { files: 2, workflows: 2, errors: 0, load_ms: 3 };
  expect(levelOf("workflows_loaded", loaded)).toBe("info");
  expect(levelOf("workflows_loaded", { ...loaded, errors: 1, first_error: "a.yaml:1:1: it is wrong" })).toBe("warn");
  expect(levelOf("webhook_refused", { code: "signature" })).toBeUndefined();
});

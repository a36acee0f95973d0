import { describe, expect, test } from "vitest";
import { HOUR } from "../../kernel/time.ts";
import { compile } from "../compile/compile.ts";
import type { Plan } from "../plan.ts";
import { comparePlans, movedPath, sameDiff } from "./diff.ts";
import { forecast, sendsAfter } from "./fate.ts";

const LIBRARY = `\n---\ntemplates: { hello: { sms: Hello }, more: { sms: More } }\n`;
const version = (yaml: string): Plan => {
  const { plans, diagnostics } = compile([{ file: "a.yaml", text: `workflow: w\n${yaml}${LIBRARY}` }]);
  const [plan] = plans;
  if (plan === undefined) throw new Error(JSON.stringify(diagnostics));
  return plan;
};
const steps = (list: string, more = ""): Plan => version(`${more}steps:\n${list}`);

describe("two versions of a workflow", () => {
  const before = steps(`  - { id: hi, send: hello }
  - { id: rest, wait: 2d }
  - { id: bye, send: more }`);

  test("that differ only in words and layout are the same", () => {
    const after = version(
      `name: Another name\nsteps: [ { id: hi, send: hello, name: Hi }, { id: rest, wait: 2d }, { id: bye, send: more } ]`,
    );
    expect(sameDiff(comparePlans(before, after))).toBe(true);
  });

  test("that are equal but for the order in which a database keeps a map's keys are the same", () => {
    const tested = (variants: string) =>
      version(`steps: [{ id: hi, test: which, step: { send: hello }, variants: ${variants} }]
---
experiments:
  which: { variants: { b: 50, a: 50 }, control: b, metric: { when: message.replied, of: hi, within: 2d } }`);
    const after = tested("{ b: {}, a: { send: more } }");
    const kept: Plan = JSON.parse(JSON.stringify(after), (key, value) =>
      key === "arms" ? Object.fromEntries(Object.entries(value).reverse()) : value,
    );
    expect(comparePlans(kept, after).changed).toEqual([]);
  });

  test("name the steps that were added, removed, changed and renamed, and the other parts", () => {
    const after = steps(
      `  - { id: hi, send: hello }
  - { id: pause, wait: 3d }
  - { id: ask, tag: Asked }`,
      "priority: 70\nmoved: { rest: pause }\n",
    );
    expect(comparePlans(before, after)).toEqual({
      added: ["ask"],
      removed: ["bye"],
      changed: ["pause"],
      moved: [{ from: "rest", to: "pause" }],
      parts: ["priority"],
    });
  });

  test("keep a step that was only put into a branch", () => {
    const after = steps(`  - { id: hi, send: hello }
  - { id: rest, wait: 2d }
  - { id: fork, if: { lead.score: { at_least: 0.5 } }, do: [ { id: bye, send: more } ] }`);
    expect(comparePlans(before, after)).toMatchObject({ added: ["fork"], removed: [], changed: [] });
  });

  test("follow chains of renames, and end where they run in a circle", () => {
    const moved = { a: "b", b: "c", x: "y", y: "x" };
    expect(movedPath({ ...before, moved }, "a")).toBe("c");
    expect(["x", "y"]).toContain(movedPath({ ...before, moved }, "x"));
  });
});

describe("leads who wait at a step", () => {
  const before = steps(`  - { id: rest, wait: 2d }
  - { id: bye, send: more }`);
  const edited = (onEdit: string, rest: string, more = "") =>
    steps(
      `  - { id: ${more === "" ? "rest" : "pause"}, wait: ${rest} }\n  - { id: bye, send: more }`,
      `on_edit: ${onEdit}\n${more}`,
    );

  test("finish on their version when it is kept, or when the file is gone", () => {
    expect(forecast(before, edited("keep", "1d"), "rest")).toEqual({ fate: "keep", sends: true });
    expect(forecast(before, undefined, "rest")).toEqual({ fate: "keep", sends: true });
  });

  test("go on at the same step, or where it was moved to", () => {
    expect(forecast(before, edited("move", "1d"), "rest")).toEqual({ fate: "move", to: "rest", sends: true });
    expect(forecast(before, edited("move", "1d", "moved: { rest: pause }\n"), "rest")).toMatchObject({ to: "pause" });
  });

  test("are due sooner or later by what the wait has changed", () => {
    expect(forecast(before, edited("re-time", "2d1h"), "rest")).toMatchObject({ fate: "re-time", shift: HOUR });
    expect(forecast(before, edited("re-time", "1d"), "rest")).toMatchObject({ shift: -24 * HOUR });
    expect(forecast(before, edited("re-time", "2d"), "rest")).toMatchObject({ shift: 0 });
    expect(forecast(before, edited("re-time", '{ until: "09:00" }'), "rest")).not.toHaveProperty("shift");
  });

  test("leave where the edit says so, and are lost to it where their step is gone", () => {
    expect(forecast(before, edited("exit", "1d"), "rest")).toMatchObject({ fate: "exit" });
    const gone = steps("  - { id: bye, send: more }", "on_edit: move\n");
    expect(forecast(before, gone, "rest")).toMatchObject({ fate: "lost" });
  });
});

test("a message follows a wait where nothing else is waited for in between", () => {
  const plan = steps(`  - { id: one, wait: 1d }
  - { id: fork, if: { lead.score: { at_least: 0.5 } }, do: [ { id: inner, wait: 1h } ] }
  - { id: label, tag: Here }
  - { id: mail, send: hello }
  - { id: two, wait: 1d }
  - { id: asked, wait_for: message.replied, within: 1d, then: [ { end: done } ], otherwise: [ { id: nudge, send: more } ] }
  - { id: three, wait: 1d }
  - { id: last, tag: Done }`);
  expect(["one", "inner", "two", "asked", "three"].map((path) => sendsAfter(plan, path))).toEqual([
    true,
    true,
    false,
    true,
    false,
  ]);
});

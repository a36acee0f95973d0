import { describe, expect, test } from "vitest";
import { experimentOf } from "../../test/experiment.ts";
import { DAY } from "../kernel/time.ts";
import { frozenFault } from "./frozen.ts";

describe("a declaration that leads were exposed under", () => {
  const declared = experimentOf({ id: "welcome_channel" });
  const running = { state: "running", declared: JSON.parse(JSON.stringify(declared)) } as const;

  test("may not change its weights, its metric or whom it holds out", () => {
    const message = '"welcome_channel" has exposed 412 leads. Start a new experiment id instead.';
    const fault = { code: "frozen-experiment", message };
    const weights = experimentOf({
      id: "welcome_channel",
      variants: [
        ["a", 0.6],
        ["b", 0.4],
      ],
    });
    expect(frozenFault(weights, running, 412)).toEqual(fault);
    expect(frozenFault({ ...declared, holdout: 0.1 }, running, 412)).toEqual(fault);
    expect(frozenFault({ ...declared, metric: { ...declared.metric, within: DAY } }, running, 412)).toEqual(fault);
    expect(frozenFault({ ...declared, control: "b" }, { ...running, state: "paused" }, 412)).toEqual(fault);
  });

  test("may change its words and its stop rule", () => {
    const stop = { ...declared.stop, latest: 90 * DAY };
    expect(frozenFault({ ...declared, name: "New", hypothesis: "Why", stop }, running, 412)).toBeUndefined();
  });

  test("is free before anybody was exposed and after the end", () => {
    const other = { ...declared, holdout: 0.1 };
    expect(frozenFault(other, undefined, 0)).toBeUndefined();
    expect(frozenFault(other, running, 0)).toBeUndefined();
    expect(frozenFault(other, { ...running, state: "stopped" }, 412)).toBeUndefined();
    expect(frozenFault(other, running, 1)?.message).toContain("1 lead.");
  });
});

// A declared experiment for tests: two variants of equal shares, a reply within a week.

import { DAY } from "../src/kernel/time.ts";
import type { Experiment } from "../src/workflows/index.ts";

export function experimentOf({
  variants = [
    ["a", 0.5],
    ["b", 0.5],
  ],
  ...more
}: Partial<Omit<Experiment, "variants">> & {
  readonly variants?: readonly (readonly [string, number])[];
} = {}): Experiment {
  return {
    id: "welcome",
    name: "Which welcome earns a reply?",
    variants: variants.map(([id, share]) => ({ id, share })),
    control: "a",
    metric: { when: [{ event: "message.replied" }], within: 7 * DAY },
    also: [],
    guardrails: [],
    holdout: 0,
    minimumEffect: 0.03,
    assign: "fixed",
    stop: { least: 300, latest: 60 * DAY, then: "winner", ifUndecided: "control" },
    ...more,
  };
}

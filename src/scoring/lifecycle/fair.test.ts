import { describe, expect, test } from "vitest";
import type { Examples } from "../features/growing.ts";
import { fairBar } from "./fair.ts";

const LEADS = 400;
const judging: Examples = {
  ...{ columns: [], rows: LEADS, cells: [], labels: new Uint8Array(LEADS), weights: new Float64Array(LEADS).fill(1) },
  ...{ at: new Float64Array(LEADS), lead: Int32Array.from({ length: LEADS }, (_, lead) => lead) },
  leads: Array.from({ length: LEADS }, (_, lead) => `lead_${lead}`),
  ...{ owner: new Int32Array(LEADS).fill(-1), owners: [] },
};
const groups = new Map(judging.leads.map((lead, at) => [lead, at % 2 === 0 ? "A" : "B"]));
/** Chances that leave both groups alike, or keep those of B down. */
const even = Float64Array.from({ length: LEADS }, (_, at) => ((at >> 1) * 7919) % 200);
const chances = (down: number): Float64Array =>
  even.map((one, at) => (one + 1 - (at % 2 === 1 ? down : 0) + 200) / 500);

describe("a challenger's ratios of hot and warm leads, by group", () => {
  test("pass where groups are chosen alike", () => {
    expect(fairBar(groups)(judging, chances(0), chances(0))).toMatchObject({ outcome: "passed" });
  });

  test("fail where a group falls under four fifths and was not there before", () => {
    const bar = fairBar(groups)(judging, chances(60), chances(0));
    expect(bar.outcome).toBe("failed");
    expect(bar.says).toMatch(
      /^share of (hot|warm) leads of one group over the most chosen group's is 0\.\d\d, before 1\.00$/,
    );
  });

  test("pass where a group was under four fifths before and is no lower now", () => {
    expect(fairBar(groups)(judging, chances(60), chances(60)).outcome).toBe("passed");
    expect(fairBar(groups)(judging, chances(90), chances(60)).outcome).toBe("failed");
  });

  test("say nothing of few leads", () => {
    const few = new Map([...groups].slice(0, 40));
    expect(fairBar(few)(judging, chances(60), chances(0)).outcome).toBe("unmeasured");
  });
});

import { describe, expect, test } from "vitest";
import { learnPlainly } from "../../../test/plain-learner.ts";
import { happened } from "../../../test/player.ts";
import type { LeadEvent } from "../../events/index.ts";
import { DAY } from "../../kernel/time.ts";
import { COLD_DAYS } from "../churn/weeks.ts";
import { openWeeks } from "../features/examples.ts";
import { churnColumns } from "../features/registry.ts";
import { PLAIN } from "../features/tally.ts";
import { draws } from "../learn/draws.ts";
import { measured } from "./measured.ts";
import { type Lesson, teach } from "./teach.ts";

const START = Date.UTC(2026, 0, 5);
const DAYS = 200;
const COLUMNS = churnColumns().filter(({ name }) => ["active_days", "idleDays", "week"].includes(name));

type Life = (next: () => number) => { readonly every: number; readonly stays: number };

/** Each lead comes within 120 days, and acts about so often for so many days. */
function lessonOf(leads: number, life: Life, more: Partial<Lesson> = {}): Lesson {
  const until = START + DAYS * DAY;
  const weeks = openWeeks({ until, seed: "s", columns: COLUMNS });
  const next = draws(11);
  for (let lead = 0; lead < leads; lead += 1) {
    const came = START + Math.floor(next() * 120) * DAY;
    const { every, stays } = life(next);
    const events: LeadEvent[] = [happened("contact.created", came, { createdAt: came, source: "Zillow" })];
    for (
      let at = came + next() * every * DAY;
      at < Math.min(until, came + stays * DAY);
      at += (0.6 + 0.8 * next()) * every * DAY
    )
      events.push(happened("website_visit", Math.floor(at), { url: "https://homes.example.com/" }));
    weeks.add(`lead_${lead}`, events, PLAIN);
  }
  const examples = weeks.table();
  return {
    ...{ kind: "churn", seed: 7, examples, current: examples, horizon: COLD_DAYS * DAY },
    ...{ data: "0".repeat(64), features: "0".repeat(12), learn: learnPlainly, measure: measured },
    followed: { lost: weeks.lost(), stories: weeks.stories },
    ...more,
  };
}

/** Some come every day and are gone for good after a while; others come every third week, and stay. */
const slowOrFast: Life = (next) =>
  next() < 0.5 ? { every: 1, stays: 20 + 60 * next() } : { every: 20, stays: 60 + 400 * next() };
/** All alike: nothing tells who goes, but the silence itself. */
const alike: Life = (next) => ({ every: 8, stays: 20 + 100 * next() });

describe("a model of going cold", () => {
  test("takes over where it is better than silences and BG/NBD on later leads, and keeps by how much", async () => {
    const made = await teach(lessonOf(600, slowOrFast));
    if (made.outcome !== "trained") throw new Error(made.detail);
    const { metrics, verdict } = made.model;
    expect(verdict?.bars.find(({ bar }) => bar === "baselines")).toMatchObject({ outcome: "passed" });
    expect(verdict?.bars.find(({ bar }) => bar === "better")?.says).toContain(
      "the rate of silences (Kaplan and Meier)'s",
    );
    const last = metrics.cold?.horizons.at(-1);
    expect(last?.less.silences.low).toBeGreaterThan(0);
    expect(last?.by.model.auc?.low).toBeGreaterThan(last?.by.silences.auc?.value as number);
    expect(metrics.cold?.from).toBeGreaterThan(made.model.learned.until + COLD_DAYS * DAY);
  });

  test("does not take over where silence tells all that there is, and says what it was held against", async () => {
    const made = await teach(lessonOf(400, alike));
    if (made.outcome !== "trained") throw new Error(made.detail);
    expect(made.model.verdict?.promoted).toBe(false);
    // against the base rate it would be better: it knows of the silence
    expect(made.model.verdict?.bars.find((one) => one.bar === "better")).toMatchObject({ outcome: "failed" });
    const bar = made.model.verdict?.bars.find((one) => one.bar === "baselines");
    expect(bar).toMatchObject({ outcome: "failed" });
    expect(bar?.says).toMatch(
      /^Brier score within 30 days is lower than that of the rate of silences \(Kaplan and Meier\)'s by -?[\d.]+ \(95 % .*\), and of BG\/NBD's by /,
    );
  });

  test("is refused, in numbers, from 0, 10 and 100 leads", async () => {
    for (const leads of [0, 10, 100])
      expect(await teach(lessonOf(leads, slowOrFast))).toEqual({
        outcome: "too_little",
        detail: expect.stringMatching(
          /^Too little to learn from: \d+ of 200 outcomes, \d+( of 30)? that went cold\. Until then the rate of silences answers, where enough leads tell of it\.$/,
        ),
      });
  });

  test("is refused where nobody went cold, and where everybody did", async () => {
    expect(await teach(lessonOf(400, () => ({ every: 3, stays: 1_000 })))).toMatchObject({
      detail: expect.stringContaining(", 0 of 30 that went cold."),
    });
    expect(await teach(lessonOf(400, () => ({ every: 3, stays: 0 })))).toMatchObject({
      detail: expect.stringMatching(/^Nothing to tell apart: \d+ leads went cold, 0 of 30 did not\./),
    });
  });
});

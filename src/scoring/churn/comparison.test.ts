import { describe, expect, it } from "vitest";
import { DAY } from "../../kernel/time.ts";
import { draws } from "../learn/draws.ts";
import { baselinesOf, type LeadStory } from "./baselines.ts";
import { alive, still } from "./bg-nbd.ts";
import { compare, type Look } from "./comparison.ts";
import { coldSentences } from "./comparison-words.ts";
import { silenceRate, silencesOf } from "./silence.ts";
import { storyUntil } from "./weeks.ts";

const UNTIL = 200 * DAY;
const CUT = 100 * DAY;

/** Acts every so many days until it is gone; half of the leads have gone by day 110. */
function storiesOf(leads: number, gone: (roll: number) => number, every = 6, seed = 3): Map<string, LeadStory> {
  const next = draws(seed);
  return new Map(
    Array.from({ length: leads }, (_, lead) => {
      const came = next() * 20 * DAY;
      const last = gone(next()) * DAY;
      const acts: number[] = [];
      for (let at = came + next() * every * DAY; at < last; at += (0.5 + next()) * every * DAY) acts.push(at);
      const source = lead % 2 === 0 ? "portal" : "referral";
      return [`lead_${lead}`, { came, acts: acts.filter((at) => at < UNTIL), until: UNTIL, source }];
    }),
  );
}
const half = (roll: number) => (roll < 0.5 ? 60 + 100 * roll : 1_000);

const baselinesAt = (stories: ReadonlyMap<string, LeadStory>, cut = CUT) =>
  baselinesOf([...stories.values()].map((story) => storyUntil(story, cut)).filter((one) => one !== undefined));

/** Weekly looks after the cut, with the chance that is given. */
const looksOf = (stories: ReadonlyMap<string, LeadStory>, chance: (story: LeadStory, at: number) => number): Look[] =>
  [...stories].flatMap(([lead, story]) =>
    Array.from({ length: 9 }, (_, week) => CUT + (1 + 7 * week) * DAY).map((at) => ({
      ...{ lead, at, chance: chance(story, at) },
    })),
  );

/** Knows what comes. */
const omniscient = ({ acts }: LeadStory, at: number) => {
  const last = acts.findLast((act) => act <= at) ?? 0;
  return acts.some((act) => act > at && act < last + 30 * DAY) ? 0.02 : 0.98;
};

describe("what answers without learning", () => {
  it("is, of silences, what is told where there is no model: of the segment, else of all", () => {
    const stories = storiesOf(300, half);
    stories.set("lead_1", { ...(stories.get("lead_1") as LeadStory), source: "walked in" });
    const known = [...stories.values()].map((story) => storyUntil(story, CUT) as LeadStory);
    const baselines = baselinesAt(stories);
    const portal = silencesOf(known.filter(({ source }) => source === "portal"));
    for (const idle of [3, 8]) {
      const told = silenceRate(idle, portal, silencesOf(known));
      expect(told?.of).toBe("segment");
      expect(baselines.silences(idle, "portal")).toBeCloseTo(told?.value as number, 9);
      const all = silenceRate(idle, undefined, silencesOf(known))?.value as number;
      for (const source of ["walked in", "nobody came so"])
        expect(baselines.silences(idle, source)).toBeCloseTo(all, 9);
    }
  });

  it("is, by BG/NBD, the chance of keeping still until the silence has come to 30 days", () => {
    const { bgNbd, fitted } = baselinesAt(storiesOf(300, half));
    const story = { came: 0, acts: [4, 8, 12].map((day) => day * DAY), until: 20 * DAY };
    expect(bgNbd(story, 8)).toBeCloseTo(still(fitted, { x: 3, tx: 12, T: 20 }, 22), 12);
    expect(bgNbd(story, 8)).toBeGreaterThan(1 - alive(fitted, { x: 3, tx: 12, T: 20 }));
  });
});

describe("a model of going cold beside what answers without one", () => {
  it("is shown to be better where it is, and not where it says what silences say", () => {
    const stories = storiesOf(300, half);
    const baselines = baselinesAt(stories);
    const good = compare(looksOf(stories, omniscient), stories, baselines)?.horizons.at(-1);
    expect(good).toMatchObject({ days: 30 });
    expect(good?.by.model.auc?.value).toBeGreaterThan(0.99);
    expect(good?.less.silences.low).toBeGreaterThan(0);
    expect(good?.less.bgNbd.low).toBeGreaterThan(0);
    const same = compare(
      looksOf(stories, (story, at) => {
        const last = story.acts.findLast((act) => act <= at) ?? story.came;
        return baselines.silences((at - last) / DAY, story.source);
      }),
      stories,
      baselines,
    )?.horizons.at(-1);
    expect(same?.less.silences).toEqual({ value: 0, low: 0, high: 0 });
    expect(same?.by.model).toEqual(same?.by.silences);
  });

  it("counts leads, not looks: of looks that were taken twice the intervals are the same", () => {
    const stories = storiesOf(120, half);
    const baselines = baselinesAt(stories);
    const looks = looksOf(stories, omniscient);
    const [once, twice] = [looks, [...looks, ...looks]].map((all) => compare(all, stories, baselines)?.horizons.at(-1));
    expect(twice?.looks).toBe(2 * (once?.looks as number));
    expect(twice?.leads).toBe(once?.leads);
    expect(twice?.by.model.brier.high).toBeCloseTo(once?.by.model.brier.high as number, 9);
    expect(twice?.less.silences.low).toBeCloseTo(once?.less.silences.low as number, 9);
  });

  it("is judged on leads that were not cold, by the horizon on those that can be by then", () => {
    const stories = storiesOf(120, half);
    const metrics = compare(looksOf(stories, omniscient), stories, baselinesAt(stories));
    expect(metrics?.horizons.map(({ days }) => days)).toEqual([7, 14, 30]);
    const counts = metrics?.horizons.map(({ looks }) => looks) as number[];
    expect(counts[0]).toBeLessThan(counts[2] as number);
    // after day 30 of silence nobody is looked at any more
    expect(counts[2]).toBeLessThan(120 * 9);
    expect(metrics && coldSentences(metrics)).toHaveLength(3);
    expect(metrics && coldSentences(metrics)[2]).toMatch(
      /^Within 30 days, of those who can \(\d+ looks at \d+ leads, [\d.]+ % go cold\): AUC [\d.]+ \([\d.]+ to [\d.]+\), Brier score [\d.]+; the rate of silences \(Kaplan and Meier\) AUC/,
    );
  });

  it("has no AUC above 1 in its interval, of however few leads", () => {
    const stories = storiesOf(24, half);
    const mistaken = stories.get("lead_3");
    const chance = (story: LeadStory, at: number) =>
      story === mistaken ? 1 - omniscient(story, at) : omniscient(story, at);
    const { auc } = compare(looksOf(stories, chance), stories, baselinesAt(stories))?.horizons.at(-1)?.by.model ?? {};
    expect(auc?.low).toBeLessThan(auc?.value as number);
    expect(auc).toMatchObject({ high: 1 });
    expect(auc?.value).toBeLessThan(1);
  });

  it("has no AUC, and a Brier score, where nobody goes cold, and where everybody does", () => {
    const nobody = storiesOf(100, () => 1_000);
    const stayed = compare(
      looksOf(nobody, () => 0.1),
      nobody,
      baselinesAt(nobody),
    )?.horizons.at(-1);
    expect(stayed).toMatchObject({ cold: 0, rate: 0 });
    expect(stayed?.by.model.auc).toBeUndefined();
    expect(stayed?.by.model.brier.value).toBeCloseTo(0.01, 9);
    const everybody = storiesOf(100, () => 101);
    const gone = compare(
      looksOf(everybody, () => 0.9),
      everybody,
      baselinesAt(everybody),
    )?.horizons.at(-1);
    expect(gone).toMatchObject({ rate: 1 });
    expect(gone?.by.model.auc).toBeUndefined();
  });

  it("is nothing without a look to judge by", () => {
    const stories = storiesOf(10, half);
    expect(compare([], stories, baselinesAt(stories))).toBeUndefined();
  });
});

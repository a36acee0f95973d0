import { describe, expect, test } from "vitest";
import { eventAt, introduced, NOON, type Played, play, published, sceneOf, viewed } from "../../test/turn.ts";
import { DAY, HOUR, type Instant, MINUTE } from "../kernel/time.ts";
import type { TurnOutcome } from "./index.ts";

const stage = async (text: string, publishedAt?: Instant): Promise<Played> =>
  play(await sceneOf(published(text, publishedAt)));
const types = (outcome: TurnOutcome) => outcome.events.map(({ type }) => type);
const tags = (outcome: TurnOutcome) =>
  outcome.queued.flatMap(({ row }) => (row.kind === "tag" ? (row.body["add"] as string[]) : []));
/** NOON is a Wednesday, 14:00 in New York. */
const THURSDAY_9: Instant = NOON + 19 * HOUR;

const WEEKLY = `
workflow: weekly
enroll: { when: [ { schedule: { days: [thu], at: "09:00" } } ], if: { contact.city: Austin }, again: always }
steps: [ { id: hello, tag: weekly } ]`;

describe("a schedule", () => {
  test("takes in, at its local time, a lead for whom the if holds, and says so in the log", async () => {
    const lead = await stage(WEEKLY);
    lead.turn(NOON, introduced(NOON, { city: "Austin" }));
    expect(lead.dueAt()).toBe(THURSDAY_9);
    const came = lead.until(THURSDAY_9).at(-1) as TurnOutcome;
    expect(tags(came)).toEqual(["weekly"]);
    expect(types(came)).toContain("schedule");
    expect(lead.until(THURSDAY_9 + 6 * DAY).flatMap(tags)).toEqual([]);
    expect(lead.until(THURSDAY_9 + 7 * DAY).flatMap(tags)).toEqual(["weekly"]);
  });

  test("leaves no line of a lead for whom it does not", async () => {
    const lead = await stage(WEEKLY);
    lead.turn(NOON, introduced(NOON, { city: "Boston" }));
    const came = lead.until(THURSDAY_9).at(-1) as TurnOutcome;
    expect([came.decisions, came.events, came.runs]).toEqual([[], [], []]);
    expect(lead.dueAt()).toBeLessThanOrEqual(THURSDAY_9 + 7 * DAY);
  });

  test("that was missed several times comes once, the latest", async () => {
    const lead = await stage(WEEKLY);
    lead.turn(NOON, introduced(NOON, { city: "Austin" }));
    const late = lead.turn(THURSDAY_9 + 15 * DAY);
    expect(tags(late)).toEqual(["weekly"]);
    expect(late.events.filter(({ type }) => type === "schedule").map(({ at }) => at)).toEqual([THURSDAY_9 + 14 * DAY]);
  });

  test("from before its publication, or before the lead, does not come", async () => {
    const lead = await stage(WEEKLY.replace("thu", "wed").replace("09:00", "13:30"), NOON - 30 * DAY);
    const first = lead.turn(NOON, introduced(NOON, { city: "Austin" }));
    expect(tags(first)).toEqual([]);
    expect(tags(lead.turn(NOON + MINUTE))).toEqual([]);
  });
});

describe("a date of the lead's own", () => {
  const DATED = `
workflow: renewal
enroll: { when: [ { date.reached: { field: contact.birthday, offset: -2d, at: "10:00" } } ], if: { contact.tags: { not_contains: Gone, if_missing: true } } }
steps: [ { id: hello, tag: soon } ]`;
  const born = (at: Instant, birthday: string) => introduced(at, { birthday });
  const REACHED: Instant = Date.UTC(2026, 10, 23, 15);

  test("is reached once, so far from it, at a local time", async () => {
    const lead = await stage(DATED);
    lead.turn(NOON, born(NOON, "2026-11-25"));
    expect(lead.until(REACHED - 1).flatMap(tags)).toEqual([]);
    expect(lead.until(REACHED).flatMap(tags)).toEqual(["soon"]);
    expect(lead.until(REACHED + 40 * DAY).flatMap(tags)).toEqual([]);
  });

  test("that moves is looked at anew, and one that is over already is not", async () => {
    const lead = await stage(DATED);
    lead.turn(NOON, born(NOON, "2026-11-25"));
    lead.turn(NOON + HOUR, born(NOON + HOUR, "2026-11-28"));
    expect(lead.until(REACHED + DAY).flatMap(tags)).toEqual([]);
    lead.turn(REACHED + DAY, born(REACHED + DAY, "2026-11-20"));
    expect(lead.until(REACHED + 40 * DAY).flatMap(tags)).toEqual([]);
  });
});

describe("a score that a workflow waits for", () => {
  test("is told when it is crossed, upwards and downwards", async () => {
    const lead = await stage(`
workflow: up
enroll: { when: { score.crossed: { above: 0.4 } } }
steps: [ { id: warm, tag: warm } ]
---
workflow: down
enroll: { when: { score.crossed: { below: 0.4 } } }
steps: [ { id: cold, tag: cold } ]`);
    expect(tags(lead.turn(NOON, introduced()))).toEqual([]);
    const views = ["a", "b", "c"].map((id, index) => viewed(NOON + HOUR + index, id));
    expect(tags(lead.turn(NOON + HOUR + 3, ...views))).toEqual(["warm"]);
    expect(lead.until(NOON + 40 * DAY).flatMap(tags)).toEqual(["cold"]);
  });
});

describe("a segment", () => {
  const SEGMENTS = `
segments:
  austin: { name: Austin, if: { contact.city: Austin } }
  active: { name: Active, if: { behavior.property_view: { count: 2, within: 3d } } }
  quiet: { name: Quiet, if: { lead.idle: { at_least: 5d } } }
---
workflow: greet
enroll: { when: { segment.entered: { segment: austin } } }
steps: [ { id: hello, tag: greeted } ]`;

  test("is entered and left with the facts, which workflows hear in the same turn", async () => {
    const lead = await stage(SEGMENTS);
    const outcome = lead.turn(NOON, introduced(NOON, { city: "Austin" }));
    expect(types(outcome)).toContain("segment.entered");
    expect(tags(outcome)).toEqual(["greeted"]);
    expect(outcome.segments).toEqual({ entered: [{ segment: "austin", since: NOON }], left: [] });
    const left = lead.turn(NOON + HOUR, introduced(NOON + HOUR, { city: "Boston" }));
    expect(types(left)).toContain("segment.left");
    expect(left.segments).toEqual({ entered: [], left: ["austin"] });
  });

  test("that is left, and no other, is what a workflow hears that names it", async () => {
    const lead = await stage(`${SEGMENTS}
---
workflow: farewell
enroll: { when: { segment.left: { segment: austin } }, again: always }
steps: [ { id: bye, tag: moved } ]`);
    lead.turn(NOON, introduced(NOON, { city: "Austin" }), viewed(NOON, "a"), viewed(NOON + 1, "b"));
    const later = lead.until(NOON + 4 * DAY);
    expect(later.flatMap(types)).toContain("segment.left");
    expect(later.flatMap(tags)).toEqual([]);
    expect(tags(lead.turn(NOON + 4 * DAY, introduced(NOON + 4 * DAY, { city: "Boston" })))).toEqual(["moved"]);
  });

  test("changes at the instant at which the clock alone changes it", async () => {
    const lead = await stage(SEGMENTS);
    lead.turn(NOON, introduced(), viewed(NOON, "a"), viewed(NOON + 1, "b"));
    const turns = lead.until(NOON + 6 * DAY);
    const moves = turns.flatMap(({ events }) =>
      events.flatMap(({ type, at, data }) => (type.startsWith("segment.") ? [[type, data["segment"], at - NOON]] : [])),
    );
    expect(moves).toEqual([
      ["segment.left", "active", 3 * DAY + 1],
      ["segment.entered", "quiet", 5 * DAY + 1],
    ]);
  });

  test("that is new finds its members without telling anybody that they came", async () => {
    const lead = await stage("workflow: none\nsteps: [ { id: a, tag: a } ]");
    lead.turn(NOON, introduced(NOON, { city: "Austin" }));
    lead.scene = await sceneOf(published(SEGMENTS, NOON + HOUR));
    const learned = lead.turn(NOON + 2 * HOUR);
    expect(types(learned)).toEqual([]);
    expect(learned.segments).toEqual({ entered: [{ segment: "austin", since: NOON + HOUR }], left: [] });
    const moved = lead.turn(NOON + 3 * HOUR, introduced(NOON + 3 * HOUR, { city: "Boston" }));
    expect(types(moved)).toContain("segment.left");
  });

  test("that is gone has no members, and nobody left it", async () => {
    const lead = await stage(SEGMENTS);
    lead.turn(NOON, introduced(NOON, { city: "Austin" }));
    const next = await sceneOf(published("workflow: none\nsteps: [ { id: a, tag: a } ]", NOON + HOUR));
    lead.scene = { ...next, plans: new Map([...lead.scene.plans, ...next.plans]) };
    const after = lead.turn(NOON + 2 * HOUR, eventAt(NOON + 2 * HOUR, "note.added"));
    expect(types(after)).toEqual([]);
    expect(after.segments).toEqual({ entered: [], left: ["austin"] });
  });
});

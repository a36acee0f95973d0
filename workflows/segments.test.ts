// Segments by what leads do, as we ship them: who comes in, and who goes again by the clock alone.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { eventAt, introduced, NOON, play, published, sceneOf, viewed } from "../test/turn.ts";
import type { LeadEvent } from "../src/events/index.ts";
import { DAY, HOUR } from "../src/kernel/time.ts";

const text = readFileSync(new URL("segments.yaml", import.meta.url), "utf8");

const views = (ids: readonly string[], price?: number) =>
  ids.map((id, n) => {
    const at = NOON + (n + 1) * HOUR;
    return price === undefined ? viewed(at, id) : eventAt(at, "property_view", { property: { id, price } });
  });
const read = (document: string) => eventAt(NOON + HOUR, "document.downloaded", { document });

async function inSegments(events: readonly LeadEvent[], tags: readonly string[] = [], after = 12 * HOUR) {
  const lead = play(await sceneOf(published(text)));
  lead.turn(NOON, introduced(NOON, { tags: [...tags] }));
  for (const event of events) lead.turn(event.at, event);
  lead.until(NOON + after);
  const last = lead.outcomes.at(-1);
  return Object.keys(last?.state.segments?.in ?? {}).sort();
}

describe("a lead is in a segment for what it does", () => {
  test.each([
    ["nothing: in none", [], []],
    ["three homes of a million or more", views(["a", "b", "c"], 1_200_000), ["luxury_lookers"]],
    ["three cheaper ones: in none", views(["a", "b", "c"], 400_000), []],
    ["one home three times", views(["a", "a", "a"]), ["set_on_one_home"]],
    ["eight homes", views(["a", "b", "c", "d", "e", "f", "g", "h"]), ["comparing_homes"]],
    ["a guide to cap rates", [read("guides/cap-rates.pdf")], ["investors"]],
    ["a guide to what one can afford", [read("affordability")], ["first_time_buyers"]],
    ["some other document: in none", [read("floor-plan")], []],
  ])("%s", async (_, events, entered) => {
    expect(await inSegments(events)).toEqual(entered);
  });

  test("or for what an agent has said of it", async () => {
    expect(await inSegments([], ["Investor"])).toEqual(["investors"]);
  });

  test("and leaves it by the clock alone", async () => {
    expect(await inSegments(views(["a", "a", "a"]), [], 15 * DAY)).toEqual([]);
  });
});

test("no segment we ship asks for who a lead is: only for acts and tags", () => {
  const { segments } = published(text);
  const asked = JSON.stringify(segments).match(/"subject":"([^"]+)"/g) ?? [];
  expect(asked.every((subject) => subject === '"subject":"contact.tags"' || /"subject":"(event|property|document)/.test(subject))).toBe(true);
});

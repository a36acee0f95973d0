// A wait for the best hour in a whole turn: by what the location's messages say, by what the lead does, or by neither.

import { describe, expect, test } from "vitest";
import { introduced, LEAD, NOON, play, published, sceneOf, viewed } from "../../test/turn.ts";
import { words } from "../insights/words.ts";
import { DAY, HOUR, MINUTE } from "../kernel/time.ts";
import { localTime } from "../kernel/zone.ts";
import type { SlotCounts } from "../scoring/index.ts";
import type { TurnOutcome } from "./index.ts";

const ZONE = "America/New_York";
const WAITS = `
workflow: patient
enroll: { when: contact.created }
steps:
  - { id: moment, wait: { best_time: 24h, spread: 0s } }
  - { id: then, tag: reached }`;

const even = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`sms/d${n}`, [500, 25] as const]));
const evenings: SlotCounts = { ...even, "sms/d9": [500, 150] };

async function waited(
  slots: SlotCounts | undefined,
  settings = "",
  acts = 0,
  house: Parameters<typeof sceneOf>[1] = {},
) {
  const lead = play(await sceneOf(published(`${WAITS}${settings}`), house));
  lead.scene = { ...lead.scene, ...(slots === undefined ? {} : { slots }) };
  const views = Array.from({ length: acts }, (_, n) => viewed(NOON - n * DAY - 3 * HOUR, `home-${n}`));
  const outcome = lead.turn(NOON, ...views, introduced());
  return { outcome };
}

function until({ runs }: TurnOutcome): number {
  const parked = runs[0]?.parked;
  if (parked?.on !== "wait") throw new Error("the run does not wait");
  return parked.until;
}
const chosen = ({ decisions }: TurnOutcome) =>
  decisions.flatMap(({ links }) => links).find(({ code }) => code === "wait.best");
const found = ({ record }: TurnOutcome) =>
  record.inputs.flatMap((input) => ("found" in input ? [input["found"] as { slots?: unknown }] : []));

describe("a wait for the best hour", () => {
  test("takes two hours in which the location's leads answer, and records by what", async () => {
    const { outcome } = await waited(evenings);
    const { weekday, minute } = localTime(until(outcome), ZONE);
    expect([weekday, Math.floor(minute / 120)]).toEqual([3, 9]);
    expect(chosen(outcome)?.values).toMatchObject({
      hour: "location",
      slot: "weekdays 18:00 to 20:00",
      sent: 500,
      answered: 150,
      all_sent: 6000,
    });
    expect(found(outcome)).toContainEqual(expect.objectContaining({ slots: evenings }));
  });

  test("says so in words, with the figures", async () => {
    const { outcome } = await waited(evenings);
    const link = chosen(outcome);
    if (link === undefined) throw new Error("no hour was taken");
    const context = { now: NOON, zone: ZONE, leadName: "Ada", workflow: (id: string) => id };
    const { line, note } = words(link.code, link.values, context);
    expect(line).toContain("takes weekdays 18:00 to 20:00, drawn by how messages are answered at this location");
    expect(note).toBe("150 of 500 answered then, 425 of 6000 at all hours · too little is known of this lead itself");
  });

  test("takes the same hour again from the same facts", async () => {
    const [one, other] = [await waited(evenings), await waited(evenings)];
    expect(until(one.outcome)).toBe(until(other.outcome));
  });

  test("writes in nobody's night, and not in quiet hours, the folder's or the location's own", async () => {
    const nights: SlotCounts = { ...even, "sms/d0": [500, 400], "sms/d11": [500, 400], "sms/d9": [500, 150] };
    const awake = await waited(nights);
    expect(Math.floor(localTime(until(awake.outcome), ZONE).minute / 120)).toBe(9);
    const folder = "\n---\nsettings: { quiet_hours: 18:00-20:00 }";
    const location = { quietHours: [{ from: 18 * 60, to: 20 * 60 }] };
    for (const quiet of [await waited(nights, folder), await waited(nights, "", 0, location)]) {
      const { minute } = localTime(until(quiet.outcome), ZONE);
      expect(minute < 18 * 60 || minute >= 20 * 60).toBe(true);
    }
  });

  test("keeps to the quiet hours of the folder and of the location at once", async () => {
    const hours: SlotCounts = { ...even, "sms/d9": [500, 150], "sms/d8": [500, 140] };
    const both = await waited(hours, "\n---\nsettings: { quiet_hours: 18:00-20:00 }", 0, {
      quietHours: [{ from: 16 * 60, to: 18 * 60 }],
    });
    const { minute } = localTime(until(both.outcome), ZONE);
    expect(minute < 16 * 60 || minute >= 20 * 60).toBe(true);
  });

  test("goes by the lead's own acts where the location has sent too little, and by open hours where nothing is known", async () => {
    const acted = await waited({ "sms/d1": [10, 5] }, "", 8);
    expect(chosen(acted.outcome)?.values).toMatchObject({ hour: "own" });
    expect(chosen(acted.outcome)?.values).not.toHaveProperty("slot");
    const unknown = await waited(undefined);
    expect(chosen(unknown.outcome)?.values).toMatchObject({ hour: "fallback" });
    expect(found(unknown.outcome)).toEqual([]);
  });
});

describe("a message's hour", () => {
  test("is counted for the lead and for the location, where it was in the lead's day", async () => {
    const text = `
workflow: hello
enroll: { when: contact.created }
steps: [ { id: hi, send: hi } ]
---
templates: { hi: { sms: Hello } }`;
    const lead = play(await sceneOf(published(text)));
    lead.turn(NOON, introduced());
    const row = lead.rows()[0];
    if (row === undefined) throw new Error(`nothing was written to ${LEAD}`);
    const sent = lead.left(NOON + MINUTE, row, "accepted", "accepted");
    expect(sent.state.slots).toEqual({ "sms/d7": [1, 0] });
    expect(sent.deltas).toContainEqual(
      expect.objectContaining({ metric: "slot.sent", dimension: "sms/d7", amount: 1 }),
    );
  });
});

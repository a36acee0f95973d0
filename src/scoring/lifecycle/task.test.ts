import { describe, expect, test } from "vitest";
import { happened } from "../../../test/player.ts";
import type { LeadEvent } from "../../events/index.ts";
import { DAY } from "../../kernel/time.ts";
import { PLAIN } from "../features/tally.ts";
import { readExamples } from "./task.ts";

const noon = Date.UTC(2026, 0, 5, 12);
const now = noon + 40 * DAY;
const of = (lead: string, ...events: readonly LeadEvent[]) => events.map((event) => ({ ...event, lead }));
const visits = [0, 10, 20, 30].map((day) => happened("website_visit", noon + day * DAY, { url: "/" }));
const owned = happened("crm.contact", noon, { asOf: noon, createdAt: noon, contact: { assignedTo: "ana" } });
const booked = (start: number) =>
  happened("appointment.booked", noon + 35 * DAY, { appointment: { id: "x" }, start: noon + start * DAY });

async function leadsOfNow(kind: "chance" | "churn", log: readonly LeadEvent[]) {
  const task = { location: "here", kind, seed: 1, now, locations: [] };
  const readPage = () => async (after: unknown) => (after === undefined ? log : []);
  const { current } = await readExamples(task, { readPage, reading: async () => PLAIN, tell: () => undefined });
  return current;
}

describe("the leads of now", () => {
  test("are with those who have them, whose outcomes move their chances in turns, too", async () => {
    const { leads, owner, owners } = await leadsOfNow("chance", [
      ...of("ada", owned, ...visits),
      ...of("bo", ...visits),
    ]);
    expect(leads).toEqual(["ada", "bo"]);
    expect(Array.from(owner, (place) => owners[place])).toEqual(["ana", undefined]);
  });

  test("are those that a turn foretells a booking of: none with an appointment ahead, those with one behind", async () => {
    const log = [...of("ada", ...visits, booked(45)), ...of("bo", ...visits, booked(38)), ...of("cy", ...visits)];
    expect((await leadsOfNow("chance", log)).leads).toEqual(["bo", "cy"]);
    expect((await leadsOfNow("churn", log)).leads).toEqual(["ada", "bo", "cy"]);
  });
});

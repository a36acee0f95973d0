// What a model learns of a lead is what a turn sees of it: the same figures at the same instant, out of the same log.

import { beforeEach, describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { openPlace, placePerTest } from "../../test/turns.ts";
import { DAY, HOUR, type Instant } from "../kernel/time.ts";
import { openRenderer } from "../outreach/index.ts";
import { churnColumns, columnsFor, type Examples, POOLED, rowAt, type Tally } from "../scoring/index.ts";
import type { Column } from "../scoring/learn/model.ts";
import { readExamples } from "../scoring/lifecycle/task.ts";
import { openCatalogs } from "../tenancy/index.ts";
import { openPlaces, openScenes } from "../turns/index.ts";
import { openPublications } from "../workflows/index.ts";
import { trainingNeeds } from "./training-needs.ts";

const CAME = Date.UTC(2026, 10, 2, 15);
const FOLDER = `
events: { tour.watched: { weight: 0.6, properties: { property.id: text } } }
fields: { contact.custom.timeline: { type: text, crm: contact.q_7 } }
`;

const db = databasePerFile();
const place = placePerTest(db, CAME);
let scenes: ReturnType<typeof openScenes>;
beforeEach(async () => {
  await place.publish(FOLDER);
  await place.rows(
    `insert into catalog (location_id, kind, item_id, data, as_of)
     values ($1, 'field', 'f_9xTqA', '{"key": "contact.q_7"}', now()),
            ($1, 'field', 'f_9xTqB', '{"key": "contact.pre_approved"}', now())`,
  );
  const catalogs = openCatalogs({ database: db.database, clock: place.clock, ask: async () => undefined });
  await catalogs.refresh(place.location);
  scenes = openScenes({
    publications: openPublications(),
    place: openPlaces({ get: () => undefined }, catalogs),
    renderer: openRenderer(),
    addressKey: "key",
  });
});

/** Goes on to an instant, and takes what waits. */
async function until(at: Instant): Promise<Tally> {
  place.clock.at = at;
  await place.run({ scenes });
  const [row] = await place.rows<{ tally: Tally }>(
    "select data -> 'tally' as tally from lead_state where location_id = $1 and lead_id = 'ada'",
  );
  return row?.tally as Tally;
}

/** Ada comes, says when she wants to move, and watches tours on the team's site: that is all she ever does. */
async function adaComes(): Promise<void> {
  const contact = { name: "Ada", tags: [], custom: { f_9xTqA: "90 days", f_9xTqB: "Yes" } };
  const data = { change: "create", asOf: CAME, createdAt: CAME, contact };
  await place.mail({ lead: "ada", type: "crm.contact", data });
  await until(CAME);
}
const watched = (lead: string, at: Instant) => {
  place.clock.at = at;
  return place.mail({ lead, type: "tour.watched", data: { "property.id": "home" } });
};

const asked = (kind: "chance" | "churn", now: Instant) => ({
  location: place.location,
  kind,
  seed: 1,
  now,
  locations: [],
});
/** As the thread of a training reads. */
const trains = (location = place.location) => trainingNeeds(db.database, { location, kind: "chance" });
const read = (task: Parameters<typeof readExamples>[0]) =>
  readExamples(task, { ...trains().train, tell: () => undefined });

const cellsOf = ({ columns, cells }: Examples, row: number) =>
  Object.fromEntries(columns.map(({ name }, place) => [name, cells[place]?.[row]]));
const seen = (tally: Tally, at: Instant, columns: readonly Column[]) => {
  const row = rowAt(tally, at, columns);
  return Object.fromEntries(columns.map(({ name }, place) => [name, row[place]]));
};

describe("a row to learn from", () => {
  test("is what the turn saw at its instant: the folder's own acts, and fields under the CRM's ids", async () => {
    await adaComes();
    await watched("ada", CAME + 20 * HOUR);
    const then = await until(CAME + DAY);
    await watched("ada", CAME + 39 * DAY);
    const now = CAME + 40 * DAY;
    const today = await until(now);

    const { examples, current } = await read(asked("chance", now));
    const first = seen(then, CAME + DAY, columnsFor("score"));
    expect(first["idle_days"]).toBeCloseTo(4 / 24, 5);
    expect(first["months_to_move"]).toBeCloseTo((90 - 1) / 30.44, 1);
    expect(first["pre_approved"]).toBe(1);
    expect(examples.at[0]).toBe(CAME + DAY);
    expect(cellsOf(examples, 0)).toEqual(first);
    expect(cellsOf(current, 0)).toEqual(seen(today, now, columnsFor("score")));
  });

  test("of going cold is so, too, and the silence it tells of is that of the folder's own acts", async () => {
    await adaComes();
    await watched("ada", CAME + 20 * HOUR);
    const then = await until(CAME + 7 * DAY);
    await watched("ada", CAME + 20 * DAY);
    const { examples } = await read(asked("churn", CAME + 60 * DAY));
    const row = examples.at.indexOf(CAME + 7 * DAY);
    const told = cellsOf(examples, row);
    expect(told).toEqual({ ...seen(then, CAME + 7 * DAY, churnColumns()), week: told["week"] });
    // back on day 20, so the silence of day 7 never came to 30 days
    expect(examples.labels[row]).toBe(0);
  });

  test("is there once an appointment is over, as the turn foretells the next one; none while it stands", async () => {
    await adaComes();
    const visit = (at: Instant, status: string) => {
      place.clock.at = at;
      const appointment = { id: "visit", status, start: CAME + 12 * DAY, end: CAME + 12 * DAY + HOUR };
      return place.mail({ lead: "ada", type: "crm.appointment", data: { change: "update", asOf: at, appointment } });
    };
    await visit(CAME + 5 * DAY, "confirmed");
    await until(CAME + 5 * DAY);
    await visit(CAME + 13 * DAY, "showed");
    await until(CAME + 13 * DAY);
    const { examples } = await read(asked("chance", CAME + 60 * DAY));
    const days = Array.from(examples.at, (at) => (at - CAME) / DAY);
    expect(days.filter((day) => day > 5 && day <= 12)).toEqual([]);
    const row = days.findIndex((day) => day > 13);
    const at = examples.at[row] as Instant;
    expect(cellsOf(examples, row)).toEqual(seen(await until(at), at, columnsFor("score")));
    expect(cellsOf(examples, row)).toMatchObject({ appointments: 1, appointments_held: 1 });
  });

  test("of all locations together is read by each location's own folder and fields", async () => {
    await adaComes();
    await watched("ada", CAME + 20 * HOUR);
    const then = await until(CAME + DAY);
    const other = await openPlace(db, CAME);
    const locations = [other.location, place.location];
    const task = { ...asked("chance", CAME + 40 * DAY), location: POOLED, locations };
    const { examples } = await read(task);
    expect(cellsOf(examples, 0)).toEqual(seen(then, CAME + DAY, columnsFor("score")));
  });
});

describe("the rules, where a first model is held against them", () => {
  test("count what the location's turns count", async () => {
    await adaComes();
    for (const hours of [18, 19, 20]) await watched("ada", CAME + hours * HOUR);
    place.clock.at = CAME;
    await place.mail({ lead: "bo", type: "contact.created", data: { createdAt: CAME } });
    await until(CAME + DAY);
    const { examples } = await read(asked("chance", CAME + 40 * DAY));
    const rows = [examples.leads.indexOf("ada"), examples.leads.indexOf("bo")].map((lead) =>
      examples.lead.indexOf(lead),
    );
    const labels = Uint8Array.from(examples.labels, (_, row) =>
      examples.lead[row] === examples.lead[rows[0] as number] ? 1 : 0,
    );
    const chances = await trains().train.rules({ ...examples, labels }, examples);
    expect(chances[rows[0] as number]).toBeGreaterThan((chances[rows[1] as number] as number) + 0.01);
    // among the leads of all locations they are found by both names
    const all = { ...examples, labels, leads: examples.leads.map((lead) => `${place.location}/${lead}`) };
    expect(await trains(POOLED).train.rules(all, all)).toEqual(chances);
  });
});

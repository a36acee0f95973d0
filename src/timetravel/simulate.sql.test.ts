// A simulation with what is live at a location: its models score, and its hours are those at which its leads answered.

import { expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { newModel } from "../../test/kept-models.ts";
import { chanceOf } from "../../test/scorers.ts";
import { openPlace } from "../../test/turns.ts";
import { DAY } from "../kernel/time.ts";
import { localTime } from "../kernel/zone.ts";
import { crown, keepChallenger } from "../scoring/lifecycle/store.ts";
import { compile } from "../workflows/index.ts";
import { type LiveHere, liveHere, type Memory, openQueue, placeIn, simulate, type World } from "./index.ts";

const NOON = Date.UTC(2026, 10, 18, 19);
const ZONE = "America/New_York";
const PATIENT =
  "workflow: patient\nenroll: { when: contact.created }\nsteps: [ { id: moment, wait: { best_time: 24h } }, { tag: reached } ]";

const db = databasePerFile();

/** Ada comes, and the tag says when the best hour was. */
async function lived(live: LiveHere | undefined) {
  const queue = openQueue();
  const tagged: number[] = [];
  let memory: Memory | undefined;
  const contact = { name: "Ada", phone: "+12125550101", timezone: ZONE, dnd: { all: false, channels: {} }, tags: [] };
  const data = { change: "create", asOf: NOON, createdAt: NOON, contact: { ...contact, custom: {} } };
  const event = {
    id: "one",
    lead: "ada",
    type: "crm.contact",
    at: NOON,
    receivedAt: NOON,
    source: "crm",
    data,
  } as const;
  queue.add(NOON, "ada", { kind: "event", event });
  const world: World = {
    location: "simulation",
    place: placeIn(ZONE, "seed"),
    next: queue.next,
    take: queue.take,
    meet(met) {
      memory = met;
    },
    send: () => ({ taken: true }),
    write(_row, at) {
      tagged.push(at);
      return { taken: true };
    },
  };
  const { content } = compile([{ file: "patient.yaml", text: PATIENT }]);
  if (content === undefined) throw new Error("the workflow does not compile");
  const publication = { ...content, publishedAt: NOON - DAY };
  await simulate({ publication, world, from: NOON, days: 2, ...(live === undefined ? {} : { live }) });
  const { state, parked } = memory?.lead("ada") ?? {};
  expect(parked).toBeUndefined();
  return { model: state?.score.model, slots: tagged.map((at) => Math.floor(localTime(at, ZONE).minute / 120)) };
}

test("scores by the models that are live at the location, and waits for its best hours", async () => {
  const place = await openPlace(db, NOON);
  const live = await db.database.transaction([place.location], async (sql) => {
    const { id } = await keepChallenger(sql, place.location, newModel({ kind: "chance", ...chanceOf() }), NOON);
    await crown(sql, place.location, id, { by: "Ada", why: "test", now: NOON, replaced: null });
    await sql.query(
      `insert into slot_rate (location_id, slot, sent, answered)
       select $1, slot, 500, answered from unnest($2::text[], $3::int[]) as one (slot, answered)`,
      [
        place.location,
        Array.from({ length: 12 }, (_, slot) => `sms/d${slot}`),
        Array.from({ length: 12 }, (_, slot) => (slot === 9 ? 200 : 20)),
      ],
    );
    return liveHere(sql, place.location, (model, reason) => expect.unreachable(`${model} is refused: ${reason}`));
  });
  expect(await lived(live)).toEqual({ model: live.scorers?.id, slots: [9] });
  expect(live.scorers?.id).toMatch(/^[0-9a-f]{12}$/);
});

test("scores by the rules where no location is named, and nobody's hours are known", async () => {
  const { model, slots } = await lived(undefined);
  expect(model).toMatch(/^rules/);
  expect(slots).toHaveLength(1);
  expect(slots).not.toContain(9);
});

// What an audit of fairness reads, on a real database.

import { beforeAll, expect, test } from "vitest";
import { seedTown } from "../../test/brightwater.ts";
import { databasePerFile } from "../../test/database.ts";
import { LOCATION, seedEvent, seedMessage } from "../../test/seed.ts";
import { APPOINTMENT } from "../kernel/aim.ts";
import { DAY, MINUTE } from "../kernel/time.ts";
import { outcomesOf, scoredLeads, taughtBy, treatmentOf } from "./audited.ts";

const now = Date.UTC(2026, 2, 2, 15, 30);
const open = databasePerFile();

beforeAll(async () => {
  await seedTown(open.database, now);
});

const asked = <Row>(ask: (sql: Parameters<typeof scoredLeads>[0]) => Promise<Row>, location = LOCATION) =>
  open.database.transaction([location], ask);

const scored = (lead: string, data: object) =>
  asked((sql) =>
    sql.query(
      `insert into lead_state (location_id, lead_id, data) values ($1, $2, $3)
           on conflict (location_id, lead_id) do update set data = excluded.data`,
      [LOCATION, lead, JSON.stringify(data)],
    ),
  );

test("the scored leads of a location, with what moved their scores, and nobody else's", async () => {
  await scored("lead_maya", {
    scoredAt: now,
    score: { score: 0.8, tier: "hot", model: "rules-1", base: -1.4, reasons: [{ feature: "views", logOdds: 0.45 }] },
  });
  await scored("lead_lena", { score: { score: 0.2, tier: "cold", model: "rules-1", base: -1.4, chance: 0.02 } });
  await scored("lead_unheard_of", { score: { score: 0.2, tier: "cold", model: "rules-1" } });
  const rows = await asked((sql) => scoredLeads(sql, LOCATION));
  const of = (lead: string) => rows.find((row) => row.lead === lead);
  expect(of("lead_maya")).toEqual({
    lead: "lead_maya",
    score: 0.8,
    tier: "hot",
    model: "rules-1",
    scoredAt: now,
    chance: null,
    base: -1.4,
    reasons: [{ feature: "views", logOdds: 0.45 }],
    tally: null,
  });
  expect(of("lead_lena")).toMatchObject({ scoredAt: null, chance: 0.02, reasons: [] });
  expect(of("lead_unheard_of")).toBeUndefined();
  expect(await asked((sql) => scoredLeads(sql, "loc_other"), "loc_other")).toEqual([]);
});

test("how leads were treated: messages that left, and the time to the first answer of any kind", async () => {
  const came = now - 90 * MINUTE;
  await asked((sql) =>
    sql.query(
      `insert into lead (location_id, lead_id, seen_at, data)
       select $1, id, now(), jsonb_build_object('createdAt', $3::float8) from unnest($2::text[]) as id`,
      [LOCATION, ["lead_x", "lead_y", "lead_z"], came],
    ),
  );
  const at = (minutes: number) => came + minutes * MINUTE;
  for (const minutes of [7, 9]) {
    const delivery = { channel: "sms", acceptedAt: at(minutes) };
    await seedMessage(open.database, {
      lead: "lead_x",
      at: at(minutes),
      state: "accepted",
      delivery,
      text: `${minutes}`,
    });
  }
  await seedMessage(open.database, { lead: "lead_x", at: at(1), state: "expired", text: "never left" });
  await seedEvent(open.database, "lead_y", "agent.contacted", at(30), {});
  const rows = await asked((sql) => treatmentOf(sql, LOCATION, ["lead_x", "lead_y", "lead_z", "lead_none"]));
  expect(rows).toEqual([
    { lead: "lead_x", messages: 2, answeredAfter: 7 },
    { lead: "lead_y", messages: 0, answeredAfter: 30 },
    { lead: "lead_z", messages: 0, answeredAfter: null },
  ]);
});

test("the first chance whose month is over, and whether an appointment was booked in that month", async () => {
  const day = (ago: number) => new Date(now - ago * DAY).toISOString().slice(0, 10);
  const said = (lead: string, ago: number, chance: number | null) =>
    asked((sql) =>
      sql.query(
        `insert into score_history (location_id, lead_id, day, score, chance, tier, model)
         values ($1, $2, $3, .5, $4, 'warm', 'm')`,
        [LOCATION, lead, day(ago), chance],
      ),
    );
  await said("lead_o1", 45, 0.25);
  await said("lead_o1", 40, 0.1);
  await said("lead_o1", 5, 0.75);
  await said("lead_o2", 40, 0.125);
  await said("lead_o3", 40, null);
  await said("lead_o4", 20, 0.5);
  await seedEvent(open.database, "lead_o1", "appointment.booked", now - 20 * DAY, { appointment: { id: "a" } });
  await seedEvent(open.database, "lead_o2", "appointment.booked", now - 5 * DAY, { appointment: { id: "b" } });
  const rows = await asked((sql) =>
    outcomesOf(sql, LOCATION, ["lead_o1", "lead_o2", "lead_o3", "lead_o4"], { now, aim: APPOINTMENT }),
  );
  expect(rows).toEqual([
    { lead: "lead_o1", chance: 0.25, came: true },
    { lead: "lead_o2", chance: 0.125, came: false },
  ]);
});

test("a chance of a deal won comes true where one was won in time, and one of appointments is none of it", async () => {
  const [won, other] = ["a1a1a1a1a1a1", "b2b2b2b2b2b2"];
  const aim = { outcome: "won", days: 60 } as const;
  await asked(async (sql) => {
    for (const [model, of] of [[won, aim] as const, [other, undefined] as const])
      await sql.query(
        `insert into model (location_id, model_id, kind, body, learned, metrics, shapes, state, created_at)
         values ($1, $2, 'chance', '{}', $3, '{}', '{}', 'retired', now())`,
        [LOCATION, `${model}0000`, JSON.stringify(of === undefined ? {} : { aim: of })],
      );
    for (const [lead, ago, chance, model] of [
      ["lead_w1", 90, 0.5, other],
      ["lead_w1", 80, 0.25, `${won}+c3c3c3c3c3c3`],
      ["lead_w2", 80, 0.125, won],
      ["lead_w2", 40, 0.75, won],
    ] as const)
      await sql.query(
        `insert into score_history (location_id, lead_id, day, score, chance, tier, model)
         values ($1, $2, $3, .5, $4, 'warm', $5)`,
        [LOCATION, lead, new Date(now - ago * DAY).toISOString().slice(0, 10), chance, model],
      );
  });
  await seedEvent(open.database, "lead_w1", "opportunity.won", now - 30 * DAY, { "opportunity.id": "o" });
  await seedEvent(open.database, "lead_w2", "opportunity.won", now - 10 * DAY, { "opportunity.id": "o" });
  expect(await asked((sql) => outcomesOf(sql, LOCATION, ["lead_w1", "lead_w2"], { now, aim }))).toEqual([
    { lead: "lead_w1", chance: 0.25, came: true },
    { lead: "lead_w2", chance: 0.125, came: false },
  ]);
  await asked((sql) => sql.query("delete from model where location_id = $1", [LOCATION]));
});

test("chances that are honest on every day come true as often as they are said", async () => {
  const [LEADS, DAYS, HAZARD] = [2_000, 90, 0.002];
  const chance = 1 - (1 - HAZARD) ** 30;
  // each lead has the same chance on each day until it books, drawn from its number
  const { rows } = await asked((sql) =>
    sql.query<{ lead: string }>(
      `with leads as (
         select 'honest-' || n as lead, least($3, floor(ln(1 - u) / ln(1 - $4::float8))::int) as days
           from generate_series(1, $2::int) as n,
                lateral (select (hashtextextended(n::text, 7) & 4294967295)::float8 / 4294967296 as u) as drawn),
       said as (
         insert into score_history (location_id, lead_id, day, score, chance, tier, model)
         select $1, lead, $5::date - 130 + d, .5, $6::real, 'warm', 'm'
           from leads, generate_series(0, days) as d),
       booked as (
         insert into event (location_id, lead_id, event_id, type, at, received_at, source, data)
         select $1, lead, gen_random_uuid(), 'appointment.booked', ($5::date - 129 + days)::timestamp at time zone 'UTC' + interval '1 hour',
                $5::date, 'test', '{}'
           from leads where days < $3)
       select lead from leads`,
      [LOCATION, LEADS, DAYS, HAZARD, new Date(now).toISOString().slice(0, 10), chance],
    ),
  );
  const found = await asked((sql) =>
    outcomesOf(
      sql,
      LOCATION,
      rows.map(({ lead }) => lead),
      { now, aim: APPOINTMENT },
    ),
  );
  const came = found.filter((one) => one.came).length / found.length;
  const error = Math.sqrt((chance * (1 - chance)) / found.length);
  expect(found).toHaveLength(LEADS);
  expect(Math.abs(came - chance)).toBeLessThan(3 * error);
});

test("what taught the model that is live, and nothing where the rules score", async () => {
  expect(await asked((sql) => taughtBy(sql, LOCATION))).toBeUndefined();
  const learned = { rows: 900, positives: 40, from: now - 90 * DAY, until: now - 40 * DAY, seed: 1 };
  await asked((sql) =>
    sql.query(
      `insert into model (location_id, model_id, kind, body, learned, metrics, shapes, state, created_at)
       values ($1, 'm1', 'chance', '{}', $2, '{}', '{}', 'champion', now())`,
      [LOCATION, JSON.stringify(learned)],
    ),
  );
  const { seed: _, ...told } = learned;
  expect(await asked((sql) => taughtBy(sql, LOCATION))).toEqual({ ...told, aim: APPOINTMENT });
});

import { beforeEach, describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { DAY, type Instant } from "../kernel/time.ts";
import { PURGES, sweep } from "./retention.ts";

const db = databasePerFile();

const now = Date.UTC(2026, 2, 15, 10);
const ago = (days: number): Instant => now - days * DAY;
const insert = (statement: string, ...values: unknown[]) =>
  db.database.transaction(["loc"], (sql) => sql.query(statement, values));
const count = async (table: string) =>
  (await db.database.transaction(["loc"], (sql) => sql.query(`select from ${table}`))).rowCount;

const event = (at: Instant) =>
  insert(
    `insert into event (location_id, lead_id, event_id, type, at, received_at, source, data)
     values ('loc', 'lead', gen_random_uuid(), 'website_visit', $1, $1, 'site', '{}')`,
    new Date(at),
  );
const receipt = (id: string, at: Instant) =>
  insert("insert into receipt values ('loc', $1, gen_random_uuid(), $2)", id, new Date(at));
const message = (lead: string, at: Instant) =>
  db.database.transaction(["loc"], async (sql) => {
    const { rows } = await sql.query<{ id: string }>(
      `insert into message (location_id, message_id, lead_id, created_at, rendered, template, template_hash, decided)
       values ('loc', gen_random_uuid(), $1, $2, '{}', 't', 'h', '[]') returning message_id as id`,
      [lead, new Date(at)],
    );
    return rows[0]!.id;
  });
const decision = (at: Instant, messageId?: string) =>
  insert(
    `insert into decision (location_id, lead_id, decision_id, turn, place, at, kind, verdict, message_id, trace, hash)
     values ('loc', 'lead', gen_random_uuid(), 1, 0, $1, 'message', 'sent', $2, '{}', '')`,
    new Date(at),
    messageId ?? null,
  );

/** How the purge of a table would be run, as PostgreSQL tells it. */
const planOf = (table: string) =>
  db.database.transaction("*", async (sql) => {
    const { statement, keep } = PURGES.find((one) => one.table === table)!;
    const { rows } = await sql.query(`explain (format json) ${statement}`, [new Date(now - keep), 5_000]);
    return JSON.stringify(rows[0]);
  });

beforeEach(() =>
  db.database.asOwner((sql) =>
    sql.query("truncate receipt, event, message, decision, insight, address, plan, publication, run"),
  ),
);

describe("retention", () => {
  test("purges receipts after 35 days, in batches, and keeps the younger ones", async () => {
    for (let n = 0; n < 7; n++) await receipt(`old${n}`, ago(35) - 1);
    await receipt("young", ago(35) + 1);
    expect((await sweep(db.database, now, 3)).rows["receipt"]).toBe(7);
    expect(await count("receipt")).toBe(1);
  });

  test("purges jobs 30 days after their end, and keeps one that is not done", async () => {
    const job = (ended: Instant | null) =>
      insert(
        `insert into job (location_id, job_id, asked_at, asked_by, over, filter, letter, total, next_at, ended_at)
         values ('loc', gen_random_uuid(), $1, 'ada', 'runs', '{}', '{}', 1, $1, $2)`,
        new Date(ago(90)),
        ended === null ? null : new Date(ended),
      );
    await job(ago(30) - 1);
    await job(ago(30) + 1);
    await job(null);
    expect((await sweep(db.database, now)).rows["job"]).toBe(1);
    expect(await count("job")).toBe(2);
  });

  test("purges what an import has seen 35 days after it was left lying, and the import after 400", async () => {
    const left = async (id: string, moved: Instant, ended: Instant | null) => {
      await insert(
        `insert into import (location_id, import_id, asked_at, asked_by, asked, updated_at, leased_until, ended_at)
         values ($2, $1, $3, 'ada', '{}', $3, $3, $4)`,
        ...[`00000000-0000-0000-0000-00000000000${id}`, "loc", new Date(moved), ended && new Date(ended)],
      );
      await insert(
        "insert into import_seen select 'loc', $1, lead from unnest(array['ada', 'bo', 'cy']) as s (lead)",
        `00000000-0000-0000-0000-00000000000${id}`,
      );
    };
    await left("1", ago(400) - 1, ago(400) - 1);
    await left("2", ago(35) - 1, ago(35) - 1);
    await left("3", ago(35) + 1, null);
    const { rows } = await sweep(db.database, now, 2);
    expect([rows["import_seen"], rows["import"]]).toEqual([6, 1]);
    expect([await count("import_seen"), await count("import")]).toEqual([3, 2]);
  });

  test("keeps a model that was taken back or withdrawn, for as long as that stands in the way of another", async () => {
    const retired = (id: string, takenBack: Date | null, withdrawn: Date | null) =>
      insert(
        `insert into model (location_id, model_id, kind, body, learned, metrics, shapes, state, created_at, retired_at, rolled_back_at, withdrawn_at)
         values ('loc', $1, 'chance', '{}', '{}', '{}', '{}', 'retired', $2, $2, $3, $4)`,
        id,
        new Date(ago(500)),
        takenBack,
        withdrawn,
      );
    await retired("old", null, null);
    await retired("taken back", new Date(ago(500)), null);
    await retired("withdrawn", null, new Date(ago(500)));
    await sweep(db.database, now);
    expect(await count("model")).toBe(2);
  });

  test("keeps a lead's figures of a day for 400 days", async () => {
    for (const at of [ago(402), ago(399)]) {
      await insert(
        "insert into score_history (location_id, lead_id, day, score, tier, model) values ('loc', 'lead', $1, 0.5, 'hot', 'm')",
        new Date(at).toISOString().slice(0, 10),
      );
    }
    expect((await sweep(db.database, now)).rows["score_history"]).toBe(1);
  });

  test.each([
    ["receipt", "receipt_age"],
    ["provider_receipt", "provider_receipt_age"],
    ["told", "told_age"],
    ["import_seen", "import_moved"],
    ["import", "import_moved"],
    ["earlier_send", "earlier_send_age"],
    ["crm_action", "crm_action_age"],
    ["visitor", "visitor_linked"],
    ["link_click", "link_click_last"],
    ["site_pass", "site_pass_expires"],
    ["score_history", "score_history_by_day"],
    ["run", "run_ended"],
    ["install_state", "install_state_age"],
  ])("finds what is old in %s by %s, and reads nothing else", async (table, index) => {
    const plan = await planOf(table);
    expect(plan).toMatch(new RegExp(`"Index Name":"${index}"[^{}]*"Index Cond":"[^"]* < `));
    expect(plan).not.toContain('"Node Type":"Seq Scan"');
  });

  test("finds old agreements, the words that they were made with and who was written to since by their indexes", async () => {
    const many = "from generate_series(1, 4000) as n";
    await insert(
      `insert into wording select 'loc', 'w' || n, '', $1::timestamptz + n * '1 day'::interval ${many}`,
      "2021-03-05",
    );
    await insert(
      `insert into consent
       select 'loc', 'c' || n, 'lead' || n, 'given', $1::timestamptz + n * '1 day'::interval, $1, 'w' || n, '{}' ${many}`,
      "2021-03-05",
    );
    await insert(
      `insert into message (location_id, message_id, lead_id, created_at, rendered, template, template_hash, decided)
       select 'loc', gen_random_uuid(), 'lead' || n, now(), '{}', '', '', '{}' ${many}`,
    );
    await db.database.asOwner((sql) => sql.query("analyze consent, wording, message"));
    const [consent, wording] = [await planOf("consent"), await planOf("wording")];
    expect(consent).toMatch(/"Index Name":"consent_age"[^{}]*"Index Cond":"[^"]* < /);
    expect(consent).toMatch(/"Index Name":"message_of_lead"[^{}]*"Index Cond":"[^"]*lead_id = /);
    expect(wording).toMatch(/"Index Name":"wording_age"[^{}]*"Index Cond":"[^"]* < /);
    expect(wording).toMatch(/"Index Name":"consent_of_wording"[^{}]*"Index Cond":"[^"]*wording_hash = /);
    const { rows } = await sweep(db.database, now);
    expect([rows["consent"], rows["wording"]]).toEqual([0, 0]); // all were written to
  });

  test("drops a month of events once all of it is older than 400 days", async () => {
    await sweep(db.database, ago(460)); // makes that time's partitions
    await event(ago(460));
    await event(ago(390));
    const { dropped } = await sweep(db.database, now);
    expect(dropped).toContain("event_202412");
    expect(await count("event")).toBe(1);
  });

  test("keeps the log for four times as long as a location's chance of a deal won looks ahead, and 400 days without", async () => {
    const foretells = (chance: object) =>
      insert(
        `insert into installation (location_id, installed_at, seed, workflow_secret, settings)
         values ('loc', now(), 's', 's', jsonb_build_object('chance', $1::jsonb))
           on conflict (location_id) do update set settings = excluded.settings`,
        JSON.stringify(chance),
      );
    const told = (key: string, at: Instant) =>
      insert("insert into told (location_id, key, told_at) values ('loc', $1, $2)", key, new Date(at));
    // one lies in the default partition, or in that of its month
    for (const days of [401, 719, 760]) await event(ago(days));
    for (const days of [401, 719, 760]) await told(`k${days}`, ago(days));
    await foretells({ outcome: "won", days: 180 });
    await sweep(db.database, now);
    expect([await count("event"), await count("told")]).toEqual([2, 2]);
    await foretells({ outcome: "appointment", days: 30 });
    await sweep(db.database, now);
    expect([await count("event"), await count("told")]).toEqual([0, 0]);
    await insert("delete from installation where location_id = 'loc'");
  });

  test("purges exposures 400 days after the end of their experiment", async () => {
    for (const [experiment, stopped] of [
      ["over", ago(400) - 1],
      ["young", ago(400) + 1],
      ["running", undefined],
    ] as const) {
      await insert(
        "insert into experiment_state (location_id, experiment, declared, started_at, stopped_at) values ('loc', $1, '{}', $2, $3)",
        experiment,
        new Date(ago(500)),
        stopped === undefined ? null : new Date(stopped),
      );
      await insert(
        "insert into exposure (location_id, experiment, lead_id, variant, exposed_at, closes_at) values ('loc', $1, 'ada', 'a', $2, $2)",
        experiment,
        new Date(ago(500)),
      );
    }
    expect((await sweep(db.database, now)).rows["exposure"]).toBe(1);
    expect(await count("exposure")).toBe(2);
    expect(await count("experiment_state")).toBe(3);
  });

  test("purges what fell into the default partition too", async () => {
    await event(Date.UTC(2001, 0, 1));
    await sweep(db.database, now);
    expect(await count("event")).toBe(0);
  });

  test("moves rows out of the default partition when their own is made", async () => {
    await event(Date.UTC(2027, 5, 20));
    await sweep(db.database, Date.UTC(2027, 5, 21));
    const { rows } = await db.database.transaction(["loc"], (sql) =>
      sql.query("select tableoid::regclass::text as place from event"),
    );
    expect(rows).toEqual([{ place: "event_202706" }]);
  });

  test("keeps a message's decision as long as the message, and other decisions 400 days", async () => {
    await decision(ago(450));
    await decision(ago(450), await message("lead", ago(450)));
    await sweep(db.database, now);
    expect(await count("decision")).toBe(1);
  });

  test("keeps all messages to a lead until five years after the last of them", async () => {
    await message("written again", ago(6 * 366));
    await message("written again", ago(10));
    await message("silent", ago(6 * 366));
    await sweep(db.database, now);
    expect(await count("message")).toBe(2);
  });

  test("keeps words that nobody has judged, and when an opt-out that was taken back was said", async () => {
    await insert(
      "insert into address (location_id, channel, address_hash, opt_out) values ('loc', 'phone', 'a', $1)",
      JSON.stringify({ by: "words", askedAt: ago(500) }),
    );
    await insert(
      "insert into address (location_id, channel, address_hash, left_at) values ('loc', 'phone', 'b', $1)",
      new Date(ago(500)),
    );
    await sweep(db.database, now);
    expect(await count("address")).toBe(2);
  });

  test("keeps opt-outs for ever, and forgets addresses that only counted towards caps", async () => {
    await insert(
      "insert into address (location_id, channel, address_hash, opted_out_at) values ('loc', 'phone', 'a', $1)",
      new Date(ago(4000)),
    );
    await insert(
      "insert into address (location_id, channel, address_hash, sends) values ('loc', 'phone', 'b', $1)",
      JSON.stringify([{ at: ago(500) }]),
    );
    await insert(
      "insert into address (location_id, channel, address_hash, sends) values ('loc', 'phone', 'c', $1)",
      JSON.stringify([{ at: ago(500) }, { at: ago(3) }]),
    );
    await sweep(db.database, now);
    const { rows } = await db.database.transaction(["loc"], (sql) =>
      sql.query("select address_hash as hash from address order by 1"),
    );
    expect(rows).toEqual([{ hash: "a" }, { hash: "c" }]);
  });

  test("turns hours into days after 400 days, losing no count, however often it runs", async () => {
    const day = Date.UTC(2025, 0, 1);
    for (const hour of [0, 5, 23]) {
      await insert(
        "insert into insight (location_id, bucket, metric, amount) values ('loc', $1, 'sent', 2)",
        new Date(day + hour * 3_600_000),
      );
    }
    await sweep(db.database, now, 2);
    await sweep(db.database, now, 2);
    const { rows } = await db.database.transaction(["loc"], (sql) => sql.query("select bucket, amount from insight"));
    expect(rows).toEqual([{ bucket: day, amount: 6 }]);
  });

  describe("of plans and publications", () => {
    const plan = (id: string, at: Instant) =>
      insert("insert into plan values ('loc', $1, 'welcome', $2, '{}')", id, new Date(at));
    const published = (number: number, at: Instant, ...plans: string[]) =>
      insert(
        "insert into publication values ('loc', 'p', $1, $2, 'folder', $3)",
        number,
        new Date(at),
        JSON.stringify({ plans }),
      );
    const run = (planId: string, endedAt: Instant | undefined) =>
      insert(
        `insert into run (location_id, run_id, lead_id, workflow, plan_id, status, enrolled_at, ended_at, data)
         values ('loc', gen_random_uuid(), 'lead', 'welcome', $1, 'waiting', $2, $3, '{}')`,
        planId,
        new Date(ago(300)),
        endedAt === undefined ? null : new Date(endedAt),
      );
    const plans = async () => {
      const { rows } = await db.database.transaction(["loc"], (sql) =>
        sql.query<{ id: string }>("select plan_id as id from plan order by 1"),
      );
      return rows.map(({ id }) => id);
    };

    test("keeps the plans that are live or that a run is pinned to, and forgets the others", async () => {
      for (const id of ["live", "used", "ended", "forgotten"]) await plan(id, ago(300));
      await published(1, ago(300), "used", "ended", "forgotten");
      await published(2, ago(200), "live");
      await run("used", undefined);
      await run("ended", ago(100));
      await sweep(db.database, now);
      expect(await plans()).toEqual(["ended", "live", "used"]);
    });

    test("keeps for a day what was live a moment ago: a turn may still begin a run of it", async () => {
      await plan("before", ago(300));
      await plan("live", ago(0.5));
      await published(1, ago(300), "before");
      await published(2, ago(0.5), "live");
      await sweep(db.database, now);
      expect(await plans()).toEqual(["before", "live"]);
      await sweep(db.database, now + DAY);
      expect(await plans()).toEqual(["live"]);
    });

    test("keeps the last fifty publications of a location", async () => {
      for (let number = 1; number <= 53; number += 1) await published(number, ago(60 - number));
      await sweep(db.database, now);
      expect(await count("publication")).toBe(50);
    });
  });
});

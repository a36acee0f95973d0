// A location that stands still: what of it may leave, and what of it is decided.

import { beforeEach, describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { insertMail, type Letter } from "../events/index.ts";
import { newId } from "../kernel/ids.ts";
import { holdLocation } from "../outreach/index.ts";
import { claimQueued, locationsToSend } from "../outreach/sending/store.ts";
import { type Installations, openInstallations, openSeal } from "../tenancy/index.ts";
import { locationsWithWork } from "../turns/store.ts";

const db = databasePerFile();

const now = Date.parse("2026-03-02T12:00:00Z");
const times = { now, real: now };
const clock = { now: () => now, real: () => now, elapsed: () => 0 };
const seal = openSeal("a secret of at least thirty-two characters");
let installations: Installations;
let at = "";

beforeEach(async () => {
  installations = await openInstallations({ database: db.database, seal, clock });
  at = `loc-${newId(now).slice(-12)}`;
  await installations.install({ location: at, by: "test", token: "pit-of-the-test" });
  const rows = ["message", "task"].map((kind) => [newId(now), kind]);
  await db.database.transaction([at], async (sql) => {
    for (const [id, kind] of rows) {
      await sql.query(
        `insert into outbox (location_id, outbox_id, lead_id, kind, lane, priority, channels, place, state, created_at, body)
         values ($1, $2, 'ada', $3, 2, 50, '{sms}', 0, 'queued', $4, '{}')`,
        [at, id, kind, new Date(now)],
      );
      if (kind !== "message") continue;
      await sql.query(
        `insert into message (location_id, message_id, lead_id, created_at, rendered, template, template_hash, decided)
         values ($1, $2, 'ada', $3, '{"sms": {"text": "Hi"}}', 't', '', '[]')`,
        [at, id, new Date(now)],
      );
    }
  });
});

const inside = <T>(work: Parameters<typeof db.database.transaction<T>>[1]) => db.database.transaction([at], work);
const claimed = async () =>
  (await inside((sql) => claimQueued(sql, at, times, { lanes: [0, 3], limit: 10 }))).map(({ row }) => row.kind).sort();
const states = async () =>
  (
    await inside((sql) =>
      sql.query<{ kind: string; state: string }>(
        "select kind, state from outbox where location_id = $1 order by kind",
        [at],
      ),
    )
  ).rows.map(({ kind, state }) => `${kind} ${state}`);
const probed = async (probe: typeof locationsToSend) =>
  (await db.database.transaction("*", (sql) => probe(sql, times))).map(({ location }) => location);
const worked = async () => (await db.database.transaction("*", (sql) => locationsWithWork(sql, now))).includes(at);

describe("a location", () => {
  test("that is active has its messages and writes sent", async () => {
    expect(await claimed()).toEqual(["message", "task"]);
    expect(await probed(locationsToSend)).toContain(at);
  });

  test("that must be connected again sends nothing, not even when asked to, and goes on deciding", async () => {
    await installations.install({ location: at, by: "test", dropToken: true });
    await inside((sql) => installations.park(sql, at, "lost", () => true));
    expect(await claimed()).toEqual([]);
    expect(await probed(locationsToSend)).not.toContain(at);
    await inside((sql) => insertMail(sql, [letter()]));
    expect(await worked()).toBe(true);
    expect(await states()).toEqual(["message queued", "task queued"]);
    await installations.refresh();
    expect([installations.has(at), installations.token(at)]).toEqual([true, undefined]);
  });

  test("that left sends nothing, decides nothing, and keeps no token; its messages are held, with the reason", async () => {
    await installations.uninstall(at, "test", {
      why: "removed",
      also: async (sql) => {
        await holdLocation(sql, at, now);
        return undefined;
      },
    });
    expect(await claimed()).toEqual([]);
    expect(await states()).toEqual(["message held", "task queued"]);
    const { rows } = await inside((sql) =>
      sql.query<{ code: string }>("select checked -> 0 ->> 'code' as code from message where location_id = $1", [at]),
    );
    expect(rows).toEqual([{ code: "connection.off" }]);
    // the lead is told, and reads it when the location is back
    expect(await worked()).toBe(false);
    await installations.install({ location: at, by: "test" });
    expect(await worked()).toBe(true);
    expect(installations.token(at)).toBeUndefined();
  });
});

const letter = (): Letter => ({
  ...{ location: at, lead: "ada", receivedAt: now },
  kind: "answer",
  body: { outbox: newId(now), outcome: "held", at: now },
});

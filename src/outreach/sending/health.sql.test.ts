import { beforeEach, describe, expect, test } from "vitest";
import { databasePerFile } from "../../../test/database.ts";
import { virtualClock } from "../../database/index.ts";
import { limitsView, readLimits } from "../../insights/limits.ts";
import { openFacts } from "../../kernel/facts.ts";
import { HOUR, MINUTE, SECOND } from "../../kernel/time.ts";
import { openHealth } from "./health.ts";
import { openBudget } from "./rate.ts";
import { locationsToSend } from "./store.ts";

const noon = Date.UTC(2026, 2, 2, 12);
const db = databasePerFile();
let clock: ReturnType<typeof virtualClock>;

beforeEach(async () => {
  clock = virtualClock(noon);
  await db.database.asOwner((sql) => sql.query("truncate breaker, fault, outbox, installation, rate_window"));
});

const open = () => openHealth({ database: db.database, clock, facts: openFacts() });
const seen = () =>
  db.database.transaction(["loc"], async (sql) => limitsView(await readLimits(sql, "loc", clock.real()), clock.real()));

describe("how the provider answers", () => {
  test("is counted by kind, for an hour, and by all processes together", async () => {
    const [one, two] = [open(), open()];
    one.fault("loc", "429");
    one.fault("loc", "429");
    one.fault("loc", "5xx");
    two.fault("loc", "429");
    two.fault("another", "404");
    await Promise.all([one.close(), two.close()]);
    expect((await seen()).faults).toEqual({ "429": 3, "5xx": 1 });
    clock.advance(HOUR + MINUTE);
    expect((await seen()).faults).toEqual({});
  });

  test("shows an open breaker to every process and to people, until it has closed", async () => {
    await db.database.asOwner((sql) =>
      sql.query(
        "insert into installation (location_id, installed_at, seed, workflow_secret) values ('loc', now(), 's', '')",
      ),
    );
    await db.database.asOwner((sql) =>
      sql.query(
        `insert into outbox (location_id, outbox_id, lead_id, kind, lane, priority, channels, place, state, created_at, body)
         values ('loc', gen_random_uuid(), 'maya', 'tag', 2, 50, '{}', 0, 'queued', $1, '{}')`,
        [new Date(noon)],
      ),
    );
    const health = open();
    const until = noon + 5 * SECOND;
    health.breaker("loc", { dependency: "contacts", state: "open", until, failures: 8, detail: "503" });
    await health.close();
    const work = () =>
      db.database.transaction("*", (sql) => locationsToSend(sql, { now: clock.now(), real: clock.real() }));
    expect(await work()).toEqual([{ location: "loc", lane: 2, free: false, overdue: false, shut: ["contacts"] }]);
    expect((await seen()).breakers).toMatchObject([{ dependency: "contacts", state: "open", detail: "503" }]);
    clock.advance(5 * SECOND);
    expect(await work()).toMatchObject([{ shut: [] }]);

    const later = open();
    later.breaker("loc", { dependency: "contacts", state: "closed", failures: 0, detail: "" });
    await later.close();
    expect((await seen()).breakers).toEqual([]);
  });

  test("stands beside what of the budget is spent and what waits in each lane", async () => {
    const budget = openBudget({ database: db.database, clock });
    await budget.take("loc", "reply", 3);
    clock.advance(4 * SECOND);
    await budget.take("loc", "normal", 2);
    expect((await seen()).budget).toEqual({ used: 5, max: 100, intervalMs: 10_000, usedToday: 5, daily: 200_000 });
    clock.advance(7 * SECOND);
    expect((await seen()).budget).toMatchObject({ used: 2, usedToday: 5 });
    expect((await seen()).lanes).toEqual([]);
  });
});

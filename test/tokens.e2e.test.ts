// A process that dies while it renews a token, at each point, by `kill -9`; and three that find at once that theirs is
// over. Real processes, a real database, a simulated CRM that stands still where it is told to.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readFlags } from "../simulator/flags.ts";
import { openSimulator, type Simulator } from "../simulator/simulator.ts";
import { byApp, environmentOf, openVictim, type Victim } from "./chaos/processes.ts";
import { databasePerFile } from "./database.ts";

const [ALONE, TEAM] = ["team-alone", "team-of-company"] as const;
const KEY = "owner-key-of-the-test";
const db = databasePerFile();
let simulator: Simulator;
let folder: string;
let ours: Victim;
const others: Victim[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "latchkey-tokens-"));
  mkdirSync(join(folder, "workflows"));
  simulator = await openSimulator(
    readFlags(["--no-town", "--location", ALONE, "--locations", TEAM, "--rate-max", "10000"]),
  );
  writeFileSync(join(folder, "keys.pem"), simulator.ready.webhookPublicKeyPem);
  ours = await open("one");
});
afterAll(async () => {
  for (const one of [ours, ...others]) await one?.stop();
  await simulator?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

async function open(name: string): Promise<Victim> {
  const told = environmentOf({ databaseUrl: db.url, key: KEY, folder });
  const victim = await openVictim({ ...told, ...byApp(simulator.ready) }, join(folder, `${name}.log`));
  victim.start();
  await victim.ready();
  return victim;
}
const again = async () => {
  ours.start();
  await ours.ready();
};

const tell = async (path: string, body: unknown) => {
  const answer = await fetch(`${simulator.ready.url}/_sim/${path}`, { method: "POST", body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
};
const arrived = async () =>
  (await (await fetch(`${simulator.ready.url}/_sim/oauth`)).json()) as {
    refreshes: number;
    spentAgain: number;
    minted: number;
    held: number;
  };
const until = <T>(look: () => Promise<T> | T) => expect.poll(look, { timeout: 60_000, interval: 50 });
const bearer = { authorization: `Bearer ${KEY}` };

/** Walks an install to its end, as a browser would. */
async function install(choice: object): Promise<void> {
  await tell("choose", choice);
  const by = { redirect: "manual" as const };
  const begun = await fetch(`${ours.url}/oauth/install`, { ...by, headers: bearer });
  const cookie = begun.headers.get("set-cookie")?.split(";")[0] ?? "";
  const chosen = await fetch(begun.headers.get("location") ?? "", by);
  const back = await fetch(chosen.headers.get("location") ?? "", { ...by, headers: { cookie } });
  expect(back.status).toBe(303);
}
const standing = async (location: string, of = ours) => {
  const answer = await fetch(`${of.url}/v1/connections`, { headers: bearer });
  const { items } = (await answer.json()) as { items: { location: string; status: string; why?: string }[] };
  const found = items.find((one) => one.location === location);
  return found?.why ?? found?.status;
};
const rowOf = async (location: string) =>
  (
    await db.database.asOwner((sql) =>
      sql.query<{ number: number; leased: boolean }>(
        "select number::int as number, renewing_by is not null as leased from token where holder = $1",
        [location],
      ),
    )
  ).rows[0];
/** It is to be renewed by now, as the loop of a process finds within a second. */
const due = (location: string) =>
  db.database.asOwner((sql) =>
    sql.query("update token set renew_at = now(), issued_at = now() - interval '2 hours' where holder = $1", [
      location,
    ]),
  );
/** Whoever died has held its lease for as long as one lasts. */
const leaseOver = () =>
  db.database.asOwner((sql) => sql.query("update token set renewing_until = now() where renewing_by is not null"));

describe("a process that is killed while it renews", () => {
  test("before the CRM has heard of it: the next one shows the same refresh token, which is good", async () => {
    await install({ userType: "Location", location: ALONE });
    const before = await arrived();
    await tell("oauth", { hold: "before" });
    await due(ALONE);
    await until(async () => (await arrived()).held).toBe(1);
    expect(await rowOf(ALONE)).toEqual({ number: 1, leased: true });
    await ours.kill();
    await tell("oauth", { hold: null });
    await leaseOver();
    await again();
    await until(() => rowOf(ALONE)).toEqual({ number: 2, leased: false });
    const after = await arrived();
    expect([after.refreshes - before.refreshes, after.spentAgain, await standing(ALONE)]).toEqual([1, 0, "connected"]);
  });

  test("once what it got is kept: the next one goes on with it, and asks for nothing", async () => {
    const { number = 0 } = (await rowOf(ALONE)) ?? {};
    await due(ALONE);
    await until(async () => (await rowOf(ALONE))?.number).toBe(number + 1);
    await ours.kill();
    const before = await arrived();
    await again();
    expect(await standing(ALONE)).toBe("connected");
    expect((await arrived()).refreshes).toBe(before.refreshes);
  });

  test.each([
    ["after the CRM has acted and before it answers", "answer"],
    ["after the answer and before it is kept", "commit"],
  ])("%s: the next one learns that the token is spent, and a person is asked to connect", async (_when, point) => {
    const before = await arrived();
    await killedAt(ALONE, point);
    await leaseOver();
    await again();
    await until(() => standing(ALONE)).toBe("lost");
    const after = await arrived();
    expect([after.refreshes - before.refreshes, after.spentAgain - before.spentAgain]).toEqual([2, 1]);
    expect(await rowOf(ALONE)).toBeUndefined();
    await install({ userType: "Location", location: ALONE });
    expect(await standing(ALONE)).toBe("connected");
  });

  test("with its answer under way, of a team whose company let us in: the company's makes another", async () => {
    await install({ userType: "Company", locations: [TEAM] });
    await install({ userType: "Location", location: TEAM });
    const before = await arrived();
    await killedAt(TEAM, "answer");
    await leaseOver();
    await again();
    await until(async () => (await rowOf(TEAM))?.leased).toBe(false);
    const after = await arrived();
    expect([after.spentAgain - before.spentAgain, await standing(TEAM)]).toEqual([0, "connected"]);
    expect(after.minted).toBeGreaterThan(before.minted);
  });
});

/** Killed once the CRM has acted: while it withholds the answer, or while the database withholds the row. */
async function killedAt(location: string, point: string): Promise<void> {
  const before = await arrived();
  await tell("oauth", { hold: "after" });
  await due(location);
  await until(async () => (await arrived()).held).toBe(1);
  expect((await arrived()).refreshes).toBe(before.refreshes + 1);
  if (point === "answer") {
    await ours.kill();
    return tell("oauth", { hold: null });
  }
  await db.database.asOwner(async (sql) => {
    await sql.query("select from token where holder = $1 for update", [location]);
    await tell("oauth", { hold: null });
    await until(async () => (await waits()) > 0).toBe(true);
    await ours.kill();
  });
}
/** How many wait for a row that another holds. */
const waits = async () =>
  (
    await db.database.asOwner((sql) =>
      sql.query(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query ilike 'update token%'",
      ),
    )
  ).rowCount;

describe("three processes that find at once that a token is over", () => {
  test("show its refresh token once, and all go on", async () => {
    others.push(await open("two"), await open("three"));
    await until(async () => Promise.all([ours, ...others].map((one) => standing(ALONE, one)))).toEqual(
      Array.from({ length: 3 }, () => "connected"),
    );
    await tell("oauth", { expire: true });
    await db.database.asOwner((sql) => sql.query("update token set issued_at = now() - interval '2 hours'"));
    const [before, row] = [await arrived(), await rowOf(ALONE)];
    const asked = [ours, ...others].map(({ url }, n) => {
      const events = [
        {
          type: "website_visit",
          email: `lead-${n}@example.com`,
          create: true,
          properties: { url: "https://homes.example.com/1" },
        },
      ];
      return fetch(`${url}/v1/events`, {
        method: "POST",
        headers: { ...bearer, "content-type": "application/json" },
        body: JSON.stringify({ location: ALONE, events }),
      });
    });
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([202, 202, 202]);
    // the company's and the other team's are over, too, and may be asked for at the same moment
    expect((await rowOf(ALONE))?.number).toBe((row?.number ?? 0) + 1);
    expect((await arrived()).spentAgain).toBe(before.spentAgain);
  });
});

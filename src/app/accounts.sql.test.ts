// Accounts of two processes on one database, each with a memory of its own, and a simulated CRM: what one has decided and
// not yet written, while the other one, a person or the CRM changes it.

import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readFlags } from "../../simulator/flags.ts";
import { openSimulator, type Simulator } from "../../simulator/simulator.ts";
import { databasePerFile } from "../../test/database.ts";
import { APP_LOCATION, insertEvents, insertMail, LOCATION_LEAD, letterOf } from "../events/index.ts";
import { type OAuth, openOAuth } from "../highlevel/index.ts";
import { Unavailable } from "../kernel/errors.ts";
import { type Facts, openFacts } from "../kernel/facts.ts";
import { newId } from "../kernel/ids.ts";
import type { Database } from "../kernel/sql.ts";
import { type Clock, MINUTE } from "../kernel/time.ts";
import { type Installations, openInstallations, openSeal, type Principal } from "../tenancy/index.ts";
import { type Accounts, openAccounts } from "./accounts.ts";

const COMPANY = "simcompany00000000001";
const APP = "simapp";
const INTEGRATION = "pit-1";
const secret = "a secret of at least thirty-two characters";
const clock: Clock = { now: () => Date.now(), real: () => Date.now(), elapsed: () => performance.now() };
const owner: Principal = { id: "ada", name: "Ada", role: "owner", locations: "*" };

const db = databasePerFile();
let simulator: Simulator;
let team: string;
let other: string;
const open: { close(): unknown }[] = [];

beforeEach(async () => {
  [team, other] = [`one-${randomUUID().slice(0, 8)}`, `two-${randomUUID().slice(0, 8)}`];
  const flags = ["--no-town", "--location", team, "--locations", other, "--rate-max", "10000"];
  simulator = await openSimulator(readFlags(flags));
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
  await simulator.close();
  await db.database.asOwner((sql) => sql.query("truncate installation, company, token, mailbox"));
});

interface House {
  readonly accounts: Accounts;
  readonly installations: Installations;
  readonly facts: Facts;
  /** Runs once, before this process next asks the database about a location. */
  beforeNext(location: string, act: () => Promise<unknown>): void;
  /** Runs once, between what the CRM answers next and this process's hearing it. */
  onceAnswered(act: () => Promise<unknown>): void;
}

async function house(seal = openSeal(secret)): Promise<House> {
  const waiting: { location: string; act: () => Promise<unknown> }[] = [];
  const answered: (() => Promise<unknown>)[] = [];
  const database: Database = {
    async transaction(scope, work) {
      const next = waiting.findIndex(({ location }) => Array.isArray(scope) && scope[0] === location);
      if (next !== -1) await waiting.splice(next, 1)[0]?.act();
      return db.database.transaction(scope, work);
    },
  };
  const heard = async <T>(reply: Promise<T>): Promise<T> => {
    const value = await reply;
    await answered.shift()?.();
    return value;
  };
  const { url, clientId, clientSecret } = simulator.ready;
  const wired = openOAuth({ url, clock, clientId, clientSecret, chooserUrl: url });
  const oauth: OAuth = {
    ...wired,
    mint: (...asked) => heard(wired.mint(...asked)),
    installed: (...asked) => heard(wired.installed(...asked)),
  };
  const installations = await openInstallations({ database, seal, clock });
  const facts = openFacts();
  const accounts = await openAccounts({
    ...{ database, clock, facts, seal, secret, url: "http://127.0.0.1:9", installations, oauth },
    api: () => ({ location: async () => ({ outcome: "unknown", detail: "not asked" }) }),
    tryToken: async (location, token) =>
      token === INTEGRATION
        ? { outcome: "done", value: { id: location, name: "Harbor", timezone: "America/Chicago" } }
        : { outcome: "unknown", detail: "not asked" },
    arrived: async () => undefined,
  });
  open.push(accounts);
  return {
    ...{ accounts, installations, facts },
    beforeNext: (location, act) => void waiting.push({ location, act }),
    onceAnswered: (act) => void answered.push(act),
  };
}

const tell = async (path: string, body: unknown) =>
  (await fetch(`${simulator.ready.url}/_sim/${path}`, { method: "POST", body: JSON.stringify(body) })).json();

/** The CRM's word, as ingest leaves it. */
async function says(type: "INSTALL" | "UNINSTALL", about: object, at = Date.now()): Promise<void> {
  const data = { type, appId: APP, companyId: COMPANY, ...about };
  const event = {
    ...{ id: newId(at), location: APP_LOCATION, lead: LOCATION_LEAD, type: `crm.${type}` },
    ...{ at, receivedAt: at, source: "crm" as const, data },
  };
  await db.database.transaction([APP_LOCATION], async (sql) => {
    await insertEvents(sql, [event]);
    await insertMail(sql, [letterOf(event)]);
  });
}

const chosen = async (choice: object) =>
  ((await tell("code", { scope: "all", location: team, ...choice })) as { code: string }).code;
async function connects(of: House, choice: object): Promise<void> {
  const accepted = await of.accounts.installs.app?.accept(await chosen(choice), owner);
  if (accepted?.outcome !== "connected") throw new Error(JSON.stringify(accepted));
}
const standing = async (location = team) => {
  const fresh = await house();
  const [found] = (await fresh.accounts.connections.list("*")).filter((one) => one.location === location);
  return found === undefined ? "unknown" : (found.why ?? found.status);
};
/** Whose data the token at rest opens at the CRM. */
const opens = async (location = team) => {
  const token = await (await house()).accounts.token(location);
  return token === undefined ? "nothing" : (simulator.opens(token)?.location ?? "refused");
};

/** How many wait for a row that another holds. */
const waitsForLock = async () =>
  (
    await db.database.asOwner((sql) =>
      sql.query(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query not ilike '%pg_stat_activity%'",
      ),
    )
  ).rowCount;

describe("a word of the CRM that is overtaken while it is heard", () => {
  test("does not end the install that came after it", async () => {
    const [ours, theirs] = [await house(), await house()];
    await connects(theirs, { userType: "Location" });
    await says("UNINSTALL", { locationId: team });
    ours.beforeNext(team, () => connects(theirs, { userType: "Location" }));
    await ours.accounts.work();
    expect([await standing(), await opens()]).toEqual(["connected", team]);
  });

  test("does not end the install that came after it, however late it is heard", async () => {
    const ours = await house();
    await connects(ours, { userType: "Location" });
    const between = Date.now() + 1;
    await connects(ours, { userType: "Location" });
    await says("UNINSTALL", { locationId: team }, between);
    await ours.accounts.work();
    expect([await standing(), await opens()]).toEqual(["connected", team]);
  });

  test("does not end an integration that a person connected since, where the app still was", async () => {
    const ours = await house();
    await connects(ours, { userType: "Location" });
    await says("UNINSTALL", { locationId: team });
    await ours.accounts.connections.integrate(team, INTEGRATION, owner.id);
    await ours.accounts.work();
    expect([await standing(), await ours.accounts.token(team)]).toEqual(["connected", INTEGRATION]);
  });

  test("is decided anew by what it finds, and not forgotten", async () => {
    const [ours, theirs] = [await house(), await house()];
    await connects(theirs, { userType: "Company", locations: [team] });
    expect(await standing()).toBe("connected");
    // to a process that has not heard of the disconnect this says nothing new: it is connected
    const later = Date.now() + MINUTE; // than the disconnect below, however long that takes
    await says("INSTALL", { locationId: team }, later);
    ours.beforeNext(team, async () => {
      await theirs.accounts.connections.disconnect(team, owner.id);
      await tell("install", { location: team });
    });
    await ours.accounts.work();
    expect([await standing(), await opens()]).toEqual(["connected", team]);
  });

  test("of a whole company takes only the teams that were there when it was said", async () => {
    const [ours, theirs] = [await house(), await house()];
    await connects(theirs, { userType: "Company", locations: [team, other] });
    await says("UNINSTALL", {});
    ours.beforeNext(other, () => connects(theirs, { userType: "Location", location: other }));
    await ours.accounts.work();
    expect([await standing(team), await standing(other), await opens(other)]).toEqual(["removed", "connected", other]);
  });

  test("does not end a company that let us in again meanwhile", async () => {
    const [ours, theirs] = [await house(), await house()];
    await connects(theirs, { userType: "Company", locations: [team] });
    await says("UNINSTALL", {});
    ours.beforeNext(team, () => connects(theirs, { userType: "Company", locations: [team, other] }));
    await ours.accounts.work();
    await ours.accounts.work();
    expect(ours.accounts.connections.companies()).toMatchObject([{ company: COMPANY, status: "connected" }]);
    expect([await opens(team), await opens(other)]).toEqual([team, other]);
  });

  test("that names a location as nothing is named is about nobody, and not about all of the company's", async () => {
    const ours = await house();
    await connects(ours, { userType: "Company", locations: [team] });
    for (const locationId of ["no id!", 7, {}, "x".repeat(65)]) await says("UNINSTALL", { locationId });
    await ours.accounts.work();
    expect(await standing()).toBe("connected");
  });
});

describe("a token that is being asked of the company", () => {
  const waits = async () => {
    const [ours, theirs] = [await house(), await house()];
    await connects(theirs, { userType: "Company", locations: [] });
    await tell("install", { location: team });
    await says("INSTALL", { locationId: team });
    return { ours, theirs };
  };

  test("does not connect an account that a person disconnected meanwhile", async () => {
    const { ours } = await waits();
    ours.onceAnswered(async () => {
      const third = await house();
      await third.accounts.connections.disconnect(team, owner.id);
    });
    await ours.accounts.work();
    expect([await standing(), await opens()]).toEqual(["disconnected", "nothing"]);
  });

  test("and is refused parks nobody whom the CRM's word ended meanwhile", async () => {
    const { ours, theirs } = await waits();
    await tell("oauth", { suspend: team });
    ours.onceAnswered(async () => {
      await says("UNINSTALL", { locationId: team }, Date.now() + 1_000);
      await theirs.accounts.work();
    });
    await ours.accounts.work();
    expect(await standing()).toBe("removed");
  });

  test("is asked, and nobody removed, where what is known of the company is of before it let us in again", async () => {
    const [ours, theirs] = [await house(), await house()];
    await connects(ours, { userType: "Company", locations: [team] });
    await says("UNINSTALL", {});
    await ours.accounts.work();
    await connects(theirs, { userType: "Company", locations: [team] });
    await db.database.transaction([team], (sql) =>
      sql.query("update installation set status = 'reconnect', status_why = 'connecting' where location_id = $1", [
        team,
      ]),
    );
    await ours.installations.refresh();
    ours.beforeNext(APP_LOCATION, async () => undefined); // its mail is read
    ours.beforeNext(APP_LOCATION, () => Promise.reject(new Unavailable("the companies are not read")));
    await expect(ours.accounts.work()).rejects.toThrow("not read");
    expect([await standing(), await opens()]).toEqual(["connected", team]);
  });

  test("and is refused parks nobody whom a person connected meanwhile", async () => {
    const { ours, theirs } = await waits();
    await tell("oauth", { suspend: team });
    ours.onceAnswered(() => connects(theirs, { userType: "Location" }));
    await ours.accounts.work();
    expect([await standing(), await opens()]).toEqual(["connected", team]);
  });
});

describe("a token that the CRM refuses", () => {
  test.each([
    ["account", "installation", () => team],
    ["company", "company", () => COMPANY],
  ])(
    "parks its %s by that row first: who connects it at that moment, with its token, is not waited for crosswise",
    async (kind, table, id) => {
      const ours = await house();
      await connects(ours, kind === "account" ? { userType: "Location" } : { userType: "Company", locations: [] });
      await tell("oauth", { revoke: id() });
      await db.database.asOwner((sql) =>
        sql.query("update token set issued_at = now() - interval '1 hour', renew_at = now() where holder = $1", [id()]),
      );
      const key = kind === "account" ? "location_id" : "company_id";
      let parking: Promise<unknown> = Promise.resolve();
      // a connect under way: it has the row, and puts its token next
      await db.database.transaction("*", async (sql) => {
        await sql.query(`select from ${table} where ${key} = $1 for update`, [id()]);
        parking = ours.accounts.work();
        await expect.poll(waitsForLock).toBe(1);
        await sql.query("update token set number = number + 1 where holder = $1", [id()]);
      });
      await parking;
      expect((await db.database.asOwner((sql) => sql.query("select from token"))).rowCount).toBe(0);
      expect(
        (await db.database.asOwner((sql) => sql.query(`select from ${table} where status = 'reconnect'`))).rowCount,
      ).toBe(1);
    },
  );
});

describe("the CRM's list of a company's accounts", () => {
  test("does not bring back one that was disconnected here while it was asked for", async () => {
    const [ours, theirs] = [await house(), await house()];
    await connects(theirs, { userType: "Company", locations: [team] });
    await db.database.transaction([team], (sql) =>
      sql.query("update installation set status = 'reconnect', status_why = 'refused' where location_id = $1", [team]),
    );
    await says("INSTALL", {});
    ours.onceAnswered(async () => {
      const third = await house();
      await third.accounts.connections.disconnect(team, owner.id);
    });
    await ours.accounts.work();
    await ours.accounts.work();
    expect(await standing()).toBe("disconnected");
  });

  test("leaves none waiting for a company that withdrew while it was asked for", async () => {
    const [ours, theirs] = [await house(), await house()];
    await connects(theirs, { userType: "Company", locations: [] });
    await tell("install", { location: team });
    await says("INSTALL", {});
    ours.onceAnswered(async () => {
      await says("UNINSTALL", {}, Date.now() + 1_000);
      await theirs.accounts.work();
    });
    await ours.accounts.work();
    await ours.accounts.work();
    expect(await standing()).toBe("removed");
  });
});

describe("a value at rest that does not open where it lies", () => {
  test("is another account's, put in its place: it opens nothing, is told of once, and the other goes on", async () => {
    const ours = await house();
    await connects(ours, { userType: "Location" });
    await connects(ours, { userType: "Location", location: other });
    await db.database.asOwner((sql) =>
      sql.query(
        `update token as t set access = o.access, refresh = o.refresh from token as o where t.holder = $1 and o.holder = $2`,
        [team, other],
      ),
    );
    const fresh = await house();
    const told: string[] = [];
    fresh.facts.on("loop_failed", ({ reason }) => void told.push(reason));
    expect(await fresh.accounts.token(team)).toBeUndefined();
    expect(await fresh.accounts.token(team)).toBeUndefined();
    expect(await opens(other)).toBe(other);
    expect(told).toEqual([expect.stringContaining(team)]);
  });

  test("that a defect of ours keeps from being read is told of, once; a database that is away is none", async () => {
    const ours = await house();
    await connects(ours, { userType: "Location" });
    const fresh = await house();
    const told: string[] = [];
    fresh.facts.on("loop_failed", ({ reason }) => void told.push(reason));
    const failing = (error: Error) => {
      fresh.beforeNext(team, () => Promise.reject(error));
      return fresh.accounts.token(team);
    };
    await expect(failing(new Unavailable("the database is away"))).rejects.toThrow("is away");
    expect(told).toEqual([]);
    await expect(failing(new TypeError("no row"))).rejects.toThrow("no row");
    await expect(failing(new TypeError("no row"))).rejects.toThrow("no row");
    fresh.beforeNext(team, () => Promise.reject(new TypeError("no row")));
    await expect(fresh.accounts.instead(team, "refused")).rejects.toThrow("no row");
    expect(told).toEqual([`the token of ${team}: TypeError: no row`]);
    expect(await fresh.accounts.token(team)).toBeDefined();
  });

  test("was sealed with another secret than a process was started with: nothing is lost, and the right one opens it", async () => {
    const ours = await house();
    await connects(ours, { userType: "Company", locations: [team] });
    await connects(ours, { userType: "Location", location: other });
    await db.database.asOwner((sql) => sql.query("update token set renew_at = now()"));
    const wrong = await house(openSeal("another secret of thirty-two characters"));
    await expect(wrong.accounts.work()).rejects.toThrow("LATCHKEY_SECRET is not the one");
    expect(await wrong.accounts.token(other)).toBeUndefined();
    expect([await standing(team), await standing(other)]).toEqual(["connected", "connected"]);
    expect([await opens(team), await opens(other)]).toEqual([team, other]);
    await db.database.asOwner((sql) => sql.query("update token set renewing_until = now() - interval '1 second'"));
    await (await house()).accounts.work();
    expect([await opens(team), await opens(other)]).toEqual([team, other]);
  });

  test("is an integration's: all connections are listed all the same", async () => {
    const ours = await house();
    await connects(ours, { userType: "Location" });
    await db.database.asOwner((sql) =>
      sql.query("update installation set token = workflow_secret where location_id = $1", [team]),
    );
    const fresh = await house();
    expect(await fresh.accounts.connections.list("*")).toMatchObject([{ location: team, through: "integration" }]);
    expect(await fresh.accounts.token(team)).toBeUndefined();
  });
});

test("an app's key that is refused parks no account that the token of a private integration opens", async () => {
  const ours = await house();
  await connects(ours, { userType: "Location" });
  await ours.accounts.connections.integrate(team, INTEGRATION, owner.id);
  await tell("oauth", { revoke: team });
  await db.database.asOwner((sql) => sql.query("update token set renew_at = now()"));
  await ours.accounts.work();
  expect([await standing(), await ours.accounts.token(team)]).toEqual(["connected", INTEGRATION]);
});

test("a word that cannot be carried out now keeps no later one from being heard", async () => {
  const ours = await house();
  await connects(ours, { userType: "Location" });
  await connects(ours, { userType: "Location", location: other });
  for (const locationId of [team, other]) await says("UNINSTALL", { locationId });
  ours.beforeNext(team, () => Promise.reject(new Error("the database is away")));
  await expect(ours.accounts.work()).rejects.toThrow("away");
  expect([await standing(team), await standing(other)]).toEqual(["connected", "removed"]);
  await ours.accounts.work();
  expect(await standing(team)).toBe("removed");
});

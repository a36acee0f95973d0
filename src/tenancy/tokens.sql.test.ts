// Tokens against a real PostgreSQL and the simulated CRM: two houses on one database are two processes.

import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readFlags } from "../../simulator/flags.ts";
import { openSimulator, type Simulator } from "../../simulator/simulator.ts";
import { databasePerFile } from "../../test/database.ts";
import { openDatabase, type PostgresDatabase } from "../database/index.ts";
import { type Grant, type OAuth, openOAuth } from "../highlevel/index.ts";
import { openFacts } from "../kernel/facts.ts";
import type { Clock } from "../kernel/time.ts";
import type { StatusWhy } from "./installation.ts";
import { openSeal } from "./seal.ts";
import type { Holder } from "./token-store.ts";
import { openTokens, type Tokens } from "./tokens.ts";

const COMPANY: Holder = { kind: "company", id: "simcompany00000000001" };
const seal = openSeal("a secret of at least thirty-two characters");
const clock: Clock = { now: () => Date.now(), real: () => Date.now(), elapsed: () => performance.now() };

const db = databasePerFile();
let second: PostgresDatabase;
let simulator: Simulator;
let holder: Holder;
const opened: OAuth[] = [];
const said: string[] = [];

beforeAll(async () => {
  second = await openDatabase({ url: db.url, applicationName: "second process", max: 4 });
});
afterAll(async () => {
  await second.close();
});
beforeEach(async () => {
  const flags = ["--no-town", "--location", `loc-${randomUUID().slice(0, 8)}`, "--token-seconds", "3600"];
  simulator = await openSimulator(readFlags(flags));
  holder = { kind: "location", id: simulator.ready.locationId };
});
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
  await simulator.close();
});

interface House {
  readonly tokens: Tokens;
  readonly oauth: OAuth;
  readonly parked: { holder: Holder; why: StatusWhy }[];
  readonly asked: string[];
}

/** One process: its own pool, its own memory. */
function house(database: PostgresDatabase, { company, late = 0 }: { company?: true; late?: number } = {}): House {
  const { url, clientId, clientSecret } = simulator.ready;
  const wired = openOAuth({ url, clock, clientId, clientSecret, chooserUrl: url });
  opened.push(wired);
  const asked: string[] = [];
  const oauth: OAuth = {
    ...wired,
    async refresh(token, of, id) {
      asked.push("refresh");
      const answer = await wired.refresh(token, of, id);
      // holds the answer back until the other process has come to wait for it
      if (late > 0) await new Promise((resolve) => setTimeout(resolve, late));
      return answer;
    },
    mint(token, id, location) {
      asked.push("mint");
      return wired.mint(token, id, location);
    },
  };
  const parked: House["parked"] = [];
  const facts = openFacts();
  facts.onAny((name, fact) => said.push(JSON.stringify([name, fact])));
  const tokens = openTokens({
    ...{ database, seal, clock, facts, oauth },
    companyOf: () => (company ? COMPANY.id : undefined),
    park: (_sql, _holder, _why, wipe) => wipe(),
    parked: (of, why) => void parked.push({ holder: of, why }),
  });
  return { tokens, oauth, parked, asked };
}

const sim = async (path: string, body: unknown) =>
  (await fetch(`${simulator.ready.url}/_sim/${path}`, { method: "POST", body: JSON.stringify(body) })).json();
const arrived = async () =>
  (await (await fetch(`${simulator.ready.url}/_sim/oauth`)).json()) as { refreshes: number; spentAgain: number };

/** Until a request of ours stands at the CRM. */
const stands = () =>
  expect
    .poll(async () => ((await (await fetch(`${simulator.ready.url}/_sim/oauth`)).json()) as { held: number }).held)
    .toBe(1);

async function exchanged(of: House, who: Holder): Promise<Grant> {
  const { code } = (await sim("code", { userType: who.kind === "company" ? "Company" : "Location" })) as {
    code: string;
  };
  const reply = await of.oauth.exchange(code, "https://latchkey.example.com/oauth/callback");
  if (reply.outcome !== "done") throw new Error(reply.outcome);
  return reply.value;
}

async function installed(of: House, who: Holder): Promise<Grant> {
  const grant = await exchanged(of, who);
  const scope = [who.kind === "company" ? "_app" : who.id];
  await db.database.transaction(scope, (sql) => of.tokens.put(sql, who, grant));
  return grant;
}
/** Makes it old enough to be worth renewing. */
const age = (who: Holder) =>
  db.database.asOwner((sql) =>
    sql.query("update token set issued_at = now() - interval '1 hour', renew_at = now() where holder = $1", [who.id]),
  );
const rowsOf = async (who: Holder) =>
  (
    await db.database.asOwner((sql) =>
      sql.query<{ access: string; refresh: string; number: number; doubtful: boolean }>(
        "select access, refresh, number, doubtful from token where holder = $1",
        [who.id],
      ),
    )
  ).rows;

describe("a token that expires", () => {
  test("is refreshed once when two processes find at once that it is refused, and both go on with the new one", async () => {
    const [ours, theirs] = [house(db.database, { late: 400 }), house(second, { late: 400 })];
    const { access } = await installed(ours, holder);
    await age(holder);
    const [one, other] = await Promise.all([
      ours.tokens.instead(holder, access),
      theirs.tokens.instead(holder, access),
    ]);
    expect(one).toBeDefined();
    expect(one).not.toBe(access);
    expect(other).toBe(one);
    expect([...ours.asked, ...theirs.asked]).toEqual(["refresh"]);
    expect(await arrived()).toMatchObject({ refreshes: 1, spentAgain: 0 });
    expect(await Promise.all([ours.tokens.access(holder), theirs.tokens.access(holder)])).toEqual([one, one]);
  });

  test("is refreshed once by twenty who ask at once in one process", async () => {
    const ours = house(db.database);
    const { access } = await installed(ours, holder);
    await age(holder);
    const all = await Promise.all(Array.from({ length: 20 }, () => ours.tokens.instead(holder, access)));
    expect(new Set(all).size).toBe(1);
    expect(await arrived()).toMatchObject({ refreshes: 1 });
  });

  test("is refreshed again and again, each time with the refresh token that came last", async () => {
    const ours = house(db.database);
    const seen = new Set([(await installed(ours, holder)).access]);
    for (let n = 0; n < 3; n += 1) {
      await age(holder);
      expect(await ours.tokens.renewDue([holder.id])).toBe(1);
      seen.add((await ours.tokens.access(holder)) ?? "");
    }
    expect(seen.size).toBe(4);
    expect(await arrived()).toMatchObject({ refreshes: 3, spentAgain: 0 });
    expect(await ours.tokens.renewDue([holder.id])).toBe(0);
  });

  test("whose refresh lost its answer is minted anew from the company's", async () => {
    const ours = house(db.database, { company: true });
    await installed(ours, COMPANY);
    const { access } = await installed(ours, holder);
    await age(holder);
    await sim("oauth", { lose: 1 });
    const next = await ours.tokens.instead(holder, access);
    expect(next).toBeDefined();
    expect(next).not.toBe(access);
    expect(ours.asked).toEqual(["refresh", "mint"]);
    expect(ours.parked).toEqual([]);
    expect(simulatorOpens(next)).toMatchObject({ location: holder.id });
  });

  test("whose refresh lost its answer, and which has no company, is parked: the CRM says that it was spent", async () => {
    const ours = house(db.database);
    const { access } = await installed(ours, holder);
    await age(holder);
    await sim("oauth", { lose: 1 });
    expect(await ours.tokens.instead(holder, access)).toBeUndefined();
    expect(ours.parked).toEqual([{ holder, why: "lost" }]);
    expect(await rowsOf(holder)).toEqual([]);
    expect(await arrived()).toMatchObject({ refreshes: 2, spentAgain: 1 });
    // and that was the end of asking
    expect(await ours.tokens.access(holder)).toBeUndefined();
    expect(await ours.tokens.renewDue([holder.id])).toBe(0);
    expect(await arrived()).toMatchObject({ refreshes: 2 });
  });

  test("is not parked while the CRM merely does not answer: the same refresh token works when it does", async () => {
    const ours = house(db.database);
    const { access } = await installed(ours, holder);
    await age(holder);
    await sim("refuse", { ms: 60_000 });
    await expect
      .poll(() =>
        fetch(simulator.ready.url)
          .then(() => "up")
          .catch(() => "down"),
      )
      .toBe("down");
    // it is still good for an hour: who asks meanwhile goes on with it
    expect(await ours.tokens.access(holder)).toBe(access);
    expect(await ours.tokens.renewDue([holder.id])).toBe(1);
    expect(ours.parked).toEqual([]);
    expect(await rowsOf(holder)).toMatchObject([{ number: 1, doubtful: false }]);
  });

  test("whose renewal died with its process is taken over when the lease is over, and minted from the company's", async () => {
    const ours = house(db.database, { company: true });
    await installed(ours, COMPANY);
    const { access } = await installed(ours, holder);
    await age(holder);
    await db.database.asOwner((sql) =>
      sql.query("update token set renewing_by = $2, renewing_until = now() - interval '1 second' where holder = $1", [
        holder.id,
        randomUUID(),
      ]),
    );
    expect(await ours.tokens.instead(holder, access)).toBeDefined();
    // the refresh token may be spent: it is not shown where there is a surer way
    expect(ours.asked).toEqual(["mint"]);
  });

  test("is renewed by one at a time, however long the CRM takes: who asks once more holds the lease anew", async () => {
    const ours = house(db.database);
    const { access } = await installed(ours, holder);
    await age(holder);
    await sim("oauth", { lose: 1 });
    const [lease] = [Date.now()];
    await sim("oauth", { hold: "before" });
    const next = ours.tokens.instead(holder, access);
    await stands();
    // its first answer comes when its lease is all but over
    await db.database.asOwner((sql) =>
      sql.query("update token set renewing_until = now() + interval '1 second' where holder = $1", [holder.id]),
    );
    await sim("oauth", { hold: "before" });
    await expect.poll(() => ours.asked.length).toBe(2);
    const until = await db.database.asOwner((sql) =>
      sql.query<{ until: number }>("select renewing_until as until from token where holder = $1", [holder.id]),
    );
    expect(until.rows[0]?.until).toBeGreaterThan(lease + 20_000);
    await sim("oauth", { hold: null });
    await next;
  });

  test("is not shown again by one whose lease has passed on, who goes on with what the other kept", async () => {
    const [ours, theirs] = [house(db.database), house(second)];
    const { access } = await installed(ours, holder);
    await age(holder);
    const grant = await exchanged(theirs, holder);
    await sim("oauth", { lose: 1, hold: "before" });
    const next = ours.tokens.instead(holder, access);
    await stands();
    // the machine slept: another install has taken the place of what is being renewed
    await db.database.transaction([holder.id], (sql) => theirs.tokens.put(sql, holder, grant));
    await sim("oauth", { hold: null });
    expect(await next).toBe(grant.access);
    expect([ours.asked, ours.parked]).toEqual([["refresh"], []]);
  });

  test("whose lease has passed on by the time its answer comes is not kept: what the other kept is used", async () => {
    const [ours, theirs] = [house(db.database), house(second)];
    const { access } = await installed(ours, holder);
    await age(holder);
    const grant = await exchanged(theirs, holder);
    await sim("oauth", { hold: "after" });
    const next = ours.tokens.instead(holder, access);
    await stands();
    await db.database.transaction([holder.id], (sql) => theirs.tokens.put(sql, holder, grant));
    const kept = await rowsOf(holder);
    await sim("oauth", { hold: null });
    expect(await next).toBe(grant.access);
    expect([ours.asked, ours.parked, await rowsOf(holder)]).toEqual([["refresh"], [], kept]);
    expect(await ours.tokens.access(holder)).toBe(grant.access);
  });

  test("that comes without what it may do may do what it might before, and without another refresh token keeps the old", async () => {
    const ours = house(db.database);
    const { access } = await installed(ours, holder);
    const scopes = () =>
      db.database.asOwner((sql) => sql.query("select scopes from token where holder = $1", [holder.id]));
    const before = (await scopes()).rows;
    await age(holder);
    await sim("oauth", { answer: { scope: null, refresh_token: null, expires_in: 0 } });
    const next = await ours.tokens.instead(holder, access);
    expect(simulatorOpens(next)).toMatchObject({ location: holder.id });
    expect((await scopes()).rows).toEqual(before);
    expect((await rowsOf(holder))[0]?.refresh).not.toBeNull();
  });

  test("of another account is not kept: its company is asked, else a person", async () => {
    const [ours, alone] = [house(db.database, { company: true }), house(second)];
    await installed(ours, COMPANY);
    const { access } = await installed(ours, holder);
    await age(holder);
    await sim("oauth", { answer: { locationId: "elsewhere" } });
    expect(await ours.tokens.instead(holder, access)).toBeUndefined();
    expect(ours.asked).toEqual(["refresh", "mint"]);
    expect(await rowsOf(holder)).toMatchObject([{ number: 1, doubtful: true }]);
    expect(await alone.tokens.instead(holder, access)).toBeUndefined();
    expect(alone.parked).toEqual([{ holder, why: "lost" }]);
  });

  test("of a company that is revoked while its accounts ask is parked once, and theirs are asked for later", async () => {
    const ours = house(db.database, { company: true });
    await installed(ours, COMPANY);
    const { access } = await installed(ours, holder);
    await age(holder);
    await age(COMPANY);
    await sim("oauth", { revoke: COMPANY.id });
    await sim("oauth", { revoke: holder.id });
    expect(await ours.tokens.instead(holder, access)).toBeUndefined();
    expect(ours.parked).toEqual([{ holder: COMPANY, why: "refused" }]);
    expect(await rowsOf(holder)).toHaveLength(1);
  });

  test("that does not open keeps no other from its renewal", async () => {
    const ours = house(db.database);
    await installed(ours, COMPANY);
    await installed(ours, holder);
    await age(COMPANY);
    await age(holder);
    // another's row in its place
    await db.database.asOwner((sql) =>
      sql.query("update token as t set refresh = o.refresh from token as o where t.holder = $1 and o.holder = $2", [
        COMPANY.id,
        holder.id,
      ]),
    );
    await expect(ours.tokens.renewDue(["_app", holder.id])).rejects.toThrow(/LATCHKEY_SECRET/);
    expect(ours.asked).toEqual(["refresh"]);
    expect(await rowsOf(holder)).toMatchObject([{ number: 2 }]);
    expect(await rowsOf(COMPANY)).toMatchObject([{ number: 1 }]);
  });

  test("of an account that is no longer active parks it, and is not asked for again", async () => {
    const ours = house(db.database, { company: true });
    await installed(ours, COMPANY);
    const { access } = await installed(ours, holder);
    await age(holder);
    await sim("oauth", { suspend: holder.id });
    expect(await ours.tokens.instead(holder, access)).toBeUndefined();
    expect(ours.parked).toEqual([{ holder, why: "inactive" }]);
    expect(ours.asked).toEqual(["refresh"]);
  });

  test("that was renewed a moment ago and is refused is not renewed again: it is about something else", async () => {
    const ours = house(db.database);
    const { access } = await installed(ours, holder);
    expect(await ours.tokens.instead(holder, access)).toBeUndefined();
    expect(ours.asked).toEqual([]);
  });

  test("of a company that is over is renewed before a location's is minted from it", async () => {
    const ours = house(db.database, { company: true });
    const { access } = await installed(ours, COMPANY);
    await age(COMPANY);
    await sim("oauth", { expire: true });
    simulator.crm.location.name = "still there";
    const minted = await ours.tokens.mint(COMPANY.id, holder.id);
    expect(minted).toMatchObject({ outcome: "done", value: { of: "Location", location: holder.id } });
    expect(await ours.tokens.access(COMPANY)).not.toBe(access);
  });

  test("lies sealed in the database, to its place, and is in no fact", async () => {
    const ours = house(db.database);
    const grant = await installed(ours, holder);
    await age(holder);
    const next = await ours.tokens.instead(holder, grant.access);
    const [row] = await rowsOf(holder);
    const kept = JSON.stringify([row, said]);
    for (const secret of [grant.access, grant.refresh, next, simulator.ready.clientSecret])
      expect(kept).not.toContain(secret);
    await db.database.asOwner((sql) =>
      sql.query("update token set location_id = 'elsewhere', holder = 'elsewhere' where holder = $1", [holder.id]),
    );
    const thief = house(db.database);
    await expect(thief.tokens.access({ kind: "location", id: "elsewhere" })).rejects.toThrow(/LATCHKEY_SECRET/);
    await db.database.asOwner((sql) => sql.query("delete from token where holder = 'elsewhere'"));
  });
});

const simulatorOpens = (token: string | undefined) => simulator.opens(token ?? "");

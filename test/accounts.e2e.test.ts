// Accounts end to end: two processes of Latchkey on one database, a simulated CRM with three teams of one company. From
// the first install by a browser to the last uninstall, each test going on from where the one before left off.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { readFlags } from "../simulator/flags.ts";
import { openSimulator, type Simulator } from "../simulator/simulator.ts";
import { byApp, environmentOf, openVictim, type Victim } from "./chaos/processes.ts";
import { databasePerFile } from "./database.ts";

const [FIRST, SECOND, THIRD] = ["team-one", "team-two", "team-three"] as const;
const COMPANY = "simcompany00000000001";
const KEY = "owner-key-of-the-test";
/** A reply may go at any hour. */
const WORKFLOWS = `
workflow: answer
name: An answer to whoever writes
enroll: { when: message.received, again: always, if_running: queue }
steps: [{ id: first, send: answer, via: sms, purpose: reply }]
---
templates:
  answer: { sms: "It is still there. When would you like to see it?" }
`;

const db = databasePerFile();
let simulator: Simulator;
let folder: string;
let ours: Victim;
let theirs: Victim;
let environment: Record<string, string> = {};
const logs: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "latchkey-accounts-"));
  mkdirSync(join(folder, "workflows"));
  writeFileSync(join(folder, "workflows", "answer.yaml"), WORKFLOWS);
  const teams = ["--location", FIRST, "--locations", `${SECOND},${THIRD}`];
  simulator = await openSimulator(readFlags(["--no-town", ...teams, "--rate-max", "10000", "--retry-base-ms", "100"]));
  writeFileSync(join(folder, "keys.pem"), simulator.ready.webhookPublicKeyPem);
  ours = await open("one");
  theirs = await open("two");
  await tell("target", { webhookUrl: `${ours.url}/webhooks/highlevel` });
});

afterAll(async () => {
  await ours?.stop();
  await theirs?.stop();
  await simulator?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

async function open(name: string): Promise<Victim> {
  const log = join(folder, `${name}.log`);
  logs.push(log);
  const told = environmentOf({ databaseUrl: db.url, key: KEY, folder });
  environment = { PATH: process.env["PATH"] ?? "", ...told, ...byApp(simulator.ready) };
  const victim = await openVictim(environment, log);
  victim.start();
  await victim.ready();
  return victim;
}

async function tell<T>(path: string, body: unknown = {}): Promise<T> {
  const answer = await fetch(`${simulator.ready.url}/_sim/${path}`, { method: "POST", body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}
const arrived = async () =>
  (await (await fetch(`${simulator.ready.url}/_sim/oauth`)).json()) as {
    refreshes: number;
    minted: number;
    spentAgain: number;
    removals: number;
  };
const ask = async (of: Victim, path: string, { body, key = KEY }: { body?: unknown; key?: string } = {}) =>
  fetch(`${of.url}${path}`, {
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
  });

/** `latchkey doctor`, beside the running ones. */
async function doctor(): Promise<{ exit: number; findings: readonly object[] }> {
  const program = fileURLToPath(new URL("../dist/latchkey.js", import.meta.url));
  const child = spawn(process.execPath, [program, "doctor", "--json"], { env: environment });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const [exit] = (await once(child, "close")) as [number];
  const told = JSON.parse(said) as { findings?: object[] } | object[];
  return { exit, findings: Array.isArray(told) ? told : (told.findings ?? []) };
}

interface Connection {
  readonly location: string;
  readonly name: string;
  readonly status: string;
  readonly why?: string;
  readonly through?: string;
  readonly timeZone: string;
  readonly missingScopes: readonly string[];
}
const connections = async (of: Victim = ours) =>
  ((await (await ask(of, "/v1/connections")).json()) as { items: Connection[] }).items;
const standing = async (of: Victim = ours) =>
  Object.fromEntries((await connections(of)).map(({ location, status, why }) => [location, why ?? status]));
const until = <T>(look: () => Promise<T> | T) => expect.poll(look, { timeout: 60_000, interval: 100 });

/** A browser that keeps cookies and is sent from page to page. */
function browser() {
  let jar = "";
  return {
    forget: () => {
      jar = "";
    },
    async visit(url: string, headers: Record<string, string> = {}) {
      const answer = await fetch(url, { redirect: "manual", headers: { ...headers, ...(jar && { cookie: jar }) } });
      const cookie = answer.headers.get("set-cookie");
      if (cookie !== null) jar = cookie.split(";")[0] ?? "";
      return { status: answer.status, to: answer.headers.get("location") ?? "", cookie, text: await answer.text() };
    },
  };
}

/** Walks an install to its end: away to the CRM's page, and back. */
async function install(choice: object, of: Victim = ours) {
  await tell("choose", choice);
  const person = browser();
  const begun = await person.visit(`${of.url}/oauth/install`, { authorization: `Bearer ${KEY}` });
  const chosen = await person.visit(begun.to);
  return { begun, back: chosen.to, end: await person.visit(chosen.to), person };
}

/** A lead writes; the workflow answers. */
async function writes(location: string, id: string): Promise<void> {
  const contact = { firstName: "Ada", phone: `+1512555${String(1000 + written++).slice(-4)}` };
  await tell(`contacts?location=${location}`, { id, contact });
  await tell(`inbound?location=${location}`, { contactId: id, body: "Is it still free?" });
}
let written = 100;
const answersTo = (id: string) => simulator.crm.ledger.entries.filter(({ contactId }) => contactId === id).length;

/** Tokens end at the CRM, and are old enough here to be worth renewing. */
async function expire(): Promise<void> {
  await tell("oauth", { expire: true });
  await db.database.asOwner((sql) => sql.query("update token set issued_at = now() - interval '2 hours'"));
}
/** Makes a process ask the CRM something for a location, at once. */
const asks = (of: Victim, location: string, email: string) =>
  ask(of, "/v1/events", {
    body: {
      location,
      events: [{ type: "website_visit", email, create: true, properties: { url: "https://homes.example.com/1" } }],
    },
  });

describe("an install", () => {
  test("that was not begun here is refused with a page that says so, and connects nothing", async () => {
    const { code } = await tell<{ code: string }>("code", { location: FIRST });
    const stranger = await browser().visit(`${ours.url}/oauth/callback?code=${code}&state=made-up`);
    expect(stranger.status).toBe(403);
    expect(stranger.text).toContain("This connection was not begun here");
    expect(await connections()).toEqual([]);
  });

  test("is begun by an owner alone", async () => {
    const nobody = await fetch(`${ours.url}/oauth/install`, { redirect: "manual" });
    expect(nobody.status).toBe(401);
    const person = await browser().visit(`${ours.url}/oauth/install`, { accept: "text/html" });
    expect([person.status, person.to]).toEqual([303, "/settings"]);
  });

  test("is not begun by a page of another site, which would send its own code after", async () => {
    const lured = await browser().visit(`${ours.url}/oauth/install`, {
      authorization: `Bearer ${KEY}`,
      "sec-fetch-site": "cross-site",
    });
    expect([lured.status, lured.to, lured.cookie]).toEqual([303, "/settings", null]);
  });

  test("goes to the CRM's page with what we ask for, and comes back to connect one team", async () => {
    const { begun, back, end } = await install({ userType: "Location", location: FIRST });
    expect(begun.cookie).toMatch(/HttpOnly; SameSite=Lax/);
    const asked = new URL(begun.to).searchParams;
    expect(asked.get("redirect_uri")).toBe(`${ours.url}/oauth/callback`);
    expect(asked.get("scope")).toContain("conversations/message.write");
    expect(new URL(back).searchParams.get("state")).toBe(asked.get("state"));
    expect([end.status, end.to]).toEqual([303, "/settings"]);
    // the process that did not see it begin or end works for it from the first request on
    expect((await ask(theirs, `/v1/locations/${FIRST}/site`)).status).toBe(200);
    expect(await connections()).toMatchObject([
      {
        location: FIRST,
        name: "Latchkey Realty (simulated)",
        status: "connected",
        through: "app",
        timeZone: "America/Chicago",
        missingScopes: [],
      },
    ]);
  });

  test("comes back once: neither its state nor its code opens anything again", async () => {
    const { back, person } = await install({ userType: "Location", location: FIRST });
    expect((await person.visit(back)).status).toBe(403);
    const begun = await person.visit(`${ours.url}/oauth/install`, { authorization: `Bearer ${KEY}` });
    const state = new URL(begun.to).searchParams.get("state");
    const again = await person.visit(back.replace(/state=[^&]*/, `state=${state}`));
    expect(again.status).toBe(400);
    expect(again.text).toContain("each is good once");
  });

  test("that comes back with another state than this browser's is refused", async () => {
    const [one, other] = [browser(), browser()];
    await one.visit(`${ours.url}/oauth/install`, { authorization: `Bearer ${KEY}` });
    const theirsBegun = await other.visit(`${ours.url}/oauth/install`, { authorization: `Bearer ${KEY}` });
    const chosen = await other.visit(theirsBegun.to);
    expect((await one.visit(chosen.to)).status).toBe(403);
  });

  test("lets the team's leads be answered, and shows itself to the other process", async () => {
    await writes(FIRST, "ada-one");
    await until(() => answersTo("ada-one")).toBe(1);
    await until(() => standing(theirs)).toEqual({ [FIRST]: "connected" });
  });
});

describe("a single-use refresh token", () => {
  test("is shown once by two processes that find at once that theirs is over, and both go on", async () => {
    await expire();
    const before = await arrived();
    const both = await Promise.all([asks(ours, FIRST, "bo@example.com"), asks(theirs, FIRST, "cy@example.com")]);
    expect(both.map(({ status }) => status)).toEqual([202, 202]);
    const { refreshes, spentAgain } = await arrived();
    expect([refreshes - before.refreshes, spentAgain]).toEqual([1, 0]);
    expect([...simulator.crm.contacts.values()].map(({ email }) => email)).toEqual(
      expect.arrayContaining(["bo@example.com", "cy@example.com"]),
    );
  });

  test("whose answer is lost, of a team without a company, ends in reconnect, seen by both; nothing is sent meanwhile", async () => {
    await expire();
    await tell("oauth", { lose: 1 });
    expect((await asks(ours, FIRST, "di@example.com")).status).not.toBe(202);
    await until(() => standing()).toEqual({ [FIRST]: "lost" });
    await until(() => standing(theirs)).toEqual({ [FIRST]: "lost" });
    const before = await arrived();
    await writes(FIRST, "eve-one");
    await until(() => queued(FIRST, "eve-one")).toBe(1);
    expect([answersTo("eve-one"), (await arrived()).refreshes]).toEqual([0, before.refreshes]);
    const { findings, exit } = await doctor();
    expect(exit).toBe(1);
    expect(findings).toContainEqual(
      expect.objectContaining({ subject: `${FIRST}: connection`, ok: false, detail: expect.stringContaining("lost") }),
    );
  });

  test("is there again when a person connects the team again, and what waited goes", async () => {
    await install({ userType: "Location", location: FIRST }, theirs);
    await until(() => answersTo("eve-one")).toBe(1);
    await until(() => standing()).toEqual({ [FIRST]: "connected" });
  });
});

const queued = async (location: string, lead: string) =>
  (
    await db.database.transaction([location], (sql) =>
      sql.query("select from outbox where location_id = $1 and lead_id = $2 and state = 'queued'", [location, lead]),
    )
  ).rowCount;
const held = async (location: string, lead: string) =>
  (
    await db.database.transaction([location], (sql) =>
      sql.query<{ code: string }>(
        `select m.checked -> 0 ->> 'code' as code from outbox as o join message as m
             on m.location_id = o.location_id and m.message_id = o.outbox_id
          where o.location_id = $1 and o.lead_id = $2 and o.state = 'held'`,
        [location, lead],
      ),
    )
  ).rows.map(({ code }) => code);

describe("a company", () => {
  test("that lets us in brings its teams, each with a token of its own", async () => {
    const { end } = await install({ userType: "Company", locations: [FIRST, SECOND] });
    expect(end.status).toBe(303);
    await until(() => standing()).toEqual({ [FIRST]: "connected", [SECOND]: "connected" });
    const [, second] = await connections();
    expect(second).toMatchObject({ through: "company", name: "Team 2 (simulated)" });
    for (const team of [FIRST, SECOND]) await writes(team, `fay-${team}`);
    for (const team of [FIRST, SECOND]) await until(() => answersTo(`fay-${team}`)).toBe(1);
  });

  test("that did not allow everything is told what is missing, on the page and by doctor", async () => {
    await install({ userType: "Location", location: SECOND, scope: "locations.readonly contacts.readonly" });
    const second = (await connections()).find(({ location }) => location === SECOND);
    expect(second?.missingScopes).toContain("conversations/message.write");
    expect((await doctor()).findings).toContainEqual(
      expect.objectContaining({ subject: `${SECOND}: scopes`, detail: expect.stringContaining("contacts.write") }),
    );
    await install({ userType: "Location", location: SECOND });
    expect((await connections()).find(({ location }) => location === SECOND)?.missingScopes).toEqual([]);
  });

  test("brings a later team by the CRM's word alone", async () => {
    await tell("install", { location: THIRD });
    await until(async () => (await standing())[THIRD]).toBe("connected");
    await writes(THIRD, "gus-three");
    await until(() => answersTo("gus-three")).toBe(1);
  });

  test("makes a token for a team whose refresh lost its answer: nobody has to do anything", async () => {
    // first what is lost, and of this team alone: a process that renews by itself asks between the two, for others too
    await tell("oauth", { lose: 1, of: FIRST });
    const before = await arrived();
    await expire();
    await asks(ours, FIRST, "hal@example.com");
    await writes(FIRST, "hal-one");
    await until(() => answersTo("hal-one")).toBe(1);
    expect((await arrived()).minted).toBeGreaterThan(before.minted);
    expect((await standing())[FIRST]).toBe("connected");
  });

  test("has teams that stand for themselves: one uninstalled, one parked, the third unaffected", async () => {
    await tell("oauth", { suspend: THIRD });
    await db.database.asOwner((sql) => sql.query("update token set renew_at = now() where holder = $1", [THIRD]));
    await until(async () => (await standing())[THIRD]).toBe("inactive");
    await tell("uninstall", { location: SECOND });
    await until(() => standing()).toEqual({ [FIRST]: "connected", [SECOND]: "removed", [THIRD]: "inactive" });
    await until(() => standing(theirs)).toEqual({ [FIRST]: "connected", [SECOND]: "removed", [THIRD]: "inactive" });

    const before = simulator.crm.ledger.entries.length;
    for (const team of [FIRST, SECOND, THIRD]) await writes(team, `ivy-${team}`);
    await until(() => answersTo(`ivy-${FIRST}`)).toBe(1);
    await until(() => queued(THIRD, `ivy-${THIRD}`)).toBe(1);
    expect(simulator.crm.ledger.entries.length - before).toBe(1);
    // of the one that left nothing is even kept
    const { rows } = await db.database.transaction([SECOND], (sql) =>
      sql.query("select from event where location_id = $1 and lead_id = $2", [SECOND, `ivy-${SECOND}`]),
    );
    expect(rows).toEqual([]);
    const { rows: left } = await db.database.asOwner((sql) =>
      sql.query<{ holder: string }>("select holder from token order by holder"),
    );
    expect(left.map(({ holder }) => holder)).toEqual([COMPANY, FIRST]);
  });

  test("keeps a team's data through an uninstall, holds what had waited, and sends it when the team is back", async () => {
    await tell("oauth", { active: THIRD });
    await tell("uninstall", { location: THIRD });
    await until(async () => (await standing())[THIRD]).toBe("removed");
    expect(await held(THIRD, `ivy-${THIRD}`)).toEqual(["connection.off"]);
    expect(answersTo(`ivy-${THIRD}`)).toBe(0);
    await tell("install", { location: THIRD });
    await until(async () => (await standing())[THIRD]).toBe("connected");
    await until(() => answersTo(`ivy-${THIRD}`)).toBe(1);
    // the other process may have sent it: this one hears of the return within seconds
    await until(async () => (await ask(ours, `/v1/locations/${THIRD}/leads/gus-three`)).status).toBe(200);
  });

  test("leaves a team alone that was disconnected here, until an install names that team", async () => {
    const gone = await ask(ours, `/v1/locations/${THIRD}/disconnect`, { body: {} });
    expect([gone.status, await gone.json()]).toEqual([200, { crm: "told", says: expect.stringContaining("too") }]);
    await until(async () => (await mailOfApp()) === 0 && (await standing())[THIRD]).toBe("disconnected");
    const { end } = await install({ userType: "Company", locations: [FIRST, THIRD] });
    expect(end.status).toBe(303);
    expect(await standing()).toMatchObject({ [FIRST]: "connected", [THIRD]: "disconnected" });
    await tell("install", { location: THIRD });
    await until(async () => (await standing())[THIRD]).toBe("connected");
  });

  test("is disconnected here whatever the CRM makes of it, which is said; and told so once, also by two at once", async () => {
    const apart = async () => (await ask(ours, `/v1/locations/${THIRD}/disconnect`, { body: {} })).json();
    const again = async (scope?: string) => {
      await install({ userType: "Location", location: THIRD, ...(scope === undefined ? {} : { scope }) });
      await until(async () => (await standing())[THIRD]).toBe("connected");
    };
    const removals = async () => (await arrived()).removals;
    const before = await removals();
    await tell("oauth", { lose: 1, of: THIRD });
    expect(await apart()).toMatchObject({ crm: "unanswered", says: expect.stringContaining("is not asked again") });
    expect((await standing())[THIRD]).toBe("disconnected");
    await again("contacts.readonly locations.readonly");
    expect(await apart()).toMatchObject({ crm: "refused", says: expect.stringContaining("not authorized") });
    expect((await standing())[THIRD]).toBe("disconnected");
    await again();
    expect(await removals()).toBe(before + 2);
    const both = await Promise.all([apart(), apart()]);
    expect(both).toContainEqual(expect.objectContaining({ crm: "told" }));
    expect(await removals()).toBe(before + 3);
    await again();
    const { rows } = await db.database.transaction([THIRD], (sql) =>
      sql.query<{ crm: string }>(
        "select data ->> 'crm' as crm from audit where location_id = $1 and act = 'uninstall' and data ? 'crm' order by at",
        [THIRD],
      ),
    );
    expect(rows.map(({ crm }) => crm)).toEqual(["asked", "asked", "asked", "asked"]);
  });

  test("is not moved by the word of another app, which the CRM signs with the same key", async () => {
    await tell("webhooks", { payload: { type: "LocationCreate", id: "elsewhere", locationId: undefined } });
    const body = { type: "UNINSTALL", locationId: FIRST, appId: "another-app", webhookId: crypto.randomUUID() };
    await tell("webhooks", { raw: JSON.stringify({ ...body, timestamp: new Date().toISOString() }) });
    await until(() => mailOfApp()).toBe(0);
    expect((await standing())[FIRST]).toBe("connected");
  });

  test("renames a team, and moves it to another time zone", async () => {
    await tell("location", { location: FIRST, name: "Oakmoor Homes", timezone: "America/Denver" });
    await until(async () => (await connections()).find(({ location }) => location === FIRST)).toMatchObject({
      name: "Oakmoor Homes",
      timeZone: "America/Denver",
    });
  });

  test("that withdraws takes all of its teams with it", async () => {
    await tell("uninstall", {});
    await until(() => standing()).toEqual({ [FIRST]: "removed", [SECOND]: "removed", [THIRD]: "removed" });
    // the company's own goes after the last of its teams
    const tokens = () => db.database.asOwner(async (sql) => (await sql.query("select from token")).rowCount);
    await until(tokens).toBe(0);
  });
});

const mailOfApp = async () =>
  (await db.database.transaction(["_app"], (sql) => sql.query("select from mailbox where location_id = '_app'")))
    .rowCount;

/** A browser in which the holder of a key is signed in, sent by whomever to the callback with a code. */
async function signedIn(key = KEY, of: Victim = ours) {
  const json = { "content-type": "application/json" };
  const opened = await fetch(`${of.url}/v1/session`, { method: "POST", headers: json, body: JSON.stringify({ key }) });
  const cookie = opened.headers.get("set-cookie")?.split(";")[0] ?? "";
  const headers = { cookie, "sec-fetch-site": "cross-site", accept: "text/html" };
  return {
    cookie,
    async comesBack(query: string) {
      const answer = await fetch(`${of.url}/oauth/callback?${query}`, { redirect: "manual", headers });
      const text = await answer.text();
      return { status: answer.status, answer, text, letter: /name="letter" value="([^"]+)"/.exec(text)?.[1] ?? "" };
    },
    async confirms(letter: string, origin = of.url) {
      const answer = await fetch(`${of.url}/oauth/confirm`, {
        ...{ method: "POST", redirect: "manual", body: new URLSearchParams({ letter }) },
        headers: { cookie, origin },
      });
      return { status: answer.status, to: answer.headers.get("location") ?? "", text: await answer.text() };
    },
  };
}
const kept = async () => (await db.database.asOwner((sql) => sql.query("select from token"))).rowCount;

describe("a code that comes without our state, as the CRM's marketplace sends it", () => {
  const codeFor = async (choice: object) => (await tell<{ code: string }>("code", choice)).code;

  test("connects nothing where no owner is signed in, and stays good for when one is", async () => {
    const code = await codeFor({ userType: "Location", location: FIRST });
    const nobody = await browser().visit(`${ours.url}/oauth/callback?code=${code}`);
    expect([nobody.status, nobody.text.includes("An owner is asked first")]).toEqual([403, true]);
    const { status, text } = await (await signedIn()).comesBack(`code=${code}`);
    expect([status, text.includes(`Oakmoor Homes (${FIRST})`)]).toEqual([200, true]);
  });

  test("is shown to the owner whom somebody sent here, in a page that no other site frames; nothing is connected or kept", async () => {
    const owner = await signedIn();
    // they had begun one of their own: somebody else's code takes no advantage of it
    const begun = await fetch(`${ours.url}/oauth/install`, { redirect: "manual", headers: { cookie: owner.cookie } });
    expect(begun.status).toBe(303);
    const { status, answer, text } = await owner.comesBack(
      `code=${await codeFor({ userType: "Location", location: SECOND })}`,
    );
    expect([status, text.includes("Connect this account?"), text.includes(`Team 2 (simulated) (${SECOND})`)]).toEqual([
      200,
      true,
      true,
    ]);
    // a browser sends the form of a page that names no referrer with "Origin: null", which is not ours
    expect(answer.headers.get("referrer-policy")).toBe("same-origin");
    const page = answer.headers.get("content-security-policy");
    expect(page).toContain("form-action 'self'");
    expect(page).toContain("frame-ancestors 'none'");
    expect([(await standing())[SECOND], await kept()]).toEqual(["removed", 0]);
  });

  test("is confirmed on our own page alone, by whom was asked, and once", async () => {
    const owner = await signedIn();
    const { letter } = await owner.comesBack(`code=${await codeFor({ userType: "Location", location: FIRST })}`);
    expect((await owner.confirms(letter, "https://elsewhere.example.com")).status).toBe(401);
    const colleague = await signedIn(await keyOf(FIRST));
    expect((await colleague.confirms(letter)).status).toBe(403);
    const altered = letter.replace(/^1\../, (start) => (start === "1.A" ? "1.B" : "1.A"));
    expect((await owner.confirms(altered)).status).toBe(403);
    expect([(await standing())[FIRST], await kept()]).toEqual(["removed", 0]);
    expect(await owner.confirms(letter)).toMatchObject({ status: 303, to: "/settings" });
    expect((await standing())[FIRST]).toBe("connected");
    expect((await owner.confirms(letter)).status).toBe(403);
  });

  test("of a company names the accounts that come with it, and of another team's is nobody's to connect", async () => {
    const owner = await signedIn();
    const choice = { userType: "Company", locations: [FIRST, SECOND] };
    const { text, letter } = await owner.comesBack(`code=${await codeFor(choice)}`);
    for (const shown of ["Connect this company?", COMPANY, `Team 2 (simulated) (${SECOND})`])
      expect(text).toContain(shown);
    expect((await standing())[SECOND]).toBe("removed");
    const colleague = await signedIn(await keyOf(FIRST));
    expect((await colleague.comesBack(`code=${await codeFor(choice)}`)).text).toContain(
      "by who may see all of its teams",
    );
    const other = { userType: "Location", location: SECOND };
    expect((await colleague.comesBack(`code=${await codeFor(other)}`)).text).toContain("your own team only");
    expect((await owner.confirms(letter)).status).toBe(303);
    await until(async () => (await standing())[SECOND]).toBe("connected");
  });
});

describe("whatever happens", () => {
  test("one team's key opens nothing of another's, and sees no other connection", async () => {
    await install({ userType: "Company", locations: [FIRST, SECOND] });
    await until(async () => (await standing())[SECOND]).toBe("connected");
    const key = await keyOf(SECOND);
    expect((await ask(ours, `/v1/locations/${SECOND}/leads`, { key })).status).toBe(200);
    expect((await ask(ours, `/v1/locations/${FIRST}/leads`, { key })).status).toBe(403);
    expect((await ask(ours, `/v1/locations/${FIRST}/disconnect`, { key, body: {} })).status).toBe(403);
    const seen = (await (await ask(ours, "/v1/connections", { key })).json()) as Record<string, Connection[]>;
    expect(seen["items"]?.map(({ location }) => location)).toEqual([SECOND]);
    expect(seen).not.toHaveProperty("companies");
    await expect(liveAs(key, FIRST)).resolves.toBe("closed");
    await expect(liveAs(key, SECOND)).resolves.toBe("open");
  });

  test("no row of a team names a lead of another", async () => {
    for (const table of ["event", "lead", "outbox", "message", "decision", "run"]) {
      const { rows } = await db.database.asOwner((sql) =>
        sql.query<{ location: string; lead: string }>(
          `select distinct location_id as location, lead_id as lead from ${table} where lead_id like '%-team-%'`,
        ),
      );
      const crossed = rows.filter(({ location, lead }) => !lead.endsWith(location));
      expect([table, crossed]).toEqual([table, []]);
    }
  });

  test("no token, code or secret is in a log, and none lies open in the database", async () => {
    const given = [...simulator.given(), KEY];
    expect(given.length).toBeGreaterThan(20);
    const said = logs.map((log) => readFileSync(log, "utf8")).join("\n");
    expect(said).toContain("latchkey_started");
    const { rows } = await db.database.asOwner((sql) =>
      sql.query<{ text: string }>(
        `select t::text as text from token as t union all select i::text from installation as i
          union all select a::text from audit as a union all select c::text from company as c
          union all select s::text from install_state as s`,
      ),
    );
    const kept = rows.map(({ text }) => text).join("\n");
    expect(given.filter((secret) => said.includes(secret) || kept.includes(secret))).toEqual([]);
  });
});

/** An API key of one team, made as the command line makes it. */
async function keyOf(location: string): Promise<string> {
  const { openAccess } = await import("../src/tenancy/index.ts");
  const clock = { now: Date.now, real: Date.now, elapsed: () => performance.now() };
  const access = openAccess({ database: db.database, clock });
  return (await access.makeKey({ location, name: "test", role: "owner", by: "test" })).key;
}

/** Whether the live hub lets a key watch a location. */
function liveAs(key: string, location: string): Promise<"open" | "closed"> {
  const socket = new WebSocket(`${ours.url.replace("http", "ws")}/live?location=${location}`);
  return new Promise((resolve) => {
    socket.on("open", () => socket.send(JSON.stringify({ op: "auth", token: key })));
    socket.on("message", (data) => {
      if ((JSON.parse(String(data)) as { op: string }).op !== "hello") return;
      resolve("open");
      socket.close();
    });
    socket.on("close", () => resolve("closed"));
    socket.on("error", () => resolve("closed"));
  });
}

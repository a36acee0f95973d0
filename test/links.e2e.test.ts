// A link of a message, whole: two processes of Latchkey on one database, the one with HTTP and the one with turns, and the
// simulated CRM. A lead writes, is answered with links, and follows one; what it does moves its run. Each test goes on from
// where the one before left off.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readFlags } from "../simulator/flags.ts";
import { openSimulator, type Simulator } from "../simulator/simulator.ts";
import { environmentOf, openVictim, type Victim } from "./chaos/processes.ts";
import { databasePerFile } from "./database.ts";

const LOCATION = "team-one";
const KEY = "owner-key-of-the-test";
/** Where the world finds us; the tests knock at the loopback address behind it. */
const PUBLIC = "https://go.example.com";
const SITE = "https://www.example.com";
const TOUR = "https://homes.example.net/tours/14-alder-court?from=text";
const HOME = `${SITE}/homes/MLS-7?from=mail`;
const CHROME =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1";
/** An answer may go at any hour; an e-mail that is no marketing, too. */
const WORKFLOWS = `
workflow: tour
enroll: { when: message.received }
steps:
  - { id: offer, send: offer, via: sms, purpose: reply }
  - id: looked
    wait_for: link.clicked
    of: offer
    within: 1d
    then:
      - { id: keen, tag: Looked }
      - { id: homes, send: homes, via: email, purpose: transactional }
      - id: read
        wait_for: email.clicked
        of: homes
        within: 1d
        then: [{ id: reader, tag: Reads mail }]
      - id: seen
        wait_for: { property_view: { property.id: MLS-7 } }
        within: 1d
        then: [{ id: saw, tag: Saw MLS-7 }]
---
templates:
  offer: { sms: "Shall we? ${TOUR}" }
  homes:
    email:
      subject: "Homes like it"
      html: '<p>Two more:</p><a href="${HOME}">MLS-7</a> <a href="https://homes.example.net/8">MLS-8</a>'
`;

const db = databasePerFile();
let simulator: Simulator;
let folder: string;
let web: Victim;
let worker: Victim;
let lead: string;
let offer: string;
let mail: readonly string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "latchkey-links-"));
  mkdirSync(join(folder, "workflows"));
  writeFileSync(join(folder, "workflows", "tour.yaml"), WORKFLOWS);
  simulator = await openSimulator(
    readFlags(["--no-town", "--location", LOCATION, "--token", "test-token", "--retry-base-ms", "100"]),
  );
  writeFileSync(join(folder, "keys.pem"), simulator.ready.webhookPublicKeyPem);
  worker = await open("worker");
  web = await open("web");
  await tell("target", { webhookUrl: `${web.url}/webhooks/highlevel` });
});
afterAll(async () => {
  await web?.stop();
  await worker?.stop();
  await simulator?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

async function open(role: string): Promise<Victim> {
  const victim = await openVictim(
    {
      ...environmentOf({ databaseUrl: db.url, key: KEY, folder }),
      ...{ LATCHKEY_ROLES: role, LATCHKEY_URL: PUBLIC },
      HIGHLEVEL_API_URL: simulator.ready.url,
      HIGHLEVEL_LOCATION: LOCATION,
      HIGHLEVEL_TOKEN: "test-token",
    },
    join(folder, `${role}.log`),
  );
  victim.start();
  await victim.ready();
  return victim;
}

async function tell<T>(path: string, body: object): Promise<T> {
  const answer = await fetch(`${simulator.ready.url}/_sim/${path}`, { method: "POST", body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}
async function ask<T>(path: string, body?: object): Promise<T> {
  const answer = await fetch(`${web.url}/v1/locations/${LOCATION}/${path}`, {
    headers: { authorization: `Bearer ${KEY}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}
/** Opens an address of a message, as the lead's browser or as whoever says to be another. */
const follow = (link: string, headers: Record<string, string> = {}) =>
  fetch(link.replace(PUBLIC, web.url), { redirect: "manual", headers: { "user-agent": CHROME, ...headers } });

const until = <T>(look: () => Promise<T> | T) => expect.poll(look, { timeout: 60_000, interval: 100 });
const tags = () => simulator.crm.contacts.get(lead)?.tags ?? [];
const sentTo = (channel: string) =>
  [...simulator.crm.messages.values()].filter((one) => one.contactId === lead && one.channel === channel);
const wrapped = (text = "") => [...text.matchAll(/https:\/\/go\.example\.com\/l\/[\w-]+/g)].map(([link]) => link);

interface Leg {
  readonly state: string;
  readonly told: readonly { readonly told: string; readonly by: string }[];
}
async function counted(channel: string): Promise<Record<string, number>> {
  const { channels } = await ask<{ channels: { key: string; stages: Record<string, number> }[] }>("insights/messages");
  const stages = channels.find(({ key }) => key === channel)?.stages ?? {};
  return Object.fromEntries(Object.entries(stages).filter(([, count]) => count !== 0));
}
const timeline = async () =>
  (await ask<{ items: { title: string; detail?: string }[] }>(`leads/${lead}/timeline?fold=0`)).items;
const titles = async (title: string) => (await timeline()).filter((item) => item.title === title);
/** What was asked of our links, by people and by machines. */
const clicks = async () =>
  (
    await db.database.transaction([LOCATION], (sql) =>
      sql.query<{ channel: string; people: number; machines: number }>(
        "select channel, sum(people)::int as people, sum(machines)::int as machines from link_click where location_id = $1 group by 1 order by 1",
        [LOCATION],
      ),
    )
  ).rows;
/** How many e-mail statistics we have answered. */
const acknowledged = async () =>
  (
    (await (await fetch(`${simulator.ready.url}/_sim/webhooks`)).json()) as { acknowledged: { type: string }[] }
  ).acknowledged.filter(({ type }) => type === "LCEmailStats").length;
/** A person takes longer to read than a gateway: what is followed within five seconds is a machine's. */
const readFor = async (ms: number, from = Date.now()) => until(() => Date.now() - from).toBeGreaterThan(ms);

test("a lead who writes is answered with a link of ours in the place of the true one", async () => {
  const contact = { firstName: "Ada", phone: "+15125550142", email: "ada@example.com" };
  lead = (await tell<{ contact: { id: string } }>("contacts", { contact })).contact.id;
  await tell("inbound", { contactId: lead, body: "Is it still free?" });
  await until(() => sentTo("SMS").length).toBe(2);
  const text = sentTo("SMS")[1]?.body ?? "";
  expect(text).toMatch(/^Shall we\? https:\/\/go\.example\.com\/l\/1[\w-]{28}$/);
  [offer = ""] = wrapped(text);
  await until(() => counted("sms")).toMatchObject({ accepted: 1, delivered: 1 });
});

test("scanners, previews and what is fetched ahead are led on or refused, and are nobody's click", async () => {
  const scanned = await follow(offer, { "user-agent": "facebookexternalhit/1.1" });
  expect([scanned.status, scanned.headers.get("location")]).toEqual([302, TOUR]);
  expect((await follow(offer, { "sec-purpose": "prefetch" })).status).toBe(503);
  expect((await fetch(offer.replace(PUBLIC, web.url), { redirect: "manual", method: "HEAD" })).status).toBe(302);
  expect((await follow(`${offer.slice(0, -1)}${offer.endsWith("A") ? "B" : "A"}`)).status).toBe(404);
  expect(await clicks()).toEqual([{ channel: "sms", people: 0, machines: 1 }]);
  expect(tags()).toEqual([]);
});

test("a person is led to the true address; the click is the lead's, and its run goes on in the process of turns", async () => {
  await readFor(5_000);
  const went = await follow(offer);
  expect([went.status, went.headers.get("location")]).toEqual([302, TOUR]);
  await until(tags).toContain("Looked");
  await until(() => counted("sms")).toMatchObject({ accepted: 1, delivered: 1, clicked: 1 });
  expect(await titles("Clicked a link")).toEqual([expect.objectContaining({ detail: TOUR })]);
  const { items } = await ask<{ items: { state: string; legs: Leg[] }[] }>(`messages?lead=${lead}&channel=sms`);
  expect(items).toHaveLength(1);
  expect(JSON.stringify(items[0]?.legs)).toContain('"clicked"');
});

test("the same person again is led on, and told of no second time", async () => {
  expect((await follow(offer)).headers.get("location")).toBe(TOUR);
  expect(await clicks()).toEqual([{ channel: "sms", people: 2, machines: 1 }]);
  expect(await titles("Clicked a link")).toHaveLength(1);
});

test("of an e-mail's links a gateway follows all at once; what the mail provider counts of ours is counted once", async () => {
  const site = await ask<{ key: string }>("site", { allow: SITE });
  expect(site.key).toMatch(/^site_/);
  await until(() => sentTo("Email").length).toBe(1);
  await until(() => counted("email")).toMatchObject({ delivered: 1 });
  const [message] = sentTo("Email");
  mail = wrapped(message?.body);
  expect(mail).toHaveLength(2);
  await Promise.all(mail.map((link) => follow(link, { "user-agent": "Mozilla/5.0 Barracuda" })));
  await readFor(5_000);
  expect((await follow(mail[1] ?? "")).headers.get("location")).toBe("https://homes.example.net/8");
  const before = await acknowledged();
  await tell("email", { messageId: message?.id, event: "clicked", url: mail[1] });
  await until(acknowledged).toBeGreaterThan(before);
  await until(tags).toContain("Reads mail");
  await until(() => counted("email")).toMatchObject({ accepted: 1, delivered: 1, clicked: 1 });
});

test("to the team's own pages a click takes a pass along: with it the visitor is the lead, and what is looked at is the lead's", async () => {
  await readFor(1_000);
  const went = await follow(mail[0] ?? "");
  const to = new URL(went.headers.get("location") ?? "");
  const pass = to.searchParams.get("lk") ?? "";
  to.searchParams.delete("lk");
  expect([went.status, to.href]).toEqual([302, HOME]);
  const { key } = await ask<{ key: string }>("site");
  const track = (body: object) =>
    fetch(`${web.url}/v1/track?site=${key}`, {
      method: "POST",
      headers: { origin: SITE, "content-type": "application/json", "user-agent": CHROME },
      body: JSON.stringify(body),
    });
  const view = { type: "property_view", properties: { property: { id: "MLS-7", price: 450_000 } } };
  const visit = { visitor: "v_0123456789abcdef", pass, events: [view] };
  expect((await track(visit)).status).toBe(202);
  await until(tags).toContain("Saw MLS-7");
  expect(await ask(`runs?lead=${lead}`)).toMatchObject({ items: [{ workflow: { id: "tour" }, status: "completed" }] });
  // what the provider told of the other link was read before this, in the order of the lead's mail
  expect((await titles("Clicked a link in an email")).map(({ detail }) => detail)).toEqual([
    HOME,
    "https://homes.example.net/8",
  ]);
});

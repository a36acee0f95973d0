import fastify, { type FastifyInstance } from "fastify";
import { beforeEach, describe, expect, test } from "vitest";
import { databasePerFile } from "../../../test/database.ts";
import { openSignals } from "../../app/signals.ts";
import { idFrom } from "../../kernel/ids.ts";
import { answerProblems } from "../../kernel/problem.ts";
import { HOUR, MINUTE } from "../../kernel/time.ts";
import { saveAlias, saveLeads, stub } from "../../leads/index.ts";
import { addressKey, readAddresses } from "../../outreach/index.ts";
import { withNews } from "../../outreach/sending/stop.ts";
import { messageLinkRoutes } from "../index.ts";

const CHROME =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1";
const KEY = Buffer.from("key-of-addresses");
const EMAIL = "ada@example.com";
const TARGET = "https://homes.example.net/a?b=1";
const OWN = "https://www.example.com/homes/MLS-1?from=mail#photos";

const db = databasePerFile();
let app: FastifyInstance;
let now: number;
let mailed: string[];
let message: string;

const signalsOf = (secret: string) =>
  openSignals({
    database: db.database,
    clock: { now: () => now, real: () => now, elapsed: () => now },
    installations: {
      list: () => ["loc1", "loc2"].map(installed),
      get: (location) => installed(location),
    },
    ...{ secret, addressKey: KEY, url: "https://go.example.com", simulated: false },
    mailed: (location) => void mailed.push(location),
  });
const installed = (location: string) => ({
  ...{ location, status: "active" as const, installedAt: 0, statusAt: 0, timeZone: "America/New_York", seed: "s" },
  name: location === "loc1" ? `<b>Team "One"</b>` : "Two",
  settings: { site: { key: `site_${location}`, origins: ["https://www.example.com"] } },
});
const signer = (location = "loc1", secret = "s".repeat(32)) => {
  const found = signalsOf(secret).signer(location);
  if (found === undefined) throw new Error("nobody reaches us");
  return found;
};

beforeEach(async () => {
  now = Date.UTC(2026, 10, 18, 19);
  mailed = [];
  await db.database.asOwner((sql) =>
    sql.query("truncate event, mailbox, lead_turn, lead, lead_alias, message, outbox, address, link_click, site_pass"),
  );
  app = fastify();
  answerProblems(app);
  await messageLinkRoutes(app, signalsOf("s".repeat(32)).messages);
  await lead("loc1", "ada");
  await lead("loc2", "ada");
  message = await sent("loc1", "email", [TARGET, OWN]);
  now += HOUR;
});

describe("a link of a message", () => {
  test("is short: 32 letters behind our own name, for a text as for an e-mail", () => {
    const address = link(0);
    expect(address).toMatch(/^https:\/\/go\.example\.com\/l\/1[A-Za-z0-9_-]{28}$/);
    expect(new URL(address).pathname).toHaveLength(32);
  });

  test("leads to what it was signed for, and tells the lead's turn who followed it", async () => {
    const answer = await follow(link(0));
    expect([answer.statusCode, answer.headers.location]).toEqual([302, TARGET]);
    expect(answer.headers).toMatchObject({ "cache-control": "no-store", "referrer-policy": "no-referrer" });
    expect(await letters()).toEqual([
      ["ada", { outbox: message, outcome: "clicked", at: now, channel: "email", link: TARGET }],
    ]);
    expect(mailed).toEqual(["loc1"]);
  });

  test("takes a pass along to the team's own pages, and to nobody else's", async () => {
    const to = new URL(String((await follow(link(1))).headers.location));
    expect(to.origin + to.pathname + to.hash).toBe("https://www.example.com/homes/MLS-1#photos");
    expect(to.searchParams.get("from")).toBe("mail");
    const pass = String(to.searchParams.get("lk"));
    expect(pass).toMatch(/^[A-Za-z0-9_-]{16}$/);
    const { site } = signalsOf("s".repeat(32));
    expect(await site.redeem("loc2", pass)).toBeUndefined();
    expect(await site.redeem("loc1", pass)).toBe("ada");
    expect(await site.redeem("loc1", pass)).toBeUndefined();
    now += 2 * MINUTE;
    expect(String((await follow(link(0))).headers.location)).not.toContain("lk=");
  });

  test("counts once for a person who comes again soon, and again after half an hour", async () => {
    for (const later of [0, MINUTE, 28 * MINUTE, 3 * MINUTE]) {
      now += later;
      await follow(link(0));
    }
    expect(await letters()).toHaveLength(2);
    expect(await clicks()).toEqual([{ place: 0, people: 4, machines: 0 }]);
  });

  test("is no click where a machine looks: by its name, at once, or at all links together", async () => {
    for (const agent of [
      "GoogleImageProxy",
      "facebookexternalhit/1.1 Facebot Twitterbot/1.0",
      "Mozilla/5.0",
      "",
      "python-requests/2",
    ])
      expect((await follow(link(0), { agent })).headers.location).toBe(TARGET);
    const fresh = await sent("loc1", "sms", [TARGET, OWN]);
    now += 4_000;
    await follow(link(0, fresh, "sms"));
    now += MINUTE;
    await follow(link(1, fresh, "sms", OWN));
    now += 300;
    await follow(link(0, fresh, "sms"));
    expect((await letters()).map(([, { link }]) => link)).toEqual([OWN]);
    const counted = await clicks();
    expect(counted).toContainEqual({ place: 0, people: 0, machines: 5 });
    expect(counted).toContainEqual({ place: 0, people: 0, machines: 2 });
  });

  test("tells a look from a visit: HEAD leads on and counts nothing, what is fetched ahead is refused", async () => {
    const looked = await follow(link(0), { method: "HEAD" });
    expect([looked.statusCode, looked.headers.location]).toEqual([302, TARGET]);
    const ahead = await follow(link(0), { headers: { "sec-purpose": "prefetch;prerender" } });
    expect([ahead.statusCode, ahead.headers.location]).toEqual([503, undefined]);
    expect([await letters(), await clicks()]).toEqual([[], []]);
  });

  test("altered, forged, of another location or another installation leads nowhere", async () => {
    const good = link(0);
    const token = good.split("/").at(-1) as string;
    const altered = [...token].map(
      (char, place) => token.slice(0, place) + (char === "A" ? "B" : "A") + token.slice(place + 1),
    );
    const forged = [
      ...altered,
      `${token}A`,
      token.slice(0, -1),
      "1",
      `1${"A".repeat(28)}`,
      encodeURIComponent("https://evil.example"),
      signer("loc2").link({ message, channel: "email", place: 0, target: TARGET }).split("/").at(-1) as string,
      signer("loc1", "t".repeat(32))
        .link({ message, channel: "email", place: 0, target: TARGET })
        .split("/")
        .at(-1) as string,
      signer().link({ message, channel: "email", place: 1, target: TARGET }).split("/").at(-1) as string,
      signer().link({ message, channel: "email", place: 9, target: TARGET }).split("/").at(-1) as string,
      signer().link({ message, channel: "sms", place: 0, target: TARGET }).split("/").at(-1) as string,
      signer()
        .link({ message, channel: "email", place: 0, target: "https://evil.example" })
        .split("/")
        .at(-1) as string,
    ];
    for (const one of forged) {
      const answer = await follow(`https://go.example.com/l/${one}`);
      expect([one, answer.statusCode, answer.headers.location]).toEqual([one, 404, undefined]);
    }
    expect(await letters()).toEqual([]);
    expect((await follow(good)).statusCode).toBe(302);
  });

  test("leads nowhere new where the message at rest was altered: its target is part of what is signed", async () => {
    const good = link(0);
    await db.database.asOwner((sql) =>
      sql.query(`update message set rendered = jsonb_set(rendered, '{email,links,0}', '"https://evil.example"')`),
    );
    expect((await follow(good)).statusCode).toBe(404);
  });

  test("of a contact that was merged tells the survivor, whose turn does not hold the message", async () => {
    await db.database.transaction(["loc1"], (sql) => saveAlias(sql, "loc1", "ada", "ben"));
    await follow(link(0));
    const { rows } = await db.database.asOwner((sql) =>
      sql.query("select lead_id as lead, type, source, data from event"),
    );
    const data = { "message.id": message, channel: "email", link: TARGET };
    expect(rows).toEqual([{ lead: "ben", type: "email.clicked", source: "site", data }]);
  });

  test("is a line of no log: the answer names neither lead nor message where it fails", async () => {
    const answer = await follow("https://go.example.com/l/1<script>");
    expect(answer.statusCode).toBe(404);
    expect(answer.body).not.toMatch(/script>|ada/);
  });
});

describe("the way out of an e-mail", () => {
  test("is shown and changes nothing: no script, no cookie, nothing from elsewhere, and the team's name is text", async () => {
    const answer = await show();
    expect([answer.statusCode, answer.headers["set-cookie"]]).toEqual([200, undefined]);
    const policy = String(answer.headers["content-security-policy"]);
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
    );
    expect(answer.body).toContain("&lt;b&gt;Team &quot;One&quot;&lt;/b&gt;");
    expect(answer.body).not.toMatch(/<b>|<script|ada@example/);
    expect(answer.body).toMatch(/<form method="post">[\s\S]*<button type="submit">Unsubscribe<\/button>/);
    expect([await letters(), await address()]).toEqual([[], {}]);
  });

  test.each([
    ["application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"],
    [
      "multipart/form-data; boundary=b",
      '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n',
    ],
    ["application/x-www-form-urlencoded", "scope=all"],
  ])(
    "takes a post as %s of what a mail program or our page sends, without a redirect, and twice",
    async (type, body) => {
      for (const _ of [1, 2]) {
        const answer = await post(body, { type });
        expect([answer.statusCode, answer.headers.location]).toEqual([200, undefined]);
      }
      const [first] = await letters();
      expect(first).toEqual([
        "ada",
        { outbox: message, outcome: "unsubscribed", at: now, channel: "email", detail: "link" },
      ]);
      expect(mailed).toEqual(["loc1", "loc1"]);
    },
  );

  test("asks again where a post says neither", async () => {
    for (const body of ["", "scope=everything", "List-Unsubscribe=Two-Click"]) {
      const answer = await post(body);
      expect([answer.statusCode, answer.body.includes("<form")]).toEqual([400, true]);
    }
    expect([await letters(), await address()]).toEqual([[], {}]);
  });

  test("may end one kind alone: the workflow's", async () => {
    expect((await post("scope=kind")).body).toContain("Other e-mails");
    expect((await post("scope=kind")).statusCode).toBe(200);
    expect(await address()).toMatchObject({ muted: { nurture: now } });
    expect((await address()).optedOutAt).toBeUndefined();
    const { rows } = await db.database.asOwner((sql) => sql.query("select type, data from event limit 1"));
    expect(rows[0]).toMatchObject({ type: "consent.changed", data: { workflow: "nurture", to: "muted", by: "link" } });
  });

  test("ends what goes to the address it was sent to, also when the lead has another by now", async () => {
    await lead("loc1", "ada", "new@example.com");
    expect((await post("scope=all")).statusCode).toBe(200);
    const optedOutAt = now;
    expect(await letters()).toEqual([]);
    now += HOUR;
    await post("scope=all");
    expect(await address()).toMatchObject({
      optedOutAt,
      optOut: { by: "link", rule: "unsubscribed", matched: "the unsubscribe link", event: message },
    });
    expect(await address("new@example.com")).toEqual({});
    expect(await address(EMAIL, "loc2")).toEqual({});
  });

  test("of a contact that was merged is its turn's, and keeps back at once what the survivor with its address would get", async () => {
    await lead("loc1", "ben");
    await db.database.transaction(["loc1"], (sql) => saveAlias(sql, "loc1", "ada", "ben"));
    expect((await post("scope=all")).statusCode).toBe(200);
    expect(await letters()).toMatchObject([["ada", { outcome: "unsubscribed" }]]);
    const news = await db.database.transaction("*", (sql) =>
      withNews(
        sql,
        ["loc1", "loc2"].map((location) => ({ location, lead: location === "loc1" ? "ben" : "ada", channel: "email" })),
      ),
    );
    expect(news({ location: "loc1", lead: "ben", channel: "email" })).toBe(true);
    expect(news({ location: "loc2", lead: "ada", channel: "email" })).toBe(false);
    await db.database.asOwner((sql) => sql.query("delete from outbox"));
    await post("scope=all");
    expect(await address()).toMatchObject({ optedOutAt: now });
  });

  test("holds for years: a message whose row in the outbox is gone still ends them", async () => {
    await db.database.asOwner((sql) => sql.query("delete from outbox"));
    now += 900 * 24 * HOUR;
    expect((await post("List-Unsubscribe=One-Click")).statusCode).toBe(200);
    expect(await address()).toMatchObject({ optedOutAt: now });
  });

  test("altered, of another location or another installation is nobody's", async () => {
    const token = wayOut().split("/").at(-1) as string;
    const altered = [...token].map(
      (char, place) => token.slice(0, place) + (char === "A" ? "B" : "A") + token.slice(place + 1),
    );
    const forged = [
      ...altered,
      signer("loc2").unsubscribe({ message, email: EMAIL }).split("/").at(-1) as string,
      signer("loc1", "t".repeat(32)).unsubscribe({ message, email: EMAIL }).split("/").at(-1) as string,
      link(0).split("/").at(-1) as string,
    ];
    for (const one of forged) {
      expect((await post("scope=all", { at: `/u/${one}` })).statusCode).toBe(404);
      expect((await follow(`https://go.example.com/l/${one}`)).statusCode).toBe(one.length === 29 ? 302 : 404);
    }
    expect(await address()).toEqual({});
  });
});

const link = (
  place: number,
  of = message,
  channel: "email" | "sms" = "email",
  target = [TARGET, OWN][place] as string,
) => signer().link({ message: of, channel, place, target });
const wayOut = () => signer().unsubscribe({ message, email: EMAIL });

interface Manner {
  readonly agent?: string;
  readonly method?: "GET" | "HEAD";
  readonly headers?: Record<string, string>;
}
const follow = (address: string, { agent = CHROME, method = "GET", headers = {} }: Manner = {}) =>
  app.inject({ method, url: new URL(address).pathname, headers: { "user-agent": agent, ...headers } });
const show = () => app.inject({ url: new URL(wayOut()).pathname });
const post = (payload: string, { type = "application/x-www-form-urlencoded", at = new URL(wayOut()).pathname } = {}) =>
  app.inject({ method: "POST", url: at, payload, headers: { "content-type": type } });

const lead = (location: string, id: string, email = EMAIL) =>
  db.database.transaction([location], (sql) => {
    const known = { ...stub(location, id), stub: false };
    return saveLeads(sql, location, [{ ...known, contact: { ...known.contact, email } }], { now });
  });

/** A message that its provider took, a minute after it was made. */
async function sent(location: string, channel: string, links: readonly string[]): Promise<string> {
  const id = idFrom(location, channel, now);
  await db.database.transaction([location], async (sql) => {
    await sql.query(
      `insert into outbox (location_id, outbox_id, lead_id, kind, workflow, path, lane, priority, channels, place, state, created_at, body)
       values ($1, $2, 'ada', 'message', 'nurture', 'text', 2, 50, array[$3], 0, 'accepted', $4, '{}')`,
      [location, id, channel, new Date(now)],
    );
    await sql.query(
      `insert into message (location_id, message_id, lead_id, created_at, rendered, template, template_hash, decided, delivery)
       values ($1, $2, 'ada', $3, $4, 't', 'h', '[]', $5)`,
      [
        location,
        id,
        new Date(now),
        JSON.stringify({ [channel]: { channel, text: "Hi", links } }),
        JSON.stringify({ acceptedAt: now }),
      ],
    );
    // the sender locks, and so makes, the row of the address it writes to
    await sql.query(
      "insert into address (location_id, channel, address_hash) values ($1, 'email', $2) on conflict do nothing",
      [location, addressKey(KEY, "email", EMAIL)],
    );
  });
  return id;
}

async function letters(): Promise<[string, { link?: string }][]> {
  const { rows } = await db.database.asOwner((sql) =>
    sql.query<{ lead: string; body: object }>(
      "select lead_id as lead, body from mailbox where kind = 'answer' order by seq",
    ),
  );
  return rows.map(({ lead, body }) => [lead, body]);
}

const clicks = async () =>
  (
    await db.database.asOwner((sql) =>
      sql.query("select place, people, machines from link_click order by place, people"),
    )
  ).rows;

async function address(email = EMAIL, location = "loc1") {
  const known = await db.database.transaction([location], (sql) =>
    readAddresses(sql, location, [{ id: "ada", addresses: { email } }], KEY),
  );
  const { sends: _, ...fact } = known.get("ada")?.email ?? { sends: [] };
  return fact;
}

import Fastify from "fastify";
import { describe, expect, test } from "vitest";
import { databasePerFile } from "../../test/database.ts";
import { postgresStore, SEED, ZONE } from "../../test/stores.ts";
import { openFacts } from "../kernel/facts.ts";
import { answerProblems } from "../kernel/problem.ts";
import { DAY, HOUR, type Instant } from "../kernel/time.ts";
import { mustBe, type Role } from "../tenancy/index.ts";
import { type BacktestSums, backtest, backtestRoutes, type LeadBacktest, openSums, placeIn } from "./index.ts";
import { played, START } from "./store.contract.ts";

const db = databasePerFile();
let places = 0;

const place = placeIn(ZONE, SEED);
const born = (lead: string, after: number) => ({ after, lead, beat: { what: "born" as const, refused: false } });

/** A location with a past: ada says nothing and looks around, bob answers. */
async function past(): Promise<{ location: string; until: Instant; live: string }> {
  places += 1;
  const location = `past${places}`;
  const beats = [
    born("ada", 1_000),
    born("bob", HOUR),
    { after: HOUR, lead: "bob", beat: { what: "wrote" as const, text: "Yes" } },
    { after: 2 * DAY, lead: "ada", beat: { what: "viewed" as const } },
  ];
  await played(await postgresStore(db, location), { beats });
  const { rows } = await db.database.transaction([location], (sql) =>
    sql.query<{ text: string }>(
      "select content -> 'sources' -> 0 ->> 'text' as text from publication where location_id = $1",
      [location],
    ),
  );
  return { location, until: START + 9 * DAY, live: rows[0]?.text ?? "" };
}

const collect = async (
  location: string,
  until: Instant,
  text: string,
  { since = START, sums, file = "test.yaml" }: { since?: Instant; sums?: BacktestSums; file?: string } = {},
): Promise<LeadBacktest[]> => {
  const leads: LeadBacktest[] = [];
  const asked = { location, place, files: [{ file, text }], since, until };
  for await (const lead of backtest(db.database, asked, sums)) {
    leads.push(lead);
    sums?.add(lead);
  }
  return leads;
};

const really = async (location: string) =>
  (
    await db.database.transaction([location], (sql) =>
      sql.query<{ lead: string; step: string }>(
        `select lead_id as lead, path as step from outbox
          where location_id = $1 and kind = 'message' and state = 'accepted' order by lead_id, created_at`,
        [location],
      ),
    )
  ).rows;

const rowsIn = async (location: string) =>
  (
    await db.database.transaction([location], (sql) =>
      sql.query<{ count: number }>(
        `select (select count(*) from event where location_id = $1)::int + (select count(*) from run where location_id = $1)::int
              + (select count(*) from outbox where location_id = $1)::int + (select count(*) from turn where location_id = $1)::int
              + (select count(*) from publication where location_id = $1)::int as count`,
        [location],
      ),
    )
  ).rows[0]?.count;

describe("a backtest", () => {
  test("says of what is live what has really happened, replies included, and writes nothing", async () => {
    const { location, until, live } = await past();
    const before = await rowsIn(location);
    const leads = await collect(location, until, live);
    const said = leads.flatMap(({ lead, live: { messages } }) => messages.map(({ step }) => ({ lead, step })));
    expect(said).toEqual(await really(location));
    expect(
      leads.map(({ live: side, draft }) => [side, draft]).every(([a, b]) => JSON.stringify(a) === JSON.stringify(b)),
    ).toBe(true);
    expect(await rowsIn(location)).toBe(before);
  });

  test("says what a draft would have sent, and whom it would have let in", async () => {
    const { location, until, live } = await past();
    const draft =
      `${live.replace("when: contact.created, again: always", "when: contact.created, again: always, if: { contact.first_name: bob }")}
---
workflow: second
enroll: { when: contact.created }
steps: [ { id: also, send: nudge, via: email } ]
`.replace(
        'nudge: { sms: "Still looking?" }',
        'nudge: { sms: "Still looking?", email: { subject: Looking, body: "Still?" } }',
      );
    const sums = openSums();
    for (const lead of await collect(location, until, draft)) sums.add(lead);
    const { leads, live: now, draft: then } = sums.read();
    expect(leads).toBe(2);
    expect(now.entered).toEqual({ welcome: 2 });
    expect(then.entered).toEqual({ welcome: 1, second: 2 });
    expect(then.messages["second"]).toEqual({ email: 2 });
    expect(then.close).toBe(1);
    expect(now.close).toBe(0);
  });

  test("reacts to a message only as the lead did to the same one", async () => {
    const { location, until, live } = await past();
    const thankful = live.replace("then: [ { tag: answered } ]", "then: [ { id: thanks, send: guide, via: sms } ]");
    const stepsOf = async (text: string) =>
      (await collect(location, until, text)).find(({ lead }) => lead === "bob")?.draft.messages.map(({ step }) => step);
    expect(await stepsOf(thankful)).toContain("thanks");
    const otherwise = await stepsOf(thankful.replace("send: hello", "send: guide"));
    expect(otherwise?.[0]).toBe("hello");
    expect(otherwise).not.toContain("thanks");
  });

  test("knows that a draft is what is live, in all or in one workflow of it", async () => {
    const { location, until, live } = await past();
    const about = async (text: string) => {
      const sums = openSums();
      await collect(location, until, text, { sums });
      return sums.read().drafted;
    };
    const welcome = { workflow: "welcome", same: true, enroll: ["when contact.created"] };
    const same = await about(live);
    expect(same).toMatchObject({ since: START, until, same: true });
    expect(same?.workflows).toContainEqual(welcome);
    // where a step stands in its file is no part of what it does
    expect(await about(`# the same, a line lower\n${live}`)).toMatchObject({ same: true });
    const more = await about(`${live}\n---\nworkflow: second\nsteps: [ { tag: seen } ]\n`);
    expect(more?.same).toBe(false);
    expect(more?.workflows).toContainEqual(welcome);
    const second = { workflow: "second", same: false, enroll: ["by start, API or hand"], byHand: true };
    expect(more?.workflows).toContainEqual(second);
  });

  test("counts what began a workflow and took nobody in, by what stood against it", async () => {
    const { location, until } = await past();
    const sums = openSums();
    const draft = `workflow: nobody
enroll: { when: contact.created, if: { contact.first_name: zoe } }
steps: [ { tag: seen } ]
---
workflow: never
enroll: { when: appointment.booked }
steps: [ { tag: seen } ]
`;
    await collect(location, until, draft, { sums, file: "more.yaml" });
    const { draft: then, live: now } = sums.read();
    expect(then.turned).toEqual({ nobody: { "enroll.condition": 2 } });
    expect(now.turned).toEqual({});
  });

  test("begins where it is told to", async () => {
    const { location, until, live } = await past();
    const leads = await collect(location, until, live, { since: START + DAY });
    expect(leads.flatMap(({ live: side }) => side.entered)).toEqual([]);
    expect(leads.flatMap(({ live: side }) => side.messages).every(({ at }) => at >= START + DAY)).toBe(true);
  });

  test("refuses a draft that does not compile, and says where", async () => {
    const { location, until } = await past();
    await expect(collect(location, until, "workflow: a\nsteps: [ { snd: hello } ]")).rejects.toMatchObject({
      errors: [{ field: "test.yaml:2:12" }],
    });
  });

  test("over HTTP is lines of JSON, summed up by the last", async () => {
    const { location, until, live } = await past();
    const app = Fastify();
    answerProblems(app, openFacts());
    backtestRoutes(app, {
      database: db.database,
      clock: { now: () => until, real: () => until, elapsed: () => 0 },
      place: () => place,
      authorize: async ({ headers }, _location, least) =>
        mustBe({ id: "ana", name: "Ana", role: headers.authorization as Role, locations: "*" }, least ?? "viewer"),
    });
    const ask = (role: string, payload: object) =>
      app.inject({
        method: "POST",
        url: `/v1/locations/${location}/workflows/backtest`,
        headers: { authorization: role },
        payload,
      });
    const files = [{ file: "test.yaml", text: live }];
    const answer = await ask("manager", { files, since: "30d" });
    const lines = answer.body
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(answer.headers["content-type"]).toContain("application/x-ndjson");
    expect(lines.map(({ lead }) => lead)).toEqual(["ada", "bob", undefined]);
    expect(lines.at(-1)).toMatchObject({
      summary: { leads: 2, live: { entered: { welcome: 2 } }, drafted: { same: true } },
      more: false,
    });
    expect((await ask("agent", { files })).statusCode).toBe(403);
    expect((await ask("owner", { files, since: "soon" })).statusCode).toBe(400);
    expect((await ask("owner", { files: [{ file: "test.yaml", text: "workflow: [" }] })).json()).toMatchObject({
      code: "invalid-input",
    });
    expect((await ask("owner", { files })).statusCode).toBe(200);
    await app.close();
  });
});

// Every way a message goes out, row by row, with every place at which a process may die.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { databasePerFile } from "../../../test/database.ts";
import { virtualClock } from "../../database/index.ts";
import { type Answer, insertMail } from "../../events/index.ts";
import { Unavailable } from "../../kernel/errors.ts";
import { openFacts } from "../../kernel/facts.ts";
import { idFrom } from "../../kernel/ids.ts";
import type { Database, Sql } from "../../kernel/sql.ts";
import { DAY, type Instant, MINUTE, SECOND } from "../../kernel/time.ts";
import { type ChannelName, type Lead, stub } from "../../leads/index.ts";
import { listNotices, readNotice } from "../beyond/notices.ts";
import { receiveReceipts } from "../fate/receipts.ts";
import { addressKey } from "../law/address.ts";
import { lockAddresses } from "../law/addresses.ts";
import type { Permit } from "../law/policy.ts";
import type {
  LookupRequest,
  LookupResult,
  OutboxRow,
  OutgoingMessage,
  ProviderReceipt,
  Rendered,
  SendResult,
} from "../message.ts";
import { insertOutbox, leadOfUnsettled, moveOutbox, takeOutbox } from "./outbox.ts";
import { saveOutcomes } from "./outcome.ts";
import { openBudget, peekWindow } from "./rate.ts";
import { openSender, type Sender, type SenderNeeds } from "./sender.ts";
import { prepare } from "./sending.ts";
import { claimQueued, locationsToSend } from "./store.ts";

const NOTHING_HEARD = { reports: [], lates: [] };
const noon = Date.UTC(2026, 2, 2, 17);
const loc = "loc";
const accepted = (n: number | string): SendResult => ({ result: "accepted", provider: { messageId: `provider-${n}` } });

const db = databasePerFile();
let clock: ReturnType<typeof virtualClock>;
let leads: Map<string, Lead>;
/** What the provider was asked, and what it answers. */
let requests: OutgoingMessage[];
let answer: (message: OutgoingMessage) => SendResult | Promise<SendResult>;
let lookups: LookupRequest[];
let found: (request: LookupRequest) => LookupResult | Promise<LookupResult>;
let records: { kind: string; body: object }[];
let permit: (row: OutboxRow) => Permit;
let senders: Sender[];

beforeEach(async () => {
  await db.database.asOwner((sql) =>
    sql.query(
      "truncate outbox, message, address, notice, provider_receipt, earlier_send, rate_window, mailbox, lead_turn, installation, hold",
    ),
  );
  clock = virtualClock(noon);
  leads = new Map();
  requests = [];
  lookups = [];
  records = [];
  answer = (message) => accepted(message.key);
  found = () => ({ found: "none" });
  permit = () => ({ verdicts: [{ code: "quiet.ok", ok: true }], permission: "ok" });
  senders = [];
});
afterEach(() => Promise.all(senders.map((sender) => sender.close())));

const needs = (): SenderNeeds => ({
  database: db.database,
  clock,
  facts: openFacts(),
  budget: openBudget({ database: db.database, clock }),
  leads: async () => leads,
  rights: async () => (row) => permit(row),
  addressKey: "key of the tests",
  channels: Object.fromEntries(
    (["sms", "email"] as const).map((name) => [
      name,
      {
        name,
        send: async (message: OutgoingMessage) => {
          requests.push(message);
          return answer(message);
        },
      },
    ]),
  ),
  records: {
    createTask: async (body) => record("task", body),
    createNote: async (body) => record("note", body),
    changeTags: async (body) => record("tag", body),
    updateContact: async (body) => record("update", body),
    createOpportunity: async (body) => record("opportunity", body),
    updateOpportunity: async (body) => record("opportunity", body),
    changeWorkflow: async (body) => record("highlevel_workflow", body),
  },
  hook: async (body) => record("webhook", body),
  trigger: async (body) => record("crm_trigger", body),
  lookup: async (request) => {
    lookups.push(request);
    return found(request);
  },
  pollMs: 0,
  jitter: () => 0,
});

const active = () =>
  db.database.transaction([loc], (sql) =>
    sql.query("insert into installation (location_id, installed_at, seed, workflow_secret) values ($1, $2, 's', '')", [
      loc,
      new Date(noon),
    ]),
  );

let recordAnswer: SendResult = accepted("record");
function record(kind: string, body: object): SendResult {
  records.push({ kind, body });
  return recordAnswer;
}

function sender(): Sender {
  const opened = openSender(needs());
  senders.push(opened);
  return opened;
}
const pass = () => sender().pass(loc);

const message = (name: string, lead = "maya"): string => idFrom("message", name, lead);

/** Puts an effect into the outbox, as a turn would. */
async function queue(
  name: string,
  change: Partial<OutboxRow> = {},
  lead = "maya",
  more: Partial<Rendered> = {},
): Promise<string> {
  const id = message(name, lead);
  if (!leads.has(lead)) {
    const contact = {
      phone: `+1212555${String(100 + leads.size).padStart(4, "0")}`,
      email: `${lead}@example.com`,
      tags: [],
      custom: {},
    };
    leads.set(lead, { ...stub(loc, lead), contact });
  }
  const row: OutboxRow = {
    ...{ id, location: loc, lead, kind: "message", lane: "normal", priority: 50, workflow: "w", path: name },
    ...{ channels: ["sms"], place: 0, state: "queued", attempt: 0, resent: 0, lookups: 0, provider: {} },
    ...{ createdAt: clock.now(), body: {} },
    ...change,
  };
  const text = `Hello from ${name}`;
  const rendered = {
    sms: { channel: "sms" as const, text, ...more },
    email: { channel: "email" as const, subject: name, text },
  };
  const stored = {
    id,
    location: loc,
    lead,
    createdAt: clock.now(),
    rendered,
    template: name,
    templateHash: "h",
    decided: [],
    delivery: {},
  };
  await db.database.transaction([loc], (sql) =>
    insertOutbox(sql, [row.kind === "message" ? { row, message: stored } : { row }]),
  );
  return id;
}

interface State {
  state: string;
  attempt: number;
  resent: number;
  lookups: number;
  deadline: Instant | null;
  provider: string | null;
}
async function stateOf(id: string): Promise<State> {
  const { rows } = await db.database.transaction([loc], (sql) =>
    sql.query<State>(
      "select state, attempt, resent, lookups, deadline, provider_id as provider from outbox where location_id = $1 and outbox_id = $2",
      [loc, id],
    ),
  );
  return rows[0]!;
}

/** The answers in a lead's mailbox, and empties it as a turn would. */
async function mail(lead = "maya"): Promise<Answer[]> {
  const { rows } = await db.database.transaction([loc], (sql) =>
    sql.query<{ body: Answer }>("delete from mailbox where location_id = $1 and lead_id = $2 returning body, seq", [
      loc,
      lead,
    ]),
  );
  return rows.map((row) => row.body);
}
const outcomes = async (lead?: string) => (await mail(lead)).map((each) => each.outcome);

const column = async (statement: string) => {
  const { rows } = await db.database.transaction([loc], (sql) => sql.query<{ value: unknown }>(statement));
  return rows.map((row) => row.value);
};

const echo = (id: string, text: string, change: Partial<ProviderReceipt> = {}): ProviderReceipt => ({
  ...{
    providerId: id,
    kind: "echo",
    at: clock.now(),
    contact: "maya",
    channel: "sms",
    text,
    provider: { messageId: id },
  },
  ...change,
});
const receive = (...receipts: ProviderReceipt[]) =>
  db.database.transaction([loc], (sql) => receiveReceipts(sql, loc, receipts));

describe("a queued message", () => {
  test("is sent once, accepted with the provider's id, and its lead is told", async () => {
    const id = await queue("hello");
    await pass();
    expect(requests).toEqual([
      {
        key: id,
        location: loc,
        contact: "maya",
        to: "+12125550100",
        rendered: { channel: "sms", text: "Hello from hello" },
      },
    ]);
    expect(await stateOf(id)).toMatchObject({
      state: "accepted",
      attempt: 1,
      deadline: null,
      provider: `provider-${id}`,
    });
    expect(await mail()).toMatchObject([
      { outbox: id, outcome: "accepted", channel: "sms", providerId: `provider-${id}` },
    ]);
    // what became of it is noted by the turn that reads the answer: noted here, the turn would take it for old news
    expect(await column("select delivery as value from message")).toEqual([{}]);
  });

  test("takes its files along, as they were kept when it was decided", async () => {
    const attachments = ["https://latchkey.example.com/media/loc/plan.jpg"];
    await queue("hello", {}, "maya", { attachments });
    await pass();
    expect(requests.map(({ rendered }) => rendered)).toEqual([
      { channel: "sms", text: "Hello from hello", attachments },
    ]);
  });

  test("leaves its send with the number it went to, from the moment of sending on", async () => {
    const id = await queue("hello");
    answer = async () => {
      expect(await column("select sends as value from address where channel = 'phone'")).toEqual([
        [{ at: noon, channel: "sms", workflow: "w", message: id }],
      ]);
      return accepted(1);
    };
    await pass();
    expect(await stateOf(id)).toMatchObject({ state: "accepted" });
  });

  test("keeps the verdicts of the moment of sending", async () => {
    await queue("hello");
    await pass();
    expect(await column("select checked as value from message")).toEqual([[{ code: "quiet.ok", ok: true }]]);
  });

  test("is marked as sending before the request leaves", async () => {
    const id = await queue("hello");
    let during: State | undefined;
    answer = async () => {
      during = await stateOf(id);
      return accepted(1);
    };
    await pass();
    expect(during).toMatchObject({ state: "sending", attempt: 1, deadline: noon + 30 * SECOND });
  });

  test("is sent by one of two senders at once", async () => {
    for (let n = 0; n < 40; n++) await queue("hello", {}, `lead-${n}`);
    await Promise.all([pass(), pass(), pass()]);
    expect(requests).toHaveLength(40);
    expect(new Set(requests.map(({ key }) => key)).size).toBe(40);
  });

  test("that another sender is about to send is not waited for", async () => {
    await queue("hello", {}, "one");
    await db.database.transaction([loc], async (sql) => {
      const open = { transaction: <T>(_: unknown, work: (inner: typeof sql) => Promise<T>) => work(sql) };
      await prepare({ ...needs(), database: open }, loc, { limit: 10, heard: NOTHING_HEARD });
      await db.database.transaction([loc], async (other) => {
        await other.query("set local lock_timeout = '1s'");
        expect(await claimQueued(other, loc, { now: noon, real: noon }, { lanes: [0, 3], limit: 10 })).toEqual([]);
      });
    });
  });

  test("waits for its instant, and for the provider's", async () => {
    await queue("later", { notBefore: noon + 1 });
    await pass();
    expect(requests).toEqual([]);
    clock.advance(1);
    await pass();
    expect(requests).toHaveLength(1);
  });

  test("moved by a turn stands in the lane it was given there", async () => {
    await queue("bulk", { lane: "bulk" });
    await db.database.transaction([loc], async (sql) => {
      const [entry] = await takeOutbox(sql, loc, ["maya"], []);
      await moveOutbox(sql, loc, [{ row: { ...entry!.row, lane: "normal" } }]);
    });
    expect(await column("select lane as value from outbox")).toEqual([2]);
  });

  test("of an urgent lane goes before a bulk one", async () => {
    await queue("bulk", { lane: "bulk" }, "one");
    await queue("reply", { lane: "reply" }, "two");
    await queue("urgent", { lane: "urgent" }, "three");
    await pass();
    expect(requests.map(({ rendered }) => rendered.text?.slice(11))).toEqual(["reply", "urgent", "bulk"]);
  });

  test("with no way to send on its channel is refused", async () => {
    const id = await queue("call", { channels: ["whatsapp" as ChannelName] });
    await pass();
    expect(await stateOf(id)).toMatchObject({ state: "refused" });
  });
});

describe("a location paused by hand", () => {
  const paused = (workflow: string) =>
    db.database.transaction([loc], (sql) =>
      sql.query(
        "insert into hold (location_id, workflow, held_at, held_by, reason) values ($1, $2, $3, 'ada', 'why')",
        [loc, workflow, new Date(noon)],
      ),
    );

  test("sends nothing until it is resumed, also to a sender that looks at all locations", async () => {
    const id = await queue("hello");
    const tag = await queue("mark", { kind: "tag", body: { add: ["Hot"], remove: [] } }, "ben");
    await active();
    const located = () =>
      db.database.transaction("*", async (sql) =>
        (await locationsToSend(sql, { now: clock.now(), real: clock.real() })).map(({ location }) => location),
      );
    expect(await located()).toEqual([loc]);
    await paused("*");
    await pass();
    expect([requests, records, await located()]).toEqual([[], [], []]);
    expect(await stateOf(id)).toMatchObject({ state: "queued", attempt: 0 });
    await db.database.transaction([loc], (sql) => sql.query("delete from hold where location_id = $1", [loc]));
    await pass();
    expect(requests.map(({ key }) => key)).toEqual([id]);
    expect(await stateOf(tag)).toMatchObject({ state: "accepted" });
  });
});

describe("the last check", () => {
  test("obeys a STOP that is committed and not yet decided", async () => {
    const id = await queue("hello");
    const event = { id: idFrom("stop"), type: "message.received", data: { channel: "sms", text: "STOP" } };
    const stop = { location: loc, lead: "maya", kind: "event", event, receivedAt: noon } as const;
    await db.database.transaction([loc], (sql) => insertMail(sql, [stop]));
    await pass();
    expect(requests).toEqual([]);
    expect(await stateOf(id)).toMatchObject({ state: "queued" });
    await mail();
    await pass();
    expect(requests).toHaveLength(1);
  });

  test("obeys a STOP that is committed while it is being asked", async () => {
    const id = await queue("hello");
    const event = { id: idFrom("stop"), type: "message.received", data: { channel: "sms", text: "STOP" } };
    const stop = { location: loc, lead: "maya", kind: "event", event, receivedAt: noon } as const;
    const opened = openSender({
      ...needs(),
      async rights() {
        await db.database.transaction([loc], (sql) => insertMail(sql, [stop]));
        return permit;
      },
    });
    senders.push(opened);
    await opened.pass(loc);
    expect(requests).toEqual([]);
    expect(await stateOf(id)).toMatchObject({ state: "queued" });
  });

  test("hears the mail of whoever held its number before", async () => {
    const contact = { phone: "+12125550199", tags: [], custom: {} };
    leads.set("maya", { ...stub(loc, "maya"), contact });
    const id = await queue("hello");
    const ref = { family: "phone", hash: addressKey("key of the tests", "phone", contact.phone) } as const;
    await db.database.transaction([loc], (sql) => lockAddresses(sql, loc, [ref]));
    let sent: Promise<void> | undefined;
    await db.database.transaction([loc], async (sql) => {
      await lockAddresses(sql, loc, [ref]);
      sent = pass();
      const here = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
      await expect.poll(() => db.database.asOwner(async (owner) => (await owner.query(here)).rowCount)).toBe(1);
      const event = { id: idFrom("stop"), type: "message.received", data: { channel: "sms", text: "STOP" } };
      await insertMail(sql, [{ location: loc, lead: "maya", kind: "event", event, receivedAt: noon }]);
    });
    await sent;
    expect(await stateOf(id)).toMatchObject({ state: "queued", attempt: 0 });
    await mail();
  });

  test("lets only one of two leads with one number go where there is room for one", async () => {
    const contact = { phone: "+12125550199", tags: [], custom: {} };
    for (const lead of ["maya", "double"]) leads.set(lead, { ...stub(loc, lead), contact });
    await queue("hello");
    await queue("hello", {}, "double");
    // a number that is known: making its row would already let nobody else by
    const ref = { family: "phone", hash: addressKey("key of the tests", "phone", contact.phone) } as const;
    await db.database.transaction([loc], (sql) => lockAddresses(sql, loc, [ref]));
    const asking: (() => void)[] = [];
    const both: SenderNeeds = {
      ...needs(),
      async rights() {
        // each has claimed its row before either looks at the number
        await new Promise<void>((go) => {
          asking.push(go);
          if (asking.length === 2) for (const each of asking) each();
        });
        return (_, { addresses }) =>
          (addresses.phone?.sends ?? []).length === 0
            ? permit({} as OutboxRow)
            : { verdicts: [], permission: "blocked" };
      },
    };
    const prepared = await Promise.all([1, 2].map(() => prepare(both, loc, { limit: 1, heard: NOTHING_HEARD })));
    expect(prepared.flatMap(({ departures }) => departures)).toHaveLength(1);
  });

  test("that fails holds the message until there is room, and tells the lead why", async () => {
    const id = await queue("hello");
    permit = () => ({ verdicts: [{ code: "quiet.hours", ok: false }], permission: { hold: noon + 8 * 60 * MINUTE } });
    await pass();
    expect(requests).toEqual([]);
    expect(await stateOf(id)).toMatchObject({ state: "held", attempt: 0 });
    expect(await column("select not_before as value from outbox")).toEqual([noon + 8 * 60 * MINUTE]);
    expect(await column("select checked as value from message")).toEqual([[{ code: "quiet.hours", ok: false }]]);
    expect(await mail()).toMatchObject([{ outbox: id, outcome: "held", channel: "sms", detail: "quiet.hours" }]);
  });

  test("sees what the addresses say now, not what they said when it was decided", async () => {
    const id = await queue("hello");
    await pass();
    await mail();
    const second = await queue("again");
    let seen: unknown;
    const opened = openSender({
      ...needs(),
      rights: async () => (row, facts) => {
        seen = facts.addresses.phone?.sends;
        return permit(row);
      },
    });
    senders.push(opened);
    await opened.pass(loc);
    expect(seen).toMatchObject([{ message: id, channel: "sms" }]);
    expect(await stateOf(second)).toMatchObject({ state: "accepted" });
  });

  test("holds a message to a lead whose profile we do not have", async () => {
    const id = await queue("hello");
    leads.clear();
    await pass();
    expect(await stateOf(id)).toMatchObject({ state: "held" });
  });

  test("lets nothing follow while another of ours is unconfirmed to this lead on this channel", async () => {
    answer = () => ({ result: "unconfirmed", detail: "timeout" });
    await queue("first");
    await pass();
    const second = await queue("second");
    const mailed = await queue("by mail", { channels: ["email"] });
    answer = (each) => accepted(each.key);
    await pass();
    expect(await stateOf(second)).toMatchObject({ state: "queued" });
    expect(await stateOf(mailed)).toMatchObject({ state: "accepted" });
  });

  test("lets two messages to one lead go one after the other, never in one breath", async () => {
    await queue("first");
    await queue("second");
    let together = 0;
    let most = 0;
    answer = async (each) => {
      most = Math.max(most, ++together);
      await db.database.ping();
      together -= 1;
      return accepted(each.key);
    };
    await pass();
    await mail();
    await pass();
    expect([requests.length, most]).toEqual([2, 1]);
  });
});

describe("an attempt", () => {
  test("that is deferred is queued again, not before the provider's instant, and counts towards no cap", async () => {
    const id = await queue("hello");
    answer = () => ({ result: "deferred", retryAt: noon + 10 * SECOND, detail: "429", cause: "rate" });
    await pass();
    expect(await stateOf(id)).toMatchObject({ state: "queued", attempt: 1, deadline: noon + 10 * SECOND });
    expect(await column("select sends as value from address where channel = 'phone'")).toEqual([[]]);
    expect(await outcomes()).toEqual([]);
    answer = () => accepted(1);
    await pass();
    expect(requests).toHaveLength(1);
    clock.advance(10 * SECOND);
    await pass();
    expect(await stateOf(id)).toMatchObject({ state: "accepted", attempt: 2 });
  });

  test.each(["auth", "forbidden", "limit", "unreachable"] as const)(
    "that took nothing says why while it waits (%s), and forgets it once it has gone",
    async (cause) => {
      const id = await queue("hello");
      const write = await queue("hot", { kind: "tag", channels: [], body: { add: ["hot"] } });
      answer = () => ({ result: "deferred", retryAt: noon + SECOND, detail: "no", cause });
      recordAnswer = { result: "deferred", retryAt: noon + SECOND, detail: "no", cause };
      await pass();
      const why = () => column("select state || ' ' || coalesce(put_off, '-') as value from outbox order by kind");
      expect(await why()).toEqual([`queued ${cause}`, `queued ${cause}`]);
      clock.advance(SECOND);
      answer = () => accepted(1);
      recordAnswer = accepted("record");
      await pass();
      expect(await why()).toEqual(["accepted -", "accepted -"]);
      expect([(await stateOf(id)).attempt, (await stateOf(write)).attempt]).toEqual([2, 2]);
    },
  );

  test("to somebody whom the CRM has no more stops at once, writes too, and has it asked who that is", async () => {
    const gone: string[] = [];
    const id = await queue("hello", { channels: ["sms", "email"] });
    const note = await queue("seen", {
      kind: "note",
      channels: [],
      body: { text: "Seen", retry: { times: 5, every: 1 } },
    });
    answer = () => ({ result: "rejected", reason: "gone", status: 404, detail: "Contact not found" });
    recordAnswer = { result: "rejected", reason: "gone", status: 404, detail: "Contact not found" };
    const asking = openSender({ ...needs(), gone: (_, lead) => gone.push(lead) });
    senders.push(asking);
    await asking.pass(loc);
    recordAnswer = accepted("record");
    expect(await stateOf(id)).toMatchObject({ state: "refused" });
    expect(await stateOf(note)).toMatchObject({ state: "rejected", attempt: 1 });
    expect((await mail()).find(({ outbox }) => outbox === id)).toMatchObject({ outcome: "refused", reason: "gone" });
    expect(gone).toEqual(["maya", "maya"]);
  });

  test("that is rejected is refused, for a turn to choose the next channel", async () => {
    const id = await queue("hello", { channels: ["email", "sms"] });
    answer = () => ({ result: "rejected", reason: "bad_address", status: 400, detail: "…" });
    await pass();
    expect(await stateOf(id)).toMatchObject({ state: "refused" });
    expect(await mail()).toMatchObject([
      { outbox: id, outcome: "refused", channel: "email", detail: "bad_address 400: …" },
    ]);
    answer = (each) => accepted(each.key);
    await db.database.transaction([loc], async (sql) => {
      const [entry] = await takeOutbox(sql, loc, ["maya"], []);
      await moveOutbox(sql, loc, [{ row: { ...entry!.row, state: "queued", place: 1 } }]);
    });
    await pass();
    expect(requests.map(({ rendered, key }) => [rendered.channel, key])).toEqual([
      ["email", id],
      ["sms", id],
    ]);
    expect(await stateOf(id)).toMatchObject({ state: "accepted", attempt: 2 });
  });

  test("without an answer is unconfirmed, and looked up after 5 s", async () => {
    const id = await queue("hello");
    answer = () => ({ result: "unconfirmed", detail: "reset" });
    await pass();
    expect(await stateOf(id)).toMatchObject({ state: "unconfirmed", lookups: 0, deadline: noon + 5 * SECOND });
    expect(await outcomes()).toEqual([]);
  });

  test("whose channel throws is unconfirmed: the request may have left", async () => {
    const id = await queue("hello");
    answer = () => Promise.reject(new Error("bug"));
    await pass();
    expect(await stateOf(id)).toMatchObject({ state: "unconfirmed" });
  });

  test("that slept more than five seconds after its commit is given up unsent", async () => {
    const id = await queue("hello");
    const sleeping = { ...needs(), rights: async () => (row: OutboxRow) => permit(row) };
    const transaction = sleeping.database.transaction.bind(sleeping.database);
    const opened = openSender({
      ...sleeping,
      database: {
        async transaction(scope, work) {
          const result = await transaction(scope, work);
          if ((await stateOf(id)).state === "sending") clock.advance(5 * SECOND + 1);
          return result;
        },
      },
    });
    senders.push(opened);
    await opened.pass(loc).catch(() => undefined);
    expect(requests).toEqual([]);
    expect((await stateOf(id)).state).toBe("queued");
  });
});

describe("a sender that dies", () => {
  test("before its commit has done nothing", async () => {
    const id = await queue("hello");
    const dying = db.database.transaction([loc], async (sql) => {
      const needed = {
        ...needs(),
        database: { transaction: <T>(_: unknown, work: (s: typeof sql) => Promise<T>) => work(sql) },
      };
      await prepare(needed, loc, { limit: 10, heard: NOTHING_HEARD });
      throw new Error("killed");
    });
    await expect(dying).rejects.toThrow("killed");
    expect(await stateOf(id)).toMatchObject({ state: "queued", attempt: 0 });
    expect(await column("select sends as value from address")).toEqual([]);
  });

  test("after its commit leaves the row sending; any other gives it up at its deadline, and looks", async () => {
    const id = await queue("hello");
    await prepare(needs(), loc, { limit: 10, heard: NOTHING_HEARD }); // and no request: the process is gone
    clock.advance(30 * SECOND - 1);
    await pass();
    expect(await stateOf(id)).toMatchObject({ state: "sending" });
    clock.advance(1);
    await pass();
    expect(await stateOf(id)).toMatchObject({ state: "unconfirmed", deadline: noon + 35 * SECOND });
    expect(requests).toEqual([]);
  });

  test("or only slept, and comes back with an answer to an attempt that is over, changes nothing", async () => {
    const id = await queue("hello");
    const first = await prepare(needs(), loc, { limit: 10, heard: NOTHING_HEARD });
    const event = { id: idFrom("any"), type: "website_visit", data: {} };
    const unread = { location: loc, lead: "maya", kind: "event", event, receivedAt: noon } as const;
    await db.database.transaction([loc], (sql) => insertMail(sql, [unread])); // keeps it queued in the end
    clock.advance(30 * SECOND);
    await pass();
    for (const after of [5, 30, 120]) {
      clock.moveTo(noon + (30 + after) * SECOND);
      await pass();
    }
    await mail();
    await prepare(needs(), loc, { limit: 10, heard: NOTHING_HEARD });
    expect(await stateOf(id)).toMatchObject({ state: "sending", attempt: 2 });
    const late = { result: "rejected", reason: "unknown", status: 400, detail: "" } as const;
    await saveOutcomes(needs(), loc, [{ departure: first.departures[0]!, result: late }]);
    expect(await stateOf(id)).toMatchObject({ state: "sending", attempt: 2 });
    expect(await outcomes()).toEqual([]);
  });

  test("with the answer in its hands has not sent twice: the look-up finds the message", async () => {
    const id = await queue("hello");
    const { departures } = await prepare(needs(), loc, { limit: 10, heard: NOTHING_HEARD });
    expect(departures).toHaveLength(1);
    found = () => ({ found: "one", provider: { messageId: "there" } });
    clock.advance(30 * SECOND);
    await pass();
    clock.advance(5 * SECOND);
    await pass();
    expect(await stateOf(id)).toMatchObject({ state: "accepted", provider: "there" });
    expect(requests).toEqual([]);
    expect(await outcomes()).toEqual(["accepted"]);
  });
});

describe("an unconfirmed message", () => {
  const lose = async (name = "hello", change: Partial<OutboxRow> = {}) => {
    const id = await queue(name, change);
    answer = () => ({ result: "unconfirmed", detail: "timeout" });
    await pass();
    answer = (each) => accepted(each.key);
    return id;
  };

  test("is looked up with its text, between the commit and the last instant it could be in flight", async () => {
    await lose();
    clock.advance(5 * SECOND);
    await pass();
    expect(lookups).toMatchObject([
      {
        location: loc,
        contact: "maya",
        sought: { kind: "message", rendered: { text: "Hello from hello" } },
        attempt: { from: noon, to: noon },
      },
    ]);
  });

  test("absent at 5 s, 30 s and 120 s is queued once more, under the same identity, with all checks anew", async () => {
    const id = await lose();
    for (const [at, lookup] of [
      [5, 1],
      [30, 2],
    ] as const) {
      clock.moveTo(noon + at * SECOND);
      await pass();
      expect(await stateOf(id)).toMatchObject({ state: "unconfirmed", lookups: lookup });
    }
    expect(await stateOf(id)).toMatchObject({ deadline: noon + 120 * SECOND });
    clock.moveTo(noon + 120 * SECOND);
    let checks = 0;
    permit = () => {
      checks += 1;
      return { verdicts: [], permission: "ok" };
    };
    await pass();
    await pass();
    expect([requests.length, checks, lookups.length]).toEqual([2, 1, 3]);
    expect(requests.map(({ key }) => key)).toEqual([id, id]);
    expect(await stateOf(id)).toMatchObject({ state: "accepted", attempt: 2, resent: 1 });
  });

  test("absent a second time waits for a person", async () => {
    const id = await lose();
    answer = () => ({ result: "unconfirmed", detail: "timeout" });
    for (let n = 0; n < 12; n++) {
      clock.advance(60 * SECOND);
      await pass();
    }
    expect(requests).toHaveLength(2);
    expect(await stateOf(id)).toMatchObject({ state: "undecided" });
    expect(await outcomes()).toEqual(["undecided"]);
  });

  test("is decided 300 s after its first commit, and no later, although each of its senders died before it asked", async () => {
    const id = await queue("hello");
    const killed = () => prepare(needs(), loc, { limit: 10, heard: NOTHING_HEARD });
    const standsAt = async (seconds: number) => {
      clock.moveTo(noon + seconds * SECOND);
      await pass();
      return (await stateOf(id)).state;
    };
    await killed();
    for (const seconds of [30, 35, 60]) expect(await standsAt(seconds)).toBe("unconfirmed");
    // so that the pass which finds it absent does not send it, too: its lead has mail
    const event = { id: idFrom("any"), type: "website_visit", data: {} };
    const unread = { location: loc, lead: "maya", kind: "event", event, receivedAt: noon } as const;
    await db.database.transaction([loc], (sql) => insertMail(sql, [unread]));
    expect(await standsAt(150)).toBe("queued");
    await mail();
    await killed();
    for (const seconds of [180, 185, 210]) expect(await standsAt(seconds)).toBe("unconfirmed");
    expect(await standsAt(300)).toBe("undecided");
    expect(requests).toEqual([]);
  });

  test("that could be either of two waits for a person", async () => {
    const id = await lose();
    found = () => ({ found: "ambiguous" });
    clock.advance(5 * SECOND);
    await pass();
    expect(await stateOf(id)).toMatchObject({ state: "undecided" });
  });

  test("is looked up later when the provider does not answer, and not resent meanwhile", async () => {
    const id = await lose();
    found = () => ({ found: "unavailable", retryAt: clock.real() + 40 * SECOND });
    clock.advance(5 * SECOND);
    await pass();
    expect(await stateOf(id)).toMatchObject({ state: "unconfirmed", lookups: 0, deadline: noon + 45 * SECOND });
  });

  test("is claimed for a look-up by one of several senders", async () => {
    await lose();
    clock.advance(5 * SECOND);
    await Promise.all([pass(), pass(), pass()]);
    expect(lookups).toHaveLength(1);
  });

  test("is not looked up by a second sender while the first one waits for the provider", async () => {
    await lose();
    clock.advance(5 * SECOND);
    found = async () => {
      if (lookups.length === 1) await pass();
      return { found: "none" };
    };
    await pass();
    expect(lookups).toHaveLength(1);
  });

  test("is accepted by an echo of it that arrives", async () => {
    const id = await lose();
    await receive(echo("there", "Hello from hello\n\nReply STOP to opt out"));
    expect(await stateOf(id)).toMatchObject({ state: "accepted", provider: "there" });
    expect(await outcomes()).toEqual(["accepted"]);
    clock.advance(10 * MINUTE);
    await pass();
    expect([requests.length, lookups.length]).toEqual([1, 0]);
  });

  test("is accepted by an echo that had arrived before its answer was lost", async () => {
    const id = await queue("hello");
    answer = async () => {
      await receive(echo("there", "Hello from hello"));
      return { result: "unconfirmed", detail: "reset" };
    };
    await pass();
    expect(await stateOf(id)).toMatchObject({ state: "accepted", provider: "there" });
    expect(await column("select provider_id as value from provider_receipt")).toEqual([]);
  });

  test.each([
    ["another text", { text: "Hi there" }],
    ["another channel", { channel: "email" }],
    ["another contact", { contact: "somebody" }],
    ["an earlier day", { at: noon - 60 * MINUTE }],
  ] as [string, Partial<ProviderReceipt>][])("is not accepted by an echo of %s", async (_, change) => {
    const id = await lose();
    await receive(echo("other", "Hello from hello", change));
    expect(await stateOf(id)).toMatchObject({ state: "unconfirmed" });
  });

  test("that is a call waits for a person at once: it cannot be looked up", async () => {
    const id = await queue("call", { channels: ["voice"] });
    const voice = {
      name: "voice" as const,
      send: async (): Promise<SendResult> => ({ result: "unconfirmed", detail: "reset" }),
    };
    const opened = openSender({ ...needs(), channels: { voice } });
    senders.push(opened);
    const text = JSON.stringify({ voice: { channel: "voice", text: "" } });
    await db.database.transaction([loc], (sql) => sql.query("update message set rendered = $1", [text]));
    await opened.pass(loc);
    expect(await stateOf(id)).toMatchObject({ state: "undecided" });
    expect(await outcomes()).toEqual(["undecided"]);
  });
});

describe("receipts", () => {
  test("of an accepted message are mail to its lead, whose turn notes them", async () => {
    const id = await queue("hello");
    await pass();
    await mail();
    clock.advance(SECOND);
    await receive(echo(`provider-${id}`, "", { kind: "delivered" }));
    clock.advance(SECOND);
    await receive(echo(`provider-${id}`, "", { kind: "delivered" }));
    expect(await mail()).toMatchObject([
      { outbox: id, outcome: "delivered" },
      { outbox: id, outcome: "delivered" },
    ]);
    expect(await column("select delivery as value from message")).toEqual([{}]);
  });

  test("that arrive before our own commit wait, and join the row when it has its ids", async () => {
    const id = await queue("hello", { channels: ["email"] });
    answer = async () => {
      await receive(
        echo("m1", "Hello from hello", { channel: "email" }),
        echo("e1", "", { kind: "delivered", channel: "email", provider: { emailMessageId: "e1" } }),
      );
      expect(await column("select kind as value from provider_receipt order by 1")).toEqual(["delivered", "echo"]);
      return { result: "accepted", provider: { messageId: "m1", emailMessageId: "e1", conversationId: "c1" } };
    };
    await pass();
    expect(await outcomes()).toEqual(["accepted", "delivered"]);
    expect(await column("select kind as value from provider_receipt")).toEqual([]);
    expect(await stateOf(id)).toMatchObject({ state: "accepted" });
  });

  test("that passed our own commit unseen are found soon after", async () => {
    const id = await queue("hello");
    await pass();
    await mail();
    const missed = echo(`provider-${id}`, "", { kind: "delivered" });
    await db.database.transaction([loc], (sql) =>
      sql.query("insert into provider_receipt values ($1, $2, 'delivered', $3, $4)", [
        loc,
        missed.providerId,
        new Date(noon),
        JSON.stringify(missed),
      ]),
    );
    await pass();
    expect(await outcomes()).toEqual(["delivered"]);
  });

  describe("of an e-mail, without an id of ours", () => {
    const KEY = "key of the tests";
    const unnamed = (change: Partial<ProviderReceipt> = {}): ProviderReceipt => ({
      ...{ providerId: "h1@mail", kind: "delivered", at: clock.now(), by: "email_stats", channel: "email" },
      ...{ provider: { emailMessageId: "h1@mail" }, unnamed: true, recipient: "Maya@example.com" },
      ...change,
    });
    const told = async (receipt: ProviderReceipt, at = loc) => {
      await db.database.transaction([at], (sql) => receiveReceipts(sql, at, [receipt], KEY));
      return mail();
    };
    async function send(name: string): Promise<string> {
      const id = await queue(name, { channels: ["email"] });
      await pass();
      await mail();
      return id;
    }

    test("are those of the one e-mail that their recipient had in five days, and say how they were known", async () => {
      const id = await send("hello");
      clock.advance(5 * DAY - SECOND);
      expect(await told(unnamed())).toMatchObject([{ outbox: id, outcome: "delivered", by: "recipient" }]);
      expect(await column("select kind as value from provider_receipt")).toEqual([]);
      clock.advance(SECOND);
      expect(await told(unnamed())).toEqual([]);
    });

    test("are nobody's where there were two, an e-mail to somebody else, or one under way", async () => {
      await send("hello");
      expect(await told(unnamed({ recipient: "ada@example.com" }))).toEqual([]);
      await send("hello again");
      expect(await told(unnamed())).toEqual([]);
      clock.advance(6 * DAY);
      let meanwhile: Answer[] | undefined;
      answer = async () => {
        meanwhile = await told(unnamed());
        return accepted("late");
      };
      await send("under way");
      expect(meanwhile).toEqual([]);
    });

    test("are not looked for at another location, nor where they carry an id of somebody else's send", async () => {
      await send("hello");
      await told(unnamed(), "other");
      const letters = await db.database.asOwner((sql) => sql.query("select from mailbox"));
      expect(letters.rows).toEqual([]);
      const { unnamed: _, ...named } = unnamed();
      expect(await told(named)).toEqual([]);
    });

    test("change nothing when they say that it bounced and it has gone on because of that", async () => {
      const id = await queue("hello", { channels: ["email", "sms"] });
      await pass();
      await db.database.transaction([loc], async (sql) => {
        const [entry] = await takeOutbox(sql, loc, ["maya"], [id]);
        await moveOutbox(sql, loc, [{ row: { ...entry!.row, state: "queued", place: 1, provider: {} } }]);
      });
      await mail();
      expect(await told(unnamed({ kind: "bounced" }))).toEqual([]);
      expect(await told(unnamed())).toMatchObject([{ outbox: id, outcome: "delivered", channel: "email" }]);
    });
  });

  describe("of a channel that a message has left since", () => {
    /** Accepted by mail, failed there, and now on its way as a text. */
    async function movedOn(): Promise<string> {
      const id = await queue("hello", { channels: ["email", "sms"] });
      answer = () => ({ result: "accepted", provider: { messageId: "m1", emailMessageId: "e1" } });
      await pass();
      await db.database.transaction([loc], async (sql) => {
        const [entry] = await takeOutbox(sql, loc, ["maya"], [id]);
        await moveOutbox(sql, loc, [{ row: { ...entry!.row, state: "queued", place: 1, provider: {} } }]);
      });
      await mail();
      return id;
    }

    test("still reach its lead, under the channel they are about", async () => {
      const id = await movedOn();
      await receive(
        echo("e1", "", { kind: "delivered", channel: undefined as never, provider: { emailMessageId: "e1" } }),
      );
      await receive(echo("m1", "", { kind: "delivered", channel: "email" }));
      expect(await mail()).toMatchObject([
        { outbox: id, outcome: "delivered", channel: "email" },
        { outbox: id, outcome: "delivered", channel: "email" },
      ]);
    });

    test("change nothing when they say that it failed: that is why it left", async () => {
      await movedOn();
      await receive(echo("m1", "", { kind: "failed" }), echo("e1", "", { kind: "bounced" }));
      expect(await mail()).toEqual([]);
      expect(await column("select kind as value from provider_receipt")).toEqual([]);
    });

    test("are found although they came before that was saved", async () => {
      const id = await movedOn();
      const waiting = echo("m1", "", { kind: "delivered" });
      await db.database.transaction([loc], (sql) =>
        sql.query("insert into provider_receipt values ($1, 'm1', 'delivered', $2, $3)", [
          loc,
          new Date(noon),
          JSON.stringify(waiting),
        ]),
      );
      answer = () => accepted(2);
      await pass();
      // the text waits for the turn that reads this
      expect(await mail()).toMatchObject([{ outbox: id, outcome: "delivered", channel: "email" }]);
      expect(requests).toHaveLength(1);
    });

    test("are not taken for those of the next channel: what is bound stays bound", async () => {
      await movedOn();
      answer = () => ({ result: "unconfirmed", detail: "reset" });
      await pass();
      let bound: ReadonlySet<string> = new Set();
      found = async (request) => {
        bound = await request.bound(["m1", "e1", "m2"]);
        return { found: "none" };
      };
      clock.advance(5 * SECOND);
      await pass();
      expect([...bound].sort()).toEqual(["e1", "m1"]);
    });
  });

  test("of a machine's opening say so", async () => {
    const id = await queue("hello");
    await pass();
    await mail();
    await receive(echo(`provider-${id}`, "", { kind: "opened", machine: true }));
    expect(await mail()).toMatchObject([{ outcome: "opened", machine: true }]);
  });

  test("of other people's messages wait for seven days and touch nothing", async () => {
    const id = await queue("hello", { state: "held" });
    await receive(echo("not-ours", "Hello from hello"));
    expect(await stateOf(id)).toMatchObject({ state: "held" });
    expect(await column("select provider_id as value from provider_receipt")).toEqual(["not-ours"]);
  });
});

describe("tags, tasks and notes", () => {
  afterEach(() => {
    recordAnswer = accepted("record");
  });
  const task = { title: "Call Maya", body: "Soon", assignee: "user1", dueAt: noon };

  test("go the same way, and are done", async () => {
    await queue("task", { kind: "task", channels: [], body: task });
    await queue("note", { kind: "note", channels: [], body: { text: "Hi" } });
    await queue("tag", { kind: "tag", channels: [], body: { add: ["hot"], remove: [] } });
    await pass();
    expect(records.toSorted((a, b) => (a.kind < b.kind ? -1 : 1))).toEqual([
      { kind: "note", body: { location: loc, contact: "maya", text: "Hi" } },
      { kind: "tag", body: { location: loc, contact: "maya", add: ["hot"], remove: [] } },
      {
        kind: "task",
        body: { location: loc, contact: "maya", title: "Call Maya", body: "Soon", assignedTo: "user1", dueAt: noon },
      },
    ]);
    expect(await outcomes()).toEqual(["done", "done", "done"]);
  });

  test("of a lost tag: it is simply set again", async () => {
    const id = await queue("tag", { kind: "tag", channels: [], body: { add: ["hot"], remove: [] } });
    recordAnswer = { result: "unconfirmed", detail: "reset" };
    await pass();
    expect(await stateOf(id)).toMatchObject({ state: "queued", deadline: noon + SECOND });
    recordAnswer = accepted("record");
    clock.advance(SECOND);
    await pass();
    expect([records.length, (await stateOf(id)).state]).toEqual([2, "accepted"]);
  });

  test("of a lost task: it is looked up, and not made twice", async () => {
    const id = await queue("task", { kind: "task", channels: [], body: task });
    recordAnswer = { result: "unconfirmed", detail: "reset" };
    await pass();
    found = () => ({ found: "one", provider: { messageId: "task-1" } });
    clock.advance(5 * SECOND);
    await pass();
    expect(lookups).toMatchObject([{ sought: { kind: "task", title: "Call Maya", body: "Soon" } }]);
    expect(await stateOf(id)).toMatchObject({ state: "accepted", provider: "task-1" });
    expect(records).toHaveLength(1);
  });

  test("that are rejected have no other channel", async () => {
    const id = await queue("note", { kind: "note", channels: [], body: { text: "Hi" } });
    recordAnswer = { result: "rejected", reason: "forbidden", status: 403, detail: "" };
    await pass();
    expect(await stateOf(id)).toMatchObject({ state: "rejected" });
    expect(await outcomes()).toEqual(["refused"]);
  });
});

describe("the other writes", () => {
  afterEach(() => {
    recordAnswer = accepted("record");
  });
  const rejected: SendResult = { result: "rejected", reason: "unknown", status: 422, detail: "no such stage" };
  const lost: SendResult = { result: "unconfirmed", detail: "reset" };
  const put = (kind: OutboxRow["kind"], body: object, change: Partial<OutboxRow> = {}) =>
    queue(JSON.stringify([kind, body]), { kind, channels: [], body: body as OutboxRow["body"], ...change });
  const retry = { times: 2, every: 10 * SECOND };

  test("ask the CRM for what they say", async () => {
    await put("update", { contact: { city: "Dallas" }, custom: [{ id: "f1", value: 5 }], retry });
    await put("opportunity", { opportunity: "o1", pipelineStageId: "s2", retry });
    await put("opportunity", { pipelineId: "p1", name: "Home", status: "open" });
    await put("highlevel_workflow", { workflow: "w1", name: "Call", action: "add" });
    await put("webhook", { url: "https://example.com", method: "POST", headers: {}, body: { a: 1 }, answer: true });
    await pass();
    const who = { location: loc, contact: "maya" };
    expect(records.map(({ kind, body }) => [kind, body])).toEqual(
      expect.arrayContaining([
        ["update", { ...who, fields: { city: "Dallas" }, custom: [{ id: "f1", value: 5 }] }],
        ["opportunity", { ...who, id: "o1", fields: { pipelineStageId: "s2" } }],
        ["opportunity", { ...who, fields: { pipelineId: "p1", name: "Home", status: "open" } }],
        ["highlevel_workflow", { ...who, workflow: "w1", action: "add" }],
        ["webhook", expect.objectContaining({ url: "https://example.com", body: { a: 1 }, answer: true })],
      ]),
    );
    expect(await outcomes()).toEqual(["done", "done", "done", "done", "done"]);
  });

  test("of one lead leave one at a time, in the order in which they were asked for", async () => {
    const cities = ["Austin", "Boston", "Chicago", "Dallas", "El Paso", "Fresno"];
    leads.set("maya", stub(loc, "maya"));
    const rows = cities.map(
      (city): OutboxRow => ({
        ...{ id: idFrom(city), location: loc, lead: "maya", kind: "update", lane: "normal", priority: 50, path: city },
        ...{ channels: [], place: 0, state: "queued", attempt: 0, resent: 0, lookups: 0, provider: {} },
        ...{ createdAt: noon, body: { contact: { city } } },
      }),
    );
    await db.database.transaction([loc], (sql) =>
      insertOutbox(
        sql,
        rows.map((row) => ({ row })),
      ),
    );
    await pass();
    expect(records.map(({ body }) => (body as { fields: { city: string } }).fields.city)).toEqual(cities);
  });

  describe("behind one that is put off for a minute or more", () => {
    const bodies = {
      city: ["update", { contact: { city: "Dallas" }, retry }],
      whole: ["update", { contact: { name: "Maya Moss" }, retry }],
      custom: ["update", { contact: {}, custom: [{ id: "f1", value: 5 }], retry }],
      deal: ["opportunity", { opportunity: "o1", pipelineStageId: "s2", retry }],
      tag: ["tag", { add: ["hot"], remove: [], retry }],
      crm: ["highlevel_workflow", { workflow: "w1", action: "remove" }],
    } as const;
    const away = (cause: "forbidden" | "rate", wait: number) => {
      recordAnswer = { result: "deferred", retryAt: clock.real() + wait, detail: cause, cause };
    };
    /** What goes although the first is put off, when the others were asked for in this order. */
    const overtaking = async (
      first: keyof typeof bodies,
      others: readonly (readonly [OutboxRow["kind"], object])[],
    ) => {
      const [earlier, asked] = bodies[first];
      await put(earlier, asked);
      away("forbidden", 15 * MINUTE);
      await pass();
      recordAnswer = accepted("record");
      for (const [n, [kind, body]] of others.entries()) await put(kind, body, { createdAt: noon + n + 1 });
      await pass();
      return records.slice(1).map(({ body }) => ({ ...body, location: undefined, contact: undefined }));
    };

    test("go ahead, each in its turn, where they set other fields, are about a deal, or tell of an opt-out", async () => {
      const state = ["update", { contact: { state: "TX" } }] as const;
      const owner = ["assign", { contact: { assignedTo: "u1" } }] as const;
      const dnd = ["update", { contact: {}, dnd: { sms: "blocked" } }] as const;
      expect(await overtaking("city", [state, bodies.custom, bodies.deal, owner, dnd])).toEqual([
        { fields: { state: "TX" }, custom: [] },
        { fields: {}, custom: [{ id: "f1", value: 5 }] },
        { id: "o1", fields: { pipelineStageId: "s2" } },
        { fields: { assignedTo: "u1" }, custom: [] },
        { fields: {}, custom: [], dnd: { sms: "blocked" } },
      ]);
      clock.advance(15 * MINUTE);
      await pass();
      expect(records.at(-1)?.body).toMatchObject({ fields: { city: "Dallas" } });
    });

    test.each<[string, keyof typeof bodies, readonly [OutboxRow["kind"], object]]>([
      ["sets the same field", "city", ["update", { contact: { city: "Austin", state: "TX" } }]],
      ["sets a part of the same name", "whole", ["update", { contact: { lastName: "Moore" } }]],
      ["sets the same custom field", "custom", ["update", { contact: {}, custom: [{ id: "f1", value: 6 }] }]],
      ["moves a deal, as that one does", "deal", ["opportunity", { opportunity: "o1", status: "won" }]],
      ["sets tags, as that one does", "tag", ["tag", { add: [], remove: ["hot"] }]],
      ["sets a tag, with which the CRM may begin something that reads the field", "city", bodies.tag],
      ["begins a workflow of the CRM, which may read the field", "custom", bodies.crm],
    ])("wait for it, whoever %s", async (_, first, other) => {
      expect(await overtaking(first, [other])).toEqual([]);
    });

    test("go ahead of what waits for it, too", async () => {
      const moved = ["opportunity", { opportunity: "o1", status: "won" }] as const;
      expect(await overtaking("deal", [moved, bodies.city, bodies.tag])).toEqual([
        { fields: { city: "Dallas" }, custom: [] },
        { add: ["hot"], remove: [] },
      ]);
    });

    test("keep their place where it goes again within the minute", async () => {
      await put(...bodies.city);
      away("rate", 10 * SECOND);
      await pass();
      await put(...bodies.deal, { createdAt: noon + 1 });
      recordAnswer = accepted("record");
      await pass();
      expect(records).toHaveLength(1);
      clock.advance(15 * SECOND);
      await pass();
      expect(records.slice(1).map(({ kind }) => kind)).toEqual(["update", "opportunity"]);
    });

    test("leave one at a time, and keep it waiting meanwhile", async () => {
      const city = await put(...bodies.city);
      away("forbidden", 15 * MINUTE);
      await pass();
      const custom = await put(...bodies.custom, { createdAt: noon + 1 });
      const deal = await put(...bodies.deal, { createdAt: noon + 2 });
      const claimed = (real = clock.real()) =>
        db.database.transaction([loc], async (sql) => {
          const entries = await claimQueued(sql, loc, { now: clock.now(), real }, { lanes: [0, 3], limit: 10 });
          return entries.map(({ row }) => row.id);
        });
      const turn = (id: string, state: string) =>
        db.database.transaction([loc], (sql) =>
          sql.query("update outbox set state = $3 where location_id = $1 and outbox_id = $2", [loc, id, state]),
        );
      expect(await claimed()).toEqual([custom]);
      await turn(custom, "sending");
      expect([await claimed(), await claimed(noon + 30 * MINUTE)]).toEqual([[], []]);
      await turn(custom, "accepted");
      expect([await claimed(), await claimed(noon + 30 * MINUTE)]).toEqual([[deal], [city]]);
    });
  });

  test("tell the CRM of an opt-out before anything else is said to the lead, and wait for one attempt", async () => {
    const hello = await queue("hello", { lane: "reply" });
    const told = await put("update", { contact: {}, dnd: { sms: "blocked" }, retry });
    const claimed = () =>
      db.database.transaction([loc], async (sql) => {
        const at = { now: clock.now(), real: clock.now() };
        return (await claimQueued(sql, loc, at, { lanes: [0, 3], limit: 10 })).map(({ row }) => row.id);
      });
    expect(await claimed()).toEqual([told]);
    recordAnswer = rejected;
    await pass();
    // it was tried once, and will be again
    expect(await stateOf(told)).toMatchObject({ state: "queued", attempt: 1 });
    await mail();
    await pass();
    expect([records.length, requests.length]).toEqual([1, 1]);
    expect(await stateOf(hello)).toMatchObject({ state: "accepted" });
  });

  test("that were refused are tried as often as their step says, doubling, and then come back as an error", async () => {
    const id = await put("update", { contact: { city: "Dallas" }, retry });
    recordAnswer = rejected;
    await pass();
    expect(await outcomes()).toEqual([]);
    clock.advance(12 * SECOND);
    await pass();
    clock.advance(15 * SECOND);
    await pass();
    expect(records).toHaveLength(2);
    clock.advance(10 * SECOND);
    await pass();
    expect(await mail()).toMatchObject([{ outbox: id, outcome: "refused", detail: "422 no such stage" }]);
    expect([records.length, (await stateOf(id)).state]).toEqual([3, "rejected"]);
  });

  test("that were refused for good are opened again when their step is tried again", async () => {
    const id = await put("update", { contact: { city: "Dallas" } });
    recordAnswer = rejected;
    await pass();
    expect(await stateOf(id)).toMatchObject({ state: "rejected" });
    recordAnswer = accepted("record");
    await put("update", { contact: { city: "Dallas" } });
    await pass();
    expect(await stateOf(id)).toMatchObject({ state: "accepted", attempt: 2 });
  });

  test("that were carried out are not opened again", async () => {
    const id = await put("update", { contact: { city: "Dallas" } });
    await pass();
    await put("update", { contact: { city: "Dallas" } });
    await pass();
    expect([records.length, (await stateOf(id)).attempt]).toEqual([1, 1]);
  });

  test.each<[OutboxRow["kind"], object]>([
    ["update", { contact: { city: "Dallas" } }],
    ["assign", { contact: { assignedTo: "u1" } }],
    ["opportunity", { opportunity: "o1", pipelineStageId: "s2" }],
    ["highlevel_workflow", { workflow: "w1", action: "remove" }],
  ])("that may be repeated are, after an answer that was lost: %s", async (kind, body) => {
    const id = await put(kind, body);
    recordAnswer = lost;
    await pass();
    expect(await stateOf(id)).toMatchObject({ state: "queued", deadline: noon + SECOND });
    recordAnswer = accepted("record");
    clock.advance(SECOND);
    await pass();
    expect([records.length, (await stateOf(id)).state]).toEqual([2, "accepted"]);
  });

  test("without an answer for over half an hour are an error", async () => {
    const id = await put("update", { contact: { city: "Dallas" } });
    recordAnswer = lost;
    for (let n = 0; n < 12; n++) {
      await pass();
      clock.advance(5 * MINUTE);
    }
    expect([records.length, (await stateOf(id)).state]).toEqual([11, "rejected"]);
    expect(await outcomes()).toEqual(["refused"]);
  });

  test("that make an opportunity are looked up before anything is asked again", async () => {
    const id = await put("opportunity", { pipelineId: "p1", name: "Home", status: "open" });
    recordAnswer = lost;
    await pass();
    found = () => ({ found: "one", provider: { messageId: "o9" } });
    clock.advance(5 * SECOND);
    await pass();
    expect(lookups).toMatchObject([{ sought: { kind: "opportunity", pipeline: "p1", name: "Home" } }]);
    expect(await stateOf(id)).toMatchObject({ state: "accepted", provider: "o9" });
    expect(records).toHaveLength(1);
  });

  test("that put a lead into a workflow of the CRM are never repeated without a person", async () => {
    const id = await put("highlevel_workflow", { workflow: "w1", name: "Call", action: "add" });
    recordAnswer = lost;
    await pass();
    expect(await stateOf(id)).toMatchObject({ state: "undecided" });
    expect(await mail()).toMatchObject([{ outbox: id, outcome: "undecided" }]);
    clock.advance(60 * MINUTE);
    await pass();
    expect(records).toHaveLength(1);
    expect(await db.database.transaction([loc], (sql) => leadOfUnsettled(sql, loc, id))).toBe("maya");
  });

  test("bring back what a webhook answered", async () => {
    const id = await put("webhook", { url: "https://example.com", answer: true });
    recordAnswer = { result: "accepted", provider: {}, value: { band: "B" } };
    await pass();
    expect(await mail()).toMatchObject([{ outbox: id, outcome: "done", value: { band: "B" } }]);
  });

  test("by webhook and to people of the team take nothing from the CRM's budget", async () => {
    await put("webhook", { url: "https://example.com" });
    await put("notify", { users: ["u1"], message: "Call Maya" });
    await pass();
    expect(await column("select grants as value from rate_window")).toEqual([]);
    await put("tag", { add: ["a"], remove: ["b"] });
    await pass();
    expect(await column("select day_count as value from rate_window")).toEqual([2]);
  });

  test("tell people of the team once, and the first who reads it stands", async () => {
    const id = await put("notify", { users: ["u1"], message: "Call Maya" });
    await pass();
    await db.database.transaction([loc], (sql) =>
      sql.query("update outbox set state = 'queued' where outbox_id = $1", [id]),
    );
    await pass();
    const inside = <T>(work: (sql: Sql) => Promise<T>) => db.database.transaction([loc], work);
    expect(await inside((sql) => listNotices(sql, loc, { unread: true, limit: 9 }))).toEqual([
      { id, lead: "maya", users: ["u1"], message: "Call Maya", workflow: "w", at: noon },
    ]);
    await inside((sql) => readNotice(sql, loc, id, { by: "Tessa", at: noon + 1 }));
    await inside((sql) => readNotice(sql, loc, id, { by: "Julian", at: noon + 2 }));
    expect(await inside((sql) => listNotices(sql, loc, { unread: true, limit: 9 }))).toEqual([]);
    expect(await inside((sql) => listNotices(sql, loc, { unread: false, limit: 9 }))).toMatchObject([
      { readAt: noon + 1, readBy: "Tessa" },
    ]);
  });
});

describe("the rate budget", () => {
  test("shared by all senders lets 94 normal messages leave at once, and the rest when there is room", async () => {
    for (let n = 0; n < 120; n++) await queue("hello", {}, `lead-${n}`);
    await Promise.all([pass(), pass()]);
    expect(requests).toHaveLength(94);
    clock.advance(10_100);
    await pass();
    expect(requests).toHaveLength(120);
  });

  test("follows what the provider's answers say", async () => {
    for (let n = 0; n < 120; n++) await queue("hello", {}, `lead-${n}`);
    const needed = needs();
    const one = openSender(needed);
    senders.push(one);
    needed.budget.note(loc, { sentAt: noon, max: 1_000, intervalMs: 10_000 });
    await one.pass(loc);
    expect(requests).toHaveLength(120);
  });

  test("is told of what an empty pass has heard with the next grants", async () => {
    const needed = needs();
    const one = openSender(needed);
    senders.push(one);
    needed.budget.note(loc, { sentAt: noon, max: 50, intervalMs: 10_000 });
    await one.pass(loc);
    for (let n = 0; n < 60; n++) await queue("hello", {}, `lead-${n}`);
    await one.pass(loc);
    expect(requests).toHaveLength(47);
  });

  test("is told of late answers within seconds, however many empty passes hear of them meanwhile", async () => {
    const needed = needs();
    const one = openSender(needed);
    senders.push(one);
    needed.budget.late(loc, { lane: "normal", n: 1, grantedAt: noon, answeredAt: noon + 4_000 });
    for (const wait of [2_000, 1_001]) {
      await one.pass(loc);
      clock.advance(wait);
    }
    await needed.budget.settle();
    expect(await column("select grants as value from rate_window")).toEqual([[[noon + 4_000, 0, 1, 0]]]);
  });

  test("is told of late answers also where the database was away when they were to be told", async () => {
    let isAway = true;
    const transaction: Database["transaction"] = (...of) =>
      isAway ? Promise.reject(new Unavailable("away")) : db.database.transaction(...of);
    const budget = openBudget({ database: { transaction }, clock });
    budget.late(loc, { lane: "normal", n: 1, grantedAt: noon, answeredAt: noon + 4_000 });
    await expect(budget.take(loc, "normal")).rejects.toThrow("away");
    isAway = false;
    await budget.take(loc, "normal");
    expect(await column("select grants as value from rate_window")).toEqual([
      expect.arrayContaining([[noon + 4_000, 0, 1, 0]]),
    ]);
  });

  test("is taken for mass sends by one process at a time; another's answers go meanwhile", async () => {
    await queue("news", { lane: "bulk" }, "one");
    await queue("answer", { lane: "reply" }, "another");
    await db.database.transaction([loc], async (sql) => {
      expect(await peekWindow(sql, loc, NOTHING_HEARD, noon)).toMatchObject({ mayTakeBulk: true });
      await pass();
    });
    expect(requests.map(({ rendered }) => rendered.text?.slice(11))).toEqual(["answer"]);
    await pass();
    expect(requests.map(({ rendered }) => rendered.text?.slice(11))).toEqual(["answer", "news"]);
  });

  test("is granted ahead for mass sends, and whoever writes before their instant gets none", async () => {
    for (const lead of ["one", "another"]) await queue(lead, { lane: "bulk" }, lead);
    const third = await queue("third", { lane: "bulk" }, "third");
    const event = { id: idFrom("stop"), type: "message.received", data: { channel: "sms", text: "STOP" } };
    const stop = { location: loc, lead: "third", kind: "event", event, receivedAt: noon } as const;
    const passing = pass();
    await expect.poll(() => requests.length).toBe(1);
    await db.database.transaction([loc], (sql) => insertMail(sql, [stop]));
    clock.advance(200);
    await passing;
    expect(requests.map(({ rendered }) => rendered.text?.slice(11))).toEqual(["one", "another"]);
    expect(await stateOf(third)).toMatchObject({ state: "queued" });
  });

  test("is granted ahead for mass sends also while nothing else has room, unless something waits for the next place", async () => {
    const needed = needs();
    await needed.budget.take(loc, "normal", 94);
    clock.advance(9_000);
    const leaving = async () => {
      const { departures, rest } = await prepare(needed, loc, { limit: 100, heard: NOTHING_HEARD });
      return { who: departures.map(({ entry, leaveAt }) => [entry.row.lead, leaveAt - noon]), rest };
    };
    await queue("hook", { kind: "webhook", channels: [] }, "other");
    await queue("news", { lane: "bulk" }, "one");
    expect((await leaving()).who).toEqual([["one", 10_100]]);
    clock.advance(700);
    await queue("news", { lane: "bulk" }, "two");
    await queue("hello", { notBefore: noon + 60_000 }, "three");
    expect((await leaving()).who).toEqual([["two", 10_200]]);
    clock.advance(100);
    await queue("news", { lane: "bulk" }, "four");
    await queue("hello", {}, "five");
    expect((await leaving()).who).toEqual([["other", 9_800]]);
    expect(await leaving()).toEqual({ who: [], rest: { lane: 2, until: noon + 10_100 } });
    clock.advance(300);
    expect((await leaving()).who).toEqual([["five", 10_100]]);
    expect((await leaving()).who).toEqual([["four", 10_300]]);
  });

  test("of mass sends is taken by a sender that nobody woke, too", async () => {
    await active();
    await queue("news", { lane: "bulk" });
    const one = openSender({ ...needs(), pollMs: 5 });
    senders.push(one);
    const asked = () => requests.map(({ rendered }) => rendered.text?.slice(11));
    await expect.poll(asked).toEqual(["news"]);
    await queue("more", { lane: "bulk" }, "another");
    await expect.poll(asked).toEqual(["news", "more"]);
  });

  test("is asked for most often where something other than a mass send waits", async () => {
    await active();
    const located = (what: "all" | "prompted") =>
      db.database.transaction("*", (sql) => locationsToSend(sql, { now: clock.now(), real: clock.real() }, what));
    await queue("news", { lane: "bulk" }, "one");
    expect(await located("prompted")).toEqual([]);
    expect(await located("all")).toMatchObject([{ lane: 3 }]);
    await queue("hello", {}, "another");
    expect(await located("prompted")).toMatchObject([{ lane: 2 }]);
  });

  test("is promised ahead to who waits without the outbox: what mass sends take ahead would leave no place ever", async () => {
    const { budget } = needs();
    await budget.take(loc, "normal", 94);
    clock.advance(10_080);
    expect(await budget.take(loc, "normal", 1, { within: 2_000 })).toEqual({ granted: true });
    expect(await column("select grants as value from rate_window")).toEqual([
      [
        [noon, 0, 94, 0],
        [noon + 10_100, 0, 1, 0],
      ],
    ]);
  });

  test("is taken by whoever asks without the outbox, from what the senders leave", async () => {
    for (let n = 0; n < 90; n++) await queue("hello", {}, `lead-${n}`);
    await pass();
    const [here, elsewhere] = [needs().budget, needs().budget];
    expect(await here.take(loc, "normal", 3, { within: 0 })).toEqual({ granted: true });
    expect(await elsewhere.take(loc, "normal", 2, { within: 0 })).toEqual({ granted: false, retryAt: noon + 10_100 });
    expect(await elsewhere.take(loc, "reply", 2, { within: 0 })).toEqual({ granted: true });
    expect(await here.take("another", "normal", 94, { within: 0 })).toEqual({ granted: true });
  });

  test("is waited for, as long as the asker says", async () => {
    const { budget } = needs();
    const [first, second] = [await budget.take(loc, "bulk"), await budget.take(loc, "bulk")];
    expect([first, second]).toEqual([{ granted: true }, { granted: true }]);
    expect(await column("select grants as value from rate_window")).toEqual([
      [
        [noon, 0, 0, 1],
        [noon + 100, 0, 0, 1],
      ],
    ]);
    expect(await budget.take(loc, "normal", 92, { within: 0 })).toEqual({ granted: true });
    expect(await budget.take(loc, "normal", 1, { within: 10_099 })).toEqual({ granted: false, retryAt: noon + 10_100 });
  });

  test("hears what the answers to other requests say of it", async () => {
    const { budget } = needs();
    budget.note(loc, { sentAt: noon - 1, remaining: 1 });
    expect(await budget.take(loc, "reply", 2, { within: 0 })).toMatchObject({ granted: false });
    expect(await budget.take(loc, "reply", 1, { within: 0 })).toEqual({ granted: true });
  });

  test("lets a change that takes two requests leave in a mass wake as well", async () => {
    await queue("retag", { kind: "tag", lane: "bulk", channels: [], body: { add: ["Hot"], remove: ["Cold"] } });
    await pass();
    expect(records).toHaveLength(1);
    expect(await column("select day_count as value from rate_window")).toEqual([2]);
  });

  test("is charged for look-ups, two requests each", async () => {
    await queue("hello");
    answer = () => ({ result: "unconfirmed", detail: "timeout" });
    await pass();
    clock.advance(5 * SECOND);
    await pass();
    expect(await column("select day_count as value from rate_window")).toEqual([3]);
  });
});

// Every fault against everything that is written to the CRM: which state follows, why it waits, and that nothing is
// done twice once it has come to rest. The real sender and client, PostgreSQL, and the simulator with its ledger.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PIPELINE, WORKFLOWS } from "../simulator/crm/catalog.ts";
import type { FaultPlan } from "../simulator/crm/faults.ts";
import { readFlags } from "../simulator/flags.ts";
import { openSimulator, type Simulator } from "../simulator/simulator.ts";
import { virtualClock } from "../src/database/index.ts";
import { type HighLevel, openChannels, openHighLevel, openLookup, openRecords } from "../src/highlevel/index.ts";
import { openFacts } from "../src/kernel/facts.ts";
import { idFrom } from "../src/kernel/ids.ts";
import type { JsonObject } from "../src/kernel/json.ts";
import { MINUTE, SECOND } from "../src/kernel/time.ts";
import { type ChannelName, type Lead, stub } from "../src/leads/index.ts";
import { type OutboxKind, type OutboxRow, openBudget, openSender, type Sender } from "../src/outreach/index.ts";
import { insertOutbox } from "../src/outreach/sending/outbox.ts";
import { databasePerFile } from "./database.ts";

const db = databasePerFile();
let clock: ReturnType<typeof virtualClock>;
let simulator: Simulator;
let api: HighLevel;
let sender: Sender;
let gone: string[];
const leads = new Map<string, Lead>();

const KINDS: Record<string, { kind: OutboxKind; channels?: ChannelName[]; body: JsonObject }> = {
  message: { kind: "message", channels: ["sms"], body: {} },
  voice: { kind: "message", channels: ["voice"], body: {} },
  task: { kind: "task", body: { title: "Call", dueAt: 1_800_000_000_000 } },
  note: { kind: "note", body: { text: "Seen" } },
  tag: { kind: "tag", body: { add: ["hot"] } },
  update: { kind: "update", body: { contact: { city: "Dallas" } } },
  opportunity: { kind: "opportunity", body: { pipelineId: PIPELINE.id, name: "Home", status: "open" } },
  "workflow-add": { kind: "highlevel_workflow", body: { workflow: WORKFLOWS[2].id, action: "add" } },
  "workflow-remove": { kind: "highlevel_workflow", body: { workflow: WORKFLOWS[2].id, action: "remove" } },
};
type Name = keyof typeof KINDS;
const names = Object.keys(KINDS);

beforeEach(async () => {
  await db.database.asOwner((sql) => sql.query("truncate outbox, message, address, rate_window, mailbox, lead_turn"));
  clock = virtualClock(Date.now());
  simulator = await openSimulator(readFlags(["--no-town", "--rate-max", "100000", "--echo", "none"]));
  api = openHighLevel({ url: simulator.ready.url, clock, token: () => simulator.ready.token });
  gone = [];
  leads.clear();
  sender = openSender({
    database: db.database,
    clock,
    facts: openFacts(),
    budget: openBudget({ database: db.database, clock }),
    leads: async () => leads,
    rights: async () => () => ({ verdicts: [], permission: "ok" }),
    addressKey: "key of the tests",
    channels: openChannels(api, clock),
    records: openRecords(api, clock),
    hook: async () => ({ result: "accepted", provider: {} }),
    trigger: async () => ({ result: "accepted", provider: {} }),
    lookup: openLookup(api, clock),
    gone: (_, lead) => gone.push(lead),
    pollMs: 0,
  });
});
afterEach(async () => {
  await sender.close();
  await api.close();
  await simulator.close();
});

const location = () => simulator.ready.locationId;

async function breakIt(plan: Partial<FaultPlan>): Promise<void> {
  await fetch(`${simulator.ready.url}/_sim/faults`, { method: "POST", body: JSON.stringify(plan) });
}

/** One of each, each for a lead of its own, so that none waits for another. */
async function queueAll(): Promise<void> {
  const entries = names.map((name, n) => {
    const { kind, channels = [], body } = KINDS[name] as (typeof KINDS)[Name];
    const contact = { phone: `+1212555${String(100 + n).padStart(4, "0")}`, email: `${name}@example.com` };
    simulator.crm.createContact({ firstName: name, ...contact }, { id: name });
    leads.set(name, { ...stub(location(), name), contact: { ...contact, tags: [], custom: {} } });
    const row: OutboxRow = {
      ...{ id: idFrom(name), location: location(), lead: name, kind, lane: "normal", priority: 50, workflow: "w" },
      ...{ path: name, channels, place: 0, state: "queued", attempt: 0, resent: 0, lookups: 0, provider: {} },
      ...{ createdAt: clock.now(), body },
    };
    if (kind !== "message") return { row };
    const rendered = {
      sms: { channel: "sms" as const, text: "Hello" },
      voice: { channel: "voice" as const, workflow: WORKFLOWS[0].id },
    };
    const { id, lead, createdAt } = row;
    const stored = { id, location: location(), lead, createdAt, rendered, template: "t", templateHash: "h" };
    return { row, message: { ...stored, decided: [], delivery: {} } };
  });
  await db.database.transaction([location()], (sql) => insertOutbox(sql, entries));
}

/** `<state>`, or `<state> <why it waits>`, by what was written. */
async function states(): Promise<Record<string, string>> {
  const { rows } = await db.database.transaction([location()], (sql) =>
    sql.query<{ name: string; state: string }>(
      "select path as name, concat_ws(' ', state, put_off) as state from outbox where location_id = $1",
      [location()],
    ),
  );
  return Object.fromEntries(rows.map(({ name, state }) => [name, state]));
}

/** Passes until nothing is open, a real pause of the CRM being skipped. */
async function toRest(): Promise<void> {
  for (let n = 0; n < 40; n += 1) {
    await sender.pass(location());
    const open = Object.values(await states()).filter((state) => /queued|sending|unconfirmed/.test(state));
    if (open.length === 0) return;
    clock.advance(n < 6 ? 6 * SECOND : 10 * MINUTE);
  }
}

/** How often each was done, as the CRM knows it. */
function done(name: Name): number {
  const { crm } = simulator;
  const noted = (what: string) => crm.ledger.done.filter((one) => one.contactId === name && one.what === what).length;
  switch (name) {
    case "message":
      return crm.ledger.entries.filter(({ contactId }) => contactId === name).length;
    case "task":
      return crm.tasksOf(name).length;
    case "note":
      return crm.notesOf(name).length;
    case "opportunity":
      return noted("opportunity.create");
    case "voice":
    case "workflow-add":
      return noted("workflow.add");
    default:
      return 1;
  }
}

const every = (state: string, but: Partial<Record<string, string>> = {}) =>
  Object.fromEntries(names.map((name) => [name, but[name] ?? state]));

/** Nobody knows: what can be found is looked for, what may be repeated is, and of a call a person says what became. */
const UNKNOWN = every("unconfirmed", {
  ...{ tag: "queued", update: "queued", "workflow-remove": "queued" },
  ...{ voice: "undecided", "workflow-add": "undecided" },
});
/** Refused for good: a turn chooses a message's next channel, a write's run goes its `on_error` way. */
const REFUSED = every("rejected", { message: "refused", voice: "refused" });

const FOLLOWS: Record<string, Record<string, string>> = {
  throttle: every("queued rate"),
  throttleDaily: every("queued rate"),
  unauthorized: every("queued auth"),
  forbidden: every("queued forbidden"),
  ramp: every("queued limit"),
  unknownProperty: REFUSED,
  failBefore: UNKNOWN,
  failAfter: UNKNOWN,
  resetBefore: UNKNOWN,
  drop: UNKNOWN,
  truncated: UNKNOWN,
  unreadable: UNKNOWN,
  refusedAfter: { ...UNKNOWN, tag: "rejected", update: "rejected", "workflow-remove": "rejected" },
};

describe("after one fault", () => {
  test.each(Object.entries(FOLLOWS))(
    "%s: each kind stands where it is said to, and nothing is done twice",
    async (fault, follows) => {
      await breakIt({ on: "writes", [fault]: 1 });
      await queueAll();
      await sender.pass(location());
      expect(await states()).toEqual(follows);
      await breakIt({});
      await toRest();
      for (const name of names) expect(`${name} ${done(name)}`).toMatch(/ [01]$/);
      const rest = await states();
      // what was not refused was done, unless only a person can know
      for (const [name, state] of Object.entries(rest)) {
        if (follows[name] === "undecided") expect(state).toBe("undecided");
        else if (!/refused|rejected/.test(follows[name] ?? ""))
          expect(`${name} ${state} ${done(name)}`).toBe(`${name} accepted 1`);
      }
    },
  );

  test("a contact that is gone: all stops at once, and it is asked who that is", async () => {
    await breakIt({ contacts: { gone: 1, dnd: 0, badNumber: 0 } });
    await queueAll();
    await sender.pass(location());
    expect(await states()).toEqual(REFUSED);
    expect(gone.sort()).toEqual([...names].sort());
    for (const name of names.filter((each) => done(each) > 0))
      expect(["tag", "update", "workflow-remove"]).toContain(name);
  });

  test("do-not-disturb and a bad number are refused: the turn learns which", async () => {
    for (const [what, reason] of [
      ["dnd", "dnd"],
      ["badNumber", "bad_address"],
    ] as const) {
      await db.database.asOwner((sql) => sql.query("truncate outbox, message, mailbox"));
      await breakIt({ contacts: { gone: 0, dnd: 0, badNumber: 0, [what]: 1 } });
      await queueAll();
      await sender.pass(location());
      const { rows } = await db.database.transaction([location()], (sql) =>
        sql.query<{ reason: string }>(
          "select body ->> 'reason' as reason from mailbox where location_id = $1 and lead_id = 'message'",
          [location()],
        ),
      );
      expect(rows).toEqual([{ reason }]);
    }
  });

  test.each([5 * MINUTE, -5 * MINUTE])("a clock that is off by %i ms hides nothing from a look-up", async (skewMs) => {
    await breakIt({ on: "writes", drop: 1, skewMs });
    await queueAll();
    await sender.pass(location());
    await breakIt({ skewMs });
    await toRest();
    expect(await states()).toMatchObject({ message: "accepted", note: "accepted", opportunity: "accepted" });
    for (const name of ["message", "task", "note", "opportunity"] as const)
      expect(`${name} ${done(name)}`).toBe(`${name} 1`);
  });
});

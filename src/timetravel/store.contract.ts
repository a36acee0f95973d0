// What a store of turns promises, whatever it is made of: the same letters in, the same leads, runs, messages and
// decisions out.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Answer, Command, LeadEvent } from "../events/index.ts";
import { idFrom } from "../kernel/ids.ts";
import { canonicalJson, type JsonObject } from "../kernel/json.ts";
import { DAY, HOUR, type Instant, MINUTE } from "../kernel/time.ts";
import type { AddressFacts, OutboxRow, StoredMessage } from "../outreach/index.ts";
import type { Run } from "../workflows/index.ts";
import type { Provider } from "./departures.ts";
import type { Letter } from "./memory.ts";

export interface Store {
  readonly location: string;
  publish(yaml: string, at: Instant): Promise<void>;
  /** Letters that arrive at an instant. */
  post(at: Instant, lead: string, ...letters: Letter[]): Promise<void>;
  /** Turns and departures at every instant up to this one. */
  until(at: Instant): Promise<void>;
  read(lead: string): Promise<AtRest>;
}

/** Everything of one lead. Instants of the wall clock (deadlines of attempts) are left out: they are no decision. */
export interface AtRest {
  readonly turn: number;
  readonly dueAt: Instant | undefined;
  readonly lead: unknown;
  readonly state: unknown;
  /** By id. */
  readonly runs: readonly Run[];
  /** By id. */
  readonly outbox: readonly Omit<OutboxRow, "deadline" | "attemptedAt" | "triedAt">[];
  /** By id. */
  readonly messages: readonly Omit<StoredMessage, "checked">[];
  /** Hashes, each of which holds the one before. */
  readonly decisions: readonly string[];
  /** By stamp, then id. */
  readonly events: readonly LeadEvent[];
  readonly addresses: AddressFacts;
  /** Of every turn, in order. */
  readonly inputs: readonly JsonObject[];
}

/** A provider that takes everything but SMS to 555-0190 and the nine behind it, and never says more. */
export const PROVIDER: Provider = {
  send: ({ row, channel, to }) =>
    channel === "sms" && /555019\d$/.test(to ?? "")
      ? { taken: false, reason: "content", status: 400 }
      : { taken: true, providerId: row.id },
  write: () => ({ taken: true }),
};

/** A Wednesday, 14:00 in New York. */
export const START: Instant = Date.UTC(2026, 10, 18, 19);

/**
 * No lead has two things to send at one instant: whether a message leaves before what came of a write is known, or which of two
 * that waited for the morning goes first, is no decision, and PostgreSQL's sender is free in it.
 */
const YAML = `
workflow: welcome
enroll: { when: contact.created, again: always }
goal: { when: appointment.booked, then: continue }
exit: [ { when: form.submitted, reason: asked } ]
steps:
  - { id: hello, send: hello, via: [sms, email], if_blocked: [ { id: by_hand, task: "Call {{ contact.name }}", to: owner, due: 1h } ] }
  - { id: answer, wait_for: message.replied, within: 6h, then: [ { tag: answered } ] }
  - { id: evening, wait: 8h }
  - { id: guide_mail, send: guide, via: email }
  - { id: read, wait_for: email.opened, of: guide_mail, within: 1d }
  - { id: looks, wait_for: property_view, within: 3d, then: [ { id: more, send: guide, via: [email, sms] } ], otherwise: [ { note: "{{ contact.name }} is quiet" } ] }
---
workflow: spike
priority: 80
enroll: { when: trigger.looking, again: after 2d }
steps:
  - { id: soon, wait: 1m }
  - { id: ring, task: "Call {{ contact.name }}", to: owner, due: 15m }
  - { id: rung, wait: 1m }
  - { id: text, send: nudge, via: email, purpose: transactional }
---
triggers:
  looking:
    when: { behavior.property_view: { count: 3, within: 24h } }
    cooldown: 12h
    do: [ { tag: looking } ]
---
templates:
  hello: { sms: "Hi {{ contact.first_name | default: 'there' }}", email: { subject: Hello, body: "Hi {{ contact.name }}" } }
  guide: { email: { subject: A guide, body: "For {{ contact.name }}" }, sms: "A guide" }
  nudge: { email: { subject: Looking, body: "Still looking?" } }
`;

/** An event of the log; its id comes from what it says. */
const happened = (lead: string, at: Instant, type: string, data: JsonObject = {}): Letter => ({
  kind: "event",
  event: {
    id: idFrom(lead, type, at, canonicalJson(data)),
    lead,
    type,
    at,
    receivedAt: at,
    source: type.startsWith("crm.") ? "crm" : "site",
    data,
  },
});

const introduced = (lead: string, at: Instant, contact: JsonObject = {}): Letter =>
  happened(lead, at, "crm.contact", {
    change: "create",
    asOf: at,
    createdAt: at,
    contact: { name: lead, firstName: lead, email: `${lead}@example.com`, phone: "+16175550101", tags: [], ...contact },
  });

const answered = (at: Instant, answer: Answer): Letter => ({ kind: "answer", at, answer });
const asked = (at: Instant, command: Command): Letter => ({ kind: "command", at, command });

export function storeContract(kind: string, open: () => Promise<Store>): void {
  const opened = async (yaml = YAML) => {
    const store = await open();
    await store.publish(yaml, START - HOUR);
    return store;
  };

  describe(`a store of turns ${kind}`, () => {
    test("keeps a lead, its run, its message and its decisions after a turn", async () => {
      const store = await opened();
      await store.post(START, "ada", introduced("ada", START));
      await store.until(START);
      const ada = await store.read("ada");
      expect(ada.runs).toMatchObject([{ workflow: "welcome", status: "waiting", parked: { path: "answer" } }]);
      expect(ada.outbox).toMatchObject([{ state: "accepted", path: "hello", attempt: 1 }]);
      expect(ada.messages).toMatchObject([{ rendered: { sms: { text: "Hi ada" } }, delivery: { channel: "sms" } }]);
      expect(ada.decisions.length).toBeGreaterThan(0);
      expect(ada.addresses.phone?.sends).toMatchObject([{ channel: "sms", workflow: "welcome", at: START }]);
      expect(ada.turn).toBe(2);
    });

    test("wakes a lead at its instant, and at no other", async () => {
      const store = await opened();
      await store.post(START, "ada", introduced("ada", START));
      await store.until(START + 5 * HOUR);
      const before = await store.read("ada");
      await store.until(START + 6 * HOUR);
      const after = await store.read("ada");
      expect(before.runs[0]?.facts["answer"]).toBeUndefined();
      expect(after.runs[0]?.facts["answer"]).toMatchObject({ timedOut: true });
      expect(after.turn).toBe(before.turn + 1);
    });

    test("holds a message over the night and lets it go in the morning", async () => {
      const night = START + 10 * HOUR;
      const store = await opened();
      await store.post(night, "ada", introduced("ada", night));
      await store.until(night);
      const held = (await store.read("ada")).outbox[0];
      expect(held?.state).toBe("held");
      await store.until(night + 12 * HOUR);
      const gone = (await store.read("ada")).outbox[0];
      expect(gone?.state).toBe("accepted");
    });

    test("moves a refused message to the next channel", async () => {
      const store = await opened();
      await store.post(START, "ada", introduced("ada", START, { phone: "+16175550199" }));
      await store.until(START);
      const ada = await store.read("ada");
      expect(ada.outbox).toMatchObject([{ state: "accepted", place: 1, attempt: 2 }]);
      expect(ada.messages[0]?.delivery).toMatchObject({ channel: "email" });
    });

    test("moves a bounced message to the next channel, and tells its run when that one has left", async () => {
      const store = await opened(YAML.replace("via: [sms, email]", "via: [email, sms]"));
      await store.post(START, "ada", introduced("ada", START));
      await store.until(START);
      const [sent] = (await store.read("ada")).outbox;
      const at = START + MINUTE;
      await store.post(at, "ada", answered(at, { outbox: sent?.id ?? "", outcome: "bounced", at, channel: "email" }));
      await store.until(at);
      const ada = await store.read("ada");
      expect(ada.outbox).toMatchObject([{ state: "accepted", place: 1 }]);
      expect(ada.messages[0]?.delivery).toMatchObject({ channel: "sms", acceptedAt: at });
      expect(ada.addresses.email?.faults?.email?.badAt).toBe(at);
    });

    test("a STOP that START took back is remembered for everybody with the number: what they agreed to until then is over", async () => {
      const store = await opened();
      for (const lead of ["ada", "bob"]) await store.post(START, lead, introduced(lead, START));
      const [left, back] = [START + MINUTE, START + HOUR];
      const wrote = (at: Instant, text: string) =>
        store.post(at, "ada", happened("ada", at, "message.received", { channel: "sms", text, from: "+16175550101" }));
      await wrote(left, "STOP");
      await store.until(left);
      await wrote(back, "START");
      await store.until(back);
      for (const lead of ["ada", "bob"]) {
        const { phone } = (await store.read(lead)).addresses;
        expect(phone).toMatchObject({ leftAt: left });
        expect(phone?.optedOutAt).toBeUndefined();
      }
    });

    test("obeys an opt-out of a number whichever lead has it", async () => {
      const store = await opened();
      await store.post(START, "ada", introduced("ada", START));
      await store.until(START);
      const at = START + MINUTE;
      await store.post(at, "ada", happened("ada", at, "message.received", { channel: "sms", text: "STOP" }));
      await store.until(at);
      await store.post(at + MINUTE, "bob", introduced("bob", at + MINUTE, { email: "" }));
      await store.until(at + MINUTE);
      const bob = await store.read("bob");
      expect(bob.outbox).toMatchObject([{ path: "hello", state: "blocked" }]);
      expect(bob.runs).toMatchObject([{ status: "stopped", outcome: "opted_out" }]);
    });

    test("ties a reply to the message it answers", async () => {
      const store = await opened();
      await store.post(START, "ada", introduced("ada", START));
      const at = START + HOUR;
      await store.until(at - 1);
      await store.post(at, "ada", happened("ada", at, "message.received", { channel: "sms", text: "Yes" }));
      await store.until(at);
      const ada = await store.read("ada");
      expect(ada.events.map(({ type }) => type)).toContain("message.replied");
      expect(ada.runs[0]?.facts["answer"]).toMatchObject({ timedOut: false });
    });

    test("folds a new question's windows from the past", async () => {
      const store = await opened(YAML.replace("count: 3, within: 24h", "count: 9, within: 24h"));
      await store.post(START, "ada", introduced("ada", START));
      for (const hour of [1, 2, 3]) await store.post(START + hour * HOUR, "ada", viewed("ada", START + hour * HOUR));
      await store.until(START + 4 * HOUR);
      await store.publish(YAML, START + 4 * HOUR);
      await store.post(START + 5 * HOUR, "ada", viewed("ada", START + 5 * HOUR));
      await store.until(START + 5 * HOUR);
      expect((await store.read("ada")).events.map(({ type }) => type)).toContain("trigger.looking");
    });

    test("keeps a run on the plan it began with", async () => {
      const store = await opened();
      await store.post(START, "ada", introduced("ada", START));
      await store.until(START);
      await store.publish(YAML.replace("tag: answered", "tag: replied"), START + HOUR);
      const at = START + 2 * HOUR;
      await store.post(at, "ada", happened("ada", at, "message.received", { channel: "sms", text: "Yes" }));
      await store.until(at);
      const tags = (await store.read("ada")).outbox.filter(({ kind }) => kind === "tag");
      expect(tags.map(({ body }) => body["add"])).toEqual([["answered"]]);
    });

    test("carries out a command", async () => {
      const store = await opened();
      await store.post(START, "ada", introduced("ada", START));
      await store.until(START);
      const run = (await store.read("ada")).runs[0]?.id ?? "";
      await store.post(
        START + HOUR,
        "ada",
        asked(START + HOUR, { type: "stop_run", run, by: "ada", reason: "enough" }),
      );
      await store.until(START + HOUR);
      expect((await store.read("ada")).runs[0]?.status).toBe("stopped");
    });
  });
}

const viewed = (lead: string, at: Instant, home = "1"): Letter =>
  happened(lead, at, "property_view", { property: { id: home } });

// The property ---------------------------------------------------------------------------------------------------------

/** The last digit of each lead's two numbers: one that takes texts, one that refuses them. */
const NUMBERS: Readonly<Record<string, string>> = { ada: "1", bob: "2", cleo: "3" };

/** One thing that happens to somebody, some time after the one before. */
type Beat =
  | { readonly what: "born"; readonly refused: boolean }
  | { readonly what: "viewed" | "form" | "booked" }
  | { readonly what: "wrote"; readonly text: string }
  | { readonly what: "told"; readonly outcome: Answer["outcome"]; readonly nth: number };

interface Script {
  readonly beats: readonly { readonly after: number; readonly lead: string; readonly beat: Beat }[];
}

const beat: fc.Arbitrary<Beat> = fc.oneof(
  fc.record({ what: fc.constant("born" as const), refused: fc.boolean() }),
  fc.record({ what: fc.constantFrom("viewed" as const, "form" as const, "booked" as const) }),
  fc.record({ what: fc.constant("wrote" as const), text: fc.constantFrom("Yes", "STOP", "who is this?", "start") }),
  fc.record({
    what: fc.constant("told" as const),
    outcome: fc.constantFrom<Answer["outcome"]>("delivered", "failed", "bounced", "opened", "clicked", "unsubscribed"),
    nth: fc.nat(3),
  }),
);

/** Lives of three leads over a few days, at instants that do not meet. */
export const scripts: fc.Arbitrary<Script> = fc.record({
  beats: fc.array(
    fc.record({
      after: fc.integer({ min: 1_000, max: DAY / 2 }),
      lead: fc.constantFrom(...Object.keys(NUMBERS)),
      beat,
    }),
    { minLength: 1, maxLength: 14 },
  ),
});

/** Plays a script on a store, to its end and a week on. Answers all that is left. */
export async function played(store: Store, { beats }: Script): Promise<readonly AtRest[]> {
  await store.publish(YAML, START - HOUR);
  let at = START;
  for (const { after, lead, beat: one } of beats) {
    at += after;
    await store.until(at - 1);
    const letter = await letterOf(store, at, lead, one);
    if (letter !== undefined) await store.post(at, lead, letter);
    await store.until(at);
  }
  await store.until(at + 7 * DAY);
  const left: AtRest[] = [];
  for (const lead of Object.keys(NUMBERS)) left.push(await store.read(lead));
  return left;
}

async function letterOf(store: Store, at: Instant, lead: string, one: Beat): Promise<Letter | undefined> {
  switch (one.what) {
    case "born":
      // numbers of their own, the refused ones too: between two leads of one number no order is promised where both wake at one instant
      return introduced(lead, at, { phone: `+161755501${one.refused ? 9 : 0}${NUMBERS[lead]}` });
    case "viewed":
      return viewed(lead, at);
    case "form":
      return happened(lead, at, "form.submitted", { form: "tour" });
    case "booked":
      return happened(lead, at, "crm.appointment", {
        change: "create",
        asOf: at,
        appointment: { id: `visit-${at}`, status: "confirmed", start: at + DAY },
      });
    case "wrote":
      return happened(lead, at, "message.received", { channel: "sms", text: one.text });
    case "told": {
      const sent = (await store.read(lead)).outbox.filter(({ kind }) => kind === "message");
      const row = sent[one.nth % Math.max(1, sent.length)];
      const channel = row?.channels[row.place];
      if (row === undefined || channel === undefined) return undefined;
      return answered(at, { outbox: row.id, outcome: one.outcome, at, channel });
    }
  }
}

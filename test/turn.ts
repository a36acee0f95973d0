// One lead whose turns are played one after the other in memory: what a turn leaves behind is what the next one finds.

import type { Answer, Command, LeadEvent, Mail, Reply } from "../src/events/index.ts";
import { idFrom } from "../src/kernel/ids.ts";
import { canonicalJson, type JsonObject } from "../src/kernel/json.ts";
import { HOUR, type Instant } from "../src/kernel/time.ts";
import { stub } from "../src/leads/index.ts";
import {
  type AddressFacts,
  afterChange,
  type HouseRules,
  type OutboxRow,
  openRenderer,
  withFaults,
} from "../src/outreach/index.ts";
import { decideTurn, type LeadCase, openScenes, type Scene, type TurnOutcome } from "../src/turns/index.ts";
import type { Found } from "../src/turns/inputs.ts";
import { compile, type Publication } from "../src/workflows/index.ts";

/** A Wednesday, 14:00 in New York. */
export const NOON: Instant = Date.UTC(2026, 10, 18, 19);

export const LOCATION = "loc1";
export const LEAD = "ada";

/** YAML as a publication. */
export function published(text: string, publishedAt: Instant = NOON - HOUR): Publication {
  const { content, diagnostics } = compile([{ file: "test.yaml", text }]);
  if (content === undefined) throw new Error(JSON.stringify(diagnostics, undefined, 2));
  return { ...content, publishedAt };
}

/** The location's scene, made by the same code that makes it in a process. */
/** @param house what the location has set of the rules itself */
export async function sceneOf(publication: Publication | undefined, house: Partial<HouseRules> = {}): Promise<Scene> {
  const scenes = openScenes({
    publications: { live: async () => publication, plans: async () => new Map() },
    place: () => ({ seed: "seed", zone: "America/New_York", catalog: { installedAt: 0 }, house, links: {} }),
    renderer: openRenderer(),
    addressKey: "key",
  });
  const sql = { query: () => Promise.resolve({ rows: [], rowCount: 0 }) };
  return scenes.open(sql, LOCATION, NOON);
}

/** An event of the log. Its id comes from what it says, so that a repetition is the same one. */
export const eventAt = (at: Instant, type: string, data: JsonObject = {}, receivedAt: Instant = at): LeadEvent => ({
  id: idFrom(type, at, canonicalJson(data)),
  lead: LEAD,
  type,
  at,
  receivedAt,
  source: type.startsWith("crm.") ? "crm" : "site",
  data,
});

/** What the CRM says of her when she is added. */
export const introduced = (at: Instant = NOON, contact: JsonObject = {}): LeadEvent =>
  eventAt(at, "crm.contact", {
    change: "create",
    asOf: at,
    createdAt: at,
    contact: {
      firstName: "Ada",
      name: "Ada Byron",
      phone: "+16175550101",
      email: "ada@example.com",
      tags: [],
      ...contact,
    },
  });

export const viewed = (at: Instant, id = `home-${at}`): LeadEvent => eventAt(at, "property_view", { property: { id } });
export const wrote = (at: Instant, text: string, channel = "sms"): LeadEvent =>
  eventAt(at, "message.received", { channel, text });

export type Sent =
  | LeadEvent
  | { readonly answer: Answer }
  | { readonly command: Command; readonly at: Instant }
  | { readonly reply: Reply; readonly at: Instant };

export interface Played {
  /** As the next turn would find it. */
  case(mail?: readonly Sent[], at?: Instant): LeadCase;
  /** Decides a turn at an instant, and keeps what it leaves. */
  turn(at: Instant, ...mail: Sent[]): TurnOutcome;
  /** What the sender has made of rows since. */
  stand(states: NonNullable<Found["outbox"]>): void;
  /** Turns at every wake up to an instant. */
  until(at: Instant): TurnOutcome[];
  /** What the sender does: moves a row, and, where there is something to tell, mails it in the same turn. */
  left(
    at: Instant,
    row: OutboxRow,
    state: OutboxRow["state"],
    outcome: Answer["outcome"],
    more?: Partial<Answer>,
  ): TurnOutcome;
  readonly outcomes: readonly TurnOutcome[];
  readonly rows: () => readonly OutboxRow[];
  readonly dueAt: () => Instant | undefined;
  scene: Scene;
}

export function play(scene: Scene): Played {
  let kept: LeadCase = {
    id: LEAD,
    turn: 0,
    lead: stub(LOCATION, LEAD),
    fresh: true,
    runs: [],
    outbox: [],
    mail: [],
    moreMail: false,
    addresses: {},
    latest: {},
  };
  let seq = 0;
  let dueAt: Instant | undefined;
  const outcomes: TurnOutcome[] = [];

  const played: Played = {
    scene,
    outcomes,
    rows: () => kept.outbox.map(({ row }) => row),
    dueAt: () => dueAt,
    case: (mail = []) => ({ ...kept, turn: kept.turn + 1, mail: mail.map(letter) }),
    turn(at, ...mail) {
      const outcome = decideTurn(played.case(mail), { ...played.scene, now: at });
      outcomes.push(outcome);
      dueAt = outcome.dueAt;
      keep(outcome);
      return outcome;
    },
    stand(states) {
      kept = {
        ...kept,
        outbox: kept.outbox.map((entry) => {
          const found = states[entry.row.id];
          const state = typeof found === "string" ? found : found?.[0];
          return state === undefined ? entry : { ...entry, row: { ...entry.row, state: state as OutboxRow["state"] } };
        }),
      };
    },
    until(at) {
      const made: TurnOutcome[] = [];
      for (let wakes = 0; dueAt !== undefined && dueAt <= at; wakes += 1) {
        if (wakes > 2_000) throw new Error("the lead wakes without end");
        made.push(played.turn(dueAt));
      }
      return made;
    },
    left(at, row, state, outcome, more = {}) {
      const channel = row.channels[row.place];
      kept = {
        ...kept,
        outbox: kept.outbox.map((entry) =>
          entry.row.id === row.id ? { ...entry, row: { ...entry.row, state } } : entry,
        ),
      };
      const answer = { outbox: row.id, outcome, at, ...(channel === undefined ? {} : { channel }), ...more };
      return played.turn(at, { answer });
    },
  };
  return played;

  function letter(sent: Sent): Mail {
    seq += 1;
    if ("answer" in sent) return { kind: "answer", seq, at: sent.answer.at, answer: sent.answer };
    if ("command" in sent) return { kind: "command", seq, at: sent.at, command: sent.command };
    if ("reply" in sent) return { kind: "reply", seq, at: sent.at, reply: sent.reply };
    return { kind: "event", seq, event: sent };
  }

  /** As the store would: JSON and back. */
  function keep(outcome: TurnOutcome): void {
    const { lead, state, runs, queued, moved, addresses, record } = JSON.parse(JSON.stringify(outcome)) as TurnOutcome;
    kept = {
      ...kept,
      turn: record.turn,
      lead,
      fresh: false,
      state,
      runs: [...new Map([...kept.runs, ...runs].map((run) => [run.id, run])).values()],
      outbox: [...new Map([...kept.outbox, ...queued, ...moved].map((entry) => [entry.row.id, entry])).values()],
      addresses: learned(kept.addresses, addresses),
    };
  }
}

/** What the address table would say. */
function learned(known: AddressFacts, changes: TurnOutcome["addresses"]): AddressFacts {
  let facts = known;
  for (const change of changes) {
    if (change.address === undefined) continue;
    const { faults: before, ...rest } = afterChange(facts[change.family] ?? { sends: [] }, change);
    const faults = withFaults(before, change.faults);
    facts = { ...facts, [change.family]: { ...rest, ...(faults === undefined ? {} : { faults }) } };
  }
  return facts;
}

// The town as `simulate` meets it: the same lives as in the demo, without a CRM between them and Latchkey. What the CRM
// would tell by webhook is told as the letter that the webhook becomes.

import type { Answer, CrmContactFields } from "../../src/events/index.ts";
import { idFrom } from "../../src/kernel/ids.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import { DAY, HOUR, type Instant, MINUTE, SECOND } from "../../src/kernel/time.ts";
import type { ChannelName } from "../../src/leads/index.ts";
import type { OutboxRow } from "../../src/outreach/index.ts";
import {
  type Leaving,
  type Letter,
  type Memory,
  openAgenda,
  openQueue,
  placeIn,
  type World,
} from "../../src/timetravel/index.ts";
import { chanceOf } from "../chance.ts";
import { birth } from "./birth.ts";
import { byTime, type TownEvent, type TownMessage } from "./event.ts";
import { type Life, openLife } from "./life.ts";
import { appointment, deal, fieldsOf, snapshotData, sourceOf, townCatalog } from "./log.ts";
import { describe } from "./site.ts";
import { openTruthFile } from "./truth-file.ts";

export interface WorldOptions {
  readonly seed: number;
  readonly leads: number;
  readonly zone: string;
  readonly from: Instant;
  readonly days: number;
  /** A file for the truth about each lead. */
  readonly truth?: string;
}

const LOCATION = "simulation";
const CHANNELS = { sms: "sms", email: "email", whatsapp: "whatsapp", voice: "call" } as const;
const LINK = /https?:\/\/[^\s"'<>)]+/g;
/** The CRM tells us of what we wrote there a moment later; a receipt takes longer. */
const ECHO = 2 * SECOND;
const RECEIPT = 20 * SECOND;

/** Leads come evenly over the first half of the days, so that the later ones are followed for half of them. */
export function openWorld({ seed, leads, zone, from, days, truth }: WorldOptions): World {
  const lives = new Map<string, Life>();
  const names = new Map<number, string>();
  const awake = openAgenda();
  const queue = openQueue();
  const births = openAgenda();
  const happened: TownEvent[] = [];
  /** The town's number of a message to our id of it. */
  const sent = new Map<string, { row: string; channel: ChannelName }>();
  const counts = new Map<string, number>();
  const write = openTruthFile(truth, seed);
  let memory: Memory | undefined;

  for (let key = 1; key <= leads; key += 1) {
    const name = `lead-${String(key).padStart(6, "0")}`;
    names.set(key, name);
    births.set(
      name,
      from + Math.floor(((key - 0.5 + (chanceOf(seed, key).u("born") - 0.5) * 0.9) / leads) * (days / 2) * DAY),
    );
  }

  const tell = (at: Instant, lead: string, letter: Letter) => queue.add(at, lead, letter);
  const contactOf = (lead: string) => memory?.lead(lead)?.lead?.contact;

  function beBorn(name: string, at: Instant) {
    const life = openLife(birth(seed, Number(name.slice("lead-".length)), at, zone), (event) => happened.push(event));
    lives.set(name, life);
    write(life.lead);
    awake.set(name, life.next());
    tell(at, name, snapshot(name, at, fieldsOf(life.lead), "create"));
  }

  /** Lets a life go on to an instant; what happened in it comes as letters. */
  function live(name: string, to: Instant) {
    const life = lives.get(name);
    if (life === undefined) return;
    life.advance(to);
    awake.set(name, life.next());
    for (const event of happened.splice(0).sort(byTime)) {
      for (const letter of lettersOf(event, name)) tell(event.at, name, letter);
    }
  }

  function lettersOf(event: TownEvent, name: string): Letter[] {
    const { at } = event;
    const is = (type: string, data: JsonObject) => [eventOf(name, at, type, data, event.purpose)];
    const about = (outcome: Answer["outcome"], message: string, more: Partial<Answer> = {}): Letter[] => {
      const found = sent.get(`${name}/${message}`);
      if (found === undefined) return [];
      return [{ kind: "answer", at, answer: { outbox: found.row, outcome, at, channel: found.channel, ...more } }];
    };
    switch (event.type) {
      case "opened":
        return about("opened", event.message, { machine: event.by !== "person" });
      case "clicked":
        return about("clicked", event.message, { link: event.link, machine: event.by !== "person" });
      case "unsubscribed":
        return [
          ...about("unsubscribed", event.message),
          ...is("crm.dnd", { asOf: at, all: false, channels: { email: "blocked" } }),
        ];
      case "replied":
        return is("message.received", { channel: event.channel, text: event.text });
      case "answered":
        return [...is("call.answered", { direction: "outbound" }), ...is("agent.contacted", { by: "call" })];
      case "missed":
        return is("call.ended", { direction: "outbound", answered: false });
      case "booked":
        return [
          ...is("crm.appointment", appointment(at, event.start, "confirmed")),
          ...is("crm.opportunity", deal(name, at, { change: "create", stage: 2, value: 0 })),
        ];
      case "held":
      case "stood_up":
        return is("crm.appointment", appointment(at, event.start, event.type === "held" ? "showed" : "noshow"));
      case "signed":
        return is("crm.opportunity", deal(name, at, { change: "stage", stage: 3, value: event.value }));
      case "closed":
        return is("crm.opportunity", deal(name, at, { change: "status", stage: 4, value: event.value, status: "won" }));
      case "cooled":
      case "woke":
      case "bought_elsewhere":
        // the truth, which nobody is told
        return [];
      default: {
        const described = describe(event);
        return described === undefined ? [] : is(described.type, described.properties as JsonObject);
      }
    }
  }

  /** @returns whether it arrived */
  function reach(name: string, message: Omit<TownMessage, "id" | "relevance">, row?: OutboxRow): boolean {
    const n = String((counts.get(name) ?? 0) + 1);
    counts.set(name, Number(n));
    const channel = row?.channels[row.place];
    if (row !== undefined && channel !== undefined) sent.set(`${name}/${n}`, { row: row.id, channel });
    live(name, message.at);
    const arrived = lives.get(name)?.receive({ ...message, id: n, relevance: 0.2 }) ?? true;
    live(name, message.at);
    return arrived;
  }

  /** An agent takes up a task: those about a call are calls, within the hour; the others are done by the evening. */
  function takeUp({ id, lead, body }: OutboxRow, at: Instant) {
    const draw = chanceOf(seed, Number(lead.slice("lead-".length))).u(`task/${body["title"]}/${at}`);
    const calls = /\b(call|ring|phone)\b/i.test(String(body["title"]));
    const done = Math.floor(at + (calls ? 5 * MINUTE + draw * 40 * MINUTE : HOUR + draw * 5 * HOUR));
    if (calls) errands.set(`${lead} ${done}`, done);
    tell(done, lead, eventOf(lead, done, "task.completed", { task: id }, id));
  }
  /** Calls that agents will make: `<lead> <instant>`. */
  const errands = openAgenda();

  function echo(name: string, at: Instant, change: Partial<CrmContactFields>) {
    const contact = contactOf(name);
    if (contact !== undefined) tell(at, name, snapshot(name, at, { ...contact, ...change }, "update"));
  }

  return {
    location: LOCATION,
    place: placeIn(zone, `simulation ${seed}`, {
      catalog: townCatalog(from),
      links: {
        booking: "https://homes.example.com/book",
        listings: "https://homes.example.com/new",
        "form.ask-about-home": "https://homes.example.com/ask",
        "form.mortgage-quote": "https://homes.example.com/mortgage",
        "form.home_wishlist": "https://homes.example.com/wishes",
        "form.buyer_survey": "https://homes.example.com/questions",
      },
    }),
    meet(met) {
      memory = met;
    },
    next() {
      const instants = [queue.next(), awake.next(), births.next(), errands.next()].filter((at) => at !== undefined);
      return instants.length === 0 ? undefined : Math.min(...instants);
    },
    take(at) {
      for (const name of births.take(at)) beBorn(name, at);
      for (const name of awake.take(at)) live(name, at);
      for (const errand of errands.take(at)) {
        reach(errand.slice(0, errand.indexOf(" ")), { channel: "call", at, links: [] });
      }
      return queue.take(at);
    },
    send({ row, channel, rendered, at }: Leaving) {
      const body = rendered.html ?? rendered.text ?? "";
      const links = channel === "email" ? [...new Set(body.match(LINK) ?? [])].slice(0, 20) : [];
      const arrived = reach(row.lead, { channel: CHANNELS[channel], at, links }, row);
      const outcome = arrived ? "delivered" : channel === "email" ? "bounced" : "failed";
      tell(at + RECEIPT, row.lead, {
        kind: "answer",
        at: at + RECEIPT,
        answer: { outbox: row.id, outcome, at: at + RECEIPT, channel },
      });
      return { taken: true, providerId: row.id };
    },
    write(row, at) {
      const {
        add = [],
        remove = [],
        contact,
      } = row.body as {
        readonly add?: readonly string[];
        readonly remove?: readonly string[];
        readonly contact?: Partial<CrmContactFields>;
      };
      if (row.kind === "tag")
        echo(row.lead, at + ECHO, { tags: retagged(contactOf(row.lead)?.tags ?? [], add, remove) });
      if (contact !== undefined) echo(row.lead, at + ECHO, contact);
      if (row.kind === "task") takeUp(row, at);
      return { taken: true };
    },
  };
}

const eventOf = (lead: string, at: Instant, type: string, data: JsonObject, cause: string): Letter => ({
  kind: "event",
  event: {
    id: idFrom(LOCATION, lead, at, type, cause),
    lead,
    type,
    at,
    receivedAt: at,
    source: sourceOf(type),
    data,
  },
});

const snapshot = (lead: string, at: Instant, contact: CrmContactFields, change: "create" | "update"): Letter =>
  eventOf(lead, at, "crm.contact", snapshotData(at, contact, change), change);

function retagged(tags: readonly string[], add: readonly string[], remove: readonly string[]): string[] {
  const gone = new Set(remove.map((tag) => tag.toLowerCase()));
  const kept = tags.filter((tag) => !gone.has(tag.toLowerCase()));
  const has = new Set(kept.map((tag) => tag.toLowerCase()));
  return [...kept, ...add.filter((tag) => !has.has(tag.toLowerCase()))];
}

// The town at work: leads come, browse and answer on the shared clock; the CRM hears of it by its own means, the
// site's visits go to Latchkey.

import { DAY, HOUR, type Instant, MINUTE } from "../../src/kernel/time.ts";
import { chanceOf } from "../chance.ts";
import type { SharedClock } from "../clock.ts";
import { PIPELINE } from "../crm/catalog.ts";
import type { ContactFields } from "../crm/contact.ts";
import { type Crm, idOf } from "../crm/crm.ts";
import type { Message, Opportunity, Task } from "../crm/records.ts";
import type { Flags } from "../flags.ts";
import type { OpenTown } from "../simulator.ts";
import type { Lead } from "./birth.ts";
import { fieldsOf, placedFields } from "./contact-fields.ts";
import type { TownEvent, TownMessage } from "./event.ts";
import { type Errand, readKept, writeKept } from "./kept.ts";
import { TOWN_VERSION } from "./parameters.ts";
import { openPlaced, PLACED } from "./placed.ts";
import { openSite } from "./site.ts";
import { arrivals, openTown } from "./town.ts";
import { openTruthFile } from "./truth-file.ts";

const TICK_MS = 100;
/** How often the town is written down. */
const KEEP_MS = 15_000;
/** The leads of the start came over the last three months. */
const SETTLED_DAYS = 90;
/** How much of what they did before the start is told, as the past: the site knew them before Latchkey did. */
const HISTORY = 6 * DAY;
const CHANNELS = { SMS: "sms", Email: "email", WhatsApp: "whatsapp", CALL: "call" } as const;
const CRM_CHANNELS = { sms: "SMS", email: "Email", whatsapp: "WhatsApp" } as const;
const LINK = /https?:\/\/[^\s"'<>)]+/g;

export const openLivingTown: OpenTown = (flags: Flags, clock: SharedClock) => {
  const { seed } = flags;
  const town = openTown({ seed, zone: flags.timezone });
  const start = clock.now();
  const kept = readKept(flags.keep, seed, flags.location);
  const founded = kept?.founded ?? Math.min(flags.since ?? start, start);
  // without a kept town the placed lives begin with this start, whenever the town was founded
  const placed = openPlaced(PLACED, kept?.founded ?? start);
  const write = openTruthFile(flags.truth, seed);
  const site = openSite(flags.location, flags["events-url"], flags["api-key"]);
  const keys = new Map<string, number>();
  const delivered = new Map<string, boolean>();
  /** The CRM's id of a lead's n-th message; the town counts, so that its draws do not hang on ids. */
  const ids = new Map<string, string>();
  const counts = new Map<string, number>();
  const deals = new Map<string, Opportunity>();
  const meetings = new Map<string, { id: string; start: Instant }>();
  const errands: Errand[] = [];
  const received: (readonly [number, TownMessage])[] = [];
  let arrivedUntil = start;
  let timer: NodeJS.Timeout | undefined;
  let keeper: NodeJS.Timeout | undefined;
  let crm: Crm | undefined;

  const contactOf = (key: number) => idOf(seed, key, "lead");
  const isPlaced = (key: number) => PLACED.some((life) => life.key === key);

  function enter(to: Crm, key: number, fields: ContactFields) {
    const id = contactOf(key);
    keys.set(id, key);
    to.createContact(fields, { id });
  }

  function come(to: Crm, key: number, born: Instant) {
    const lead = town.add(key, born);
    write(lead);
    enter(to, key, fieldsOf(lead));
  }

  function settle(to: Crm) {
    for (const { key, born } of residents(start)) come(to, key, born);
    for (const life of PLACED) {
      const born = start - life.bornBefore;
      if (born <= start) enter(to, life.key, placedFields(life, born));
      else errands.push({ at: born, kind: "enter", key: life.key });
    }
    // the placed ones first: what they are about to do speaks of what they did
    for (const event of placed.advance(start)) site.report(event, contactOf(event.lead), true);
    for (const event of town.advance(start))
      if (event.at > start - HISTORY) site.report(event, contactOf(event.lead), true);
  }

  /** The same lives again, with the messages they got; what they did until it was written down is known. */
  function goOn(to: Crm, from: NonNullable<typeof kept>) {
    to.restore(from.crm);
    for (const { key, born } of residents(from.now)) known(town.add(key, born));
    for (const { key } of PLACED) keys.set(contactOf(key), key);
    for (const [key, message] of from.received) hear(key, message);
    for (const [place, id] of from.ids) ids.set(place, id);
    for (const [contact, n] of from.counts) counts.set(contact, n);
    for (const [contact, meeting] of from.meetings) meetings.set(contact, meeting);
    for (const [contact, id] of from.deals) {
      const deal = to.opportunities.get(id);
      if (deal !== undefined) deals.set(contact, deal);
    }
    errands.push(...from.errands);
    town.advance(from.now);
    placed.advance(from.now);
    arrivedUntil = from.now;
  }

  const known = (lead: Lead) => {
    write(lead);
    keys.set(contactOf(lead.key), lead.key);
  };

  function keep(to: Crm, closed: boolean) {
    if (flags.keep === undefined) return;
    tick(to); // whatever falls before the instant that is written down has happened
    writeKept(flags.keep, {
      ...{
        version: TOWN_VERSION,
        seed,
        location: flags.location,
        now: clock.now(),
        closed,
        founded,
        received,
        errands,
      },
      crm: to.keep(),
      ids: [...ids],
      counts: [...counts],
      deals: [...deals].map(([contact, { id }]) => [contact, id] as const),
      meetings: [...meetings],
    });
  }

  /** The leads of the founding, and those who came since. */
  function residents(until: Instant) {
    const first = Array.from({ length: flags.leads }, (_, i) => i + 1)
      .filter((key) => !isPlaced(key))
      .map((key) => ({ key, born: founded - Math.floor(chanceOf(seed, key).u("born") * SETTLED_DAYS * DAY) }));
    return [...first, ...arrived(founded, until)];
  }

  function arrived(after: Instant, until: Instant) {
    const days = Math.max(0, Math.floor(until / DAY) - Math.floor(after / DAY) + 1);
    return Array.from({ length: days }, (_, i) => Math.floor(after / DAY) + i)
      .flatMap((day) => arrivals(seed, day, flags.arrivals))
      .filter(({ born }) => born > after && born <= until);
  }

  function tick(to: Crm) {
    const now = clock.now();
    for (const { key, born } of arrived(arrivedUntil, now)) come(to, key, born);
    arrivedUntil = now;
    for (const errand of errands.splice(0)) {
      if (errand.at <= now) run(to, errand);
      else errands.push(errand);
    }
    for (const event of town.advance(now)) happen(to, event);
    for (const event of placed.advance(now)) happen(to, event);
  }

  function run(to: Crm, errand: Errand) {
    if (errand.kind === "meet") return meet(to, errand.contact, true);
    if (errand.kind === "enter") {
      const life = PLACED.find(({ key }) => key === errand.key);
      return life === undefined ? undefined : enter(to, life.key, placedFields(life, errand.at));
    }
    if (errand.calls) reach(errand.contact, { channel: "call", at: clock.now(), relevance: 0.2, links: [] });
    const task = to.tasksOf(errand.contact).find(({ id }) => id === errand.task);
    if (task !== undefined) to.completeTask(task, true);
  }

  const messageOf = (to: Crm, { lead, message }: { lead: number; message: string }) =>
    to.messages.get(ids.get(`${contactOf(lead)}/${message}`) ?? "");

  function happen(to: Crm, event: TownEvent) {
    const contactId = contactOf(event.lead);
    switch (event.type) {
      case "opened":
      case "clicked": {
        const mail = messageOf(to, event);
        if (mail === undefined) return;
        const link = event.type === "clicked" ? { url: event.link } : {};
        to.emailEvent(mail, event.type, { proxy: event.by === "proxy", ...link });
        if (event.type === "clicked") site.follow(event.link);
        return;
      }
      case "unsubscribed": {
        const mail = messageOf(to, event);
        if (mail !== undefined) to.emailEvent(mail, "unsubscribed");
        const contact = to.contacts.get(contactId);
        if (contact !== undefined) to.updateContact(contact, { dndSettings: { email: { status: "active" } } });
        return;
      }
      case "replied": {
        const subject = messageOf(to, event)?.subject;
        to.inbound(
          contactId,
          CRM_CHANNELS[event.channel],
          event.text,
          subject === undefined ? undefined : `Re: ${subject}`,
        );
        return;
      }
      case "answered":
        to.call(contactId, "completed");
        return;
      case "missed":
        to.call(contactId, "voicemail");
        return;
      case "booked":
        book(to, contactId, event.start);
        return;
      case "held":
      case "stood_up":
        meet(to, contactId, event.type === "held");
        return;
      case "signed":
        move(to, contactId, { pipelineStageId: PIPELINE.stages[3].id, monetaryValue: event.value });
        return;
      case "closed":
        move(to, contactId, { pipelineStageId: PIPELINE.stages[4].id, status: "won" });
        return;
      case "cooled":
      case "woke":
      case "bought_elsewhere":
        // the truth, which nobody is told
        return;
      default:
        site.report(event, contactId);
    }
  }

  function book(to: Crm, contactId: string, at: Instant) {
    const id = to.appointment({ contactId, start: at, title: "Home tour", status: "confirmed" });
    meetings.set(contactId, { id, start: at });
    const contact = to.contacts.get(contactId);
    const name = `${contact?.name ?? "Lead"}: home search`;
    deals.set(contactId, to.createOpportunity(contactId, { name, value: 0, stageId: PIPELINE.stages[2].id }));
    const key = keys.get(contactId);
    if (key !== undefined && isPlaced(key)) errands.push({ at: at + HOUR, kind: "meet", contact: contactId });
  }

  function meet(to: Crm, contactId: string, held: boolean) {
    const meeting = meetings.get(contactId);
    if (meeting === undefined) return;
    to.appointment({ ...meeting, contactId, title: "Home tour", status: held ? "showed" : "noshow" });
    if (!held) move(to, contactId, { pipelineStageId: PIPELINE.stages[1].id });
  }

  function move(to: Crm, contactId: string, change: Parameters<Crm["updateOpportunity"]>[1]) {
    const deal = deals.get(contactId);
    if (deal !== undefined) to.updateOpportunity(deal, change);
  }

  /** @param id the CRM's, where it has one */
  function reach(contactId: string, given: Omit<TownMessage, "id">, id?: string): boolean {
    const key = keys.get(contactId);
    if (key === undefined) return true;
    const n = (counts.get(contactId) ?? 0) + 1;
    counts.set(contactId, n);
    const message = { ...given, id: String(n) };
    if (id !== undefined) ids.set(`${contactId}/${n}`, id);
    received.push([key, message]);
    return hear(key, message);
  }

  function hear(key: number, message: TownMessage): boolean {
    if (!isPlaced(key)) return town.receive(key, message) ?? true;
    placed.receive(key, message);
    return true;
  }

  /** An agent takes up a task: those about a call are calls, within the hour; the others are done by the evening. */
  function takeUp(task: Task) {
    const draw = chanceOf(seed, keys.get(task.contactId) ?? 0);
    const isCall = /\b(call|ring|phone)\b/i.test(task.title);
    const wait = isCall
      ? 5 * MINUTE + draw.u(`task/${task.id}`) * 40 * MINUTE
      : HOUR + draw.u(`task/${task.id}`) * 5 * HOUR;
    const at = Math.floor(clock.now() + wait);
    errands.push({ at, kind: "task", contact: task.contactId, task: task.id, calls: isCall });
  }

  return {
    start(to) {
      crm = to;
      if (kept === undefined) settle(to);
      else {
        goOn(to, kept);
        received.push(...kept.received);
      }
      timer = setInterval(() => tick(to), TICK_MS);
      keep(to, false);
      keeper = setInterval(() => keep(to, false), KEEP_MS);
    },
    onAccepted(message: Message) {
      const links = message.channel === "Email" ? [...new Set(message.body.match(LINK) ?? [])].slice(0, 20) : [];
      const channel = CHANNELS[message.channel];
      const arrived = reach(message.contactId, { channel, at: clock.now(), relevance: 0.2, links }, message.id);
      if (!arrived) delivered.set(message.id, false);
    },
    arrives(message: Message) {
      const arrived = delivered.get(message.id) ?? true;
      delivered.delete(message.id);
      return arrived;
    },
    onTask: takeUp,
    aim({ eventsUrl, apiKey }) {
      if (eventsUrl !== undefined) site.aim(eventsUrl ?? undefined, apiKey ?? flags["api-key"]);
    },
    figures: () => ({ version: TOWN_VERSION, seed, leads: town.size + PLACED.length, site: site.figures() }),
    async close() {
      clearInterval(timer);
      clearInterval(keeper);
      if (crm !== undefined) keep(crm, true);
      await site.close();
    },
  };
};

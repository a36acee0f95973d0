// The town at work: leads come, browse and answer on the shared clock; the CRM hears of it by its own means, the
// site's visits go to Latchkey.

import { DAY, HOUR, type Instant, MINUTE } from "../../src/kernel/time.ts";
import { chanceOf } from "../chance.ts";
import type { SharedClock } from "../clock.ts";
import { CUSTOM_FIELDS, PIPELINE, USERS } from "../crm/catalog.ts";
import type { ContactFields } from "../crm/contact.ts";
import { type Crm, idOf } from "../crm/crm.ts";
import type { Message, Opportunity, Task } from "../crm/records.ts";
import type { Flags } from "../flags.ts";
import type { OpenTown } from "../simulator.ts";
import type { Lead } from "./birth.ts";
import { emailOf, phoneOf } from "./catalog.ts";
import type { TownEvent, TownMessage } from "./event.ts";
import { SOURCES, TOWN_VERSION, TYPES } from "./parameters.ts";
import { openPlaced, PLACED, type PlacedLife } from "./placed.ts";
import { openSite } from "./site.ts";
import { arrivals, openTown } from "./town.ts";
import { openTruthFile } from "./truth-file.ts";

const TICK_MS = 100;
/** The leads of the start came over the last three months. */
const SETTLED_DAYS = 90;
/** How much of what they did before the start is reported: the site was already tracking. */
const HISTORY = 6 * DAY;
const CHANNELS = { SMS: "sms", Email: "email", WhatsApp: "whatsapp", CALL: "call" } as const;
const CRM_CHANNELS = { sms: "SMS", email: "Email", whatsapp: "WhatsApp" } as const;
const LINK = /https?:\/\/[^\s"'<>)]+/g;

export const openLivingTown: OpenTown = (flags: Flags, clock: SharedClock) => {
  const { seed } = flags;
  const town = openTown({ seed, zone: flags.timezone });
  const start = clock.now();
  const placed = openPlaced(PLACED, start);
  const write = openTruthFile(flags.truth, seed);
  const site = openSite(flags.location, flags["events-url"], flags["api-key"]);
  const keys = new Map<string, number>();
  const delivered = new Map<string, boolean>();
  /** The CRM's id of a lead's n-th message; the town counts, so that its draws do not hang on ids. */
  const ids = new Map<string, string>();
  const counts = new Map<string, number>();
  const deals = new Map<string, Opportunity>();
  const meetings = new Map<string, { id: string; start: Instant }>();
  const errands: { at: Instant; act: () => void }[] = [];
  let arrivedUntil = start;
  let timer: NodeJS.Timeout | undefined;
  let crm: Crm | undefined;

  const contactOf = (key: number) => idOf(seed, key, "lead");
  const isPlaced = (key: number) => PLACED.some((life) => life.key === key);
  const later = (at: Instant, act: () => void) => void errands.push({ at, act });

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

  /** The leads of the founding, those who came since, and the placed ones. */
  function settle(to: Crm) {
    const founded = Math.min(flags.since ?? start, start);
    for (let key = 1; key <= flags.leads; key += 1) {
      if (isPlaced(key)) continue;
      const born = founded - Math.floor(chanceOf(seed, key).u("born") * SETTLED_DAYS * DAY);
      come(to, key, born);
    }
    arrive(to, founded, start);
    for (const life of PLACED) {
      const born = start - life.bornBefore;
      if (born <= start) enter(to, life.key, placedFields(life, born));
      else later(born, () => enter(to, life.key, placedFields(life, born)));
    }
    for (const event of town.advance(start)) if (event.at > start - HISTORY) site.report(event, contactOf(event.lead));
    for (const event of placed.advance(start)) site.report(event, contactOf(event.lead));
  }

  function arrive(to: Crm, after: Instant, until: Instant) {
    for (let day = Math.floor(after / DAY); day * DAY <= until; day += 1)
      for (const { key, born } of arrivals(seed, day, flags.arrivals))
        if (born > after && born <= until) come(to, key, born);
  }

  function tick(to: Crm) {
    const now = clock.now();
    arrive(to, arrivedUntil, now);
    arrivedUntil = now;
    for (const errand of errands.splice(0)) {
      if (errand.at <= now) errand.act();
      else errands.push(errand);
    }
    for (const event of town.advance(now)) happen(to, event);
    for (const event of placed.advance(now)) happen(to, event);
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
    if (key !== undefined && isPlaced(key)) later(at + HOUR, () => meet(to, contactId, true));
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
    later(at, () => {
      if (isCall) reach(task.contactId, { channel: "call", at: clock.now(), relevance: 0.2, links: [] });
      crm?.completeTask(task, true);
    });
  }

  return {
    start(to) {
      crm = to;
      settle(to);
      timer = setInterval(() => tick(to), TICK_MS);
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
      await site.close();
    },
  };
};

/** What the CRM gets to see of a lead. */
function fieldsOf(lead: Lead): ContactFields {
  const { profile, type, source } = lead;
  const custom = (name: string, value: string | number | undefined) => {
    const field = CUSTOM_FIELDS.find((one) => one.name === name);
    return field === undefined || value === undefined ? [] : [{ id: field.id, value }];
  };
  return {
    firstName: profile.firstName,
    lastName: profile.lastName,
    email: profile.email,
    phone: profile.phone,
    city: profile.city,
    state: profile.state,
    postalCode: profile.postalCode,
    ...(profile.knownZone ? { timezone: profile.zone } : {}),
    ...(profile.showsSource ? { source: SOURCES[source].label } : {}),
    tags: profile.showsType ? [TYPES[type].label] : [],
    assignedTo: USERS[lead.key % USERS.length]?.id ?? null,
    dateAdded: new Date(lead.born).toISOString(),
    customFields: [
      ...custom("Budget", profile.budget),
      ...custom("Timeline", profile.statedDays === undefined ? undefined : `${profile.statedDays} days`),
      ...custom("Lead type", profile.showsType ? TYPES[type].label : undefined),
    ],
  };
}

function placedFields(life: PlacedLife, born: Instant): ContactFields {
  return {
    firstName: life.firstName,
    lastName: life.lastName,
    email: emailOf(life.firstName, life.lastName, life.key),
    phone: phoneOf(life.key),
    city: "Austin",
    state: "TX",
    timezone: "America/Chicago",
    source: "Website",
    tags: life.tags ?? [],
    assignedTo: USERS[0]?.id ?? null,
    dateAdded: new Date(born).toISOString(),
  };
}

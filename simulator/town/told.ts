// A lead's whole life under a policy, told in the events of Latchkey's log, without HTTP and without a turn: one lead at a time,
// so that a year of a hundred thousand leads needs the memory of one. What is told has the gaps and mistakes of a
// CRM's records; what was true is in `truth.ts`.

import type { LeadEvent } from "../../src/events/index.ts";
import type { JsonObject } from "../../src/kernel/json.ts";
import { DAY, type Instant, SECOND } from "../../src/kernel/time.ts";
import { birth, type Lead } from "./birth.ts";
import { emailOf } from "./catalog.ts";
import { CALM, type Climate } from "./climate.ts";
import { byTime, type TownEvent } from "./event.ts";
import { type Life, openLife } from "./life.ts";
import { agentOf, appointment, deal, fieldsOf, snapshotData, sourceOf } from "./log.ts";
import { isDisfavored, messageOf, type Plan, type PlanOptions, planOf, type Step, treat } from "./policies.ts";
import { describe } from "./site.ts";
import type { Standing } from "./standing.ts";

export interface ToldOptions extends PlanOptions {
  readonly seed: number;
  readonly zone: string;
  readonly climate?: (at: Instant) => Climate;
  /** Whether some enter twice. */
  readonly doubles?: boolean;
}

/** One record of the CRM. */
export interface Told {
  readonly id: string;
  readonly lead: Lead;
  /** How it was treated; `entered` of a double is later than its lead came. */
  readonly plan: Plan;
  /** In order of time. */
  readonly events: readonly LeadEvent[];
  /** What nobody is told: coolings, wakings, homes bought elsewhere, bookings that no record has. */
  readonly hidden: readonly TownEvent[];
  readonly standing: Standing;
  /** The other record of the same person. */
  readonly twin?: string;
}

const DOUBLES = 0.04;
/** A mail gateway follows links at once, or several together: what is known of these is told as a machine's. */
const SOON = 10 * SECOND;
const TOGETHER = 2 * SECOND;
/** Outcomes of appointments that are never recorded, by agent: 30 % on average, the busy ones more. */
const UNRECORDED: readonly number[] = [0.18, 0.3, 0.42];
const UNRECORDED_BOOKINGS = 0.5;

export const nameOf = (key: number): string => `lead-${String(key).padStart(6, "0")}`;

/** The records of one lead: one, or two of whom entered twice. */
export function tellLead(key: number, born: Instant, options: ToldOptions): Told[] {
  const { seed, zone, until, climate = () => CALM } = options;
  const lead = birth(seed, key, born, zone, climate(born));
  const happened: TownEvent[] = [];
  const life = openLife(lead, (event) => happened.push(event), { climate });
  const again = options.doubles === true ? secondEntry(lead, until) : undefined;
  const first = openRecord(nameOf(key), "", lead, born, options);
  const second = again === undefined ? undefined : openRecord(`${nameOf(key)}-b`, "b/", lead, again, options);
  const records = second === undefined ? [first] : [first, second];
  const steps = records
    .flatMap((record) => record.plan.steps.map((step) => ({ record, step, at: record.plan.entered + step.after })))
    .sort((a, b) => a.at - b.at);
  for (const { record, step } of steps) record.reach(life, step);
  life.advance(until);
  for (const event of happened.sort(byTime)) {
    if (event.at > until) continue;
    const own = "message" in event && event.message.startsWith("b/") ? second : undefined;
    const latest =
      second !== undefined && !("message" in event) && event.at >= second.plan.entered ? second : undefined;
    (own ?? latest ?? first).hear(event);
  }
  const standing = life.standing();
  return records.map((record, i) => record.told(standing, records[1 - i]?.id));
}

/** When a lead comes a second time: undefined where it does not by then. */
export function secondEntry({ chance, born }: Lead, until: Instant): Instant | undefined {
  if (chance.u("double") >= DOUBLES) return undefined;
  const at = Math.floor(born + (7 + 358 * chance.u("double/after")) * DAY);
  return at < until ? at : undefined;
}

function openRecord(id: string, prefix: string, lead: Lead, entered: Instant, options: ToldOptions) {
  const plan = planOf(lead, entered, prefix, options);
  const events: LeadEvent[] = [];
  const hidden: TownEvent[] = [];
  /** Of each mail, to tell machines by. */
  const clicks = new Map<string, { at: Instant; link: string; event: { machine?: boolean } }[]>();
  const sent = new Map<string, Instant>();
  const isUnrecorded =
    options.biases?.record === true && isDisfavored(lead) && lead.chance.u("record/booking") < UNRECORDED_BOOKINGS;
  const isOutcomeLost = lead.chance.u("record/outcome") < (UNRECORDED[agentOf(lead.key)] ?? 0.3);

  const say = (at: Instant, type: string, data: JsonObject) => {
    events.push({ id: "", lead: id, type, at, receivedAt: at, source: sourceOf(type), data });
  };
  const fields = prefix === "" ? fieldsOf(lead) : secondFields(lead);
  say(entered, "crm.contact", snapshotData(entered, fields, "create"));

  function reach(life: Life, step: Step) {
    const message = messageOf(step, plan);
    const arrived = treat(life, message);
    if (arrived === undefined) return;
    if (step.channel === "call") {
      if (!arrived) say(message.at, "call.ended", { direction: "outbound", answered: false });
      return;
    }
    const data = { "message.id": message.id, channel: step.channel };
    sent.set(message.id, message.at);
    say(message.at, "message.sent", data);
    const failed = step.channel === "email" ? "email.bounced" : "message.failed";
    say(message.at, arrived ? "message.delivered" : failed, data);
  }

  function hear(event: TownEvent) {
    const { at } = event;
    switch (event.type) {
      case "opened":
        say(at, "email.opened", { "message.id": event.message, channel: "email", machine: event.by !== "person" });
        return;
      case "clicked":
        hearClick(event.message, event.link, at);
        return;
      case "unsubscribed":
        say(at, "message.opted_out", { "message.id": event.message, channel: "email" });
        say(at, "crm.dnd", { asOf: at, all: false, channels: { email: "blocked" } });
        return;
      case "replied":
        say(at, "message.received", { channel: event.channel, text: event.text });
        if (event.purpose.endsWith("/stop"))
          say(at, "crm.dnd", { asOf: at, all: false, channels: { sms: "permanent" } });
        return;
      case "answered":
        say(at, "call.answered", { direction: "outbound", answered: true });
        say(at, "call.ended", { direction: "outbound", answered: true });
        say(at, "agent.contacted", { by: "call" });
        return;
      case "missed":
        say(at, "call.ended", { direction: "outbound", answered: false });
        return;
      case "booked":
        if (isUnrecorded) hidden.push(event);
        else {
          say(at, "crm.appointment", appointment(at, event.start, "confirmed"));
          say(at, "crm.opportunity", deal(id, at, { change: "create", stage: 2, value: 0 }));
        }
        return;
      case "held":
      case "stood_up":
        if (isUnrecorded || isOutcomeLost) hidden.push(event);
        else say(at, "crm.appointment", appointment(at, event.start, event.type === "held" ? "showed" : "noshow"));
        return;
      case "signed":
      case "closed":
        if (isUnrecorded) hidden.push(event);
        else if (event.type === "signed")
          say(at, "crm.opportunity", deal(id, at, { change: "stage", stage: 3, value: event.value }));
        else
          say(at, "crm.opportunity", deal(id, at, { change: "status", stage: 4, value: event.value, status: "won" }));
        return;
      case "cooled":
      case "woke":
      case "bought_elsewhere":
        hidden.push(event);
        return;
      default: {
        const described = describe(event);
        if (described !== undefined) say(at, described.type, described.properties as JsonObject);
      }
    }
  }

  /** Judged as Latchkey judges clicks: by how soon they come, and by how many come together. */
  function hearClick(message: string, link: string, at: Instant) {
    const others = clicks.get(message) ?? [];
    const together = others.filter((other) => other.link !== link && at - other.at <= TOGETHER);
    for (const other of together) other.event.machine = true;
    const machine = at - (sent.get(message) ?? 0) < SOON || together.length > 0;
    const data = { "message.id": message, channel: "email", link, machine };
    clicks.set(message, [...others, { at, link, event: data }]);
    say(at, "email.clicked", data);
  }

  const told = (standing: Standing, twin: string | undefined): Told => ({
    ...{ id, lead, plan, hidden, standing },
    events: numbered(id, events),
    ...(twin === undefined ? {} : { twin }),
  });
  return { id, plan, reach, hear, told };
}

/** In order of time; the id says the place in it, which nothing later changes. */
function numbered(id: string, events: LeadEvent[]): readonly LeadEvent[] {
  const ordered = events.sort((a, b) => a.at - b.at) as (LeadEvent & { id: string })[];
  ordered.forEach((event, n) => {
    event.id = `${id}/${n}`;
  });
  return ordered;
}

/** Who enters twice does it under a short name, with another address, and writes the number as people do. */
function secondFields(lead: Lead) {
  const fields = fieldsOf(lead);
  const firstName = lead.profile.firstName.slice(0, 3);
  const { lastName, phone } = lead.profile;
  const digits = phone.slice(2);
  return {
    ...fields,
    firstName,
    name: `${firstName} ${lastName}`,
    email: emailOf(firstName, lastName, lead.key + 500_000),
    phone: `(${digits.slice(0, 3)}) ${digits.slice(3, 6)}-${digits.slice(6)}`,
  };
}

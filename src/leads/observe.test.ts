import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seeded } from "../../test/seeded.ts";
import type {
  CrmAppointment,
  CrmContact,
  CrmContactFields,
  CrmDnd,
  CrmOpportunity,
  LeadEvent,
} from "../events/index.ts";
import type { JsonObject } from "../kernel/json.ts";
import { DAY, HOUR, type Instant } from "../kernel/time.ts";
import { openCatalog } from "./catalog.ts";
import { type Lead, stub } from "./lead.ts";
import { type Derived, type LatestMessage, observe } from "./observe.ts";

const noon = Date.UTC(2026, 2, 2, 12);
const installedAt = noon - 10 * DAY;
const catalog = openCatalog({
  installedAt,
  stages: { s1: { name: "New" }, s2: { name: "Touring" } },
  pipelines: { p1: "Buyers" },
  calendars: { c1: "buyer_call" },
  fields: { f1: "contact.budget_range", f2: "lease_end" },
  declared: { "contact.custom.budget": { type: "money", crm: "budget_range" } },
});

describe("a contact", () => {
  test("is created once, at its first snapshot, and what it came with counts as added", () => {
    const { types, lead } = tell(
      contact(noon, { firstName: "Ann", tags: ["First-Time Buyer"] }, { change: "create", createdAt: noon }),
      contact(noon + 1, { firstName: "Ann", tags: ["First-Time Buyer"] }),
    );
    expect(types).toEqual(["contact.created", "tag.added"]);
    expect(lead).toMatchObject({ stub: false, createdAt: noon, contact: { firstName: "Ann" } });
  });

  test("is created as well when its update overtakes its creation, and only once", () => {
    const create = contact(noon, { firstName: "Ann" }, { change: "create", createdAt: noon });
    const update = contact(noon + HOUR, { firstName: "Ann", city: "Austin" }, { createdAt: noon });
    expect(tell(update, create).types).toEqual(["contact.created"]);
    expect(tell(create, update).types).toEqual(["contact.created", "field.changed", "contact.updated"]);
  });

  test("that was there before the install is learned, not created", () => {
    const { types } = tell(contact(noon, { tags: ["Buyer"] }, { change: "tags", createdAt: installedAt - 1 }));
    expect(types).toEqual(["contact.updated"]);
  });

  test("says which field changed, from what to what, by the name a workflow calls it", () => {
    const { derived } = tell(
      contact(noon, { city: "Austin", custom: { f1: "400000" } }, { createdAt: noon }),
      contact(noon + 1, { city: "Dallas", custom: { f1: "500000", f2: "2026-06-01" } }),
    );
    expect(derived.slice(1)).toEqual([
      { type: "field.changed", at: noon + 1, data: { field: "contact.city", from: "Austin", to: "Dallas" } },
      { type: "field.changed", at: noon + 1, data: { field: "contact.custom.budget", from: "400000", to: "500000" } },
      {
        type: "field.changed",
        at: noon + 1,
        data: { field: "contact.custom.lease_end", from: null, to: "2026-06-01" },
      },
      {
        type: "contact.updated",
        at: noon + 1,
        data: { fields: ["contact.city", "contact.custom.budget", "contact.custom.lease_end"] },
      },
    ]);
  });

  test("sends its tags as a full set: what is missing was removed, and case does not matter", () => {
    const { derived } = tell(
      contact(noon, { tags: ["Buyer", "Hot"] }, { createdAt: noon }),
      contact(noon + 1, { tags: ["buyer", "Investor"] }),
    );
    const tags = derived.slice(3).map(({ type, data }) => [type, data["tag"]]);
    expect(tags).toEqual([
      ["tag.added", "Investor"],
      ["tag.removed", "Hot"],
      ["contact.updated", undefined],
    ]);
  });

  test("keeps tags and custom fields that a snapshot does not speak of", () => {
    const { lead, types } = tell(
      contact(noon, { tags: ["Buyer"], custom: { f1: "1" }, timeZone: "America/Denver" }, { createdAt: noon }),
      contact(noon + 1, {}),
    );
    expect(lead.contact).toEqual({ tags: ["Buyer"], custom: { f1: "1" }, timeZone: "America/Denver" });
    expect(types).toEqual(["contact.created", "tag.added"]);
  });

  test("is not changed by a snapshot older than the one we hold", () => {
    const { lead, derived } = tell(
      contact(noon + HOUR, { city: "Dallas", tags: ["New"] }, { createdAt: noon }),
      contact(noon, { city: "Austin", tags: ["Old"] }, { createdAt: noon }),
    );
    expect(lead.contact).toEqual({ city: "Dallas", tags: ["New"], custom: {} });
    expect(derived).toHaveLength(2);
  });

  test("is deleted once, and an older update does not bring it back", () => {
    const { lead, types } = tell(
      contact(noon, { city: "Austin" }, { createdAt: noon }),
      contact(noon + 2, { city: "Austin" }, { change: "delete" }),
      contact(noon + 1, { city: "Dallas" }),
    );
    expect(lead.deleted).toBe(true);
    expect(types).toEqual(["contact.created", "contact.deleted"]);
  });

  test("stated in the future is taken for stated on arrival", () => {
    const { lead } = tell(
      contact(noon, { city: "Austin" }, { asOf: noon + DAY }),
      contact(noon + 1, { city: "Dallas" }),
    );
    expect(lead.contact.city).toBe("Dallas");
  });
});

describe("consent", () => {
  test("changes per channel, each with what it was", () => {
    const { derived, lead } = tell(dnd(noon, false, { sms: "blocked", email: "open", voice: "permanent" }));
    expect(derived.map(({ data }) => data)).toEqual([
      { channel: "sms", from: "open", to: "blocked" },
      { channel: "voice", from: "open", to: "permanent" },
    ]);
    expect(lead.consent).toEqual({ all: false, channels: { sms: "blocked", voice: "permanent" } });
  });

  test("is lifted where a later statement says open, and kept where it says nothing", () => {
    const { lead } = tell(dnd(noon, true, { sms: "blocked", email: "blocked" }), dnd(noon + 1, false, { sms: "open" }));
    expect(lead.consent).toEqual({ all: false, channels: { email: "blocked" } });
  });

  test("is withdrawn by the switch on the contact itself", () => {
    expect(tell(contact(noon, {}, { dnd: true, createdAt: noon })).types).toEqual([
      "contact.created",
      "consent.changed",
    ]);
  });

  test("of two statements with the same stamp is the stricter one", () => {
    const [open, blocked] = [dnd(noon, false, { sms: "open" }), dnd(noon, true, { sms: "blocked" })];
    expect(tell(open, blocked).lead.consent).toEqual(tell(blocked, open).lead.consent);
    expect(tell(open, blocked).lead.consent).toEqual({ all: true, channels: { sms: "blocked" } });
  });
});

describe("an opportunity", () => {
  test("is created, moves and is won, with the names of its stages", () => {
    const { derived } = tell(
      deal(noon, { stage: "s1" }, "create"),
      deal(noon + 1, { stage: "s2" }, "stage"),
      deal(noon + 2, { stage: "s2", status: "won" }, "status"),
    );
    expect(derived.map(({ type, data }) => [type, data["stage"], data["from"]])).toEqual([
      ["opportunity.created", "New", undefined],
      ["opportunity.stage_changed", "Touring", "New"],
      ["opportunity.won", "Touring", undefined],
    ]);
    expect(derived[0]?.data).toMatchObject({ opportunity: { id: "o1" }, pipeline: "Buyers", status: "open" });
  });

  test("of before the install is lost when the CRM says that its status changed", () => {
    expect(tell(deal(noon, { status: "lost" }, "status")).types).toEqual(["opportunity.lost"]);
  });

  test("is not moved back by an older snapshot", () => {
    const { lead, types } = tell(deal(noon + 1, { stage: "s2" }, "create"), deal(noon, { stage: "s1" }, "update"));
    expect(types).toEqual(["opportunity.created"]);
    expect(lead.opportunities["o1"]?.stage).toBe("s2");
  });

  test("that was deleted stays away when an older snapshot comes late", () => {
    const { lead } = tell(
      deal(noon, {}, "create"),
      deal(noon + 2, {}, "delete"),
      deal(noon + 1, { stage: "s2" }, "stage"),
    );
    expect(lead.opportunities).toEqual({});
  });
});

describe("an appointment", () => {
  test("is booked, moved, and canceled once", () => {
    const { types, derived } = tell(
      meeting(noon, { start: noon + DAY }, "create"),
      meeting(noon + 1, { start: noon + 2 * DAY }),
      meeting(noon + 2, { start: noon + 2 * DAY, status: "cancelled" }),
      meeting(noon + 3, { start: noon + 2 * DAY, status: "cancelled" }, "delete"),
    );
    expect(types).toEqual(["appointment.booked", "appointment.moved", "appointment.canceled"]);
    expect(derived[0]?.data).toEqual({ appointment: { id: "a1" }, calendar: "buyer_call", start: noon + DAY });
    expect(derived[1]?.data["from"]).toBe(noon + DAY);
  });

  test("is a first one also when its id is a word that every object knows", () => {
    const named = meeting(noon, { id: "constructor", calendar: "toString" }, "create");
    expect(tell(named).derived).toMatchObject([{ type: "appointment.booked", data: { calendar: "toString" } }]);
  });

  test("is missed or held when the CRM says so", () => {
    expect(tell(meeting(noon, {}, "create"), meeting(noon + 1, { status: "noshow" })).types[1]).toBe(
      "appointment.missed",
    );
    expect(tell(meeting(noon, {}, "create"), meeting(noon + 1, { status: "showed" })).types[1]).toBe(
      "appointment.held",
    );
  });

  test("first heard of when it was held was booked, too", () => {
    expect(tell(meeting(noon, { status: "showed" })).types).toEqual(["appointment.booked", "appointment.held"]);
  });
});

describe("a message from the lead", () => {
  const word = (at: Instant): LeadEvent => event("message.received", at, { channel: "sms", text: "Yes" });
  const latest: LatestMessage = (channel) => (channel === "sms" ? { id: "m1", at: noon } : undefined);

  test("is a reply to our latest on that channel for 14 days", () => {
    const reply = (at: Instant) => tellWith(latest, word(at)).types;
    expect(reply(noon + 14 * DAY)).toEqual(["message.replied"]);
    expect(reply(noon + 14 * DAY + 1)).toEqual([]);
    expect(reply(noon - 1)).toEqual([]);
  });

  test("names the message it answers", () => {
    expect(tellWith(latest, word(noon + 1)).derived[0]?.data).toMatchObject({ channel: "sms", message: { id: "m1" } });
  });

  test("is no reply when we never wrote there", () => {
    expect(tellWith(() => undefined, word(noon)).types).toEqual([]);
  });
});

test("snapshots leave the same profile in whatever order they come", () => {
  fc.assert(
    fc.property(statements, ({ events, arrival }) => {
      const inOrder = tell(...events).lead;
      const shuffled = tell(...arrival.map((index) => events[index] as LeadEvent)).lead;
      expect(shuffled).toEqual(inOrder);
    }),
    { ...seeded, numRuns: 500 },
  );
});

test("a contact is created at most once in whatever order its snapshots come", () => {
  fc.assert(
    fc.property(statements, ({ events, arrival }) => {
      const { types } = tell(...arrival.map((index) => events[index] as LeadEvent));
      expect(types.filter((type) => type === "contact.created").length).toBeLessThanOrEqual(1);
    }),
    seeded,
  );
});

// What the CRM says --------------------------------------------------------------------------------------------------

let made = 0;

function event(type: string, at: Instant, data: unknown): LeadEvent {
  made += 1;
  return { id: `e${made}`, lead: "c1", type, at, receivedAt: at, source: "crm", data: data as JsonObject };
}

const contact = (at: Instant, fields: CrmContactFields, more: Partial<CrmContact> = {}): LeadEvent =>
  event("crm.contact", at, { change: "update", asOf: at, contact: fields, ...more } satisfies CrmContact);

const dnd = (at: Instant, all: boolean, channels: CrmDnd["channels"]): LeadEvent =>
  event("crm.dnd", at, { asOf: at, all, channels } satisfies CrmDnd);

const deal = (
  at: Instant,
  fields: Partial<CrmOpportunity["opportunity"]>,
  change: CrmOpportunity["change"] = "update",
): LeadEvent =>
  event("crm.opportunity", at, {
    change,
    asOf: at,
    opportunity: { id: "o1", pipeline: "p1", status: "open", ...fields },
  } satisfies CrmOpportunity);

const meeting = (
  at: Instant,
  fields: Partial<CrmAppointment["appointment"]>,
  change: CrmAppointment["change"] = "update",
): LeadEvent =>
  event("crm.appointment", at, {
    change,
    asOf: at,
    appointment: { id: "a1", calendar: "c1", status: "confirmed", ...fields },
  } satisfies CrmAppointment);

const tell = (...events: LeadEvent[]) => tellWith(undefined, ...events);

function tellWith(latest: LatestMessage | undefined, ...events: LeadEvent[]) {
  let lead: Lead = stub("loc", "c1");
  const derived: Derived[] = [];
  for (const each of events) {
    const observed = observe(lead, each, catalog, latest);
    lead = observed.lead;
    derived.push(...observed.derived);
  }
  return { lead, derived, types: derived.map(({ type }) => type) };
}

// Few instants on purpose: statements with the same stamp are where order would show.
const instant = fc.integer({ min: 0, max: 4 }).map((step) => noon + step);
const statement = fc.oneof(
  fc
    .record({
      at: instant,
      change: fc.constantFrom("create", "update", "delete", "tags"),
      city: fc.constantFrom(undefined, "Austin", "Dallas"),
      tags: fc.constantFrom(undefined, [], ["A"], ["A", "B"]),
      custom: fc.constantFrom(undefined, { f1: "1" }, { f2: "2" }),
      timeZone: fc.constantFrom(undefined, "America/Denver", "America/Chicago"),
      dnd: fc.constantFrom(undefined, true, false),
      createdAt: fc.constantFrom(undefined, noon, installedAt - 1),
    })
    .map(({ at, change, dnd: off, createdAt, ...fields }) =>
      contact(at, defined(fields), { change, ...defined({ dnd: off, createdAt }) } as Partial<CrmContact>),
    ),
  fc
    .record({ at: instant, all: fc.boolean(), sms: fc.constantFrom("open", "blocked", "permanent") })
    .map(({ at, all, sms }) => dnd(at, all, { sms })),
  fc
    .record({
      at: instant,
      change: fc.constantFrom("create", "stage", "status", "delete"),
      stage: fc.constantFrom("s1", "s2"),
      status: fc.constantFrom("open", "won"),
    })
    .map(({ at, change, stage, status }) => deal(at, { stage, status }, change)),
  fc
    .record({ at: instant, change: fc.constantFrom("create", "update", "delete"), start: instant })
    .map(({ at, change, start }) => meeting(at, { start }, change)),
);

const statements = fc.array(statement, { minLength: 1, maxLength: 12 }).chain((events) => {
  const indexes = events.map((_, index) => index);
  return fc.shuffledSubarray(indexes, { minLength: indexes.length }).map((arrival) => ({ events, arrival }));
});

const defined = <T extends object>(record: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as never;

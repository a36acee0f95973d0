import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LeadEvent } from "../events/index.ts";
import type { JsonObject } from "../kernel/json.ts";
import { consenting } from "./consents.ts";
import { type Lead, stub } from "./lead.ts";

const AT = Date.UTC(2026, 10, 18, 19);
const maya: Lead = { ...stub("loc", "maya"), contact: { phone: "+16175550101", tags: [], custom: {} } };
const event = (type: string, data: JsonObject, at = AT): LeadEvent => ({
  ...{ id: `${type}-${at}`, lead: "maya", type, at, receivedAt: at, source: "api" as const, data },
});
const given = (data: JsonObject = {}, at = AT) =>
  event("consent.given", { channels: ["sms"], source: "form tour", ...data }, at);
const PROVEN = { level: "written", wording: "Text me about homes.", seller: "Alder Realty", act: "box" };
const only = (lead: Lead) => lead.consents?.[0];

describe("what a lead agreed to", () => {
  test("is kept with its level, channels, purposes, source and the number it was given for", () => {
    expect(only(consenting(maya, given()))).toEqual({
      id: `consent.given-${AT}`,
      level: "given",
      at: AT,
      channels: ["sms"],
      purposes: ["marketing", "transactional"],
      source: "form tour",
      phone: "+16175550101",
    });
  });

  test("is written only with the words, the seller, and an act of the person", () => {
    expect(only(consenting(maya, given(PROVEN)))?.level).toBe("written");
    for (const missing of ["wording", "seller", "act"]) {
      const { [missing]: _, ...rest } = PROVEN as JsonObject;
      expect(only(consenting(maya, given(rest)))?.level, missing).toBe("given");
    }
    expect(only(consenting(maya, given({ ...PROVEN, preticked: true })))?.level).toBe("given");
  });

  test("is a claim where it came with an import, whatever it says of itself", () => {
    expect(only(consenting(maya, given({ ...PROVEN, source: "import" })))?.level).toBe("claim");
  });

  test("said again is recorded once; without a channel, not at all", () => {
    const once = consenting(maya, given({ consent: "c1" }));
    expect(consenting(once, given({ consent: "c1" }, AT + 1))).toBe(once);
    expect(consenting(maya, given({ channels: [] }))).toBe(maya);
    expect(only(consenting(maya, given({ channels: "sms, email" })))?.channels).toEqual(["sms", "email"]);
  });

  test("is withdrawn by name, by channel, or as a whole; what comes later stands", () => {
    const both = consenting(
      consenting(maya, given({ consent: "a" })),
      given({ consent: "b", channels: ["sms", "email"] }),
    );
    const by = (data: JsonObject, at = AT + 1) => consenting(both, event("consent.withdrawn", data, at)).consents;
    expect(by({ consent: "a" })?.map(({ withdrawnAt }) => withdrawnAt)).toEqual([AT + 1, undefined]);
    expect(by({ channels: ["sms"] })).toMatchObject([{ withdrawnAt: AT + 1 }, { channels: ["email"] }]);
    expect(by({})?.every(({ withdrawnAt }) => withdrawnAt !== undefined)).toBe(true);
    expect(by({}, AT - 1)).toBe(both.consents);
  });

  test("ends with an opt-out on the channels it was about, and is not revived", () => {
    const agreed = consenting(maya, given({ channels: ["sms", "email"] }));
    const left = consenting(agreed, event("message.opted_out", { channel: "sms" }, AT + 1));
    expect(only(left)).toMatchObject({ channels: ["email"] });
    expect(only(consenting(left, event("message.opted_out", { channel: "email" }, AT + 2)))?.withdrawnAt).toBe(AT + 2);
  });

  test("stands or not by what was said last, in whatever order it is heard", () => {
    const channels = fc.subarray(["sms", "email", "whatsapp", "voice"]);
    const at = fc.integer({ min: 0, max: 5 }).map((minutes) => AT + minutes);
    const said = fc.oneof(
      fc.record({ at, type: fc.constant("consent.given"), data: fc.record({ channels }) }),
      fc.record({ at, type: fc.constant("consent.withdrawn"), data: fc.record({ channels }) }),
      fc.record({
        at,
        type: fc.constant("consent.withdrawn"),
        data: fc.record({ consent: fc.constantFrom("c0", "c1") }),
      }),
      fc.record({
        ...{ at, type: fc.constant("message.opted_out") },
        data: fc.record({ channel: fc.constantFrom("sms", "email") }),
      }),
    );
    const orders = fc.array(said, { maxLength: 8 }).chain((list) => {
      const events = list.map(({ type, at, data }, i): LeadEvent => {
        const named: JsonObject = type === "consent.given" ? { consent: `c${i}`, ...data } : { ...data };
        return { ...event(type, named, at), id: `e${i}` };
      });
      const arrival = fc.shuffledSubarray(events, { minLength: events.length });
      return fc.record({ events: fc.constant(events), arrival });
    });
    const standing = (events: readonly LeadEvent[]) =>
      (events.reduce(consenting, maya).consents ?? [])
        .flatMap((one) => (one.withdrawnAt === undefined ? one.channels.map((channel) => `${one.id} ${channel}`) : []))
        .toSorted();
    fc.assert(
      fc.property(orders, ({ events, arrival }) => {
        expect(standing(arrival)).toEqual(standing(events.toSorted((a, b) => a.at - b.at)));
      }),
    );
  });

  test("an inquiry is the lead's own message or form; a visit is none", () => {
    expect(consenting(maya, event("form.submitted", { form: "tour" })).inquiredAt).toBe(AT);
    expect(consenting(maya, event("message.received", { channel: "sms" })).inquiredAt).toBe(AT);
    const told = { ...event("form.submitted", { form: "tour" }), source: "site" as const };
    expect(consenting(maya, told).inquiredAt).toBeUndefined();
    expect(consenting(maya, event("website_visit", { url: "/" }))).toBe(maya);
  });
});

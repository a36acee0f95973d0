import { describe, expect, test } from "vitest";
import { announced, concerns, type Told } from "./announce.ts";
import { readSubscription, type Subscription, wants } from "./subscription.ts";

const body = (change: object = {}, extras: object = {}) => ({
  triggerData: {
    id: "sub-1",
    key: "latchkey_tier",
    filters: [],
    eventType: "CREATED",
    targetUrl: "https://services.leadconnectorhq.com/workflows-marketplace/triggers/execute/abc/def",
    ...change,
  },
  meta: { key: "latchkey_tier", version: "2.4" },
  extras: { locationId: "loc1", workflowId: "wf1", companyId: "co1", ...extras },
});
const filter = (field: string, operator: string, value: unknown) => ({
  ...{ field, id: field, operator, title: field, type: "select", value },
});

describe("what the CRM says of a trigger", () => {
  test("is read as documented: id, kind by the end of its key, filters, address, workflow", () => {
    const filters = [filter("to", "==", "hot"), filter("tier", "==", ""), filter("tier", "==", [])];
    expect(readSubscription(body({ filters }))).toEqual({
      location: "loc1",
      type: "set",
      subscription: {
        ...{ id: "sub-1", kind: "tier", workflow: "wf1" },
        filters: [{ field: "to", operator: "==", value: "hot" }], // empty ones ask nothing
        targetUrl: "https://services.leadconnectorhq.com/workflows-marketplace/triggers/execute/abc/def",
      },
    });
  });

  test("names a trigger that was taken out, whatever else it says", () => {
    const gone = { eventType: "DELETED", key: "unheard_of", targetUrl: undefined };
    expect(readSubscription(body(gone))).toEqual({ location: "loc1", type: "removed", id: "sub-1" });
  });

  test.each([
    ["no location", body({}, { locationId: undefined }), "extras.locationId"],
    ["a location that cannot be one", body({}, { locationId: "a b" }), "extras.locationId"],
    ["an unknown event", body({ eventType: "MOVED" }), "triggerData.eventType"],
    ["an unknown trigger", body({ key: "latchkey_other" }), "triggerData.key"],
    ["no address", body({ targetUrl: undefined }), "triggerData.targetUrl"],
    ["no id", body({ id: "" }), "triggerData.id"],
    ["no object", "text", ""],
  ])("is refused with the field's name where it has %s", (_what, given, field) => {
    try {
      readSubscription(given);
      throw new Error("it was taken");
    } catch (error) {
      expect((error as { errors: { field: string }[] }).errors.map((one) => one.field)).toContain(field);
    }
  });

  test("is kept with what is wrong where a filter compares in a way nobody documented, and never fires", () => {
    const change = readSubscription(
      body({ filters: [filter("to", "sounds-like", "hot"), filter("to", "constructor", "x")] }),
    );
    if (change.type !== "set") throw new Error("it was removed");
    expect(change.subscription.problem).toContain("sounds-like");
    expect(wants(change.subscription, { type: "tier", to: "hot" })).toBe(false);
  });
});

describe("a trigger's filters", () => {
  const asks = (...filters: Subscription["filters"]): Subscription => ({
    ...{ id: "s", kind: "tier", targetUrl: "", filters },
  });
  const event = { type: "tier", to: "hot", from: "warm", score: 0.82 };

  test.each([
    ["==", "to", "hot", true],
    ["==", "to", " HOT ", true],
    ["==", "to", "cold", false],
    ["==", "to", ["cold", "hot"], true],
    ["==", "to", ["cold", "warm"], false],
    ["!=", "to", "cold", true],
    ["!=", "to", ["cold", "hot"], false],
    ["contains", "to", "o", true],
    ["not-contains", "to", "o", false],
    [">", "score", 0.8, true],
    [">=", "score", "0.82", true],
    ["<", "score", 0.8, false],
    ["<=", "score", "much", false],
    ["==", "nothing", "hot", false],
    ["!=", "nothing", "hot", false],
    ["==", "constructor", "hot", false],
  ] as const)("%s on %s with %j: %j", (operator, field, value, passes) => {
    expect(wants(asks({ field, operator, value }), event)).toBe(passes);
  });

  test("must all pass, and a trigger hears its own kind alone", () => {
    const hot = { field: "to", operator: "==", value: "hot" };
    expect(wants(asks(hot, { field: "from", operator: "==", value: "warm" }), event)).toBe(true);
    expect(wants(asks(hot, { field: "from", operator: "==", value: "cold" }), event)).toBe(false);
    expect(wants({ ...asks(), kind: "behavior" }, event)).toBe(false);
  });
});

describe("what a turn did is told", () => {
  const now = Date.UTC(2026, 2, 2, 17);
  const told = (change: Partial<Told> = {}): Told => ({
    ...{ location: "loc", lead: "ada", turn: 7, now, events: [] },
    ...change,
  });
  const event = (type: string, data = {}) => ({
    ...{ id: `event ${type}`, lead: "ada", type, at: now, receivedAt: now, source: "latchkey" as const, data },
  });
  const subscription = (kind: Subscription["kind"], id = kind as string): Subscription => ({
    ...{ id, kind, filters: [], targetUrl: "" },
  });
  const hot = { score: 0.8249, tier: "hot" };

  test("as one flat event per happening, with where the lead stands", () => {
    const events = [
      event("trigger.viewed_often", { reasons: ["3 views in a day", "the last today"], level: "high" }),
      event("workflow.completed", { workflow: "new_lead", run: "r", outcome: "completed" }),
      event("property_view", {}),
    ];
    const rows = announced(told({ events, score: hot, tierBefore: "warm" }), [
      subscription("behavior"),
      subscription("tier"),
      subscription("run_ended"),
    ]);
    const common = { at: "2026-03-02T17:00:00.000Z", locationId: "loc", contactId: "ada", score: 0.82, tier: "hot" };
    expect(rows.map(({ body: { event } }) => event)).toEqual([
      {
        ...common,
        ...{ id: "event trigger.viewed_often", type: "behavior", trigger: "viewed_often", level: "high" },
        reasons: "3 views in a day; the last today",
      },
      { ...common, id: "event workflow.completed", type: "run_ended", workflow: "new_lead", outcome: "completed" },
      { ...common, id: expect.any(String), type: "tier", from: "warm", to: "hot" },
    ]);
  });

  test("once per trigger and event, under an identity that a repetition of the turn has too", () => {
    const turn = told({ events: [event("trigger.x")] });
    const both = [subscription("behavior", "one"), subscription("behavior", "other")];
    const ids = announced(turn, both).map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
    expect(announced(turn, both).map(({ id }) => id)).toEqual(ids);
    const elsewhere = announced({ ...turn, location: "loc2" }, both).map(({ id }) => id);
    expect(elsewhere.some((id) => ids.includes(id))).toBe(false);
  });

  test("not where a lead is scored for the first time, nor where its tier stays", () => {
    expect(concerns(told({ score: hot }))).toBe(false);
    expect(concerns(told({ score: hot, tierBefore: "hot" }))).toBe(false);
    expect(announced(told({ score: hot }), [subscription("tier")])).toEqual([]);
    expect(concerns(told({ score: hot, tierBefore: "cold" }))).toBe(true);
  });
});

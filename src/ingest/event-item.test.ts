import { describe, expect, test } from "vitest";
import { BUILT_IN } from "../events/index.ts";
import { EventItem, eventProblem } from "./event-item.ts";

describe("an event from outside", () => {
  test("needs a type we know, and says which was meant", () => {
    expect(eventProblem("property_view", { property: { id: "1" } }, BUILT_IN)).toBeUndefined();
    expect(eventProblem("propery_view", {}, BUILT_IN)).toBe(
      'There is no event "propery_view". Did you mean property_view?',
    );
    expect(eventProblem("constructor", {}, BUILT_IN)).toBe('There is no event "constructor".');
  });

  test("needs what its type requires", () => {
    expect(eventProblem("property_view", { price: 1 }, BUILT_IN)).toBe("property_view needs property.id.");
  });

  test("cannot say what only Latchkey or the CRM may say", () => {
    for (const type of ["crm.contact", "trigger.buying_signal", "score.crossed", "contact.created", "message.sent"])
      expect(eventProblem(type, {}, BUILT_IN)).toContain("cannot be sent");
  });

  test("cannot say what a lead agreed to, or took back, by itself", () => {
    const channels = ["sms"];
    for (const type of ["consent.given", "consent.withdrawn", "consent.changed"])
      expect(eventProblem(type, { channels }, BUILT_IN)).toContain("cannot be sent");
  });

  test("happened at an instant that a calendar has", () => {
    const at = (at: unknown) => EventItem.safeParse({ type: "website_visit", contact: "ada", at }).success;
    for (const good of [0, Date.UTC(2026, 2, 2), "2026-03-02T12:00:00+01:00"]) expect(at(good), `${good}`).toBe(true);
    for (const bad of [-9e15, 9e15, -8.64e15, "0000-01-01T00:00:00Z", 1.5]) expect(at(bad), `${bad}`).toBe(false);
  });

  test("names somebody, and nobody of ours", () => {
    expect(EventItem.safeParse({ type: "website_visit" }).success).toBe(false);
    for (const contact of ["_location", "visitor:x", "", "a".repeat(101)])
      expect(EventItem.safeParse({ type: "website_visit", contact }).success, contact).toBe(false);
    expect(EventItem.safeParse({ type: "website_visit", contact: "cI08i1Bls3iTB9bKgFJh" }).success).toBe(true);
  });
});

import { describe, expect, test } from "vitest";
import { endOf, openJourneys, sent, tasksOf } from "../test/acceptance.ts";
import { booked, clicked, delivered, downloaded, happens, opened, replied, type Script, submitted, viewed, visited } from "../test/journey.ts";

const { walk, missed } = openJourneys();
const NURTURE = "first_time_buyer_nurture";
const buyer = (script: Script = {}): Script => ({ ...script, lead: { tags: ["First-Time Buyer"], ...script.lead } });
const spike = [viewed("30m", "a"), viewed("31m", "b"), viewed("32m", "c")];

describe("the first-time buyer nurture", () => {
  test("talks to a silent lead nine times in a month, never twice a day, and rests", async () => {
    const done = await walk(buyer());
    expect(endOf(done, NURTURE)).toBe("nurtured");
    expect(sent(done, NURTURE)).toEqual([
      "welcome by sms",
      "education by email",
      expect.stringMatching(/^follow_up by /),
      "market_insights by email",
      "qualification_survey by email",
      "survey_reminder by sms",
      "nurture_week2 by email",
      "nurture_week3 by email",
      "reengagement by email",
    ]);
    const days = done.messages.map(({ sentAt }) => new Date(sentAt ?? 0).toISOString().slice(0, 10));
    expect(new Set(days.slice(2)).size).toBe(days.length - 2);
  });

  test("finds a person where nobody can be written to", async () => {
    const done = await walk(buyer({ lead: { phone: "", email: "", tags: ["First-Time Buyer"] } }));
    expect(endOf(done, NURTURE)).toBe("unreachable");
    expect(tasksOf(done)).toContain("no_channel");
  });

  test("calls who is looking right now, and prepares the appointment", async () => {
    const done = await walk(buyer({ events: [...spike, booked("4h", "3d")], fates: { "*": { refused: ["voice"] } } }));
    expect(sent(done, NURTURE)).toEqual(expect.arrayContaining(["accelerated_qualification by sms", "pre_meeting_prep by email"]));
    expect(endOf(done, NURTURE)).toBe("qualified");
    expect(endOf(done, "active_buyer_journey")).toBe("handed_over");
    expect(done.tags).toMatchObject({ added: expect.arrayContaining(["Qualified Buyer"]), removed: ["First-Time Buyer"] });
  });

  test("goes on with the guides when the fast lane led to nothing", async () => {
    const done = await walk(buyer({ events: spike }));
    expect(sent(done, NURTURE)).toContain("education by email");
  });

  test("offers a call to who read and downloaded, and asks a person when no time is picked", async () => {
    const events = [downloaded("8h", "affordability")];
    const done = await walk(buyer({ events, fates: { ftb_education: { then: [delivered(), opened("1h")] } } }));
    expect(sent(done, NURTURE)).toContain("call_offer by sms");
    expect(tasksOf(done)).toContain("offer_by_hand");
    expect(endOf(done, NURTURE)).toBe("offered");
  });

  test("hands over who picks a time after the offer", async () => {
    const events = [downloaded("8h", "affordability"), booked("2d")];
    const done = await walk(buyer({ events, fates: { ftb_education: { then: [delivered(), opened("1h")] } } }));
    expect(endOf(done, NURTURE)).toBe("qualified");
    expect(done.notes).toContain("Arrived from first_time_buyer_nurture");
  });

  test("does not nudge who opened", async () => {
    const done = await walk(buyer({ fates: { ftb_education: { then: [opened("1h")] } } }));
    expect(sent(done, NURTURE).filter((message) => message.startsWith("follow_up"))).toEqual([]);
  });

  test.each(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"])("asks its two questions by chance of the lead's own: %s", async (seed) => {
    const done = await walk(buyer({ place: { seed }, fates: { ftb_follow_up: { then: [replied("1h")] } } }));
    const followed = done.messages.find(({ path }) => path === "follow_up");
    if (followed !== undefined) {
      expect(["sms", "email"]).toContain(followed.channel);
      expect(sent(done, NURTURE)).toContain("call_offer by sms");
    }
  });

  test.each(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m"])("writes of the market on a Tuesday, at one of four hours: %s", async (seed) => {
    const done = await walk(buyer({ place: { seed } }));
    const at = done.messages.find(({ path }) => path === "market_insights")?.sentAt;
    if (endOf(done, NURTURE) === "holdout") return;
    const local = new Date(at ?? 0).toLocaleString("en-US", { timeZone: "America/New_York", weekday: "short", hour: "numeric" });
    expect(local).toMatch(/^Tue,? (9 AM|12 PM|3 PM|6 PM)$/);
  });

  test("offers homes to who reads closely, and picks five by hand", async () => {
    const links = ["1h", "2h", "3h"].map((after) => clicked(after, `https://homes.example.com/${after}`));
    const fates = { ftb_market_insights: { then: [opened("30m"), ...links] } };
    const silent = await walk(buyer({ fates }));
    const asked = silent.messages.find(({ path }) => path === "property_matching");
    const after = (asked?.sentAt ?? 0) - Date.UTC(2026, 10, 18, 15);
    const done = await walk(buyer({ fates, events: [submitted(after + 3_600_000, "home_wishlist")] }));
    expect(sent(done, NURTURE)).toContain("property_recommendations by email");
    expect(tasksOf(done)).toContain("curate");
  });

  test.each([
    ["ready", { pre_approved: true }],
    ["soon", { months_to_move: 4 }],
    ["later", { months_to_move: 20 }],
  ])("reads the survey: %s", async (tier, custom) => {
    const silent = await walk(buyer({ lead: { tags: ["First-Time Buyer"], custom } }));
    const asked = silent.messages.find(({ path }) => path === "qualification_survey");
    const after = (asked?.sentAt ?? 0) - Date.UTC(2026, 10, 18, 15) + 3_600_000;
    const done = await walk(buyer({ lead: { tags: ["First-Time Buyer"], custom }, events: [submitted(after, "buyer_survey")] }));
    expect(endOf(done, "qualification_analysis")).toBe("analyzed");
    expect(done.notes).toContain(`Survey read: ${tier}`);
  });

  test("proposes a consultation to who warms up in the second week, and hands over who books", async () => {
    const silent = await walk(buyer());
    const week2 = (silent.messages.find(({ path }) => path === "nurture_week2")?.sentAt ?? 0) - Date.UTC(2026, 10, 18, 15);
    const HOUR = 3_600_000;
    const warm = [1, 20, 40].map((hours) => visited(week2 + hours * HOUR));
    const unbooked = await walk(buyer({ events: warm }));
    expect(sent(unbooked, NURTURE)).toContain("personal_consultation by sms");
    const done = await walk(buyer({ events: [...warm, booked(week2 + 90 * HOUR)] }));
    expect(endOf(done, NURTURE)).toBe("qualified");
  });

  test("asks a person to call who is promising and silent", async () => {
    const done = await walk(buyer({ events: [happens("1h", "call.answered", { direction: "inbound" })] }));
    expect(tasksOf(done)).toContain("personal_outreach");
  });

  test("falls silent for three days when a person is in touch, and for ever when the deal is closed", async () => {
    const paused = await walk(buyer({ events: [happens("1m", "agent.contacted")] }));
    expect((paused.messages[0]?.sentAt ?? 0) - Date.UTC(2026, 10, 18, 15)).toBeGreaterThan(3 * 86_400_000);
    const closed = await walk(buyer({ events: [happens("1d", "opportunity.won", { opportunity: { id: "deal-1" } })] }));
    expect(endOf(closed, NURTURE)).toBe("exit: deal closed");
  });

  test("the buyer who is ready sees homes and is asked afterwards, where they answer best", async () => {
    const events = [downloaded("8h", "affordability"), booked("2d"), happens("5d", "appointment.held", { "appointment.id": "visit-1" })];
    const done = await walk(buyer({ events, fates: { ftb_education: { then: [delivered(), opened("1h")] } } }));
    expect(sent(done, "active_buyer_journey")).toEqual(["after_showing by email"]);
  });

  test("every branch of its three workflows has been walked here", () => {
    expect(missed([NURTURE, "qualification_analysis", "active_buyer_journey"])).toEqual([]);
  });
});

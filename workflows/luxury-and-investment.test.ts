import { describe, expect, test } from "vitest";
import { endOf, openJourneys, sent, tasksOf } from "../test/acceptance.ts";
import { booked, clicked, downloaded, happens, opened, replied, viewed } from "../test/journey.ts";

const { walk, missed } = openJourneys();
const LUXURY = "luxury_buyer_experience";
const INVESTOR = "investment_buyer_journey";
const estate = { custom: { budget: 1_600_000, property_type: "Estate" } };
const investor = { tags: ["Investor"], custom: { budget: 600_000 } };
const contacted = (after: string) => happens(after, "agent.contacted");

describe("the luxury buyer experience", () => {
  test("asks a person to call within a quarter of an hour, and tells the one on duty when nobody did", async () => {
    const done = await walk({ lead: estate });
    const call = done.tasks.find(({ path }) => path === "vip_call");
    expect((call?.dueAt ?? 0) - (call?.at ?? 0)).toBe(15 * 60_000);
    expect(done.writes).toMatchObject([{ kind: "notify", path: "nobody_called" }]);
    expect(sent(done, LUXURY)).toEqual(["welcome_email by email", "off_market by email", "quarterly by email"]);
    expect(tasksOf(done)).toContain("handwritten");
  });

  test("sends the portfolio after the call", async () => {
    const done = await walk({ lead: estate, events: [contacted("20m")] });
    expect(sent(done, LUXURY)[0]).toBe("portfolio by email");
    expect(done.writes).toEqual([]);
  });

  test("arranges a private showing for who answers, and writes no more", async () => {
    const done = await walk({ lead: estate, fates: { luxury_welcome: { then: [replied("1h")] } } });
    expect(tasksOf(done)).toContain("private_showing");
    expect(sent(done, LUXURY)).toEqual(["welcome_email by email"]);
    expect(endOf(done, LUXURY)).toBe("in_good_hands");
  });

  test("calls who looks at homes over a million", async () => {
    const events = ["4d", "5d"].map((after) => viewed(after, `home-${after}`, { price: 1_900_000 }));
    const done = await walk({ lead: estate, events });
    expect(tasksOf(done)).toContain("second_call");
  });

  test("goes before the investor journey, which the same lead matches too", async () => {
    const done = await walk({ lead: { tags: ["Investor"], ...estate }, for: "5d" });
    expect(sent(done, LUXURY).length).toBeGreaterThan(0);
    expect(sent(done, INVESTOR)).toEqual([]);
  });

  test("every branch of it has been walked here", () => expect(missed([LUXURY])).toEqual([]));
});

describe("the investment buyer journey", () => {
  test("sends numbers in business hours, then more numbers, then asks a person to ask", async () => {
    const done = await walk({ lead: investor });
    expect(sent(done, INVESTOR)).toEqual(["investor_welcome by email", "roi_analysis by email"]);
    expect(tasksOf(done)).toContain("check_in");
  });

  const studied = {
    events: [downloaded("2h", "cap-rates"), downloaded("3h", "financing")],
    fates: { investor_welcome: { then: [opened("4h")] } },
  };

  test("offers half an hour to who read both papers, and asks a person when no time is picked", async () => {
    const done = await walk({ lead: investor, ...studied });
    expect(sent(done, INVESTOR)).toEqual(["investor_welcome by email", expect.stringMatching(/^executive_consultation/)]);
    expect(tasksOf(done)).toContain("offer_by_phone");
    expect(endOf(done, INVESTOR)).toBe("consultation_offered");
  });

  test("asks nobody when a time was picked", async () => {
    const done = await walk({ lead: investor, ...studied, events: [...studied.events, booked("3d")] });
    expect(tasksOf(done)).not.toContain("offer_by_phone");
    expect(endOf(done, INVESTOR)).toBe("consultation_offered");
  });

  test("goes on with who read one paper only", async () => {
    const done = await walk({ lead: investor, ...studied, events: [downloaded("2h", "cap-rates")] });
    expect(sent(done, INVESTOR)).toContain("roi_analysis by email");
  });

  test("shows what is not listed to who follows four links and stays five minutes", async () => {
    const links = ["1h", "2h", "3h", "4h"].map((after) => clicked(after, `https://homes.example.com/${after}`));
    const silent = await walk({ lead: investor });
    const asked = silent.messages.find(({ path }) => path === "roi_analysis")?.sentAt ?? 0;
    const stay = happens(asked - Date.UTC(2026, 10, 18, 15) + 3_600_000, "website_visit", {
      url: "https://homes.example.com/returns",
      seconds: 400,
    });
    const done = await walk({ lead: investor, events: [stay], fates: { roi_analysis: { then: links } } });
    expect(sent(done, INVESTOR)).toContain("exclusive_deals by email");
    expect(tasksOf(done)).toContain("deal_call");
  });

  test("every branch of it has been walked here", () => expect(missed([INVESTOR])).toEqual([]));
});

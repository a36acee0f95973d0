// The answers to what leads do: spikes, signals, silence, returns, forms, and the trade's rules.

import { describe, expect, test } from "vitest";
import { endOf, openJourneys, sent, tasksOf } from "../test/acceptance.ts";
import { booked, happens, replied, type Script, submitted, viewed, visited } from "../test/journey.ts";

const { walk, missed } = openJourneys();
const contacted = (after: string) => happens(after, "agent.contacted");
const spike = [viewed("30m", "a"), viewed("31m", "b"), viewed("32m", "c")];
const firedIn = (done: Awaited<ReturnType<typeof walk>>, rule: string) =>
  done.events.filter((type) => type === `trigger.${rule}`).length;

describe("an engagement spike", () => {
  test("is offered a look in person, once a day, and a person looks in on who does not answer", async () => {
    const done = await walk({ events: [...spike, viewed("40m", "d"), viewed("41m", "e"), viewed("42m", "f")] });
    expect(sent(done, "engagement_spike_response")).toEqual(["offer_help by sms"]);
    expect(firedIn(done, "engagement_spike")).toBe(1);
  });

  test("needs nobody to look in when they answer", async () => {
    const done = await walk({ events: spike, fates: { spike_offer: { then: [replied("10m")] } } });
    expect(tasksOf(done)).not.toContain("look_in");
  });

  test("ends where a person takes over", async () => {
    const done = await walk({ events: [...spike, contacted("1h")] });
    expect(endOf(done, "engagement_spike_response")).toBe("exit: a person took over");
  });
});

describe("a buying signal", () => {
  const signal = [submitted("1h", "ask-about-home"), happens("70m", "document.downloaded", { document: "affordability" })];

  test("asks for a call, escalates after a quarter of an hour, holds the line, and offers times in the morning", async () => {
    const done = await walk({ events: signal });
    expect(tasksOf(done)).toEqual(expect.arrayContaining(["call_now", "second_call"]));
    expect(done.writes.filter(({ kind }) => kind === "notify").map(({ path }) => path)).toContain("escalate");
    expect(sent(done, "hot_lead_response")).toEqual(["hold_the_line by sms", expect.stringMatching(/^offer_times/)]);
    expect(endOf(done, "hot_lead_response")).toBe("answered_late");
  });

  test("is left to the person who calls in time", async () => {
    const done = await walk({ events: [...signal, contacted("80m")] });
    expect(sent(done, "hot_lead_response")).toEqual([]);
    expect(endOf(done, "hot_lead_response")).toBe("called");
  });

  test("is in touch when the lead answers the line", async () => {
    const done = await walk({ events: signal, fates: { hot_hello: { then: [replied("10m")] } } });
    expect(endOf(done, "hot_lead_response")).toBe("in_touch");
  });

  test("does not offer times to who answered meanwhile", async () => {
    const done = await walk({ events: signal, fates: { hot_hello: { then: [replied("2h")] } } });
    expect(sent(done, "hot_lead_response")).toEqual(["hold_the_line by sms"]);
  });
});

describe("silence", () => {
  const warm = [happens("1h", "call.answered", { direction: "inbound" })];

  test("is asked about once, answered by a useful letter, and ended by an honest goodbye", async () => {
    const done = await walk({ lead: { phone: "" } });
    expect(sent(done, "reengagement")).toEqual(["still_looking by email", "useful_letter by email", "goodbye by email"]);
    expect(endOf(done, "reengagement")).toBe("rested");
  });

  test("of somebody promising is a call for a person", async () => {
    const done = await walk({ events: warm });
    expect(tasksOf(done)).toContain("personal_outreach");
    expect(sent(done, "reengagement")).toContain("goodbye by email");
  });

  test("ends with the call that was made", async () => {
    const silent = await walk({ events: warm });
    const at = (silent.tasks.find(({ path }) => path === "personal_outreach")?.at ?? 0) - Date.UTC(2026, 10, 18, 15);
    const done = await walk({ events: [...warm, happens(at + 3_600_000, "agent.contacted")] });
    expect(endOf(done, "reengagement")).toBe("called");
  });

  test("that is broken asks a person to ask what has changed", async () => {
    const done = await walk({ fates: { still_looking: { then: [replied("1h", "Maybe next spring")] } } });
    expect(tasksOf(done)).toContain("came_back");
    expect(endOf(done, "reengagement")).toBe("came_back");
  });

  test("is not written to while a journey writes", async () => {
    const done = await walk({ lead: { tags: ["First-Time Buyer"] }, for: "20d" });
    expect(sent(done, "reengagement")).toEqual([]);
  });
});

describe("a lead who tells more of themselves", () => {
  const told = [happens("1h", "call.answered", { direction: "inbound" })];

  test("is assigned to the least busy senior agent, tagged, and offered the next step", async () => {
    const done = await walk({ events: told });
    expect(done.tags.added).toContain("Priority");
    expect(tasksOf(done)).toContain("step_up");
    expect(sent(done, "qualification_celebration")).toEqual([expect.stringMatching(/^next_step/)]);
  });

  test("is left to the person who spoke with them", async () => {
    const done = await walk({ events: [...told, contacted("5h")] });
    expect(endOf(done, "qualification_celebration")).toBe("taken_over");
  });
});

describe("the trade's rules", () => {
  const grown = (events: NonNullable<Script["events"]>, more: Script = {}): Script => ({ ...more, events });
  const later = (days: number, hours = 0) => `${days}d${hours}h`;

  test.each([
    ["five_visits_in_a_week", Array.from({ length: 5 }, (_, day) => visited(later(20 + day)))],
    ["five_properties_in_a_day", Array.from({ length: 5 }, (_, n) => viewed(later(20, n), `home-${n}`))],
    ["ten_properties_in_a_week", Array.from({ length: 10 }, (_, n) => viewed(later(20, 12 * n), `home-${n}`))],
    ["favorited_one", [happens(later(20), "property.favorited", { property: { id: "home-1" } })]],
  ])("%s tells the agent, and offers a look two hours later", async (rule, events) => {
    const done = await walk(grown(events));
    expect(firedIn(done, rule)).toBeGreaterThan(0);
    expect(done.writes.filter(({ kind }) => kind === "notify").map(({ path }) => path)).toContain("heads_up");
    expect(sent(done, "trade_alert")).toEqual([expect.stringMatching(/^offer_a_look/)]);
  });

  test("are silent in a lead's first two weeks, for three days after a person, and under the tag", async () => {
    const favorite = (days: number) => happens(later(days), "property.favorited", { property: { id: "home-1" } });
    expect(firedIn(await walk(grown([favorite(5)])), "favorited_one")).toBe(0);
    expect(firedIn(await walk(grown([contacted("19d"), favorite(20)])), "favorited_one")).toBe(0);
    expect(firedIn(await walk(grown([favorite(20)], { lead: { tags: ["No Alerts"] } })), "favorited_one")).toBe(0);
    expect(firedIn(await walk(grown([favorite(20)])), "favorited_one")).toBe(1);
  });

  test("same_property_3_times asks the agent, once a week for each home", async () => {
    const events = ["home-1", "home-2"].flatMap((home, n) => [1, 2, 3, 4].map((hour) => viewed(later(n, hour), home)));
    const done = await walk(grown(events));
    expect(firedIn(done, "same_property_3_times")).toBe(2);
  });

  test("price_band_shift tells the agent of who looks above their budget, investors apart", async () => {
    const dear = [1, 2, 3].map((n) => viewed(later(20, n), `home-${n}`, { price: 700_000 }));
    const budget = { custom: { budget: 400_000 } };
    expect(firedIn(await walk(grown(dear, { lead: budget })), "price_band_shift")).toBe(1);
    expect(firedIn(await walk(grown(dear, { lead: { ...budget, tags: ["Investor"] } })), "price_band_shift")).toBe(0);
  });

  test("returns_after_14_days greets who comes back", async () => {
    const done = await walk(grown([visited("1h"), visited("17d")]));
    expect(sent(done, "welcome_back")).toEqual([expect.stringMatching(/^hello_again/)]);
  });

  test("form_abandoned rescues a form after half an hour, and none that was sent", async () => {
    const form = "home_wishlist";
    const begun = happens("1h", "form.started", { form });
    const done = await walk(grown([begun]));
    expect(sent(done, "form_rescue")).toEqual(["finish_form by sms"]);
    expect(done.messages.find(({ path }) => path === "finish_form")?.text).toContain("https://homes.example.com/wishes");
    const finished = await walk(grown([begun, submitted("80m", form)]));
    expect(firedIn(finished, "form_abandoned")).toBe(0);
  });
});

test("an appointment ends what was asked for it", async () => {
  const done = await walk({ events: [...spike, booked("2h")] });
  expect(tasksOf(done)).not.toContain("look_in");
});

test("every branch of the answers has been walked here", () => {
  const answers = ["engagement_spike_response", "hot_lead_response", "reengagement", "qualification_celebration"];
  expect(missed([...answers, "trade_alert", "welcome_back", "form_rescue"])).toEqual([]);
});

import { expect, test } from "vitest";
import { endOf, openJourneys, sent, tasksOf } from "../test/acceptance.ts";
import { replied } from "../test/journey.ts";

const { walk, missed } = openJourneys();
const SEEDS = Array.from({ length: 30 }, (_, n) => `seed-${n}`);
const lead = { tags: ["Buyer"] };

test("greets a buyer with one of three subjects, nudges who is silent, and leaves the held out alone", async () => {
  const subjects = new Map<string, number>();
  for (const seed of SEEDS) {
    const done = await walk({ lead, place: { seed }, for: "6d" });
    const subject = done.messages.find(({ path }) => path === "welcome")?.subject ?? "none";
    subjects.set(subject, (subjects.get(subject) ?? 0) + 1);
    expect(sent(done, "buyer_welcome")).toEqual(subject === "none" ? [] : ["welcome by email", "nudge by sms"]);
  }
  expect([...subjects.keys()].sort()).toEqual([
    "Ada, one thought about your search",
    "Welcome",
    "What would your ideal Sunday look like?",
    "none",
  ]);
});

test("asks a person to write back to who answered, and nudges no more", async () => {
  const done = await walk({ lead, fates: { buyer_welcome: { then: [replied("1h")] } }, for: "6d" });
  expect(tasksOf(done)).toContain("answer_them");
  expect(sent(done, "buyer_welcome")).toEqual(["welcome by email"]);
});

test("says nothing to who has a journey of their own", async () => {
  const done = await walk({ lead: { tags: ["Buyer", "First-Time Buyer"] }, for: "6d" });
  expect(sent(done, "buyer_welcome")).toEqual([]);
  expect(endOf(done, "first_time_buyer_nurture")).toBeUndefined();
});

test("every branch of it has been walked here", () => expect(missed(["buyer_welcome"])).toEqual([]));

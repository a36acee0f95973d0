// What an import brings teaches a lead's state, and sets nothing off.

import { describe, expect, test } from "vitest";
import { eventAt, introduced, NOON, play, published, sceneOf, wrote } from "../../test/turn.ts";
import type { LeadEvent } from "../events/index.ts";
import { DAY, HOUR, type Instant } from "../kernel/time.ts";

const WORKFLOWS = `
triggers:
  gone_quiet:
    name: Gone quiet
    when: { lead.idle: { at_least: 30d } }
    cooldown: 7d
  unanswered:
    name: Unanswered
    when: { behavior.message.received: { count: 1, not_followed_by: agent.contacted, within: 2d } }
    cooldown: 1h
---
segments:
  quiet: { name: Quiet, if: { lead.idle: { at_least: 30d } } }
  writers: { name: Writers, if: { behavior.message.received: { count: 1, within: 90d } } }
---
workflow: hello
enroll: { when: contact.created }
steps: [ { id: hi, tag: welcomed } ]
---
workflow: again
enroll: { when: trigger.gone_quiet }
steps: [ { id: ask, tag: asked } ]
---
workflow: hurry
enroll: { when: trigger.unanswered }
steps: [ { id: ring, tag: rang } ]
---
workflow: answer
enroll: { when: message.received }
steps: [ { id: thanks, tag: thanked } ]
---
workflow: entered
enroll: { when: segment.entered }
steps: [ { id: mark, tag: entered } ]
`;

/** As an import stores it: its own stamp, received now. */
const past = (event: LeadEvent, receivedAt: Instant = NOON): LeadEvent => ({ ...event, receivedAt, source: "import" });
const stage = async () => play(await sceneOf(published(WORKFLOWS)));
const contact = past(introduced(NOON - 300 * DAY));

describe("the past of a lead", () => {
  test("enrolls nobody, fires no rule and asks for nothing, now or by any timer that it left", async () => {
    const lead = await stage();
    const first = lead.turn(NOON, contact, past(wrote(NOON - 200 * DAY, "Hello")), past(wrote(NOON - 40 * DAY, "Hi")));
    const later = [1, 2, 5, 20].map((days) => lead.turn(NOON + days * DAY));
    for (const outcome of [first, ...later]) {
      expect(outcome.runs).toEqual([]);
      expect(outcome.queued).toEqual([]);
      expect(outcome.events.filter(({ type }) => type.startsWith("trigger."))).toEqual([]);
    }
  });

  test("written yesterday and unanswered is not an alarm of today", async () => {
    const lead = await stage();
    const first = lead.turn(NOON, contact, past(wrote(NOON - 3 * DAY, "Anybody there?")));
    expect([...first.runs, ...lead.turn(NOON + HOUR).runs]).toEqual([]);
    // while one of today is
    lead.turn(NOON + DAY, wrote(NOON + DAY, "And now?"));
    expect(lead.turn(NOON + 3 * DAY + HOUR).runs.map(({ workflow }) => workflow)).toEqual(["hurry"]);
  });

  test("is known: the profile, when the lead last wrote, what its engagement is", async () => {
    const lead = await stage();
    const { lead: profile, state } = lead.turn(NOON, contact, past(wrote(NOON - 2 * DAY, "Hello")));
    expect(profile).toMatchObject({ stub: false, createdAt: NOON - 300 * DAY, contact: { name: "Ada Byron" } });
    expect(state.inbound).toEqual({ sms: NOON - 2 * DAY });
    expect(state.behavior.lastActAt).toBe(NOON - 2 * DAY);
    expect(state.behavior.engagement.sum).toBeGreaterThan(0);
  });

  test("sets off what comes after it: a live message enrolls, and a silence that ends under our eyes is one", async () => {
    const lead = await stage();
    lead.turn(NOON, contact, past(wrote(NOON - 10 * DAY, "Hello")));
    expect(lead.turn(NOON + 25 * DAY).runs.map(({ workflow }) => workflow)).toEqual(["entered", "again"]);
    expect(
      lead.turn(NOON + 26 * DAY, wrote(NOON + 26 * DAY, "I am back")).runs.map(({ workflow }) => workflow),
    ).toContain("answer");
  });

  test("that asked us to stop is obeyed; unclear words of then ask nobody", async () => {
    const stopped = await stage();
    const { addresses } = stopped.turn(NOON, contact, past(wrote(NOON - 90 * DAY, "STOP")));
    expect(addresses).toMatchObject([{ family: "phone", optedOutAt: NOON - 90 * DAY }]);
    const unclear = "wrong number";
    const asked = (await stage()).turn(NOON, contact, past(wrote(NOON - 90 * DAY, unclear)));
    expect([asked.queued, asked.addresses]).toEqual([[], []]);
    const live = await stage();
    expect(live.turn(NOON, introduced(), wrote(NOON, unclear)).addresses).toMatchObject([
      { optOut: { askedAt: NOON } },
    ]);
  });

  test("said START before a STOP that was heard live: the STOP stands", async () => {
    const lead = await stage();
    lead.turn(NOON, introduced(), wrote(NOON, "STOP"));
    expect(lead.turn(NOON + HOUR, past(wrote(NOON - DAY, "START"), NOON + HOUR)).addresses).toEqual([]);
  });

  test("is older than what was heard live, and does not replace it", async () => {
    const lead = await stage();
    lead.turn(NOON, introduced(), wrote(NOON, "Hello"));
    const { state } = lead.turn(NOON + HOUR, past(wrote(NOON - 9 * DAY, "Earlier"), NOON + HOUR));
    expect(state.inbound).toEqual({ sms: NOON });
  });

  test("with a deal teaches where it stands", async () => {
    const lead = await stage();
    const deal = { change: "update", asOf: NOON - DAY, opportunity: { id: "d1", stage: "s1", status: "open" } };
    const outcome = lead.turn(NOON, contact, past(eventAt(NOON - DAY, "crm.opportunity", deal)));
    expect(outcome.lead.opportunities).toMatchObject({ d1: { stage: "s1" } });
    expect(outcome.runs).toEqual([]);
  });
});

// What readers of our messages do with them, in their lead's turn.

import { describe, expect, test } from "vitest";
import { eventAt, introduced, NOON, play, published, sceneOf } from "../../test/turn.ts";
import type { Answer } from "../events/index.ts";
import { HOUR, MINUTE } from "../kernel/time.ts";

const TEXT = `workflow: hello
enroll: { when: contact.created }
steps:
  - { id: first, send: hello, via: [CHANNEL] }
  - { id: pause, wait: 3d }
  - { id: second, send: hello, via: [CHANNEL] }
---
templates:
  hello: { sms: "Hello there", email: { subject: "Hello", body: "Hello there" } }
`;

async function greeted(channel: "sms" | "email") {
  const lead = play(await sceneOf(published(TEXT.replaceAll("CHANNEL", channel))));
  const { queued } = lead.turn(NOON, introduced());
  const outbox = queued[0]?.row.id ?? "";
  const told = (outcome: Answer["outcome"], at: number, more: Partial<Answer> = {}) => ({
    answer: { outbox, outcome, at, channel, ...more },
  });
  lead.turn(NOON + MINUTE, told("accepted", NOON + MINUTE));
  return { lead, told, outbox };
}
const types = (events: readonly { readonly type: string }[]) => events.map(({ type }) => type);
const AT = NOON + HOUR;
const OURS = `https://go.example.com/l/1${"a".repeat(28)}`;

describe("a click", () => {
  test("in an e-mail is a click in an e-mail; in a text it is one on a link", async () => {
    for (const [channel, type] of [
      ["email", "email.clicked"],
      ["sms", "link.clicked"],
    ] as const) {
      const { lead, told } = await greeted(channel);
      const { events } = lead.turn(AT, told("clicked", AT, { link: "https://homes.example.com" }));
      expect(events).toEqual([
        expect.objectContaining({ type, data: expect.objectContaining({ link: "https://homes.example.com" }) }),
      ]);
    }
  });

  test("that the provider counts on a link of ours has told itself, and the way out is no interest", async () => {
    const { lead, told } = await greeted("email");
    const { events } = lead.turn(
      AT,
      told("clicked", AT, { link: OURS, providerId: "p1" }),
      told("clicked", AT, { link: OURS.replace("/l/1", `/u/1${"a".repeat(14)}`), providerId: "p1" }),
    );
    expect(events).toEqual([]);
    const other = lead.turn(
      AT + 1,
      told("clicked", AT + 1, { link: "https://elsewhere.example.com", providerId: "p1" }),
    );
    expect(types(other.events)).toEqual(["email.clicked"]);
  });
});

describe("the way out of an e-mail", () => {
  test("ends e-mails in the turn that hears of it, with its evidence, and what was to come is not sent", async () => {
    const { lead, told, outbox } = await greeted("email");
    const outcome = lead.turn(AT, told("unsubscribed", AT, { detail: "link" }));
    expect(outcome.addresses).toMatchObject([
      {
        ...{ family: "email", address: "ada@example.com", optedOutAt: AT },
        optOut: { by: "link", rule: "unsubscribed", matched: "the unsubscribe link", event: outbox, closed: ["email"] },
      },
    ]);
    expect(types(outcome.events)).toEqual(["message.opted_out", "consent.changed"]);
    const said = outcome.decisions.flatMap(({ links }) => links).find(({ code }) => code === "consent.opted_out");
    expect(said).toMatchObject({ evidence: { type: "message", id: outbox }, values: { word: "the unsubscribe link" } });
    const later = lead.turn(NOON + 4 * 24 * HOUR);
    expect(later.queued.map(({ row }) => row.state)).not.toContain("queued");
  });

  test("is taken once, however often it is told", async () => {
    const { lead, told } = await greeted("email");
    lead.turn(AT, told("unsubscribed", AT));
    const again = lead.turn(AT + HOUR, told("unsubscribed", AT + HOUR));
    expect(again.events).toEqual([]);
    // what was lifted until then is left again
    expect(again.addresses).toMatchObject([{ family: "email", optedOutAt: AT + HOUR, optOut: { by: "link" } }]);
    expect(lead.case().addresses.email).toMatchObject({
      optedOutAt: AT,
      optOut: { also: { link: { at: AT + HOUR } } },
    });
    expect(lead.turn(AT + 2 * HOUR, told("unsubscribed", AT)).addresses).toEqual([]);
  });
});

describe("the browser's time zone", () => {
  const seen = (at: number, zone: string) =>
    eventAt(at, "website_visit", { url: "/", time_zone: zone }, NOON + 2 * HOUR);
  test("is kept with when it was seen, the latest, whatever order it is told in", async () => {
    const lead = play(await sceneOf(undefined));
    const { lead: after } = lead.turn(
      NOON + 2 * HOUR,
      introduced(),
      seen(NOON + HOUR, "America/Denver"),
      seen(NOON + MINUTE, "America/Chicago"),
      { ...seen(NOON + 2 * HOUR, "Europe/Paris"), source: "api" as const },
    );
    expect(after.browserZone).toEqual({ zone: "America/Denver", at: NOON + HOUR });
  });
});

import { describe, expect, test } from "vitest";
import {
  booked,
  bounced,
  folderFrom,
  journey,
  opened,
  replied,
  submitted,
  undelivered,
  unwalked,
  viewed,
} from "../../test/journey.ts";

const folder = folderFrom(`
workflow: welcome
enroll: { when: contact.created, settle: 30s, if: { contact.tags: { contains: Buyer } } }
goal: { when: appointment.booked, then: continue }
steps:
  - id: hello
    send: hello
    via: [sms, email]
    if_blocked: [ { end: unreachable } ]
    if_failed: [ { id: by_hand, task: "Call {{ contact.name }}", to: owner, due: 1h } ]
  - id: answer
    wait_for: message.replied
    within: 1d
    then: [ { tag: Answered }, { skip_to: closing } ]
    otherwise: [ { id: guide, send: guide, via: email } ]
  - id: interest
    choose:
      - { if: { behavior.property_view: { count: 2, within: 7d } }, do: [ { note: "{{ contact.name }} is looking" } ] }
      - { if: { contact.custom.budget: { at_least: 1000000 } }, do: [ { tag: Luxury } ] }
    otherwise: [ { id: later, wait: 2d } ]
  - { id: closing, end: done }
---
workflow: answered
enroll: { when: { tag.added: { tag: Answered } } }
steps: [ { id: ring, task: "Ring {{ contact.name }}", to: owner, due: 15m } ]
---
fields: { contact.custom.budget: { type: money } }
templates:
  hello: { sms: "Hi {{ contact.first_name | default: 'there' }}", email: { subject: Hello, body: Hi } }
  guide: { email: { subject: A guide, body: Read it } }
`);
const buyer = { tags: ["Buyer"] };

describe("a journey", () => {
  test("tells of messages, tasks, tags and runs, and where it went", async () => {
    const { messages, tasks, tags, runs, events, walked } = await journey(folder, {
      lead: buyer,
      fates: { hello: { then: [replied("2h")] } },
    });
    expect(messages).toMatchObject([{ path: "hello", channel: "sms", state: "accepted", text: "Hi Ada" }]);
    expect(tasks).toMatchObject([{ path: "ring", title: "Ring Ada Byron" }]);
    expect(tags.added).toEqual(["Answered"]);
    expect(runs).toMatchObject([
      { workflow: "welcome", outcome: "done" },
      { workflow: "answered", outcome: "completed" },
    ]);
    expect(events).toContain("message.replied");
    expect([...walked.branches.keys()]).toEqual(["welcome/answer/then"]);
    expect([...walked.steps.keys()]).toContain("welcome/closing");
  });

  test("does what its script says of the provider", async () => {
    const refused = await journey(folder, { lead: buyer, fates: { hello: { refused: true } } });
    expect(refused.tasks).toMatchObject([{ path: "by_hand" }]);
    const moved = await journey(folder, { lead: buyer, fates: { hello: { refused: ["sms"] } } });
    expect(moved.messages[0]).toMatchObject({ channel: "email", state: "accepted" });
    const late = await journey(folder, { lead: buyer, fates: { hello: { then: [undelivered("5m")] } } });
    expect(late.messages[0]).toMatchObject({ channel: "email" });
    const lost = await journey(folder, { lead: buyer, fates: { guide: { then: [bounced("1m")] } } });
    expect(lost.messages[1]).toMatchObject({ state: "rejected" });
  });

  test("holds what may not go at night, and says why", async () => {
    const { messages, heldFor } = await journey(folder, { lead: buyer, start: Date.UTC(2026, 10, 19, 4) });
    expect(heldFor).toContain("hours.quiet");
    expect(messages[0]?.sentAt).toBeGreaterThan(Date.UTC(2026, 10, 19, 12));
  });

  test("of a set leaves no branch unwalked", async () => {
    const all = [
      await journey(folder, { lead: buyer, fates: { hello: { then: [replied("2h")] } } }),
      await journey(folder, { lead: buyer, fates: { hello: { refused: true } }, events: [viewed("3h"), viewed("4h")] }),
      await journey(folder, {
        lead: { ...buyer, custom: { budget: 2_000_000 } },
        fates: { guide: { then: [opened("1h")] } },
      }),
      await journey(folder, { lead: buyer, events: [booked("2d"), submitted("3d", "tour")] }),
    ];
    expect(unwalked(folder, all)).toEqual(["welcome/hello/if_blocked"]);
    const silent = await journey(folder, { lead: { ...buyer, phone: "", email: "" } });
    expect(unwalked(folder, [...all, silent])).toEqual([]);
  });
});

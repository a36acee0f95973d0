import { describe, expect, test } from "vitest";
import { introduced, NOON, play, published, sceneOf } from "../../test/turn.ts";
import { MINUTE } from "../kernel/time.ts";

const yaml = (onError: string) => `
workflow: w
enroll: { when: contact.created }
on_error: ${onError}
steps:
  - { id: book, send: book, via: sms }
  - { id: after, tag: after }
---
templates: { book: { sms: "Book: {{ link.booking }}" } }
`;

describe("a message whose text cannot be made", () => {
  test("is an error of its step: tried again, and, once the link is there, sent", async () => {
    const scene = await sceneOf(published(yaml("{ retry: 2, every: 5m, then: fail }")));
    const lead = play(scene);
    lead.turn(NOON, introduced());
    expect(lead.rows()).toEqual([]);
    lead.scene = { ...scene, links: { booking: "https://example.com/book" } };
    lead.until(NOON + 6 * MINUTE);
    expect(lead.rows()).toMatchObject([{ kind: "message", path: "book", state: "queued" }]);
  });

  test("is given up as on_error says", async () => {
    for (const [then, status, rows] of [
      ["fail", "failed", 0],
      ["continue", "completed", 1],
    ] as const) {
      const lead = play(await sceneOf(published(yaml(`{ retry: 2, every: 5m, then: ${then} }`))));
      lead.turn(NOON, introduced());
      lead.until(NOON + 30 * MINUTE);
      expect(lead.outcomes.flatMap(({ runs }) => runs).at(-1)?.status).toBe(status);
      expect(lead.rows()).toHaveLength(rows);
    }
  });
});

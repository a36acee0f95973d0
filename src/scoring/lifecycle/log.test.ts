import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seeded } from "../../../test/seeded.ts";
import type { LeadEvent } from "../../events/index.ts";
import { type LeadLog, leadsAround, leadsOf, type ReadPage } from "./log.ts";

const event = (lead: string, n: number): LeadEvent => ({
  ...{ id: String(n), lead, type: "property_view", at: n, receivedAt: n, source: "site", data: {} },
});
/** A log in pages, as the database gives them. */
const paged =
  (log: readonly LeadEvent[], size: number): ReadPage =>
  async (after) => {
    const from =
      after === undefined
        ? 0
        : log.findIndex(
            ({ lead, receivedAt }) => lead > after.lead || (lead === after.lead && receivedAt > after.receivedAt),
          );
    return from < 0 ? [] : log.slice(from, from + size);
  };
const all = async (logs: AsyncGenerator<LeadLog>) => {
  const found: string[] = [];
  for await (const { lead, events } of logs) found.push(`${lead}${events.length}`);
  return found;
};
const logs = fc
  .array(fc.nat({ max: 6 }), { maxLength: 8 })
  .map((sizes) =>
    sizes.flatMap((size, lead) => Array.from({ length: size }, (_, n) => event("abcdefgh".charAt(lead), n + 1))),
  );
const expected = (log: readonly LeadEvent[]) => {
  const sizes = new Map<string, number>();
  for (const { lead } of log) sizes.set(lead, (sizes.get(lead) ?? 0) + 1);
  return [...sizes].map(([lead, size]) => `${lead}${size}`);
};

describe("a log in pages", () => {
  test("gives each lead once with all of its events, whatever the size of a page", async () => {
    await fc.assert(
      fc.asyncProperty(logs, fc.integer({ min: 1, max: 7 }), async (log, size) => {
        expect(await all(leadsOf(paged(log, size)))).toEqual(expected(log));
      }),
      seeded,
    );
  });

  test("from the middle gives the same leads, those before the beginning last", async () => {
    await fc.assert(
      fc.asyncProperty(
        logs,
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom("A", "c", "z"),
        async (log, size, from) => {
          const whole = expected(log);
          const at = whole.findIndex((one) => one.charAt(0) >= from);
          const turned = at < 0 ? whole : [...whole.slice(at), ...whole.slice(0, at)];
          expect(await all(leadsAround(paged(log, size), from))).toEqual(turned);
        },
      ),
      seeded,
    );
  });
});

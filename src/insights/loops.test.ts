import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openFacts } from "../kernel/facts.ts";
import { HOUR, MINUTE } from "../kernel/time.ts";
import { openFailingLoops, withoutQuotes } from "./loops.ts";

describe("loops that fail", () => {
  test("are told by name, with how often in an hour and since when, until an hour after the last time", () => {
    const facts = openFacts();
    let now = 100 * HOUR;
    const failing = openFailingLoops(facts, () => now);
    expect(failing()).toEqual([]);
    const began = now;
    for (let i = 0; i < 120; i++) {
      facts.emit("loop_failed", { loop: "catalog", reason: `Error: the CRM answered 50${i % 3}` });
      now += MINUTE;
    }
    facts.emit("loop_failed", { loop: "retention", reason: "Error: no room" });
    expect(failing()).toEqual([
      { loop: "retention", times: 1, since: now, last: now, reason: "Error: no room" },
      { loop: "catalog", times: 59, since: began, last: now - MINUTE, reason: "Error: the CRM answered 502" },
    ]);
    now += HOUR;
    expect(failing()).toEqual([]);
    facts.emit("loop_failed", { loop: "catalog", reason: "again" });
    expect(failing()).toEqual([{ loop: "catalog", times: 1, since: now, last: now, reason: "again" }]);
  });

  test("say why without what was quoted, and without addresses", () => {
    expect(withoutQuotes('error: relation "lead_maya" does not exist\n at x')).toBe("error: relation … does not exist");
    expect(withoutQuotes("Error: connect ECONNREFUSED 127.0.0.1:5432")).toBe("Error: connect ECONNREFUSED …:5432");
    expect(withoutQuotes("SyntaxError: Unexpected token 'h', \"hello Maya\" is not valid JSON")).toBe(
      "SyntaxError: Unexpected token …, … is not valid JSON",
    );
    expect(withoutQuotes("Unavailable: The database did not answer (timeout exceeded when trying to connect).")).toBe(
      "Unavailable: The database did not answer…",
    );
    expect(withoutQuotes("TypeError: can't read it")).toBe("TypeError: can't read it");
    fc.assert(
      fc.property(fc.emailAddress(), fc.string(), fc.string(), (address, before, after) => {
        const told = withoutQuotes(`${before} ${address} ${after}`);
        expect(told).not.toContain(address);
        expect(told).not.toMatch(/\w@\w/);
        expect(withoutQuotes(`${before} +1 (512) 555-0101 ${after}`)).not.toMatch(/555-0101/);
      }),
    );
  });
});

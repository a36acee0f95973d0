import { expect, test } from "vitest";
import { heldLine, verifiedText } from "./audit.ts";

test("one message to one lead is one, in what was held", () => {
  const one = { day: "2026-11-19", verdict: "held", code: "hours.quiet", messages: 1, leads: 1 } as const;
  expect(heldLine(one)).toBe("2026-11-19  held     hours.quiet            1 message, 1 lead");
  expect(heldLine({ ...one, messages: 2, leads: 0 })).toMatch(/ 2 messages, 0 leads$/);
});

test("and so is one entry of the audit", () => {
  const found = { ok: true, decisions: 1, proofs: 2, audit: 1, head: "", broken: [], unproved: [] };
  expect(verifiedText(found)).toBe("Every link holds: 1 decision, 2 proofs, 1 entry of the audit.");
});

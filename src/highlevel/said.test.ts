// What the CRM says of a refusal, and what of it people are shown.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { saidOf } from "./said.ts";

describe("what the CRM says of a refusal", () => {
  test.each([
    "Contact not found",
    "Cannot send message as DND is active for SMS.",
    "Daily SMS limit reached for the current ramp-up level.",
    "Invalid phone number",
    "property toNumber should not exist",
    "email or phone should not be empty; dueDate must be a valid ISO 8601 date string",
    "The token is not authorized for this scope.",
    "version header was not found",
    "contact does not belong to location",
    "Invalid grant: refresh token is invalid",
    "invalid_client",
    "This location does not allow duplicated contacts.",
    "assignedTo is not a user of this location",
    'No conversation provider for type "SMS"',
    "recipient unsubscribed (error 21610)",
  ])("is shown as it is: %s", (said) => {
    expect(saidOf(said)).toBe(said);
  });

  test.each([
    ["Contact Maya Private not found", "Contact … not found"],
    ['Message "my divorce lawyer said to wait" rejected', "Message … rejected"],
    ["body: my divorce lawyer said to wait until the spring", "body: … to … the …"],
    ["Invalid note: account number ends in seven", "Invalid note: account number … in …"],
    ["maya.private@example.com is not a valid email", "(address) is not a valid email"],
    ["Invalid number +1 (212) 555-0143", "Invalid number (number)"],
    ["the alarm code is 4711", "the … code is …"],
    ["Cannot POST /contacts/x9Ab2?key=s3cret", "Cannot POST /contacts/…?key=…"],
    ["мой адвокат сказал", "…"],
    ["name 'José Ñandú' is too short", "name … is too short"],
    ["[object Object]", "[object Object]"],
    ["", ""],
  ])("is shown without what only a person would say: %s", (said, shown) => {
    expect(saidOf(said)).toBe(shown);
  });

  test("never brings a word on that is not one of errors, wherever it stands and however it is written", () => {
    const theirs = fc.constantFrom(
      "divorce",
      "Maya",
      "l'avocat",
      "Müller",
      "4711",
      "0143",
      "s3cret",
      "lawyer's",
      "離婚",
    );
    const theCrms = fc.constantFrom(
      "contact",
      "not found",
      "message",
      '"',
      "'",
      "“",
      "”",
      "`",
      ": ",
      "; ",
      "\n",
      "(",
      "_",
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(theirs, theCrms), { maxLength: 12 }),
        fc.constantFrom(" ", "", "-"),
        (parts, between) => {
          const shown = saidOf(parts.join(between));
          for (const word of ["divorce", "maya", "avocat", "ller", "4711", "0143", "s3cret", "lawyer", "離"])
            expect(shown.toLowerCase(), parts.join(between)).not.toContain(word);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("is short, however much was said", () => {
    for (const said of ["message ".repeat(100_000), "x".repeat(100_000), '"'.repeat(100_001), "a_".repeat(50_000)])
      expect(saidOf(said).length).toBeLessThanOrEqual(201);
  });
});

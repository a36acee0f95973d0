// Whose fault a refusal is. What is read as the lead's ends a channel for them: only what is surely so may be.

import { describe, expect, test } from "vitest";
import table from "./data/refusals.json" with { type: "json" };
import { reasonOf } from "./refusal.ts";
import { saidOf } from "./said.ts";

const reason = (said: string, status = 400) => reasonOf({ status, message: saidOf(said) });

describe("a refused message", () => {
  test.each([
    "Your phone number is not A2P registered",
    "WhatsApp number not connected",
    "LC Phone: number suspended",
    "Email domain is not verified",
    "The 'From' phone number +12125550143 is not a valid, message-capable phone number",
    "fromNumber is invalid",
    "emailFrom must be an email",
    "Message from an unregistered number (error 30034)",
    "Toll-free number is not verified",
    "Insufficient funds in wallet to send to this number",
    "No phone number found for this location",
    "Sub-account is suspended: cannot send to this email address",
    'No conversation provider for type "SMS"',
    "Invalid phone number (error 21401)",
  ])("is the sender's own fault: %s", (said) => {
    expect(reason(said)).toBe("sender");
    expect(reason(said, 422)).toBe("sender");
  });

  test.each([
    "Invalid phone number",
    "Invalid phone number.",
    "invalid phone number +12125550143",
    "The 'To' number +12125550143 is not a valid phone number.",
    "'To' number is not a valid mobile number",
    "'To' number cannot be a landline",
    "The phone number is a landline",
    "Delivery failed (error 30006)",
    "Delivery failed, error code 21211",
    "Invalid email address",
    "maya@example.com is not a valid email",
  ])("is for the sake of the lead's number or address: %s", (said) => {
    expect(reason(said)).toBe("bad_address");
  });

  test.each([
    "recipient cannot be reached",
    "Cannot send to this number at this time",
    "This email was rejected",
    "number is blocked by carrier",
    "The phone number is not registered with WhatsApp",
    "Delivery failed to this number (error 30003)",
  ])("proves nothing where its words are not known: %s", (said) => {
    expect(reason(said)).toBe("unsure_address");
  });

  test("of an e-mail that lacks its way out is no opt-out, and one of a lead that left is", () => {
    expect(reason("message must include an unsubscribe link")).toBe("content");
    for (const said of ["The recipient has opted out", "recipient unsubscribed", "Not sent (error 21610)"])
      expect(reason(said)).toBe("opted_out");
  });

  test("is known by rows that each name their source, and by words that a refusal is shown with", () => {
    for (const { source, says, codes } of table.rows) {
      expect(source).not.toBe("");
      expect(says.length + codes.length).toBeGreaterThan(0);
      for (const one of says) expect(() => new RegExp(one, "i")).not.toThrow();
    }
    for (const said of ["LC Phone: number suspended", "Landline or unreachable carrier", "Unknown destination handset"])
      expect(saidOf(said)).toBe(said);
  });
});

import { describe, expect, test } from "vitest";
import { normalizePhone } from "../../kernel/phone.ts";
import { addressesOf, addressKey, normalizeEmail } from "./address.ts";

describe("a number or address as a key", () => {
  test("a number is one key however it was typed", () => {
    const typed = ["+15125550101", "(512) 555-0101", "512.555.0101", "1 512 555 0101"];
    expect(new Set(typed.map((text) => normalizePhone(text)))).toEqual(new Set(["+15125550101"]));
    expect(normalizePhone("+44 20 7946 0101")).toBe("+442079460101");
  });

  test.each(["", "call me", "555", "+1 555", "12345678901234567890"])("%j is no number", (text) => {
    expect(normalizePhone(text)).toBeUndefined();
  });

  test("an e-mail address is compared in lower case", () => {
    expect(normalizeEmail(" Maya@Example.COM ")).toBe("maya@example.com");
    for (const text of ["maya", "maya@", "@example.com", "maya@example", "a b@example.com", "maya@example..com"]) {
      expect(normalizeEmail(text)).toBeUndefined();
    }
  });

  test("what cannot be an address is left out", () => {
    expect(addressesOf({ phone: "n/a", email: "Maya@example.com" })).toEqual({ email: "maya@example.com" });
    expect(addressesOf({})).toEqual({});
  });

  test("keys depend on the secret and on the family, and do not contain the address", () => {
    const key = addressKey("secret", "phone", "+15125550101");
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(key).toBe(addressKey("secret", "phone", "+15125550101"));
    expect(key).not.toBe(addressKey("other", "phone", "+15125550101"));
    expect(key).not.toBe(addressKey("secret", "email", "+15125550101"));
  });
});

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { deriveKey, openSeal, readSecret } from "./seal.ts";

const seal = openSeal("a secret of at least thirty-two characters");

describe("a sealed value", () => {
  test("opens for the place it was sealed for", () => {
    expect(seal.open(seal.seal("pit-token", "loc1/token"), "loc1/token")).toBe("pit-token");
  });

  test("does not open in another place, with another secret, or altered", () => {
    const sealed = seal.seal("pit-token", "loc1/token");
    // in its first letter: the last ones hold bits that no byte has
    const altered = sealed.replace(/^1\../, (start) => (start === "1.A" ? "1.B" : "1.A"));
    expect(() => seal.open(sealed, "loc2/token")).toThrow("LATCHKEY_SECRET");
    expect(() => openSeal("another secret of thirty-two characters").open(sealed, "loc1/token")).toThrow(
      "LATCHKEY_SECRET",
    );
    expect(() => seal.open(altered, "loc1/token")).toThrow("LATCHKEY_SECRET");
    expect(() => seal.open("", "loc1/token")).toThrow("LATCHKEY_SECRET");
  });

  test("looks different each time", () => {
    expect(seal.seal("same", "p")).not.toBe(seal.seal("same", "p"));
  });
});

describe("the secret", () => {
  test("is made once, kept readable by its owner alone, and given back ever after", async () => {
    const folder = mkdtempSync(join(tmpdir(), "latchkey-secret-"));
    try {
      const [one, two] = await Promise.all([readSecret(folder, undefined), readSecret(folder, undefined)]);
      expect([one.length, await readSecret(folder, undefined)]).toEqual([64, one]);
      expect(two).toBe(one);
      expect(statSync(join(folder, "secret")).mode & 0o777).toBe(0o600);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("gives each purpose a key of its own", () => {
    expect(deriveKey("s", "links").equals(deriveKey("s", "addresses"))).toBe(false);
  });
});

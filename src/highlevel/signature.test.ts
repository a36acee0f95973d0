import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { HIGHLEVEL_KEY, openSignatures } from "./signature.ts";

const ours = generateKeyPairSync("ed25519");
const next = generateKeyPairSync("ed25519");
const body = Buffer.from('{"type":"ContactCreate","n":1.0,"name":"Zo\\u00eb"}');

describe("a webhook's signature", () => {
  test("is accepted over the exact bytes of the body", () => {
    expect(verifies(ours.privateKey)).toBe(true);
  });

  test("is refused once the body was parsed and written again", () => {
    const rewritten = Buffer.from(JSON.stringify(JSON.parse(body.toString())));
    expect(keys(rewritten, { "x-ghl-signature": signed(ours.privateKey) })).toBe(false);
  });

  test("is refused when it is missing, empty, `N/A`, garbage or of a stranger", () => {
    for (const header of [undefined, "", "N/A", " N/A ", "????", "aGk=", ["a", "b"], signed(next.privateKey)])
      expect(keys(body, { "x-ghl-signature": header as string })).toBe(false);
  });

  test("may be by any of several keys, so that a rotation can overlap", () => {
    const both = openSignatures({ pem: `${pem(ours.publicKey)}\n${pem(next.publicKey)}` });
    expect(both(body, { "x-ghl-signature": signed(ours.privateKey) })).toBe(true);
    expect(both(body, { "x-ghl-signature": signed(next.privateKey) })).toBe(true);
  });

  test("of the retired RSA kind counts for nothing unless it is switched on", () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const header = { "x-wh-signature": sign("sha256", body, rsa.privateKey).toString("base64") };
    expect(keys(body, header)).toBe(false);
    expect(openSignatures({ legacy: true })(body, header)).toBe(false);
  });

  test("is checked with HighLevel's own key by default", () => {
    expect(openSignatures()(body, { "x-ghl-signature": signed(ours.privateKey) })).toBe(false);
    expect(() => openSignatures({ pem: HIGHLEVEL_KEY, legacy: true })).not.toThrow();
  });
});

describe("webhook keys that cannot work", () => {
  test.each([
    ["no PEM text", "hello", "no webhook key found"],
    ["a damaged key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "webhook key 1 cannot be read"],
    [
      "a key of another kind",
      pem(generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey),
      "webhook key 1 is of kind rsa, expected ed25519",
    ],
  ])("stop the start: %s", (_name, text, message) => {
    expect(() => openSignatures({ pem: text })).toThrow(message);
  });
});

const keys = openSignatures({ pem: pem(ours.publicKey) });
const verifies = (key: KeyObject) => keys(body, { "x-ghl-signature": signed(key) });

function signed(key: KeyObject): string {
  return sign(null, body, key).toString("base64");
}

function pem(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}

// Which addresses people elsewhere reach, in every way that one can be written.

import { isIPv4 } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isPublic, isPublicUrl } from "./public-address.ts";

const REACHED = [
  ...["latchkey.example.com", "latchkey.example.com.", "LATCHKEY.Example.COM", "a.b.c.d.example.org", "x.example.com"],
  ...["93.184.215.14:8443", "93.184.215.14.", "0x5db8d70e", "[2606:4700::1]", "[2606:4700:0:0::1]:8443"],
  ...[
    "münchen.example.com",
    "пример.example.com",
    "例え.example.com",
    "xn--mnchen-3ya.example.com",
    "localhost.example.com",
    "local.example.com",
  ],
  ...["internal.example.com", "127.0.0.1.example.com", "my_house.example.com"],
];

/** This machine, a house, a company or nobody. */
const NOT_REACHED = [
  ...[
    "localhost",
    "localhost:3000",
    "localhost.",
    "LOCALHOST.",
    "a.localhost",
    "a.localhost.",
    "ⓛocalhost",
    "ｌocalhost。",
  ],
  ...["house.local", "house.local.", "HOUSE.LOCAL", "house。local", "house．local．", "house%2elocal", "lo%63alhost"],
  ...[
    "vm.internal",
    "vm.internal.",
    "metadata.google.internal",
    "router.home.arpa",
    "router.home.arpa.",
    "1.0.0.127.in-addr.arpa",
  ],
  ...[
    "pc.lan",
    "pc.home",
    "pc.corp",
    "pc.mail",
    "pc.intranet",
    "pc.private",
    "pc.localdomain",
    "a.test",
    "a.invalid",
    "a.example",
  ],
  ...[
    "a.onion",
    "a.alt",
    "latchkey",
    "latchkey.",
    "com",
    "com.",
    "a..example.com",
    "a.example.com..",
    "-a.example.com",
  ],
  ...["a.example.com-", `${"a".repeat(64)}.example.com`, `${"a.".repeat(130)}example.com`],
  ...[
    "127.0.0.1",
    "127.0.0.1.",
    "127.0.0.1..",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0X7F.1",
    "0177.0.0.1",
    "017700000001",
  ],
  ...[
    "0",
    "0.0.0.0",
    "１２７.０.０.１",
    "127。0。0。1",
    "%31%32%37.1",
    "10.1.2.3",
    "0xa.1.2.3",
    "012.0.0.1",
    "172.16.0.1",
  ],
  ...[
    "192.168.1.1",
    "192.168.257",
    "169.254.169.254",
    "0xa9fea9fe",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "198.18.0.1",
  ],
  ...[
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:a00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::a00:1]",
  ],
  ...[
    "[2002:7f00:1::]",
    "[2001::1]",
    "[fe80::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fec0::1]",
    "[ff02::1]",
    "[2001:db8::1]",
  ],
  // a public address within one that is not
  ...["[::ffff:93.184.215.14]", "[64:ff9b::5db8:d70e]"],
  // it is the last part that is asked
  ...[
    "93.184.215.14@127.0.0.1",
    "latchkey.example.com@localhost.",
    "localhost.:443",
    "localhost.#.example.com",
    "localhost\\@example.com",
  ],
];

describe("an address of ours", () => {
  test.each(REACHED)("is reached as %s", (host) => {
    expect(isPublicUrl(`https://${host}`)).toBe(true);
    expect(isPublicUrl(`https://${host}/a/path?x=1`)).toBe(true);
  });

  test.each(NOT_REACHED)("is not reached as %s", (host) => {
    expect(isPublicUrl(`https://${host}/`)).toBe(false);
  });

  test.each([
    "http://latchkey.example.com",
    "ftp://latchkey.example.com",
    "latchkey.example.com",
    "https://",
    "https:// ",
    "",
  ])("is not reached as %j, which is no https address", (url) => {
    expect(isPublicUrl(url)).toBe(false);
  });

  test("is judged the same with the root's dot behind it, in capitals and in wide letters", () => {
    const wide = (host: string) =>
      host.replace(/[!-~]/g, (sign) => String.fromCodePoint((sign.codePointAt(0) ?? 0) + 0xfee0));
    const label = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
    const last = fc.constantFrom(
      "com",
      "de",
      "local",
      "localhost",
      "internal",
      "lan",
      "home",
      "test",
      "arpa",
      "example",
    );
    fc.assert(
      fc.property(fc.array(label, { maxLength: 4 }), last, (labels, end) => {
        const host = [...labels, end].join(".");
        const is = isPublicUrl(`https://${host}`);
        expect(is).toBe(labels.length > 0 && (end === "com" || end === "de"));
        for (const same of [`${host}.`, host.toUpperCase(), wide(host), `${wide(host)}。`])
          expect(isPublicUrl(`https://${same}`), same).toBe(is);
      }),
    );
  });

  test("is judged as the number it is, however that is written", () => {
    const octal = (part: number) => `0${part.toString(8)}`;
    const hex = (part: number) => `0x${part.toString(16)}`;
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(isIPv4(address)).toBe(true);
        const is = isPublic(address);
        const parts = address.split(".").map(Number);
        const [a = 0, b = 0, c = 0, d = 0] = parts;
        const whole = ((a * 256 + b) * 256 + c) * 256 + d;
        const ways = [
          ...[address, `${address}.`, parts.map(octal).join("."), parts.map(hex).join("."), String(whole), hex(whole)],
          ...[octal(whole), `${a}.${b}.${c * 256 + d}`, `${a}.${(b * 256 + c) * 256 + d}`],
        ];
        for (const way of ways) expect(isPublicUrl(`https://${way}/`), way).toBe(is);
        // mapped into IPv6 it is nobody's on the public internet
        expect(isPublicUrl(`https://[::ffff:${address}]/`)).toBe(false);
      }),
    );
  });

  test("is asked of any text without failing", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.string({ unit: "binary" }).map((host) => `https://${host}`),
        ),
        (text) => {
          expect(typeof isPublicUrl(text)).toBe("boolean");
        },
      ),
    );
  });
});

import { describe, expect, test } from "vitest";
import { loosened } from "./loosened.ts";

const all = { quietHours: ["20:00-09:00"], emailQuietHours: true, caps: { all: "2 per 24h", sms: "3 per 7d" } };

describe("a change of a location's own quiet hours and caps", () => {
  test("loosens nothing where all of it stays, or binds more", () => {
    expect(loosened({}, all)).toEqual([]);
    expect(loosened(all, all)).toEqual([]);
    expect(loosened(all, { ...all, quietHours: ["19:00-23:00", "23:00-10:00", "12:00-13:00"] })).toEqual([]);
    expect(loosened(all, { ...all, caps: { ...all.caps, email: "1 per 1d" } })).toEqual([]);
  });

  test("loosens what it leaves out", () => {
    expect(loosened(all, {})).toEqual([
      "the quiet hours",
      "the quiet hours of e-mail",
      "the cap of all",
      "the cap of sms",
    ]);
  });

  test.each([["20:00-08:59"], ["20:01-09:00"], ["21:00-09:00"], ["00:00-09:00"]])(
    "loosens quiet hours of which it leaves a minute free: %s",
    (range) => {
      expect(loosened(all, { ...all, quietHours: [range] })).toEqual(["the quiet hours"]);
    },
  );

  test.each([
    ["2 per 24h", "2 per 1d", false],
    ["2 per 24h", "1 per 24h", false],
    ["2 per 24h", "2 per 48h", false],
    ["2 per 24h", "1 per 12h", false],
    ["2 per 24h", "1 per 11h", true],
    ["2 per 24h", "3 per 24h", true],
    ["2 per 24h", "2 per 23h", true],
    ["1 per 1h", "4 per 999d", true],
  ])("of at most %s to %s loosens it: %s", (before, after, is) => {
    expect(loosened({ caps: { sms: before } }, { caps: { sms: after } })).toEqual(is ? ["the cap of sms"] : []);
  });
});

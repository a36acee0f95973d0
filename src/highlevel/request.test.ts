import { describe, expect, test } from "vitest";
import { z } from "zod";
import { Unavailable } from "../kernel/errors.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../kernel/time.ts";
import { openApi, retryAt } from "./request.ts";

const noon = Date.UTC(2026, 2, 2, 12);
const wait = (headers: Record<string, string>, rate: { intervalMs?: number; dailyRemaining?: number } = {}) =>
  retryAt(noon, { sentAt: noon, ...rate }, headers) - noon;

describe("who was refused for asking too often asks again", () => {
  test("when the CRM says", () => {
    expect(wait({ "retry-after": "7" })).toBe(7 * SECOND);
  });

  test("after the interval, ten seconds where none is said", () => {
    expect(wait({}, { intervalMs: 20_000 })).toBe(20_000);
    expect(wait({})).toBe(10 * SECOND);
  });

  test("within the hour where the day is spent", () => {
    expect(wait({}, { dailyRemaining: 0 })).toBe(HOUR);
  });

  test.each(["", "0", "-3", "soon", "1e15", "99999999999999", "Infinity", "1e400"])(
    "as if nothing had been said where “Retry-After: %s” cannot be meant",
    (said) => {
      expect(wait({ "retry-after": said })).toBe(10 * SECOND);
    },
  );

  test.each([0, -1, 1e-9, 2 * DAY, 1e18, Number.POSITIVE_INFINITY])(
    "after ten seconds where an interval of %d ms cannot be meant",
    (intervalMs) => {
      expect(wait({}, { intervalMs })).toBe(10 * SECOND);
    },
  );
});

test.each([
  [new Unavailable("the database is away"), "unreachable", 5 * SECOND, "the database did not answer"],
  [new TypeError("undefined is no row"), "auth", MINUTE, "a fault of ours"],
] as const)(
  "a token that cannot be read leaves nothing written, and nobody looks for what was never sent: %s",
  async (error, cause, wait, why) => {
    const clock = { now: () => noon, real: () => noon, elapsed: () => 0 };
    const api = openApi({ url: "http://127.0.0.1:9", clock, token: () => Promise.reject(error) });
    const call = { resource: "contacts", method: "GET", path: "/contacts/1", shape: z.unknown() } as const;
    expect(await api.call("loc", call)).toEqual({
      ...{ outcome: "not_taken", cause, retryAt: noon + wait },
      detail: expect.stringContaining(why),
    });
    await api.close();
  },
);

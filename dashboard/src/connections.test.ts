import { describe, expect, test } from "vitest";
import type { Connection } from "../../src/tenancy/index.ts";
import { expiryOf, missingOf, reasonOf, sinceOf, standingOf } from "./connections.ts";

const now = Date.parse("2026-03-02T12:00:00Z");
const of = (more: Partial<Connection> = {}): Connection => ({
  location: "loc1",
  name: "Oakmoor Homes",
  status: "connected",
  since: "2026-03-02T11:48:00Z",
  through: "app",
  timeZone: "America/Chicago",
  missingScopes: [],
  ...more,
});

describe("how a team stands with the CRM", () => {
  test("is a mark and a word", () => {
    expect(standingOf(of())).toEqual({ mark: "done", word: "Connected" });
    expect(standingOf(of({ status: "reconnect" }))).toEqual({ mark: "failed", word: "Connect again" });
  });

  test("says since when, and by what while it is connected", () => {
    expect(sinceOf(of(), now)).toBe("since 12m ago, by the app");
    expect(sinceOf(of({ status: "reconnect" }), now)).toBe("since 12m ago");
  });

  test("says why it is not connected and what follows from it", () => {
    expect(reasonOf(of())).toBeUndefined();
    expect(reasonOf(of({ status: "reconnect", why: "refused" }))).toBe(
      "The CRM no longer takes our key. Messages wait until it is connected again.",
    );
    expect(reasonOf(of({ status: "disconnected", why: "removed" }))).toMatch(/what is on record stays/);
  });

  test("says when its key is renewed, in words", () => {
    const times = { expiresAt: "2026-03-03T11:00:00Z", renewsAt: "2026-03-03T10:48:00Z" };
    expect(expiryOf(of(times), now)).toBe("Its key is renewed by itself in 22h 48m.");
    expect(expiryOf(of({ ...times, renewsAt: "2026-03-02T11:59:00Z" }), now)).toBe("Its key is being renewed.");
    expect(expiryOf(of({ through: "integration" }), now)).toBe("Its key does not end by itself.");
    expect(expiryOf(of({ ...times, status: "reconnect" }), now)).toBeUndefined();
  });

  test("names what was not allowed", () => {
    expect(missingOf(of())).toBeUndefined();
    expect(missingOf(of({ missingScopes: ["contacts.write"] }))).toContain("contacts.write");
  });
});

import { describe, expect, test } from "vitest";
import { HOUR, MINUTE } from "../kernel/time.ts";
import { fromOurPages, openSessions, type Session } from "./session.ts";

const ana: Session = { id: "person:ana", name: "Ana", role: "manager", locations: ["loc_1"] };

function open(secret = "one secret") {
  const clock = { at: Date.UTC(2026, 10, 20, 15) };
  const sessions = openSessions({ secret, real: () => clock.at, secure: false });
  return { clock, sessions };
}
const asked = (setCookie: string) => ({ headers: { cookie: `theme=dark; ${setCookie.split(";")[0]}` } });

describe("a session", () => {
  test("is whose cookie says so", () => {
    const { sessions } = open();
    expect(sessions.read(asked(sessions.cookie(ana)))).toMatchObject(ana);
  });

  test("is over after twelve hours", () => {
    const { sessions, clock } = open();
    const cookie = sessions.cookie(ana);
    clock.at += 12 * HOUR - 1;
    expect(sessions.read(asked(cookie))).toBeDefined();
    clock.at += 1;
    expect(sessions.read(asked(cookie))).toBeUndefined();
  });

  test("cannot be forged, altered or signed with another secret", () => {
    const { sessions } = open();
    const cookie = sessions.cookie(ana);
    const [payload = "", signature = ""] = cookie.slice("latchkey=".length).split(";")[0]?.split(".") ?? [];
    const owner = Buffer.from(JSON.stringify({ ...ana, role: "owner", until: Date.UTC(2030) })).toString("base64url");
    for (const value of ["", ".", "x.y", payload, `${payload}.`, `${owner}.${signature}`, `${payload}.${signature}x`])
      expect(sessions.read({ headers: { cookie: `latchkey=${value}` } })).toBeUndefined();
    expect(open("another secret").sessions.read(asked(cookie))).toBeUndefined();
    expect(sessions.read({ headers: {} })).toBeUndefined();
  });

  test("is out of reach of scripts and of other sites' posts, and over https travels over nothing else", () => {
    const { sessions } = open();
    expect(sessions.cookie(ana)).toMatch(/HttpOnly; SameSite=Lax; Max-Age=43200$/);
    expect(openSessions({ secret: "s", real: () => 0, secure: true }).cookie(ana)).toContain("; Secure");
    expect(fromOurPages({ origin: "https://elsewhere.example.com", host: "team.example.com" })).toBe(false);
    expect(fromOurPages({ origin: "https://team.example.com", host: "team.example.com" })).toBe(true);
    expect(fromOurPages({ origin: "null", host: "team.example.com" })).toBe(false);
  });
});

describe("a printed link", () => {
  test("opens one session, once", () => {
    const { sessions } = open();
    const key = sessions.link(ana);
    expect(sessions.redeem(key)).toEqual(ana);
    expect(sessions.redeem(key)).toBeUndefined();
    expect([sessions.isSpent(key), sessions.isSpent("another")]).toEqual([true, false]);
  });

  test("opens nothing half an hour later", () => {
    const { sessions, clock } = open();
    const key = sessions.link(ana);
    clock.at += 30 * MINUTE;
    expect(sessions.redeem(key)).toBeUndefined();
  });
});

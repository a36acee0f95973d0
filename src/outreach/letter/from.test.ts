import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bareSender, chooseSender, type Lines, type SenderAsked, sendersOf } from "./from.ts";

const TESSA = "+15125550181";
const TEAM = "+15125550180";
const OTHER = "+15125550150";
const users = {
  u1: { name: "Tessa Oakmoor", lcPhone: TESSA, email: "Tessa@example.com" },
  u2: { name: "Julian Farrowby" },
  u3: { name: "Ruth Castellane", lcPhone: "+15125550183", email: "ruth@example.com" },
};
const senders = (more: Parameters<typeof sendersOf>[2] = {}) =>
  sendersOf(users, new Set(["u3"]), { sms: TEAM, email: "team@example.com", agents: true, others: [OTHER], ...more });
const asked = (more: Partial<SenderAsked> = {}): SenderAsked => ({ channel: "sms", owner: "u1", ...more });
const last = (address: string): Lines => ({ sms: { address, at: 1 } });

describe("a message comes from", () => {
  test("what its step says, before all else", () => {
    const lines = last(TEAM);
    expect(chooseSender(asked({ said: OTHER, lines }), senders())).toEqual({ by: "step", from: OTHER });
    expect(chooseSender(asked({ said: "user.u1", owner: "u2", lines }), senders())).toEqual({
      ...{ by: "step", from: TESSA, who: "Tessa Oakmoor" },
    });
    expect(chooseSender(asked({ said: "owner", channel: "email", lines }), senders()).from).toBe("tessa@example.com");
  });

  test("then the number that its conversation last used on that channel", () => {
    expect(chooseSender(asked({ lines: last(OTHER) }), senders())).toEqual({ by: "conversation", from: OTHER });
    expect(chooseSender(asked({ channel: "whatsapp", lines: last(OTHER) }), senders()).by).toBe("agent");
  });

  test("then the agent, where agents write as themselves", () => {
    expect(chooseSender(asked(), senders())).toEqual({ by: "agent", from: TESSA, who: "Tessa Oakmoor" });
    expect(chooseSender(asked(), senders({ agents: false }))).toEqual({ by: "location", from: TEAM });
  });

  test("then the location's own, and where there is none the CRM picks", () => {
    const nobody: SenderAsked = { channel: "sms" };
    expect(chooseSender(nobody, senders())).toEqual({ by: "location", from: TEAM });
    expect(chooseSender({ ...nobody, channel: "whatsapp" }, senders())).toEqual({ by: "crm" });
    expect(chooseSender(asked(), undefined)).toEqual({ by: "crm" });
  });

  test("nobody whom the location does not know: passed over, and said", () => {
    const stranger = "+15125550199";
    const skipped = [{ said: stranger, why: "unknown" }];
    expect(chooseSender(asked({ said: stranger }), senders())).toMatchObject({ by: "agent", skipped });
    expect(chooseSender(asked({ lines: last(stranger) }), senders())).toMatchObject({ by: "agent", skipped });
    expect(chooseSender(asked({ said: "user.u2" }), senders())).toMatchObject({
      ...{ by: "agent", skipped: [{ said: "user.u2", why: "none" }] },
    });
    expect(chooseSender(asked({ owner: "u2" }), senders())).toMatchObject({
      ...{ by: "location", skipped: [{ said: "owner", why: "none" }] },
    });
    // who has left the CRM has no number there any more
    expect(chooseSender(asked({ said: "user.u3" }), senders()).by).toBe("agent");
  });

  test("a number says nothing of the e-mail that the same step may send", () => {
    const mail = asked({ said: OTHER, channel: "email" });
    expect(chooseSender(mail, senders({ agents: false }))).toEqual({ by: "location", from: "team@example.com" });
  });

  test("only ever what the location knows, whatever is said", () => {
    const one = fc.constantFrom(
      undefined,
      "owner",
      "user.u1",
      "user.u9",
      "user.__proto__",
      TEAM,
      OTHER,
      "+15125550199",
    );
    const line = fc.constantFrom(undefined, OTHER, TESSA, "+15125550199", "ADA <a@example.com>", "a@example.com");
    const channel = fc.constantFrom("sms" as const, "whatsapp" as const, "email" as const);
    fc.assert(
      fc.property(one, line, channel, fc.boolean(), (said, address, on, agents) => {
        const known = senders({ agents });
        const { from } = chooseSender(
          asked({
            channel: on,
            ...(said === undefined ? {} : { said }),
            ...(address === undefined ? {} : { lines: { [on]: { address, at: 1 } } }),
          }),
          known,
        );
        if (from === undefined) return;
        expect(known.known.has(from)).toBe(true);
        expect(bareSender(on, from)).toBe(from);
      }),
    );
  });
});

test("a display name is no address, and digits alone are no number", () => {
  expect(bareSender("email", "Tessa <tessa@example.com>")).toBeUndefined();
  expect(bareSender("email", " Tessa@Example.com ")).toBe("tessa@example.com");
  expect(bareSender("sms", "5125550100")).toBeUndefined();
});

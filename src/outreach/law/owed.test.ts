import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY, SECOND } from "../../kernel/time.ts";
import { optOut } from "./opt-out.ts";
import { asking, confirmed, joined, placed } from "./owed.ts";

const AT = Date.UTC(2026, 10, 18, 19);
const KNOWN = "+16175550101";
const email = "maya@example.com";
const theirs = (hash: string) => ({ family: "phone" as const, hash, theirs: true });
const said = (text: string, data = {}) => ({
  ...{ id: "e1", lead: "lead1", type: "message.received", at: AT, receivedAt: AT, source: "crm" as const },
  data: { channel: "sms", text, ...data },
});
const owedBy = (...[text, to, from]: [string, { phone?: string; email?: string }, ReturnType<typeof theirs>?]) =>
  optOut(said(text), to, {}, { from }).owed ?? [];
const closes = ({ addresses }: ReturnType<typeof placed>) => addresses.map(({ address }) => address);

describe("a STOP that names no number", () => {
  test("is kept until the number is known, and then silences it", () => {
    const owed = owedBy("STOP", { email });
    expect(placed(owed, { email })).toEqual({ addresses: [], owed });
    expect(placed(owed, { phone: KNOWN, email })).toMatchObject({
      addresses: [{ family: "phone", address: KNOWN, optedOutAt: AT, optOut: { by: "words", matched: "STOP" } }],
    });
    expect(placed(owed, { phone: KNOWN }, { at: AT, to: { phone: KNOWN } }).owed).toEqual([]);
  });

  test("holds for the number that the CRM names next, and for that of each older record until then", () => {
    const records = fc.array(fc.record({ after: fc.integer({ min: -3, max: 3 }), n: fc.integer({ min: 1, max: 4 }) }));
    fc.assert(
      fc.property(records, (all) => {
        let owed = owedBy("STOP", { phone: KNOWN });
        const closed: (string | undefined)[] = [KNOWN];
        for (const { after, n } of all) {
          const now = placed(owed, { phone: KNOWN }, { at: AT + after, to: { phone: `+1617555010${n}` } });
          closed.push(...closes(now));
          owed = now.owed;
        }
        const last = all.findIndex(({ after }) => after >= 0);
        const read = last < 0 ? all : all.slice(0, last + 1);
        expect(closed).toEqual([...new Set([KNOWN, ...read.map(({ n }) => `+1617555010${n}`)])]);
        expect(owed).toHaveLength(last < 0 ? 1 : 0);
      }),
    );
  });

  test("waits for a number where the CRM's record has none any more, and asks no more", () => {
    const { owed } = placed(owedBy("STOP", { phone: KNOWN }), {}, { at: AT + 1, to: { email } });
    expect(asking(owed, AT + DAY).asks).toBe(false);
    expect(closes(placed(owed, {}, { at: AT + 2, to: { phone: "+16175550102" } }))).toEqual(["+16175550102"]);
  });

  test("owes nothing once it names the number; what it ends beside that is owed", () => {
    expect(owedBy("STOP", { phone: KNOWN, email }, theirs("h"))).toEqual([]);
    expect(owedBy("stop emailing me", { phone: KNOWN, email }, theirs("h"))).toMatchObject([
      { family: "email", heard: [email] },
    ]);
  });

  test("holds for what the contact had when we wrote there, of the same kind, unless it names where it was said", () => {
    const formerly = [
      { family: "phone" as const, address: "+16175550102", until: AT },
      { family: "phone" as const, address: "+16175550103", until: AT - 1 },
      { family: "email" as const, address: "old@example.com", until: AT },
    ];
    const ends = (text: string, data: object, from?: ReturnType<typeof theirs>) =>
      optOut(said(text, data), { phone: KNOWN, email }, {}, { from, formerly }).addresses.map(({ address }) => address);
    expect(ends("STOP", {})).toEqual([KNOWN, "+16175550102"]);
    expect(ends("STOP", {}, theirs("h"))).toEqual([KNOWN]);
    expect(ends("unsubscribe me", { channel: "email" })).toEqual([email, "old@example.com"]);
    expect(ends("START", {})).toEqual([]);
  });

  test("said again is one, the later, asked about when the first is due, in whatever order they are read", () => {
    const one = { family: "phone" as const, optOut: { by: "words" as const } };
    const early = { ...one, at: AT, heard: [KNOWN], ask: { at: AT + 10, times: 3 } };
    const late = { ...one, at: AT + 1, ask: { at: AT + 20, times: 0 } };
    const both = [{ ...late, ask: early.ask }];
    expect([joined([early], [late]), joined([late], [early])]).toEqual([both, both]);
  });

  test("has the CRM asked at once, then less and less often, for as long as it is owed", () => {
    let owed = owedBy("STOP", { phone: KNOWN });
    const asked: number[] = [];
    for (let now = AT; now < AT + 365 * DAY; now = owed[0]?.ask?.at ?? Number.POSITIVE_INFINITY) {
      const after = asking(owed, now);
      if (after.asks) asked.push((now - AT) / SECOND);
      owed = after.owed;
    }
    expect(asked).toEqual([0, 10, 70, 430, 2_590, 15_550, 93_310, 559_870, 3_359_230, 20_155_390]);
    expect(owed).toMatchObject([{ family: "phone", heard: [KNOWN] }]);
    expect(asking(owedBy("STOP", { email }), AT).asks).toBe(false); // a stranger: it has been asked before the turn
  });
});

describe("a START that names no number", () => {
  const other = "+16175550102";
  const start = {
    family: "phone",
    at: AT,
    address: KNOWN,
    word: "START",
    event: "e1",
    ask: { at: AT, times: 0 },
  } as const;

  test("lifts on a record of its instant or later that names the number, and waits for one", () => {
    const owed = [start];
    expect(confirmed(owed, { phone: KNOWN }, { at: AT, to: { phone: KNOWN } })).toEqual({ sure: owed, starts: [] });
    expect(confirmed(owed, { phone: KNOWN }, { at: AT - 1, to: { phone: KNOWN } })).toEqual({ sure: [], starts: owed });
    expect(confirmed(owed, { phone: KNOWN })).toEqual({ sure: [], starts: owed });
  });

  test("is over once anything says that the contact has another, or none", () => {
    const over = { sure: [], starts: [] };
    for (const to of [{ phone: other }, {}]) {
      expect(confirmed([start], to)).toEqual(over);
      expect(confirmed([start], to, { at: AT, to: { phone: KNOWN } })).toEqual(over);
      expect(confirmed([start], { phone: KNOWN }, { at: AT, to })).toEqual(over);
    }
  });
});

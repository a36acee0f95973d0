import { describe, expect, test } from "vitest";
import type { LeadEvent } from "../../events/index.ts";
import { afterChange } from "./causes.ts";
import { judged, optOut } from "./opt-out.ts";

const AT = Date.UTC(2026, 10, 18, 19);
const to = { phone: "+16175550101", email: "maya@example.com" };
const received = (text: string, channel = "sms"): LeadEvent => ({
  id: "e1",
  lead: "lead1",
  type: "message.received",
  at: AT,
  receivedAt: AT,
  source: "crm",
  data: { channel, text },
});
const stopped = { phone: { optedOutAt: AT - 1, optOut: { by: "words", matched: "STOP" }, sends: [] } } as const;

describe("a lead's own words", () => {
  test("STOP silences the number in the turn that reads it, with the words as evidence, and ends runs", () => {
    const decided = optOut(received("STOP!!"), to, {});
    expect(decided.addresses).toEqual([
      {
        family: "phone",
        address: "+16175550101",
        optedOutAt: AT,
        optOut: { by: "words", rule: "keyword", matched: "STOP", event: "e1" },
      },
    ]);
    expect(decided.emits.map((event) => event.type)).toEqual(["message.opted_out", "consent.changed"]);
    expect(decided.links[0]).toMatchObject({ code: "consent.opted_out", values: { word: "STOP" } });
  });

  test("hold also for the number they came from, where that is not the contact's, and START from there lifts that alone", () => {
    const there = { family: "phone", hash: "h".repeat(64) } as const;
    const from = { ...there, theirs: false };
    const evidence = { by: "words", rule: "keyword", matched: "STOP", event: "e1" };
    expect(optOut(received("STOP"), {}, {}, { from }).addresses).toEqual([
      { ...there, optedOutAt: AT, optOut: evidence },
    ]);
    expect(optOut(received("STOP"), to, {}, { from }).addresses.map(({ address, hash }) => address ?? hash)).toEqual([
      to.phone,
      from.hash,
    ]);
    const lifted = { ...there, takes: { kinds: ["words", "carrier"], at: AT } };
    expect(optOut(received("START"), {}, {}, { from })).toMatchObject({ addresses: [lifted], emits: [] });
    expect(optOut(received("START"), to, stopped, { from })).toMatchObject({ addresses: [lifted], emits: [] });
    expect(optOut(received("Is it free?"), to, {}, { from }).addresses).toEqual([]);
  });

  test("by e-mail silences e-mail alone", () => {
    expect(optOut(received("unsubscribe me", "email"), to, {}).addresses).toMatchObject([
      { family: "email", address: "maya@example.com" },
    ]);
  });

  test("an e-mail's subject is read, unless it answers ours; of a reply, what the lead wrote", () => {
    const mailed = (subject: string, text: string) =>
      optOut({ ...received(text, "email"), data: { channel: "email", subject, text } }, to, {}).addresses;
    expect(mailed("unsubscribe", "")).toMatchObject([{ family: "email", optedOutAt: AT }]);
    expect(mailed("STOP", ".")).toMatchObject([{ family: "email", optedOutAt: AT }]);
    expect(mailed("Re: stop renting", "See you at 5")).toEqual([]);
    expect(mailed("Re: Homes", "Remove\n\nOn Sunday Ana wrote:\n> Hello")).toMatchObject([{ optedOutAt: AT }]);
    expect(mailed("Re: Homes", "See you at 5\n\nOn Sunday Ana wrote:\n> Reply STOP to end this")).toEqual([]);
  });

  test("words that name another way to write end that one, too", () => {
    const families = (text: string, channel?: string) =>
      optOut(received(text, channel), to, {}).addresses.map(({ family }) => family);
    expect(families("stop emailing me")).toEqual(["phone", "email"]);
    expect(families("stop texting me", "email")).toEqual(["email", "phone"]);
    expect(families("lose my number")).toEqual(["phone"]);
  });

  test("from the day of revoke-all on, words by e-mail end calls and texts, and not a day before", () => {
    const said = (at: number) => optOut({ ...received("unsubscribe me", "email"), at }, to, {});
    expect(said(Date.UTC(2027, 0, 30, 23, 59)).addresses.map(({ family }) => family)).toEqual(["email"]);
    const after = said(Date.UTC(2027, 0, 31));
    expect(after.addresses.map(({ family }) => family)).toEqual(["email", "phone"]);
    expect(after.emits.map(({ data }) => data["family"])).toEqual(["email", "phone", "email", "phone"]);
  });

  test("are read with the words of the day on which they were said", () => {
    const said = (at: number) => optOut({ ...received("revoke"), at }, to, {}).judgment.verdict;
    expect(said(Date.UTC(2025, 3, 10))).toBe("hold_and_ask");
    expect(said(Date.UTC(2025, 3, 11))).toBe("opt_out");
  });

  test("spoken on a call counts, from the person's own lines alone", () => {
    const call = (transcript: string) =>
      optOut({ ...received(""), type: "call.ended", data: { transcript } }, to, {}).addresses[0];
    expect(call("bot: Hi! Say stop any time.\nhuman: Please take me off your list.")).toMatchObject({
      family: "phone",
      optedOutAt: AT,
      optOut: { rule: "phrase", matched: "TAKE ME OFF" },
    });
    expect(call("human: Stop.")).toMatchObject({ optedOutAt: AT });
    expect(call("bot: I can take me off your list\nhuman: who is this? cancel, not now")).toBeUndefined();
    expect(call("human: I want this to stop when I say")?.optOut?.askedAt).toBe(AT);
  });

  test("a form's box, or what is written into it, counts", () => {
    const form = (data: Record<string, string | boolean>) =>
      optOut({ ...received(""), type: "form.submitted", data: { form: "tour", ...data } }, to, {}).addresses.map(
        ({ family }) => family,
      );
    expect(form({ opt_out: true })).toEqual(["phone", "email"]);
    expect(form({ opt_out: "email" })).toEqual(["email"]);
    expect(form({ comments: "do not text me" })).toEqual(["phone"]);
    expect(form({ comments: "end" })).toEqual([]);
    expect(form({})).toEqual([]);
  });

  test("a second opt-out leaves the first one's evidence, is kept beside it, and still ends runs", () => {
    const again = optOut(received("STOP"), to, stopped);
    const [change] = again.addresses;
    expect(change && afterChange(stopped.phone, change)).toMatchObject({
      optedOutAt: AT - 1,
      optOut: { matched: "STOP", also: { words: { at: AT } } },
    });
    const known = { phone: { ...stopped.phone, optedOutAt: AT } };
    expect(optOut(received("STOP"), to, known).addresses).toEqual([]); // the same words, told twice
    expect(again.emits).toHaveLength(2);
  });

  test("unclear words hold everything and ask a person, once", () => {
    const decided = optOut(received("wrong number"), to, {});
    expect(decided).toMatchObject({
      addresses: [{ optOut: { askedAt: AT } }],
      emits: [],
      ask: expect.stringContaining("WRONG NUMBER"),
    });
    expect(decided.addresses[0]?.optedOutAt).toBeUndefined();
    expect(
      optOut(received("wrong number"), to, { phone: { optOut: { by: "words", askedAt: AT - 1 }, sends: [] } }).ask,
    ).toBeUndefined();
  });

  test("unclear words of one that has left are kept beside the opt-out, and ask nobody", () => {
    const decided = optOut(received("wrong number"), to, stopped);
    expect(decided).toMatchObject({ emits: [], links: [] });
    expect(decided.ask).toBeUndefined();
    const [change] = decided.addresses;
    expect(change && afterChange(stopped.phone, change)).toEqual({
      ...stopped.phone,
      optOut: {
        ...stopped.phone.optOut,
        unclear: { at: AT, rule: "ask", matched: "WRONG NUMBER", event: "e1", lead: received("").lead },
      },
    });
  });

  test("a threat opts out and asks a person, too", () => {
    for (const text of ["I'll sue you", "text me again and I'll sue"])
      expect(optOut(received(text), to, {})).toMatchObject({
        addresses: [{ optedOutAt: AT }],
        ask: "a threat of legal action",
      });
  });

  test("START lifts what words, the carrier or a person's judgment made, YES lifts nothing, and START lifts no other opt-out", () => {
    const from = { family: "phone", hash: "h".repeat(64), theirs: true } as const;
    expect(optOut(received("START"), to, stopped, { from }).addresses).toEqual([
      { family: "phone", address: "+16175550101", takes: { kinds: ["words", "carrier", "person"], at: AT } },
    ]);
    expect(optOut(received("YES"), to, stopped)).toMatchObject({ addresses: [], emits: [] });
    expect(
      optOut(received("START"), to, { phone: { optedOutAt: 1, optOut: { by: "person" }, sends: [] } }, { from })
        .addresses,
    ).toMatchObject([{ family: "phone", address: to.phone, takes: { at: AT } }]);
    expect(
      optOut(received("START"), to, { phone: { optedOutAt: 1, optOut: { by: "complaint" }, sends: [] } }, { from })
        .addresses,
    ).toEqual([]);
    expect(optOut(received("START"), to, {}, { from }).addresses).toEqual([]);
  });

  test("START by a network whose ids may look like numbers names no number", () => {
    const from = { family: "phone", hash: "h".repeat(64), theirs: false, guessed: true } as const;
    const decided = optOut(received("START", "facebook"), to, stopped, { from });
    expect(decided).toMatchObject({ addresses: [], start: { address: to.phone } });
    expect(optOut(received("START", "facebook"), to, stopped, { from: { ...from, theirs: true } }).addresses).toEqual(
      [],
    );
  });

  test("STOP by such a network ends what its id may be, and as one that names no number what the contact had and is found to have", () => {
    const from = { family: "phone", hash: "h".repeat(64), theirs: false, guessed: true } as const;
    const former = { family: "phone", address: "+16175550109", until: AT } as const;
    const decided = optOut(received("STOP", "facebook"), to, {}, { from, formerly: [former] });
    expect(decided.addresses).toMatchObject([{ address: to.phone }, { hash: from.hash }, { address: former.address }]);
    expect(decided.owed).toMatchObject([{ family: "phone", heard: [to.phone], ask: { times: 0 } }]);
  });

  test("START that names no number lifts nothing by itself, and owes nothing where there is nothing to lift", () => {
    expect(optOut(received("START"), to, stopped)).toMatchObject({
      addresses: [],
      emits: [],
      links: [],
      start: { family: "phone", address: to.phone, at: AT, word: "START", event: "e1", ask: { at: AT, times: 0 } },
    });
    expect(optOut(received("START"), to, {}).start).toBeUndefined();
    expect(optOut(received("YES"), to, stopped).start).toBeUndefined();
  });

  test("ordinary words, or none, change nothing", () => {
    for (const event of [received("see you at 5"), { ...received(""), data: {} }]) {
      expect(optOut(event, to, {})).toMatchObject({ addresses: [], emits: [], links: [] });
    }
  });

  test("a person's judgment lifts the hold or makes it an opt-out", () => {
    const as = (word: "go_on" | "opted_out") => judged("phone", to.phone, { as: word, at: AT, by: "ana", seen: "u1" });
    expect(as("go_on")).toEqual({ family: "phone", address: to.phone, goOn: true, seen: "u1" });
    expect(as("opted_out")).toMatchObject({ optedOutAt: AT, optOut: { by: "person" }, seen: "u1" });
  });
});

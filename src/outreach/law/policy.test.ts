import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY, HOUR, type Instant, MINUTE } from "../../kernel/time.ts";
import { localTime } from "../../kernel/zone.ts";
import type { ConsentRecord } from "../../leads/index.ts";
import type { Send } from "../message.ts";
import { type Check, type Permit, permit } from "./policy.ts";
import { RULES_DATE } from "./rules.ts";
import { places } from "./zones.ts";

const EASTERN = "America/New_York";
/** A Wednesday, 14:00 in New York. */
const NOON = Date.UTC(2026, 10, 18, 19);
/** The same day, 21:30 in New York. */
const NIGHT = Date.UTC(2026, 10, 19, 2, 30);
const house = { pack: "careful", quietHours: [], emailQuietHours: false, caps: [] } as const;

const check = (more: Partial<Check> = {}): Check => ({
  channel: "sms",
  purpose: "marketing",
  now: NOON,
  message: "m1",
  workflow: "nurture",
  consent: { all: false, channels: {} },
  to: "+16175550101",
  addresses: {},
  places: places({ phone: "+16175550101" }, EASTERN),
  house,
  caps: [],
  waiting: [],
  ...(more.lastInboundAt === undefined ? {} : { wroteAt: more.lastInboundAt }),
  ...more,
});
const mail = (more: Partial<Check> = {}) => check({ channel: "email", to: "maya@example.com", ...more });
const send = (at: Instant, message: string, more: Partial<Send> = {}): Send => ({
  at,
  channel: "sms",
  workflow: "other",
  message,
  ...more,
});
const refusals = ({ verdicts }: Permit) => verdicts.filter((verdict) => !verdict.ok).map((verdict) => verdict.code);
const heldUntil = ({ permission }: Permit) => (typeof permission === "object" ? permission.hold : permission);

describe("the right to send", () => {
  test("a lead who may be written to: every check is listed and good", () => {
    const { permission, verdicts } = permit(check());
    expect(permission).toBe("ok");
    expect(verdicts.map((verdict) => verdict.code)).toEqual([
      "consent.ok",
      "dnd.none",
      "address.ok",
      "hours.ok",
      "cap.ok",
    ]);
    expect(verdicts.every((verdict) => verdict.channel === "sms")).toBe(true);
  });

  test.each<[string, Partial<Check>, string]>([
    ["an opted-out number", { addresses: { phone: { optedOutAt: NOON - DAY, sends: [] } } }, "consent.opted_out"],
    ["do-not-disturb on everything", { consent: { all: true, channels: {} } }, "dnd.crm"],
    ["do-not-disturb on this channel", { consent: { all: false, channels: { sms: "permanent" } } }, "dnd.crm"],
    [
      "a number that the carrier refused",
      { addresses: { phone: { faults: { sms: { badAt: NOON - DAY, detail: "…" } }, sends: [] } } },
      "address.bad",
    ],
  ])("%s blocks, and still lists the other checks", (_name, more, code) => {
    const permitted = permit(check(more));
    expect(permitted.permission).toBe("blocked");
    expect(refusals(permitted)).toEqual([code]);
    expect(permitted.verdicts.length).toBeGreaterThanOrEqual(5);
  });

  test("no number blocks", () => {
    const { to: _, ...without } = check();
    expect(permit(without)).toMatchObject({ permission: "blocked" });
    expect(refusals(permit(without))).toEqual(["address.missing"]);
  });

  test.each(["marketing", "reply", "transactional"] as const)("an opt-out silences %s, too", (purpose) => {
    const addresses = { phone: { optedOutAt: NOON - DAY, sends: [] } };
    expect(permit(check({ addresses, purpose, lastInboundAt: NOON - MINUTE })).permission).toBe("blocked");
  });

  test("an opted-out number says nothing about e-mail, nor the other way round", () => {
    const phone = { phone: { optedOutAt: NOON, sends: [] } };
    const email = { email: { optedOutAt: NOON, sends: [] } };
    expect(permit(mail({ addresses: phone })).permission).toBe("ok");
    expect(permit(check({ addresses: email })).permission).toBe("ok");
    expect(permit(check({ addresses: phone, channel: "whatsapp", lastInboundAt: NOON })).permission).toBe("blocked");
    expect(permit(check({ addresses: phone, channel: "voice" })).permission).toBe("blocked");
  });

  test("WhatsApp takes free text only within 24 h of the lead's last message", () => {
    const asked = (more: Partial<Check>) => permit(check({ channel: "whatsapp", purpose: "transactional", ...more }));
    expect(asked({ lastInboundAt: NOON - 23 * HOUR }).permission).toBe("ok");
    expect(refusals(asked({ lastInboundAt: NOON - 24 * HOUR }))).toEqual(["window.closed"]);
    expect(asked({}).permission).toBe("blocked");
  });

  test("outside it, or without free text, WhatsApp takes a template where there is one, which is no way around a refusal", () => {
    const asked = (more: Partial<Check>) =>
      permit(
        check({ channel: "whatsapp", purpose: "transactional", forms: { template: "hello", free: true }, ...more }),
      );
    const code = (more: Partial<Check>) => asked(more).verdicts.find((one) => one.code.startsWith("window."))?.code;
    expect(asked({}).permission).toBe("ok");
    expect(code({})).toBe("window.template");
    expect(code({ lastInboundAt: NOON - 24 * HOUR })).toBe("window.template");
    expect(code({ lastInboundAt: NOON - 23 * HOUR })).toBe("window.ok");
    expect(code({ lastInboundAt: NOON - 23 * HOUR, forms: { template: "hello", free: false } })).toBe(
      "window.template",
    );
    expect(code({ forms: { free: true } })).toBe("window.closed");
    // a template is no way around what WhatsApp refuses, an opt-out or do-not-disturb
    expect(refusals(asked({ purpose: "marketing" }))).toEqual(["whatsapp.refused"]);
    expect(refusals(asked({ addresses: { phone: { optedOutAt: NOON - DAY, sends: [] } } }))).toEqual([
      "consent.opted_out",
    ]);
    expect(refusals(asked({ consent: { all: false, channels: { whatsapp: "blocked" } } }))).toEqual(["dnd.crm"]);
  });

  test("WhatsApp marketing to a US number is refused from the day on which it was paused, and not before", () => {
    const asked = (now: Instant) => permit(check({ channel: "whatsapp", now, lastInboundAt: now - HOUR }));
    expect(refusals(asked(NOON))).toEqual(["whatsapp.refused"]);
    expect(asked(Date.UTC(2025, 2, 31, 23)).verdicts.map(({ code }) => code)).toContain("window.ok");
    expect(asked(Date.UTC(2025, 3, 1)).permission).toBe("blocked");
  });
});

describe("consent", () => {
  const record = (more: Partial<ConsentRecord> = {}): ConsentRecord => ({
    ...{ id: "c1", level: "given", at: NOON - DAY, channels: ["sms"], purposes: ["marketing"], source: "form tour" },
    ...more,
  });
  const asks = { ...house, consent: { marketing: { sms: "written" } } } as const;

  test("by default a contact in the CRM is enough, and the verdict says what was relied on", () => {
    expect(permit(check()).verdicts[0]).toMatchObject({ code: "consent.ok", values: { kind: "contact in the CRM" } });
    expect(permit(check({ consents: [record()] })).verdicts[0]).toMatchObject({
      values: { kind: "consent", consent: "c1", source: "form tour", date: NOON - DAY },
    });
  });

  test("where an owner asks for written consent, less of it blocks this channel and purpose alone", () => {
    const asked = (more: Partial<Check>) => permit(check({ house: asks, ...more }));
    expect(refusals(asked({}))).toEqual(["consent.none"]);
    expect(refusals(asked({ consents: [record()] }))).toEqual(["consent.none"]);
    expect(refusals(asked({ consents: [record({ level: "claim", source: "import" })] }))).toEqual([
      "consent.import_only",
    ]);
    expect(asked({ consents: [record({ level: "written" })] }).permission).toBe("ok");
    expect(asked({ purpose: "transactional" }).permission).toBe("ok");
    expect(permit(mail({ house: asks })).permission).toBe("ok");
  });

  test("counts for its channel, purpose and number, from its day until it is withdrawn", () => {
    const relied = (more: Partial<ConsentRecord>) =>
      permit(check({ house: asks, consents: [record({ level: "written", ...more })] })).permission;
    expect(relied({ channels: ["email"] })).toBe("blocked");
    expect(relied({ purposes: ["transactional"] })).toBe("blocked");
    expect(relied({ phone: "(617) 555-0101" })).toBe("ok");
    expect(relied({ phone: "+16175550102" })).toBe("blocked");
    expect(relied({ at: NOON + 1 })).toBe("blocked");
    expect(relied({ withdrawnAt: NOON - 1 })).toBe("blocked");
  });

  test("is over where anybody left from its number or address since, though that was taken back; what came later counts", () => {
    const written = record({ level: "written", channels: ["sms", "email"] });
    const asked = (leftAt: Instant, family: "phone" | "email" = "phone") =>
      permit(check({ house: asks, consents: [written], addresses: { [family]: { sends: [], leftAt } } })).permission;
    expect(asked(written.at + 1)).toBe("blocked");
    expect(asked(written.at)).toBe("blocked");
    expect(asked(written.at - 1)).toBe("ok");
    expect(asked(written.at + 1, "email")).toBe("ok");
  });

  test("lifts a state's own hours only where its law says so and an owner has switched it on", () => {
    // a Sunday afternoon in Utah, whose law closes Sundays and exempts consent
    const sunday = Date.UTC(2026, 10, 22, 21);
    const utah = { places: places({ phone: "+18015550101" }, EASTERN), now: sunday, to: "+18015550101" };
    const on = { ...house, lift: ["UT", "MS"] };
    const agreed = { consents: [record({ at: NOON })] };
    expect(refusals(permit(check({ ...utah, ...agreed })))).toEqual(["hours.day"]);
    expect(refusals(permit(check({ ...utah, house: on })))).toEqual(["hours.day"]);
    const lifted = permit(check({ ...utah, ...agreed, house: on }));
    expect(lifted.permission).toBe("ok");
    expect(lifted.verdicts.find(({ code }) => code === "hours.ok")?.values).toMatchObject({
      lifted: ["UT by consent c1"],
    });
    expect(refusals(permit(check({ ...utah, consents: [record({ at: NOON, level: "claim" })], house: on })))).toEqual([
      "hours.day",
    ]);
    const mississippi = { places: places({ phone: "+16015550101" }, EASTERN), now: sunday, to: "+16015550101" };
    expect(refusals(permit(check({ ...mississippi, ...agreed, house: on })))).toEqual(["hours.day"]);
  });

  test("dealings lift as long as the law says: eighteen months in Oregon since a sale, and not since an inquiry", () => {
    const evening = Date.UTC(2026, 10, 19, 4, 30); // 20:30 in Portland
    const oregon = (more: Partial<Check>) =>
      permit(
        check({
          ...{ places: places({ phone: "+15035550101" }, EASTERN), now: evening, to: "+15035550101" },
          house: { ...house, pack: "statute", lift: ["OR"] },
          ...more,
        }),
      ).permission;
    expect(oregon({ transactionAt: Date.UTC(2025, 4, 20) })).toBe("ok");
    expect(oregon({ transactionAt: Date.UTC(2025, 4, 19) })).not.toBe("ok");
    expect(oregon({ inquiredAt: NOON })).not.toBe("ok");
  });

  test("never lifts the federal hours", () => {
    const night = { now: Date.UTC(2026, 10, 19, 2, 30), house: { ...house, lift: ["MA"] }, consents: [record()] };
    expect(refusals(permit(check(night)))).toEqual(["hours.quiet"]);
  });
});

describe("an emergency", () => {
  const hold = { state: "MA", from: "2026-11-18", until: "2026-11-20", reason: "hurricane" };
  const during = { ...house, holds: [hold] };

  test("holds marketing in its state, from its first day to its last, and says why", () => {
    const held = permit(check({ house: during }));
    expect(refusals(held)).toEqual(["hours.hold"]);
    expect(held.verdicts.find(({ ok }) => !ok)?.values).toMatchObject({ state: "MA", reason: "hurricane" });
    expect(heldUntil(held)).toBe(Date.UTC(2026, 10, 20, 14));
    expect(permit(check({ house: during, now: NOON - DAY })).permission).toBe("ok");
    expect(permit(check({ house: during, now: NOON + 2 * DAY })).permission).toBe("ok");
  });

  test("lets answers and messages about what was agreed through, and every other state", () => {
    expect(permit(check({ house: during, purpose: "transactional" })).permission).toBe("ok");
    expect(permit(check({ house: during, purpose: "reply", lastInboundAt: NOON - MINUTE })).permission).toBe("ok");
    const ohio = places({ phone: "+16145550101" }, EASTERN);
    expect(permit(check({ house: during, places: ohio })).permission).toBe("ok");
  });

  test("lets those through whom its exceptions name", () => {
    const recent = { ...house, holds: [{ ...hold, exceptions: { inquiryMonths: 6 } }] };
    expect(permit(check({ house: recent, inquiredAt: NOON - 30 * DAY })).permission).toBe("ok");
    expect(refusals(permit(check({ house: recent, inquiredAt: NOON - 300 * DAY })))).toEqual(["hours.hold"]);
  });

  test("without a known end is looked at again within the week", () => {
    const { until: _, ...open } = hold;
    expect(heldUntil(permit(check({ house: { ...house, holds: [open] } })))).toBe(NOON + 7 * DAY);
  });
});

test("a verdict on hours names the pack and the date of its tables, the local time and how each place was derived", () => {
  const verdict = permit(check()).verdicts.find(({ code }) => code === "hours.ok");
  expect(verdict?.values).toMatchObject({
    pack: "careful",
    rules: RULES_DATE,
    local: "14:00",
    places: ["MA America/New_York by area_code"],
  });
});

describe("quiet hours", () => {
  test("hold a text to the first permitted instant", () => {
    const permitted = permit(check({ now: NIGHT }));
    expect(refusals(permitted)).toEqual(["hours.quiet"]);
    expect(heldUntil(permitted)).toBe(Date.UTC(2026, 10, 19, 14));
    expect(permitted.verdicts.find((verdict) => !verdict.ok)).toMatchObject({
      until: Date.UTC(2026, 10, 19, 14),
      values: { from: "19:55", to: "09:00", place: "MA", zone: EASTERN },
    });
  });

  test("do not hold an e-mail, unless the settings say so", () => {
    expect(permit(mail({ now: NIGHT })).permission).toBe("ok");
    const strict = { ...house, emailQuietHours: true, quietHours: [{ from: 1260, to: 480 }] };
    expect(heldUntil(permit(mail({ now: NIGHT, house: strict })))).toBe(Date.UTC(2026, 10, 19, 13));
  });

  test("say so when only an unsure zone is in the way", () => {
    const florida = places({ phone: "+18505550101" }, EASTERN);
    const permitted = permit(check({ places: florida, now: Date.UTC(2026, 10, 18, 14, 30) })); // 9:30 Eastern, 8:30 Central
    expect(permitted.verdicts.find((verdict) => !verdict.ok)).toMatchObject({
      code: "hours.unsure_zone",
      until: Date.UTC(2026, 10, 18, 15),
      values: { zones: [EASTERN, "America/Chicago"], evidence: "area_code" },
    });
  });

  test("name the day on which a state allows nothing", () => {
    const utah = places({ phone: "+18015550101" }, EASTERN);
    const sunday = Date.UTC(2026, 10, 22, 20);
    expect(permit(check({ places: utah, now: sunday })).verdicts.find((verdict) => !verdict.ok)).toMatchObject({
      code: "hours.day",
      values: { day: "Sunday", state: "UT" },
    });
  });

  test("a team that closes all of every day is no holiday, and is said to be the team", () => {
    const quiet = { ...house, quietHours: [{ from: 0, to: 1440 }] };
    const { verdicts } = permit(check({ house: quiet }));
    expect(verdicts.find(({ ok }) => !ok)).toMatchObject({ code: "hours.quiet", values: { by: "team" } });
  });

  test("the quiet time of the location, the folder and the workflow add up", () => {
    const quiet = { ...house, quietHours: [{ from: 1080, to: 600 }] };
    const at10 = Date.UTC(2026, 10, 18, 15);
    expect(permit(check({ house: quiet, now: at10 })).permission).toBe("ok");
    expect(heldUntil(permit(check({ house: quiet, quietHours: { from: 1200, to: 660 }, now: at10 })))).toBe(
      at10 + HOUR,
    );
  });

  test("let an answer within minutes of the lead's own message go, but not into the team's quiet time", () => {
    const reply = { purpose: "reply", now: NIGHT, lastInboundAt: NIGHT - 5 * MINUTE } as const;
    expect(permit(check(reply)).permission).toBe("ok");
    expect(permit(check({ ...reply, lastInboundAt: NIGHT - HOUR })).permission).not.toBe("ok");
    // no automated voice at night, whatever was agreed to and asked
    const consents: ConsentRecord[] = [
      {
        ...{ id: "c1", level: "written", at: NOON - DAY, channels: ["sms", "voice"], source: "form tour" },
        purposes: ["marketing", "transactional", "reply"],
      } as ConsentRecord,
    ];
    const called = (now: Instant) =>
      permit(check({ ...reply, channel: "voice", consents, now, lastInboundAt: now - 5 * MINUTE }));
    expect(called(NOON).permission).toBe("ok");
    // half past eight: the platform would call, the house's hours begin at nine
    for (const at of [NIGHT, NOON - 5.5 * HOUR]) expect(refusals(called(at))).toEqual(["hours.quiet"]);
    expect(permit(check({ ...reply, house: { ...house, quietHours: [{ from: 1260, to: 480 }] } })).permission).not.toBe(
      "ok",
    );
  });

  test("a country whose rules we do not have is held for a person, e-mail is not", () => {
    const canada = places({ phone: "+14165550101" }, EASTERN);
    const permitted = permit(check({ places: canada }));
    expect(refusals(permitted)).toEqual(["hours.no_rules"]);
    expect(heldUntil(permitted)).toBe(NOON + 7 * DAY);
    expect(permit(mail({ places: canada })).permission).toBe("ok");
  });

  describe("to a number of another country, whose zone somebody named", () => {
    const phone = "+14165550101";
    const named: [string, Check["places"]][] = [
      ["the CRM", places({ phone, timeZone: "America/Toronto" }, EASTERN)],
      ["a person of the team", places({ phone }, EASTERN, { owner: "America/Toronto" })],
    ];
    test.each(named)("(%s) an answer to a text of a minute ago goes, marketing does not", (_, there) => {
      const reply = { purpose: "reply", places: there, now: NIGHT, lastInboundAt: NIGHT - MINUTE } as const;
      expect(permit(check(reply)).permission).toBe("ok");
      expect(refusals(permit(check({ places: there })))).toEqual(["hours.no_rules"]);
      const quiet = { ...house, quietHours: [{ from: 1260, to: 480 }] };
      expect(refusals(permit(check({ ...reply, house: quiet })))).toEqual(["hours.quiet"]);
    });

    test.each(named)("(%s) what is transactional keeps the house's hours there", (_, there) => {
      const booked = { purpose: "transactional", places: there } as const;
      expect(permit(check(booked)).permission).toBe("ok");
      expect(refusals(permit(check({ ...booked, now: NIGHT })))).toEqual(["hours.quiet"]);
    });

    test("an importer's UTC is no zone of a place", () => {
      const there = places({ phone, timeZone: "Etc/UTC" }, EASTERN);
      expect(refusals(permit(check({ purpose: "reply", places: there })))).toEqual(["hours.no_rules"]);
    });
  });

  test("quiet hours hold for e-mail only where somebody said so", () => {
    const quietHours = [{ from: 1260, to: 480 }];
    const at = (emailQuietHours: boolean) =>
      permit(mail({ now: NIGHT, house: { ...house, quietHours, emailQuietHours } }));
    expect(at(false).permission).toBe("ok");
    expect(refusals(at(true))).toEqual(["hours.quiet"]);
  });
});

describe("caps", () => {
  const sends = [
    send(NOON - 5 * HOUR, "a"),
    send(NOON - 4 * HOUR, "b"),
    send(NOON - 3 * HOUR, "c", { workflow: "first" }),
  ];

  test("the house allows three texts, calls and WhatsApps in 24 h, and tells when there is room again", () => {
    const permitted = permit(check({ addresses: { phone: { sends } } }));
    expect(refusals(permitted)).toEqual(["cap.full"]);
    // Room at 9:00 the next day: the earliest send leaves the window then, and the hours are open.
    expect(heldUntil(permitted)).toBe(NOON - 5 * HOUR + DAY);
    expect(permitted.verdicts.find((verdict) => !verdict.ok)?.values).toMatchObject({
      k: 3,
      n: 3,
      window: DAY,
      workflow: "first",
      scope: "house",
    });
    expect(permit(check({ addresses: { phone: { sends: sends.slice(1) } } })).permission).toBe("ok");
  });

  test("count messages of every workflow for the location, and a workflow's own for its own", () => {
    const twice = { channel: "sms", count: 2, window: 7 * DAY } as const;
    const two = { phone: { sends: sends.slice(1) } };
    expect(refusals(permit(check({ addresses: two, house: { ...house, caps: [twice] } })))).toEqual(["cap.full"]);
    expect(permit(check({ addresses: two, caps: [twice] })).permission).toBe("ok");
    expect(refusals(permit(check({ addresses: two, caps: [{ ...twice, count: 1 }], workflow: "first" })))).toEqual([
      "cap.full",
    ]);
  });

  test("`all` counts texts and e-mails together, a channel's cap only its own", () => {
    const once = { channel: "all", count: 1, window: 20 * HOUR } as const;
    const addresses = { phone: { sends: sends.slice(2) } };
    expect(heldUntil(permit(mail({ addresses, house: { ...house, caps: [once] } })))).toBe(NOON + 17 * HOUR);
    expect(permit(mail({ addresses, house: { ...house, caps: [{ ...once, channel: "sms" }] } })).permission).toBe("ok");
  });

  test("what is queued or on its way counts as sent; the message's own attempts do not", () => {
    const waiting = [send(NOON, "x"), send(NOON, "y"), send(NOON, "z")];
    expect(refusals(permit(check({ waiting })))).toEqual(["cap.full"]);
    expect(permit(check({ waiting, message: "x" })).permission).toBe("ok");
    // On its way, and remembered by the address already: once.
    expect(
      permit(check({ waiting: waiting.slice(1), addresses: { phone: { sends: waiting.slice(1) } } })).permission,
    ).toBe("ok");
  });

  test("do not hold a reply, nor by the house a transactional message", () => {
    const addresses = { phone: { sends } };
    expect(permit(check({ addresses, purpose: "transactional" })).permission).toBe("ok");
    const own = { channel: "sms", count: 1, window: DAY } as const;
    expect(refusals(permit(check({ addresses, purpose: "transactional", caps: [own], workflow: "first" })))).toEqual([
      "cap.full",
    ]);
    expect(
      permit(check({ addresses, purpose: "reply", wroteAt: NOON - HOUR, caps: [own], workflow: "first" })).permission,
    ).toBe("ok");
  });

  test("room that comes at night waits for the morning", () => {
    const evening = [7, 6.5, 6].map((hours, n) => send(NIGHT - hours * HOUR, `e${n}`));
    const now = Date.UTC(2026, 10, 19, 14, 30);
    const late = [send(now - DAY + 11 * HOUR, "l"), ...evening.slice(1)];
    const permitted = permit(check({ now, addresses: { phone: { sends: late.toSorted((a, b) => a.at - b.at) } } }));
    const hold = heldUntil(permitted) as Instant;
    expect(localTime(hold, EASTERN).minute).toBeGreaterThanOrEqual(540);
    expect(permit(check({ now: hold, addresses: { phone: { sends: late } } })).permission).toBe("ok");
  });
});

describe("what calls itself a reply", () => {
  const full = { addresses: { phone: { sends: [1, 2, 3].map((n) => send(NOON - n * HOUR, `s${n}`)) } } };
  const hold = { state: "MA", from: "2026-11-18", until: "2026-11-20", reason: "hurricane" };
  const needs = { ...house, consent: { marketing: { sms: "written" } } } as const;
  const active = { agent: "Ana", at: NOON - MINUTE, until: NOON + HOUR };
  const refused = { domain: "sms", since: NOON - HOUR, until: NOON + HOUR, detail: "…", times: 3 };

  test.each<[string, Partial<Check>, string]>([
    ["an emergency", { house: { ...house, holds: [hold] } }, "hours.hold"],
    ["caps", full, "cap.full"],
    ["consent", { house: needs }, "consent.none"],
    ["an agent who talks to them", { agentActive: active }, "agent.active"],
    ["a sender who is refused", { refused }, "sender.refused"],
  ])("goes past %s for a day after the lead wrote, and no longer; never where it has not written", (_, more, code) => {
    const reply = (wroteAt?: Instant) =>
      permit(check({ ...more, purpose: "reply", ...(wroteAt === undefined ? {} : { wroteAt }) }));
    expect(reply(NOON - DAY + MINUTE).permission).toBe("ok");
    for (const late of [reply(NOON - DAY), reply(undefined)]) {
      expect(refusals(late)).toEqual([code]);
      expect(late.verdicts).toContainEqual(expect.objectContaining({ code: "reply.none", ok: true }));
    }
  });

  test("has no right as an e-mail whose day passed while it waited: it has no way out", () => {
    expect(permit(mail({ purpose: "reply", wroteAt: NOON - HOUR })).permission).toBe("ok");
    expect(refusals(permit(mail({ purpose: "reply", wroteAt: NOON - DAY })))).toEqual(["reply.over"]);
  });

  test("is refused by WhatsApp where marketing is, once it answers nothing", () => {
    const us = { channel: "whatsapp", purpose: "reply", forms: { template: "t", free: true } } as const;
    expect(permit(check({ ...us, wroteAt: NOON - HOUR })).permission).toBe("ok");
    expect(refusals(permit(check({ ...us, wroteAt: NOON - DAY })))).toEqual(["whatsapp.refused"]);
  });
});

describe("silence that people ask for", () => {
  test("a pause holds until its end, or until somebody looks", () => {
    const paused = { what: "run", who: "Ana", at: NOON - HOUR, reason: "on the phone" } as const;
    const permitted = permit(check({ paused: { ...paused, until: NOON + 2 * HOUR } }));
    expect(refusals(permitted)).toEqual(["paused.run"]);
    expect(heldUntil(permitted)).toBe(NOON + 2 * HOUR);
    expect(heldUntil(permit(mail({ paused: { ...paused, what: "workflow" } })))).toBe(NOON + 7 * DAY);
    expect(permit(mail({ paused: { ...paused, until: NOON } })).permission).toBe("ok");
  });

  test("an agent who is writing holds marketing", () => {
    const agentActive = { agent: "Ana", at: NOON - MINUTE, until: NOON + HOUR };
    expect(heldUntil(permit(check({ agentActive })))).toBe(NOON + HOUR);
    expect(permit(check({ agentActive, purpose: "transactional" })).permission).toBe("ok");
  });

  test("words that may have asked us to stop hold everything until a person has judged", () => {
    const phone = { optOut: { by: "words", matched: "WRONG NUMBER", askedAt: NOON - HOUR }, sends: [] } as const;
    expect(refusals(permit(check({ addresses: { phone } })))).toEqual(["paused.run"]);
  });
});

describe("for any lead, hour and history", () => {
  const seed = process.env["SEED"] ? { seed: Number(process.env["SEED"]) } : {};
  const codes = ["617", "850", "208", "928", "503", "212", "801", "800", "907", "808"];
  const anyCheck = fc
    .record({
      code: fc.constantFrom(...codes),
      timeZone: fc.option(fc.constantFrom("America/Los_Angeles", EASTERN), { nil: undefined }),
      minutes: fc.integer({ min: 0, max: 365 * 24 * 60 }),
      optedOut: fc.boolean(),
      purpose: fc.constantFrom("marketing", "transactional", "reply"),
      ago: fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 5 }),
      cap: fc.option(fc.record({ count: fc.integer({ min: 1, max: 3 }), hours: fc.integer({ min: 1, max: 96 }) }), {
        nil: undefined,
      }),
    })
    .map(({ code, timeZone, minutes, optedOut, purpose, ago, cap }): Check => {
      const now = Date.UTC(2026, 0, 1) + minutes * MINUTE;
      const phone = `+1${code}5550101`;
      const sends = ago.map((minute, n) => send(now - minute * MINUTE, `s${n}`)).sort((a, b) => a.at - b.at);
      return check({
        now,
        purpose,
        to: phone,
        places: places({ phone, ...(timeZone === undefined ? {} : { timeZone }) }, EASTERN),
        addresses: { phone: { sends, ...(optedOut ? { optedOutAt: now - DAY } : {}) } },
        house: {
          ...house,
          caps: cap === undefined ? [] : [{ channel: "sms", count: cap.count, window: cap.hours * HOUR }],
        },
      });
    });

  test("nothing goes out after an opt-out, nor outside 8 to 21 of any plausible zone", () => {
    fc.assert(
      fc.property(anyCheck, (asked) => {
        if (permit(asked).permission !== "ok") return;
        expect(asked.addresses.phone?.optedOutAt).toBeUndefined();
        for (const { zone } of asked.places.places) {
          const { minute } = localTime(asked.now, zone);
          expect(minute >= 480 && minute < 1260).toBe(true);
        }
      }),
      { numRuns: 400, ...seed },
    );
  });

  test("a hold ends at the first permitted instant: then it is permitted, and at no minute before", () => {
    fc.assert(
      fc.property(anyCheck, fc.double({ min: 0, max: 1, noNaN: true }), (asked, part) => {
        const { permission } = permit(asked);
        if (typeof permission === "string" || permission.hold === asked.now + 7 * DAY) return;
        expect(permission.hold).toBeGreaterThan(asked.now);
        expect(permit({ ...asked, now: permission.hold }).permission).toBe("ok");
        const minutes = (permission.hold - asked.now) / MINUTE;
        for (const minute of [Math.floor(part * (minutes - 1)), Math.ceil(minutes - 1)]) {
          expect(permit({ ...asked, now: asked.now + minute * MINUTE }).permission).not.toBe("ok");
        }
      }),
      { numRuns: 300, ...seed },
    );
  });

  test("the same question has the same answer", () => {
    fc.assert(
      fc.property(anyCheck, (asked) => {
        expect(permit(structuredClone(asked))).toEqual(permit(asked));
      }),
      { numRuns: 50, ...seed },
    );
  });
});

describe("a kind of e-mail that was asked to end", () => {
  const addresses = { email: { muted: { nurture: NOON - DAY }, sends: [] } };
  test("is that workflow's marketing, and nothing else", () => {
    expect(permit(mail({ addresses }))).toMatchObject({ permission: "blocked" });
    expect(refusals(permit(mail({ addresses })))).toEqual(["consent.muted"]);
    expect(permit(mail({ addresses, workflow: "other" })).permission).toBe("ok");
    expect(permit(mail({ addresses, purpose: "transactional" })).permission).toBe("ok");
    expect(permit(mail({ addresses, workflow: "constructor" })).permission).toBe("ok");
  });
});

// Against a second reading of compliance facts 1.2 and 7: written from the page, by another way, with another calendar.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY, HOUR, type Instant, MINUTE } from "../../kernel/time.ts";
import { stub } from "../../leads/index.ts";
import { checkOf, type LeadFacts } from "../scene.ts";
import { permit } from "./policy.ts";

const [E, C, M, P] = ["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"] as const;
type Place = readonly [state: string | undefined, zone: string];

/** Evidence, and the places that facts 7.2 and 7.3 make of it. */
const PEOPLE: readonly (readonly [evidence: Record<string, string>, places: readonly Place[]])[] = [
  [
    { phone: "850" },
    [
      ["FL", E],
      ["FL", C],
    ],
  ],
  [{ phone: "305" }, [["FL", E]]],
  [{ phone: "212" }, [["NY", E]]],
  [{ phone: "617" }, [["MA", E]]],
  [{ phone: "503" }, [["OR", P]]],
  [{ phone: "601" }, [["MS", C]]],
  [{ phone: "504" }, [["LA", C]]],
  [{ phone: "801" }, [["UT", M]]],
  [{ phone: "412" }, [["PA", E]]],
  [{ phone: "401" }, [["RI", E]]],
  [{ phone: "203" }, [["CT", E]]],
  [{ phone: "502" }, [["KY", E]]],
  [{ phone: "301" }, [["MD", E]]],
  [{ phone: "505" }, [["NM", M]]],
  [{ phone: "405" }, [["OK", C]]],
  [{ phone: "206" }, [["WA", P]]],
  [{ phone: "307" }, [["WY", M]]],
  [{ phone: "702" }, [["NV", P]]],
  [{ phone: "214" }, [["TX", C]]],
  [
    { phone: "915" },
    [
      ["TX", M],
      ["TX", C],
    ],
  ],
  [
    { phone: "208" },
    [
      ["ID", M],
      ["ID", P],
    ],
  ],
  [
    { phone: "928" },
    [
      ["AZ", "America/Phoenix"],
      ["AZ", M],
    ],
  ],
  [{ phone: "808" }, [["HI", "Pacific/Honolulu"]]],
  [
    { phone: "800" },
    [
      [undefined, E],
      [undefined, C],
      [undefined, M],
      [undefined, P],
    ],
  ],
  [
    { phone: "212", postalCode: "90026" },
    [
      ["CA", P],
      ["NY", E],
    ],
  ],
  [{ phone: "850", postalCode: "32501" }, [["FL", C]]],
  // an owner's word, or the CRM's zone, settles the clock; the number still adds its law
  [
    { phone: "305", owner: C, state: "TX" },
    [
      ["FL", C],
      ["TX", C],
    ],
  ],
  [
    { phone: "503", timeZone: E },
    [
      [undefined, E],
      ["OR", E],
    ],
  ],
  [
    { phone: "601", owner: P },
    [
      [undefined, P],
      ["MS", P],
    ],
  ],
  // a browser's zone narrows what agrees with it, and is added to what does not
  [{ phone: "850", browser: C }, [["FL", C]]],
  [{ phone: "915", browser: M }, [["TX", M]]],
  [
    { phone: "212", browser: P },
    [
      [undefined, P],
      ["NY", E],
    ],
  ],
  [
    { phone: "617", postalCode: "90026", browser: P },
    [
      ["CA", P],
      ["MA", E],
    ],
  ],
  [{ phone: "617", staleBrowser: P }, [["MA", E]]],
];

type Week = readonly [weekday: string, saturday: string, sunday: string];
/** The column "text" of facts 1.2, as it is read on a day; states that are not here are as federal. */
function hoursOf(state: string, date: string): Week | undefined {
  const same = (hours: string): Week => [hours, hours, hours];
  switch (state) {
    case "CT":
    case "NV":
      return same("9-20");
    case "FL":
    case "MD":
    case "MA":
    case "OK":
    case "WA":
    case "WY":
      return same("8-20");
    case "OR":
      return date >= "2026-01-01" ? same("8-20") : undefined;
    case "KY":
      return same("10-21");
    case "NM":
      return same("9-21");
    case "LA":
    case "MS":
      return ["8-20", "8-20", ""];
    case "PA":
      return date >= "2026-10-18" ? ["9-19", "9-19", ""] : same("8-21");
    case "RI":
      return ["9-18", "10-17", ""];
    case "TX":
      return ["9-21", "9-21", "12-21"];
    case "UT":
      return ["8-21", "8-21", ""];
    default:
      return undefined;
  }
}

/** Typed from calendars, with observed days. */
const FEDERAL =
  "2026-01-01 2026-01-19 2026-02-16 2026-05-25 2026-06-19 2026-07-03 2026-07-04 2026-09-07 2026-10-12 2026-11-11 2026-11-26 " +
  "2026-12-25 2027-01-01 2027-01-18 2027-02-15 2027-05-31 2027-06-18 2027-06-19 2027-07-04 2027-07-05 2027-09-06 2027-10-11 " +
  "2027-11-11 2027-11-25";
const OWN: Readonly<Record<string, string>> = {
  AL: "2026-02-17 2027-02-09 2026-04-27 2027-04-26 2026-06-01 2027-06-07",
  LA: "2026-02-17 2027-02-09 2026-04-03 2027-03-26 2026-11-03 2027-11-02 2026-11-01 2026-11-02 2027-11-01 2026-11-27 2027-11-26",
  PA: "2026-04-03 2027-03-26 2026-06-14 2026-06-15 2027-06-14 2026-11-03 2027-11-02 2026-11-27 2027-11-26",
  RI: "2026-08-10 2027-08-09 2026-11-03 2027-11-02",
  UT: "2026-07-24 2027-07-23 2027-07-24",
};
const SUNDAYS_OFF = ["AL", "LA", "MS", "PA", "RI", "UT"];
/** Where somebody may be of whom only the clock is known: those of the states above that keep it. */
const ON_CLOCK: Readonly<Record<string, readonly string[]>> = {
  [E]: ["PA", "RI"],
  [C]: ["AL", "LA", "MS"],
  [M]: ["UT"],
  [P]: [],
};

interface Local {
  readonly date: string;
  readonly weekday: string;
  readonly minute: number;
}
const formats = new Map<string, Intl.DateTimeFormat>();
function local(at: Instant, zone: string): Local {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat("en-CA", {
      timeZone: zone,
      hourCycle: "h23",
      ...{ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", weekday: "short" },
    });
  formats.set(zone, format);
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return {
    date: `${part["year"]}-${part["month"]}-${part["day"]}`,
    weekday: part["weekday"] ?? "",
    minute: Number(part["hour"]) * 60 + Number(part["minute"]),
  };
}

const within = (hours: string, minute: number): boolean => {
  const [from = 0, to = 0] = hours.split("-").map(Number);
  return hours !== "" && from * 60 <= minute && minute < to * 60 - 5;
};
const ofWeek = (week: Week, { weekday, minute }: Local): boolean =>
  within(weekday === "Sun" ? week[2] : weekday === "Sat" ? week[1] : week[0], minute);

/** May a marketing text go, by the pack `careful`? Facts 1.3, in every place that is plausible. */
function mayGo(places: readonly Place[], at: Instant): boolean {
  return places.every(([state, zone]) => {
    const here = local(at, zone);
    if (!ofWeek(["9-20", "9-20", "12-20"], here)) return false;
    const states = state === undefined ? (ON_CLOCK[zone] ?? []) : [state];
    for (const one of states) {
      if (here.weekday === "Sun" && SUNDAYS_OFF.includes(one)) return false;
      if (OWN[one] !== undefined && `${FEDERAL} ${OWN[one]}`.includes(here.date)) return false;
    }
    if (state === undefined) return true;
    const read = state === "MS" ? local(at, C) : here;
    const week = hoursOf(state, read.date);
    return week === undefined || ofWeek(week, read);
  });
}

function factsOf(evidence: Record<string, string>, now: Instant): LeadFacts {
  const { phone, owner, browser, staleBrowser, ...rest } = evidence;
  const number = `+1${phone}5550101`;
  const seen = browser ?? staleBrowser;
  return {
    now,
    lead: {
      ...stub("loc", "maya"),
      contact: { phone: number, tags: [], custom: {}, ...rest },
      ...(owner === undefined ? {} : { ownZone: { zone: owner, at: now, by: "ana" } }),
      ...(seen === undefined ? {} : { browserZone: { zone: seen, at: now - (browser ? 29 : 31) * DAY } }),
    },
    to: { phone: number },
    addresses: {},
    rows: [],
  };
}

const scene = { zone: E, house: { pack: "careful", quietHours: [], emailQuietHours: false, caps: [] } } as const;
const about = { id: "m1", purpose: "marketing", caps: [], workflow: "w" } as const;
const ask = (evidence: Record<string, string>, now: Instant) =>
  permit(checkOf(about, "sms", scene, factsOf(evidence, now)));

const FROM = Date.UTC(2025, 11, 27);
const TO = Date.UTC(2027, 11, 20);
/** Changes of the clock, and days on which a rule begins. */
const TURNS = [
  Date.UTC(2026, 2, 8, 10),
  Date.UTC(2026, 10, 1, 8),
  Date.UTC(2027, 2, 14, 10),
  Date.UTC(2027, 10, 7, 8),
  Date.UTC(2026, 0, 1, 8),
  Date.UTC(2026, 9, 18, 4),
  Date.UTC(2026, 6, 4, 4),
  Date.UTC(2026, 10, 27, 4),
];
const anyInstant = fc.oneof(
  fc
    .record({ turn: fc.constantFrom(...TURNS), minutes: fc.integer({ min: -4320, max: 4320 }) })
    .map(({ turn, minutes }) => Math.min(TO, Math.max(FROM, turn + minutes * MINUTE))),
  fc.integer({ min: 0, max: (TO - FROM) / MINUTE }).map((minutes) => FROM + minutes * MINUTE),
);
const anyPerson = fc.constantFrom(...PEOPLE);
const seed = process.env["SEED"] ? { seed: Number(process.env["SEED"]) } : {};

describe("a second reading of the law", () => {
  test("agrees on every instant: what goes may go, and what may go is not kept back", () => {
    fc.assert(
      fc.property(anyPerson, anyInstant, ([evidence, places], at) => {
        const { permission } = ask(evidence, at);
        expect(permission === "ok", `${JSON.stringify(evidence)} at ${new Date(at).toISOString()}`).toBe(
          mayGo(places, at),
        );
      }),
      { numRuns: 4_000, ...seed },
    );
  });

  test("agrees that a held message is let go at the first instant that is allowed, to the minute", () => {
    fc.assert(
      fc.property(anyPerson, anyInstant, ([evidence, places], at) => {
        const { permission } = ask(evidence, at);
        if (typeof permission !== "object") return;
        const { hold } = permission;
        expect(mayGo(places, hold)).toBe(true);
        expect(mayGo(places, hold - MINUTE)).toBe(false);
        for (let early = at; early < hold; early += 29 * MINUTE) expect(mayGo(places, early)).toBe(false);
      }),
      { numRuns: 400, ...seed },
    );
  });

  test("finds both sides of every rule: its places are all open at some time and shut at another", () => {
    for (const [evidence, places] of PEOPLE) {
      const hours = Array.from({ length: 7 * 24 }, (_, n) => Date.UTC(2026, 10, 2) + n * HOUR);
      expect(new Set(hours.map((at) => mayGo(places, at))).size, JSON.stringify(evidence)).toBe(2);
    }
  });
});

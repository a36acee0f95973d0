import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY, HOUR, type Instant, MINUTE } from "../../kernel/time.ts";
import { instantOf, localTime } from "../../kernel/zone.ts";
import { isHoliday } from "./holidays.ts";
import { allowed, constraints, type HoursRules, nextAllowed, opening } from "./hours.ts";
import { houseCap, type Pack } from "./rules.ts";
import { type Place, type PlaceEvidence, places } from "./zones.ts";

const EASTERN = "America/New_York";
const CENTRAL = "America/Chicago";
const PACIFIC = "America/Los_Angeles";
const phone = (code: string) => `+1${code}5550101`;
const rules = (pack: Pack, more: Partial<HoursRules> = {}): HoursRules => ({
  pack,
  media: ["text"],
  quiet: [],
  margin: 0,
  ...more,
});
const day = (date: string) => {
  const [year = 0, month = 0, date_ = 0] = date.split("-").map(Number);
  return { year, month, day: date_ };
};

/** The open stretches of a local day in `zone`, found five minutes by five, as "9:00-20:00". */
function openOn(evidence: readonly Place[], pack: Pack, date: string, zone: string, more: Partial<HoursRules> = {}) {
  const all = constraints(evidence, rules(pack, more));
  const from = instantOf(day(date), 0, zone);
  const to = instantOf(day(date), 1440, zone);
  const stretches: string[] = [];
  const clock = (at: Instant) => {
    const { minute } = localTime(at, zone);
    return `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, "0")}`;
  };
  let since: Instant | undefined;
  for (let at = from; at <= to; at += 5 * MINUTE) {
    const open = at < to && allowed(all, at);
    if (open) since ??= at;
    else if (since !== undefined) {
      stretches.push(`${clock(since)}-${clock(at)}`);
      since = undefined;
    }
  }
  return stretches.join(" ");
}

const of = (evidence: PlaceEvidence, location = EASTERN) => places(evidence, location);

describe("where a lead may be", () => {
  test.each<[string, PlaceEvidence, string]>([
    ["an area code in two zones is in both", { phone: phone("850") }, "FL/New_York FL/Chicago"],
    ["an overlay inherits the zones of its code", { phone: phone("448") }, "FL/New_York FL/Chicago"],
    ["an ordinary area code is in one", { phone: phone("503") }, "OR/Los_Angeles"],
    ["a ZIP that disagrees is added", { phone: phone("212"), postalCode: "90026" }, "CA/Los_Angeles NY/New_York"],
    ["a ZIP that agrees is the more precise", { phone: phone("850"), postalCode: "33101" }, "FL/New_York"],
    ["a ZIP near a border keeps both zones", { postalCode: "32456" }, "FL/Chicago FL/New_York"],
    ["a state alone is all its zones", { state: "TX" }, "TX/Chicago TX/Denver"],
    ["a state may be written out", { state: "north dakota" }, "ND/Chicago ND/Denver"],
    ["a state that agrees with the area code adds nothing", { phone: phone("305"), state: "FL" }, "FL/New_York"],
    [
      "the CRM's zone settles the clock, the area code still adds its law",
      { phone: phone("305"), state: "TX", timeZone: CENTRAL },
      "FL/Chicago TX/Chicago",
    ],
    [
      "a certain clock outside the known states keeps a place without state",
      { phone: phone("212"), timeZone: PACIFIC },
      "-/Los_Angeles NY/Los_Angeles",
    ],
    ["a toll-free number says nothing", { phone: phone("800") }, "-/New_York -/Chicago -/Denver -/Los_Angeles"],
    ["an unknown area code says nothing", { phone: phone("222") }, "-/New_York -/Chicago -/Denver -/Los_Angeles"],
    ["a zone that is none is no evidence", { phone: phone("503"), timeZone: "Middle/Earth" }, "OR/Los_Angeles"],
  ])("%s", (_name, evidence, expected) => {
    const found = of(evidence).places.map((place) => `${place.state ?? "-"}/${place.zone.replace(/^.*\//, "")}`);
    expect(found.join(" ")).toBe(expected);
  });

  test("nothing known keeps the location's own zone among the plausible ones", () => {
    expect(of({}, "Pacific/Honolulu").places.at(-1)).toEqual({ zone: "Pacific/Honolulu", evidence: "location" });
    expect(of({}, "America/Boise").places).toHaveLength(4);
  });

  test("a Canadian number, another country or a number from abroad is not covered by our data", () => {
    expect(of({ phone: phone("416") })).toMatchObject({ places: [], foreign: "CA" });
    expect(of({ phone: "+447700900123" })).toMatchObject({ places: [], foreign: "abroad" });
    expect(of({ phone: phone("212"), country: "GB" })).toMatchObject({ places: [], foreign: "GB" });
    expect(of({ phone: phone("212"), country: "us" }).foreign).toBeUndefined();
  });

  test("clocks are the lead's where sure, else the location's", () => {
    expect(of({ phone: phone("503") })).toMatchObject({ sure: true, clockZone: PACIFIC });
    expect(of({ phone: phone("850") }, "America/Denver")).toMatchObject({ sure: false, clockZone: "America/Denver" });
    expect(of({ phone: phone("317"), timeZone: "America/Indiana/Indianapolis" })).toMatchObject({
      sure: true,
      clockZone: "America/Indiana/Indianapolis",
    });
  });
});

describe("when a lead may be reached: the worked examples", () => {
  const evidence = (found: PlaceEvidence) => of(found).places;

  test.each<[string, readonly Place[], Pack, string, string, string]>([
    ["1: +1 850 only", evidence({ phone: phone("850") }), "statute", "2026-11-18", EASTERN, "9:00-20:00"],
    ["2: 208 only", evidence({ phone: phone("208") }), "statute", "2026-11-18", "America/Denver", "9:00-21:00"],
    ["3: 928 in July", evidence({ phone: phone("928") }), "statute", "2026-07-15", "America/Phoenix", "8:00-20:00"],
    ["3: 928 in December", evidence({ phone: phone("928") }), "statute", "2026-12-16", "America/Phoenix", "8:00-21:00"],
    [
      "4: 212 with a Los Angeles ZIP",
      evidence({ phone: phone("212"), postalCode: "90026" }),
      "statute",
      "2026-11-18",
      EASTERN,
      "11:00-21:00",
    ],
    [
      "5: 305, lives in Dallas",
      evidence({ phone: phone("305"), state: "TX", timeZone: CENTRAL }),
      "statute",
      "2026-11-18",
      CENTRAL,
      "9:00-20:00",
    ],
    [
      "5: on a Sunday",
      evidence({ phone: phone("305"), state: "TX", timeZone: CENTRAL }),
      "statute",
      "2026-11-22",
      CENTRAL,
      "12:00-20:00",
    ],
    ["6: state Texas on a Sunday", evidence({ state: "TX" }), "statute", "2026-11-22", CENTRAL, "13:00-21:00"],
    ["7: 503", evidence({ phone: phone("503") }), "statute", "2026-11-18", PACIFIC, "8:00-20:00"],
    ["8: toll-free", evidence({ phone: phone("800") }), "careful", "2026-11-18", EASTERN, "12:00-20:00"],
    ["8: toll-free on a Sunday", evidence({ phone: phone("800") }), "careful", "2026-11-22", EASTERN, ""],
    ["9: Hawaii included, winter", widest(), "statute", "2026-11-18", EASTERN, "13:00-21:00"],
    ["9: Hawaii included, summer", widest(), "statute", "2026-07-15", EASTERN, "14:00-21:00"],
  ])("%s", (_name, where, pack, date, zone, expected) => {
    expect(openOn(where, pack, date, zone)).toBe(expected);
  });

  function widest(): Place[] {
    return [
      ...evidence({}),
      ...["America/Anchorage", "Pacific/Honolulu"].map((zone) => ({ zone, evidence: "none" as const })),
    ];
  }

  const typings = (code: string, rest: string) => [
    ...[`+1${code}555${rest}`, `(${code}) 555-${rest}`, `${code}-555-${rest}`, `1${code}555${rest}`],
    ...[`${code}.555.${rest}`, `+1 ${code} 555 ${rest} ext 3`, `001 ${code} 555 ${rest}`, `1 (${code}) 555 ${rest}`],
    `${code}555${rest}`.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
  ];

  test("a number's places, law and country are the same however it was typed", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("305", "850", "212", "503", "601", "808", "416", "604", "876", "800", "787"),
        fc.integer({ min: 100, max: 199 }).map((n) => `0${n}`),
        fc.constantFrom({}, { state: "TX" }, { postalCode: "90026" }, { timeZone: CENTRAL }, { timeZone: "UTC" }),
        (code, rest, more) => {
          const [bare = "", ...others] = typings(code, rest);
          const expected = places({ ...more, phone: bare }, EASTERN);
          for (const typed of others) expect(places({ ...more, phone: typed }, EASTERN), typed).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    );
    for (const typed of typings("416", "0102")) expect(of({ phone: typed }), typed).toMatchObject({ foreign: "CA" });
    // Florida's law ends the evening at 20:00
    for (const typed of typings("305", "0100"))
      expect(openOn(of({ phone: typed }).places, "statute", "2026-11-18", EASTERN), typed).toBe("8:00-20:00");
    for (const typed of ["+44 20 7946 0101", "0044 20 7946 0101", "011 44 20 7946 0101", "＋44 20 7946 0101"])
      expect(of({ phone: typed }).foreign, typed).toBe("abroad");
  });

  test.each(["UTC", "GMT", "Etc/UTC", "Europe/London", "Asia/Kolkata"])(
    "a zone of the CRM that no state keeps, %s, widens what an American number leaves plausible and settles nothing",
    (timeZone) => {
      const found = of({ phone: phone("305"), timeZone });
      expect(found.sure).toBe(false);
      expect(found.places).toEqual([
        { state: "FL", zone: EASTERN, evidence: "area_code" },
        { zone: timeZone, evidence: "crm" },
      ]);
      const all = constraints(found.places, rules("statute"));
      // 20:30 Eastern, and 3:30: quiet in Florida, whatever the other clock says
      for (const at of [Date.UTC(2026, 10, 19, 1, 30), Date.UTC(2026, 10, 18, 8, 30)])
        expect(allowed(all, at)).toBe(false);
      expect(of({ phone: phone("800"), timeZone }).places).toContainEqual({ zone: EASTERN, evidence: "none" });
      expect(of({ state: "TX", timeZone }).places.map(({ zone }) => zone)).toEqual([
        CENTRAL,
        "America/Denver",
        timeZone,
      ]);
      // a person of the team knows better
      expect(places({ phone: phone("305"), timeZone }, EASTERN, { owner: CENTRAL }).sure).toBe(true);
    },
  );

  test("10: a Canadian number has no window of ours", () => {
    expect(of({ phone: phone("416") }).places).toEqual([]);
  });

  test("the cap is the strictest of all places", () => {
    expect(houseCap(evidence({ phone: phone("503") }), "statute", Date.UTC(2026, 10, 18))).toEqual({
      count: 3,
      hours: 24,
    });
    expect(houseCap(evidence({ phone: phone("212") }), "statute", Date.UTC(2026, 10, 18))).toBeUndefined();
    expect(houseCap(evidence({ phone: phone("212") }), "careful", Date.UTC(2026, 10, 18))).toEqual({
      count: 3,
      hours: 24,
    });
  });
});

describe("the house's pack and the team's own quiet time", () => {
  const boston = of({ phone: phone("617") }).places;

  test("careful narrows to 9 to 20, Sundays 12 to 20, within the table", () => {
    expect(openOn(boston, "careful", "2026-11-18", EASTERN)).toBe("9:00-20:00");
    expect(openOn(boston, "careful", "2026-11-22", EASTERN)).toBe("12:00-20:00");
    expect(openOn(of({ phone: phone("401") }).places, "careful", "2026-11-21", EASTERN)).toBe("10:00-17:00");
  });

  test("Mississippi's hours are read in Central time wherever the lead's clock is", () => {
    const moved = of({ phone: phone("601"), timeZone: PACIFIC }).places.filter((place) => place.state === "MS");
    expect(openOn(moved, "statute", "2026-11-18", CENTRAL)).toBe("10:00-20:00");
  });

  test("a rule applies from its date on, and not before", () => {
    const oregon = of({ phone: phone("503") }).places;
    expect(openOn(oregon, "statute", "2025-12-17", PACIFIC)).toBe("8:00-21:00");
    expect(openOn(oregon, "statute", "2026-01-07", PACIFIC)).toBe("8:00-20:00");
  });

  test("quiet time of the team only ever adds", () => {
    const quiet = (from: number, to: number) =>
      openOn(boston, "careful", "2026-11-18", EASTERN, { quiet: [{ from, to }] });
    expect(quiet(1260, 480)).toBe("9:00-20:00");
    expect(quiet(1080, 600)).toBe("10:00-18:00");
    expect(quiet(720, 780)).toBe("9:00-12:00 13:00-20:00");
  });

  test("a window closes early by the margin that delivery may take", () => {
    expect(openOn(boston, "careful", "2026-11-18", EASTERN, { margin: 5 })).toBe("9:00-19:55");
  });

  test("a holiday closes the states that keep it, on its own day and the observed one", () => {
    const july3 = { year: 2026, month: 7, day: 3, weekday: 5 } as const;
    expect(isHoliday(july3, "PA")).toBe(true);
    expect(isHoliday({ year: 2026, month: 7, day: 24, weekday: 5 }, "UT")).toBe(true);
    expect(isHoliday({ year: 2026, month: 7, day: 24, weekday: 5 }, "PA")).toBe(false);
    expect(isHoliday({ year: 2026, month: 11, day: 26, weekday: 4 }, "RI")).toBe(true);
    expect(isHoliday({ year: 2026, month: 4, day: 3, weekday: 5 }, "LA")).toBe(true);
    expect(isHoliday({ year: 2027, month: 12, day: 31, weekday: 5 }, "PA")).toBe(true);
    expect(openOn(of({ phone: phone("401") }).places, "careful", "2026-11-26", EASTERN)).toBe("");
    expect(openOn(boston, "careful", "2026-11-26", EASTERN)).toBe("9:00-20:00");
    // by its own law, whatever the house keeps
    expect(openOn(of({ phone: phone("401") }).places, "statute", "2026-11-26", EASTERN)).toBe("");
  });

  test("nothing opens within seven days when quiet time fills the day", () => {
    const all = constraints(
      boston,
      rules("careful", {
        quiet: [
          { from: 0, to: 720 },
          { from: 720, to: 1440 },
        ],
      }),
    );
    expect(nextAllowed(all, Date.UTC(2026, 10, 18))).toBeUndefined();
    expect(opening(all, Date.UTC(2026, 10, 18)).open).toBe(false);
  });
});

describe("for any evidence, instant and quiet time", () => {
  const zones = ["America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles"];
  const states = [undefined, "FL", "TX", "MS", "PA", "RI", "UT", "CA", "AZ"];
  const anyPlaces = fc.array(
    fc
      .record({ zone: fc.constantFrom(...zones), state: fc.constantFrom(...states) })
      .map(({ zone, state }): Place => ({ zone, evidence: "none", ...(state === undefined ? {} : { state }) })),
    { minLength: 1, maxLength: 4 },
  );
  // Within three days of a change of the clock, or anywhere in the year.
  const changes = [
    Date.UTC(2026, 2, 8, 9),
    Date.UTC(2026, 10, 1, 8),
    Date.UTC(2027, 2, 14, 9),
    Date.UTC(2027, 10, 7, 8),
  ];
  const anyInstant = fc.oneof(
    fc
      .record({ change: fc.constantFrom(...changes), minutes: fc.integer({ min: -4320, max: 4320 }) })
      .map(({ change, minutes }) => change + minutes * MINUTE),
    fc.integer({ min: 0, max: 365 * 24 * 60 }).map((minutes) => Date.UTC(2026, 0, 1) + minutes * MINUTE),
  );
  const minute = fc.oneof(fc.integer({ min: 0, max: 240 }), fc.integer({ min: 0, max: 1439 }));
  const anyQuiet = fc.array(fc.record({ from: minute, to: minute }), { maxLength: 2 });
  const seed = process.env["SEED"] ? { seed: Number(process.env["SEED"]) } : {};

  test("nothing is allowed outside the window of any plausible place", () => {
    fc.assert(
      fc.property(anyPlaces, anyQuiet, anyInstant, (where, quiet, at) => {
        if (!allowed(constraints(where, rules("statute", { quiet })), at)) return;
        for (const place of where) {
          const local = localTime(at, place.zone);
          expect(local.minute).toBeGreaterThanOrEqual(480);
          expect(local.minute).toBeLessThan(1260);
          for (const { from, to } of quiet) {
            const isQuiet =
              from < to ? from <= local.minute && local.minute < to : local.minute >= from || local.minute < to;
            if (from !== to) expect(isQuiet).toBe(false);
          }
        }
      }),
      { numRuns: 400, ...seed },
    );
  });

  test("the next allowed instant is allowed, and no earlier minute is", () => {
    fc.assert(
      fc.property(anyPlaces, anyQuiet, anyInstant, (where, quiet, at) => {
        const all = constraints(where, rules("careful", { quiet }));
        const next = nextAllowed(all, at);
        const end = Math.min(next ?? Number.POSITIVE_INFINITY, at + 2 * DAY);
        for (let early = at; early < end; early += 20 * MINUTE) expect(allowed(all, early)).toBe(false);
        if (next !== undefined && next > at) expect(allowed(all, next - MINUTE)).toBe(false);
        if (next !== undefined) expect(allowed(all, next)).toBe(true);
      }),
      { numRuns: 25, ...seed },
    );
  });

  test("around a change of the clock, quiet time that ends inside the missing or doubled hour is kept to the minute", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...changes),
        fc.integer({ min: -180, max: 180 }),
        fc.record({ from: fc.integer({ min: 0, max: 240 }), to: fc.integer({ min: 0, max: 240 }) }),
        (change, minutes, quiet) => {
          // The team's own quiet time alone, so that nights are open.
          const all = constraints(
            [{ zone: "America/Denver", evidence: "none" }],
            rules("statute", { quiet: [quiet] }),
          ).filter((one) => one.by === "team");
          const at = change + minutes * MINUTE;
          const next = nextAllowed(all, at) as Instant;
          expect(allowed(all, next)).toBe(true);
          for (let early = at; early < next; early += MINUTE) expect(allowed(all, early)).toBe(false);
        },
      ),
      { numRuns: 80, ...seed },
    );
  });

  test("an opening that is shut names who shuts it", () => {
    const all = constraints(of({ phone: phone("850") }).places, rules("statute"));
    const night = Date.UTC(2026, 10, 19, 1, 30); // 20:30 Eastern, 19:30 Central
    const { open, closedBy, next } = opening(all, night);
    expect(open).toBe(false);
    expect(closedBy.map((one) => `${one.by} ${one.zone}`)).toEqual(["law America/New_York"]);
    expect(next).toBe(Date.UTC(2026, 10, 19, 14));
    expect((next as Instant) - night).toBe(12.5 * HOUR);
  });
});

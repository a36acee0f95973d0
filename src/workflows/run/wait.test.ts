import { describe, expect, test } from "vitest";
import { days, end, MONDAY, ms, newLead, planOf, play, tag, type Written, wait } from "../../../test/stage.ts";
import { DAY, HOUR, iso, MINUTE } from "../../kernel/time.ts";
import { instantOf } from "../../kernel/zone.ts";
import { businessHours, type Calendar, instantAfter, nextClock, spreadOf, waitEnd } from "./wait.ts";

const utc = (text: string) => Date.parse(`${text}Z`);
const NEW_YORK = "America/New_York";
const WEEK = {
  zone: NEW_YORK,
  businessHours: [
    { days: [1, 2, 3, 4, 5], from: 9 * 60, to: 18 * 60 },
    { days: [6], from: 10 * 60, to: 15 * 60 },
  ],
  holidays: [],
} satisfies Calendar;
const UNKNOWN = { anchor: () => undefined, bestTime: () => undefined };
const local = (at: number | "past" | "missing", zone: string) =>
  typeof at === "string"
    ? at
    : new Date(at).toLocaleString("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
const until = (minute: number, now: number, zone: string, weekday?: number) =>
  local(nextClock(now, minute, zone, weekday), zone);
/** When the wait that begins now is over, as local time. */
const over = (how: Parameters<typeof waitEnd>[0], now: number, calendar: Calendar = WEEK, anchor?: number) => {
  const ends = waitEnd(how, now, calendar, { ...UNKNOWN, anchor: () => anchor });
  return local(typeof ends === "string" ? ends : ends.at, calendar.zone);
};

describe("conformance of waits", () => {
  const stage = (how: object, now = MONDAY) => play(planOf([wait("w", how), tag("next")]), newLead(now));

  test("1 and 2: 90m and 2h30m are elapsed time", () => {
    expect(stage({ for: ms(90 * MINUTE) }).run.dueAt).toBe(MONDAY + 90 * MINUTE);
    expect(stage({ for: ms(150 * MINUTE) }).run.dueAt).toBe(MONDAY + 150 * MINUTE);
  });

  test("3: 2 business days is the same time of day, two business days on", () => {
    const two = { for: { ms: 0, days: 0, businessDays: 2 } };
    expect(over(two, utc("2026-03-05T15:00:00"), { ...WEEK, businessHours: [] })).toBe("2026-03-09 10:00");
    expect(over(two, utc("2026-03-05T15:00:00"), { ...WEEK, holidays: ["2026-03-06"] })).toBe("2026-03-09 10:00");
  });

  test("4: until 09:00 is the next one, and at 09:00:00 exactly it passes at once", () => {
    expect(local(stage({ until: { at: 9 * 60 } }).run.dueAt ?? "missing", NEW_YORK)).toBe("2026-03-03 09:00");
    expect(stage({ until: { at: 9 * 60 } }, utc("2026-03-02T14:00:00")).did()).toEqual(["next"]);
    expect(stage({ until: { at: 9 * 60 } }, utc("2026-03-02T14:00:00") + 1).did()).toEqual([]);
  });

  test("5: until tue 10:00 is still 10:00 across a change of the clocks", () => {
    expect(until(600, utc("2026-03-04T15:00:00"), NEW_YORK, 2)).toBe("2026-03-10 10:00");
    expect(iso(nextClock(utc("2026-03-04T15:00:00"), 600, NEW_YORK, 2))).toBe("2026-03-10T14:00:00.000Z");
  });

  test("6: a day before an appointment; past: the next step at once, or if_past where it is written", () => {
    const before = { until: { anchor: "appointment.start", offset: days(1), sign: -1 } };
    const at = (start: number | undefined, more: object = {}) => {
      const lead = newLead();
      if (start !== undefined) lead.values["appointment.start"] = start;
      return play(planOf([wait("w", before, more), tag("next")]), lead);
    };
    expect(at(MONDAY + 3 * DAY).run.dueAt).toBe(MONDAY + 2 * DAY);
    expect(at(MONDAY + HOUR, { ifPast: [] }).did()).toEqual(["next"]);
    expect(at(MONDAY + HOUR).did()).toEqual(["next"]);
    expect(at(MONDAY + HOUR, { ifPast: [end("too_late")] }).run.outcome).toBe("too_late");
    expect(at(undefined, { ifMissing: [end("no_appointment")] }).run.outcome).toBe("no_appointment");
  });

  test("7: an hour after Friday 17:30 in business hours is Monday 09:00", () => {
    const friday = utc("2026-03-06T22:30:00");
    const how = { for: ms(HOUR), during: "business_hours" } as const;
    const weekdays = { ...WEEK, businessHours: WEEK.businessHours.slice(0, 1) };
    expect(over(how, friday, weekdays)).toBe("2026-03-09 09:00");
    expect(over(how, friday)).toBe("2026-03-07 10:00");
    expect(over(how, friday, { ...weekdays, holidays: ["2026-03-09"] })).toBe("2026-03-10 09:00");
  });
});

describe("local time over a change of the clocks", () => {
  // Zone, the day and minute that do not exist in spring with the first instant after them, and an autumn minute that
  // comes twice with its first instant. Source: IANA tz database, 2026.
  const ZONES = [
    [NEW_YORK, "2026-03-08", 150, "2026-03-08T07:00:00", "2026-11-01", 90, "2026-11-01T05:30:00"],
    ["America/Los_Angeles", "2026-03-08", 150, "2026-03-08T10:00:00", "2026-11-01", 90, "2026-11-01T08:30:00"],
    ["Europe/London", "2026-03-29", 90, "2026-03-29T01:00:00", "2026-10-25", 90, "2026-10-25T00:30:00"],
    ["America/Santiago", "2026-09-06", 30, "2026-09-06T04:00:00", "2026-04-04", 1410, "2026-04-05T02:30:00"],
    ["Australia/Lord_Howe", "2026-10-04", 135, "2026-10-03T15:30:00", "2026-04-05", 105, "2026-04-04T14:45:00"],
  ] as const;

  test.each(ZONES)("in %s a spring time that does not exist is the first instant after the gap", (...row) => {
    const [zone, date, at, instant] = row;
    const calendar = { ...WEEK, zone };
    const ends = waitEnd({ until: { at, date } }, utc(instant) - 3 * HOUR, calendar, UNKNOWN);
    expect(ends).toEqual({ at: utc(instant) });
    expect(nextClock(utc(instant) - 3 * HOUR, at, zone)).toBe(utc(instant));
  });

  test.each(ZONES)("in %s an autumn time that comes twice is the first of the two, once", (...row) => {
    const [zone, , , , , at, instant] = row;
    const first = utc(instant);
    expect(nextClock(first - HOUR, at, zone)).toBe(first);
    expect(nextClock(first, at, zone)).toBe(first);
    const next = nextClock(first + 1, at, zone);
    expect(next - first).toBeGreaterThan(20 * HOUR);
    expect(next - first).toBeLessThan(26 * HOUR);
  });

  test.each(ZONES)("in %s a wait of 1d keeps the local time, and one of 24h does not", (...row) => {
    const [zone, date] = row;
    const noonBefore = nextClock(utc(`${date}T12:00:00`) - 2 * DAY, 12 * 60, zone);
    const day = instantAfter(days(2), noonBefore, { ...WEEK, zone });
    expect(local(day, zone).slice(11)).toBe("12:00");
    expect(day - noonBefore).not.toBe(48 * HOUR);
    expect(instantAfter(ms(48 * HOUR), noonBefore, { ...WEEK, zone }) - noonBefore).toBe(48 * HOUR);
  });
});

describe("waits of a run over a change of the clocks land where a person expects", () => {
  // Zone, and the two days of 2026 on which its clocks change (none in Phoenix: any two days). IANA tz database.
  const ZONES = [
    ["America/New_York", "2026-03-08", "2026-11-01"],
    ["America/Chicago", "2026-03-08", "2026-11-01"],
    ["America/Los_Angeles", "2026-03-08", "2026-11-01"],
    ["America/Phoenix", "2026-03-08", "2026-11-01"],
    ["Europe/Berlin", "2026-03-29", "2026-10-25"],
    ["Australia/Lord_Howe", "2026-10-04", "2026-04-05"],
  ] as const;
  const rows = ZONES.flatMap(([zone, spring, autumn]) => [[zone, spring] as const, [zone, autumn] as const]);
  const instant = (date: string, minute: number, zone: string) => {
    const [year, month, day] = date.split("-").map(Number) as [number, number, number];
    return instantOf({ year, month, day }, minute, zone);
  };
  /** Where each due instant of a run lands that begins at this local time on the day before the change. */
  const lands = (date: string, minute: number, zone: string, ...steps: Written[]) => {
    const begin = instant(date, minute, zone) - DAY;
    const start = nextClock(begin - 2 * HOUR, minute, zone);
    const stage = play(planOf(steps), { ...newLead(start), zone, businessHours: WEEK.businessHours });
    const landed: string[] = [];
    while (stage.run.dueAt !== undefined) {
      landed.push(local(stage.run.dueAt, zone));
      stage.due();
    }
    return landed;
  };
  const on = (date: string, clock: string, later = 0) =>
    `${new Date(utc(`${date}T00:00:00`) + later * DAY).toISOString().slice(0, 10)} ${clock}`;

  test.each(rows)("in %s on %s", (zone, date) => {
    expect(lands(date, 600, zone, wait("w", { for: days(1) }))).toEqual([on(date, "10:00")]);
    expect(lands(date, 600, zone, wait("w", { until: { at: 540 } }))).toEqual([on(date, "09:00")]);
    expect(lands(date, 600, zone, wait("w", { for: days(7) }))).toEqual([on(date, "10:00", 6)]);
    const next = { for: days(1), during: { from: 9 * 60, to: 18 * 60 } };
    expect(lands(date, 22 * 60, zone, wait("w", next))).toEqual([on(date, "09:00", 1)]);
    expect(lands(date, 23 * 60, zone, wait("w", { until: { at: 30 } }))).toEqual([on(date, "00:30")]);
    // Changes of the clocks are on Sundays: Monday opens at nine.
    expect(lands(date, 20 * 60, zone, wait("w", { during: "business_hours" }))).toEqual([on(date, "09:00", 1)]);
    expect(lands(date, 600, zone, wait("w", { for: { ms: 0, days: 0, businessDays: 1 } }))).toEqual([
      on(date, "10:00", 1),
    ]);
  });

  test.each(rows)("a loop every day in %s around %s keeps its clock", (zone, date) => {
    const loop: Written = { verb: "do", path: "l", do: [tag("t")], repeat: 4, every: days(1) };
    const clocks = lands(date, 600, zone, loop).map((at) => at.slice(0, 15));
    expect(clocks).toEqual([0, 1, 2].map((later) => on(date, "10:0", later)));
  });

  test.each(rows)("elapsed time in %s on %s does not bend", (zone, date) => {
    const start = instant(date, 0, zone) - HOUR;
    const stage = play(planOf([wait("w", { for: ms(30 * HOUR) })]), { ...newLead(start), zone });
    expect(stage.run.dueAt).toBe(start + 30 * HOUR);
  });
});

const own = (at: number) => ({ at, hour: "own" as const, known: {} });

describe("a wait for the best time", () => {
  const known = (at: number | undefined) => ({
    ...UNKNOWN,
    bestTime: (spans: readonly { from: number; to: number }[]) =>
      spans.some(({ from, to }) => at !== undefined && at >= from && at < to) ? own(at as number) : undefined,
  });
  const twelve = { for: ms(4 * HOUR), bestTime: ms(12 * HOUR) };
  const at = (how: Parameters<typeof waitEnd>[0], best: number | undefined, now = MONDAY) => {
    const end = waitEnd(how, now, WEEK, known(best));
    return typeof end === "string" ? end : local(end.at, NEW_YORK);
  };

  test("is over at the lead's best instant within the span that follows its for", () => {
    expect(at(twelve, MONDAY + 9 * HOUR)).toBe("2026-03-02 19:00");
  });

  test("stays inside its windows, whichever of them the best instant is in", () => {
    const during = { from: 9 * 60, to: 12 * 60 };
    expect(at({ bestTime: ms(48 * HOUR), during }, MONDAY + DAY + HOUR)).toBe("2026-03-03 11:00");
    expect(at({ bestTime: ms(48 * HOUR), during }, MONDAY + 9 * HOUR)).toBe("2026-03-02 11:00");
  });

  test("where nothing is known is over in the middle of what its window leaves, or of the house's hours", () => {
    const during = { from: 9 * 60, to: 12 * 60 };
    expect(at({ bestTime: days(1), during }, undefined)).toBe("2026-03-02 11:00");
    expect(at(twelve, undefined)).toBe("2026-03-02 16:00");
    expect(at(twelve, undefined, utc("2026-03-07T21:00:00"))).toBe("2026-03-07 20:00");
    expect(at({ bestTime: ms(HOUR), during }, undefined, MONDAY + 4 * HOUR)).toBe("2026-03-03 09:00");
  });

  test("asks what is known of the lead", () => {
    const lead = newLead();
    lead.bestTime = ([span]) => own((span?.from ?? 0) + 3 * HOUR);
    const stage = play(planOf([wait("w", twelve)]), lead);
    expect(stage.run.dueAt).toBe(MONDAY + 7 * HOUR);
    expect(stage.codes()).toContain("wait.best");
  });
});

describe("a wait during a window", () => {
  test("is over at once inside it, and at its opening before it", () => {
    const during = { days: [1], from: 10 * 60, to: 12 * 60 };
    expect(over({ during }, MONDAY)).toBe("2026-03-02 10:00");
    expect(over({ during }, MONDAY - HOUR)).toBe("2026-03-02 10:00");
    expect(over({ during }, MONDAY + 2 * HOUR)).toBe("2026-03-09 10:00");
  });

  test("knows that an overnight window began yesterday", () => {
    const during = { from: 22 * 60, to: 6 * 60 };
    expect(over({ during }, utc("2026-03-02T09:00:00"))).toBe("2026-03-02 04:00");
    expect(over({ during }, utc("2026-03-02T11:00:00"))).toBe("2026-03-02 22:00");
  });

  test("is never spread past the end of the window", () => {
    const during = { from: 10 * 60, to: 10 * 60 + 1 };
    const stage = play(planOf([wait("w", { for: days(5), during, spread: HOUR })]));
    const due = stage.run.dueAt ?? 0;
    expect(local(due, NEW_YORK)).toBe("2026-03-07 10:00");
  });

  test("moves by the length of a pause, and into the window again", () => {
    const stage = play(planOf([wait("w", { for: ms(HOUR), during: { from: 9 * 60, to: 18 * 60 } })]));
    stage.command("pause");
    stage.later(8 * HOUR).command("resume");
    expect(local(stage.run.dueAt ?? 0, NEW_YORK)).toBe("2026-03-03 09:00");
  });
});

describe("business time", () => {
  test("counts only while the house is open", () => {
    const four = { ms: 0, days: 0, businessMs: 4 * HOUR };
    expect(over({ for: four }, utc("2026-03-06T21:00:00"))).toBe("2026-03-07 12:00");
    expect(over({ for: four }, MONDAY)).toBe("2026-03-02 14:00");
  });

  test("says whether the house is open, and when that changes", () => {
    expect(businessHours(MONDAY, WEEK)).toEqual({ open: true, changes: utc("2026-03-02T23:00:00") });
    expect(businessHours(MONDAY - 2 * HOUR, WEEK)).toEqual({ open: false, changes: utc("2026-03-02T14:00:00") });
  });
});

describe("a wait on an anchor", () => {
  const before = { until: { anchor: "appointment.start", offset: ms(HOUR), sign: -1 }, spread: 4 * MINUTE };
  const anchored = () => {
    const lead = newLead();
    lead.values["appointment.start"] = MONDAY + DAY;
    return play(planOf([wait("w", before, { ifPast: [tag("past")], ifMissing: [tag("missing")] }), tag("next")]), lead);
  };

  test("moves with its anchor, later and earlier", () => {
    const stage = anchored();
    const first = stage.run.dueAt ?? 0;
    stage.lead.values["appointment.start"] = MONDAY + 2 * DAY;
    stage.later(HOUR).event("appointment.moved");
    expect(stage.run.dueAt).toBe(first + DAY);
    stage.lead.values["appointment.start"] = MONDAY + 12 * HOUR;
    stage.later(HOUR).event("appointment.moved");
    expect(stage.run.dueAt).toBe(first - 12 * HOUR);
  });

  test("stays where it is while the anchor stays, however often it is looked at", () => {
    const stage = anchored();
    const first = stage.run.dueAt ?? 0;
    stage.lead.now = first - 1;
    stage.event("property_view");
    expect(stage.run.dueAt).toBe(first);
    expect(stage.did()).toEqual([]);
  });

  test("stays at the best hour it found, though another is known by now, until the anchor moves", () => {
    const lead = newLead();
    lead.values["appointment.start"] = MONDAY + DAY;
    lead.bestTime = ([span]) => own((span?.from ?? 0) + 3 * HOUR);
    const after = { until: { anchor: "appointment.start", offset: ms(0), sign: 1 as const }, bestTime: ms(12 * HOUR) };
    const stage = play(planOf([wait("w", { ...after, spread: 0 }), tag("next")]), lead);
    expect(stage.run.dueAt).toBe(MONDAY + DAY + 3 * HOUR);
    lead.bestTime = ([span]) => own((span?.from ?? 0) + 5 * HOUR);
    lead.now = MONDAY + DAY + HOUR;
    stage.event("property_view");
    expect([stage.run.dueAt, stage.did()]).toEqual([MONDAY + DAY + 3 * HOUR, []]);
    lead.values["appointment.start"] = MONDAY + 2 * DAY;
    stage.event("appointment.moved");
    expect(stage.run.dueAt).toBe(MONDAY + 2 * DAY + 5 * HOUR);
  });

  test("at the head of a loop does not cut the time between two passes short", () => {
    const stage = play(
      planOf([{ verb: "do", path: "d", do: [wait("w", before), tag("t")], repeat: 2, every: ms(HOUR) }]),
    );
    expect(stage.at()).toBe("d");
    stage.later(1).event("property_view");
    expect(stage.did()).toEqual(["t#1"]);
    stage.due();
    expect(stage.did()).toEqual(["t#1", "t#2"]);
  });

  test("finds it past, or gone, when it is", () => {
    const past = anchored();
    past.lead.values["appointment.start"] = MONDAY + HOUR;
    past.later(HOUR).event("appointment.moved");
    expect(past.did()).toEqual(["past", "next"]);
    const gone = anchored();
    delete gone.lead.values["appointment.start"];
    gone.later(HOUR).event("appointment.canceled");
    expect(gone.did()).toEqual(["missing", "next"]);
  });
});

describe("the spread of a wake", () => {
  test("is 1 % of the wait, at most five minutes, and nothing where the step says so", () => {
    expect(spreadOf({}, HOUR)).toBe(36_000);
    expect(spreadOf({}, 30 * DAY)).toBe(5 * MINUTE);
    expect(spreadOf({ spread: 0 }, DAY)).toBe(0);
  });

  test("is drawn per lead, and the same when it is drawn again", () => {
    const due = (lead: string) => {
      const stage = play({ ...planOf([{ verb: "wait", path: "w", wait: { for: days(1) } }]) });
      const run = { ...stage.run, lead, cursor: [{ list: 0, index: 0 }] };
      const { parked: _, ...fresh } = run;
      stage.run = fresh;
      stage.give({ type: "enrolled" });
      return stage.run.dueAt ?? 0;
    };
    const all = Array.from({ length: 40 }, (_, index) => due(`lead${index}`));
    expect(due("lead7")).toBe(all[7]);
    expect(new Set(all).size).toBeGreaterThan(30);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(MONDAY + DAY);
    expect(Math.max(...all)).toBeLessThanOrEqual(MONDAY + DAY + 5 * MINUTE);
  });
});

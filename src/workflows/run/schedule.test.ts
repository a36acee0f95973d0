import { describe, expect, test } from "vitest";
import { days, eventAt, factsOf, MONDAY, ms, newLead, planOf, tag } from "../../../test/stage.ts";
import { DAY, HOUR, iso } from "../../kernel/time.ts";
import type { Enroll } from "../plan.ts";
import { consider } from "./enroll.ts";
import { nextEnrollment } from "./schedule.ts";

const plan = (enroll: Partial<Enroll>) =>
  planOf([tag("a")], { enroll: { when: [], again: "always", ifRunning: "skip", ...enroll } });
const next = (
  enroll: Partial<Enroll>,
  after = MONDAY,
  values: Record<string, string | number> = {},
  zone = "America/New_York",
) => {
  const lead = { ...newLead(), zone };
  Object.assign(lead.values, values);
  const at = nextEnrollment(plan(enroll), factsOf(lead), after)?.at;
  return at === undefined ? undefined : iso(at);
};

describe("a schedule", () => {
  const mondays = { schedules: [{ days: [1], at: 9 * 60 }] };

  test("comes at its local time, the next one after the last", () => {
    expect(next({ schedules: [{ at: 9 * 60 }] })).toBe("2026-03-03T14:00:00.000Z");
    expect(next(mondays)).toBe("2026-03-09T13:00:00.000Z");
    expect(next(mondays, Date.parse("2026-03-09T13:00:00Z"))).toBe("2026-03-16T13:00:00.000Z");
    expect(next(mondays, Date.parse("2026-03-09T13:00:00Z") - 1)).toBe("2026-03-09T13:00:00.000Z");
  });

  test("with several days and times is whichever comes first", () => {
    expect(
      next({
        schedules: [
          { days: [3, 5], at: 600 },
          { days: [4], at: 0 },
        ],
      }),
    ).toBe("2026-03-04T15:00:00.000Z");
  });

  test("in the hour that the clocks skip comes at its end, and in the hour that comes twice once", () => {
    const night = { schedules: [{ at: 2 * 60 + 30 }] };
    expect(next(night, Date.parse("2026-03-08T05:00:00Z"))).toBe("2026-03-08T07:00:00.000Z");
    const twice = { schedules: [{ at: 90 }] };
    expect(next(twice, Date.parse("2026-11-01T04:00:00Z"))).toBe("2026-11-01T05:30:00.000Z");
    expect(next(twice, Date.parse("2026-11-01T05:30:00Z"))).toBe("2026-11-02T06:30:00.000Z");
  });
});

describe("a date of the lead's own", () => {
  const field = "contact.custom.lease_end";
  const sixtyBefore = { dates: [{ field, offset: days(60), sign: -1 as const, at: 10 * 60 }] };

  test("is reached so many calendar days before or after it, at the local time named", () => {
    expect(next(sixtyBefore, MONDAY, { [field]: "2026-06-30" })).toBe("2026-05-01T14:00:00.000Z");
    expect(next({ dates: [{ field, offset: days(1), sign: 1 }] }, MONDAY, { [field]: "2026-06-30" })).toBe(
      "2026-07-01T04:00:00.000Z",
    );
  });

  test("may be an instant, and then the offset is from it", () => {
    const hourBefore = { dates: [{ field, offset: ms(HOUR), sign: -1 as const }] };
    expect(next(hourBefore, MONDAY, { [field]: MONDAY + DAY })).toBe(iso(MONDAY + DAY - HOUR));
    expect(next(hourBefore, MONDAY, { [field]: "2026-06-30T12:00:00Z" })).toBe("2026-06-30T11:00:00.000Z");
    expect(next(hourBefore, MONDAY, { [field]: "2026-06-30T12:00" })).toBe("2026-06-30T15:00:00.000Z");
  });

  test("that is empty, past, or no date is never reached", () => {
    expect(next(sixtyBefore)).toBeUndefined();
    for (const value of ["2026-04-30", "soon", "2026-02-31", "2026-06-30T25:00"]) {
      expect(next(sixtyBefore, MONDAY, { [field]: value })).toBeUndefined();
    }
  });
});

test("the event that the calendar makes begins a run of its own workflow, and of no other", () => {
  const lead = newLead();
  lead.values["contact.custom.lease_end"] = "2026-06-30";
  const both = plan({
    schedules: [{ at: 540 }],
    dates: [{ field: "contact.custom.lease_end", offset: days(0), sign: 1 }],
  });
  const situation = { location: "loc1", runs: [], group: [], activeRuns: 0, paused: false, facts: factsOf(lead) };
  const considered = (type: string, data: object) =>
    consider(both, eventAt(MONDAY, type, { ...data }), situation).outcome;
  const swept = nextEnrollment(both, factsOf(lead), MONDAY);
  expect(swept).toMatchObject({ type: "schedule" });
  expect(considered(swept?.type ?? "", swept?.data ?? {})).toBe("enrolled");
  expect(considered("date.reached", { workflow: "welcome", field: "contact.custom.lease_end" })).toBe("enrolled");
  expect(considered("date.reached", { workflow: "welcome", field: "contact.birthday" })).toBe("none");
  expect(considered("schedule", { workflow: "other" })).toBe("none");
});

import { describe, expect, test } from "vitest";
import { clock, day, elsewhere, feedTime, fileName, full, moment, readIn } from "./format.ts";

test("a file is called by the last of its address, as people write it", () => {
  expect(fileName("https://latchkey.example.com/media/loc/guides/First%20floor.jpg")).toBe("First floor.jpg");
  expect(fileName("https://example.com/b.png?size=2")).toBe("b.png");
  expect(fileName("https://example.com/50%.png")).toBe("50%.png");
  expect(fileName("https://example.com/")).toBe("https://example.com/");
});

const at = Date.parse("2026-11-20T04:41:07Z");

/** By a reader's clock that is the team's, and by one that is not: whatever clock this machine has. */
const OURS = new Intl.DateTimeFormat().resolvedOptions().timeZone;
const [OTHERS, THERE] =
  OURS === "Pacific/Kiritimati" ? (["Asia/Tokyo", "1:41 pm"] as const) : (["Pacific/Kiritimati", "6:41 pm"] as const);

describe("times on pages", () => {
  test("are those of the team's zone, with am and pm", () => {
    readIn("America/Chicago");
    expect(clock(at)).toBe("10:41 pm");
    expect(feedTime(at)).toBe("10:41:07 pm");
    expect(moment(at, at + 3 * 3_600_000)).toBe("Thu 10:41 pm");
    expect(day(at, at + 3 * 3_600_000)).toBe("yesterday");
    readIn("America/Denver");
    expect(moment(at, at + 2 * 3_600_000)).toBe("9:41 pm");
    expect(day(at, at + 2 * 3_600_000)).toBe("today");
  });

  test("name the zone in full, and the reader's own where its clock shows another time", () => {
    readIn("America/Chicago");
    expect(full(at)).toMatch(/^Thursday, November 19, 2026, 10:41:07 pm Central/);
    readIn(OTHERS);
    expect(full(at)).toMatch(/your time$/);
    expect(elsewhere(at)?.says).toContain(`(${OTHERS}), now ${THERE}. Yours: `);
    readIn(OURS);
    expect(full(at)).not.toContain("your time");
    expect(elsewhere(at)).toBeUndefined();
  });

  test("of a zone that nobody knows are read in UTC, as the server does", () => {
    readIn("Mars/Olympus");
    expect(clock(at)).toBe("4:41 am");
  });
});

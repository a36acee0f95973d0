import { describe, expect, test } from "vitest";
import { linePath, pointsOf } from "./score-line.ts";

describe("the line of a lead's days", () => {
  test("goes from the first day to the last, and stays level over days on which nothing changed", () => {
    const days = [
      { day: "2026-11-01", score: 0.2 },
      { day: "2026-11-02", score: 0.4 },
      { day: "2026-11-11", score: 0.9 },
    ];
    expect(pointsOf(days)).toEqual([
      { x: 0, y: 0.2 },
      { x: 0.1, y: 0.4 },
      { x: 0.9, y: 0.4 },
      { x: 1, y: 0.9 },
    ]);
  });

  test("is none of one day, and none of no day", () => {
    expect(pointsOf([])).toEqual([]);
    expect(pointsOf([{ day: "2026-11-01", score: 0.2 }])).toEqual([]);
  });

  test("is drawn with 1 at the top", () => {
    const path = linePath(
      [
        { x: 0, y: 1 },
        { x: 1, y: 0 },
      ],
      240,
      48,
    );
    expect(path).toBe("M0.0 0.0 L240.0 48.0");
  });
});

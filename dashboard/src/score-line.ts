// The line of a lead's days: a day without a row is a day on which nothing changed, so the line stays level until the next.

import type { ScoreDay } from "../../src/scoring/index.ts";

const DAY = 86_400_000;

export interface Point {
  /** 0 to 1, from the first day to the last. */
  readonly x: number;
  /** 0 to 1. */
  readonly y: number;
}

export function pointsOf(days: readonly Pick<ScoreDay, "day" | "score">[]): readonly Point[] {
  const first = days[0];
  const last = days.at(-1);
  if (first === undefined || last === undefined || first.day === last.day) return [];
  const from = Date.parse(first.day);
  const span = Date.parse(last.day) - from;
  const points: Point[] = [];
  for (const { day, score } of days) {
    const at = Date.parse(day) - from;
    const before = points.at(-1);
    if (before !== undefined && at - before.x * span > DAY) points.push({ x: (at - DAY) / span, y: before.y });
    points.push({ x: at / span, y: score });
  }
  return points;
}

/** An SVG path in a box; a point of 1 is at its top. */
export const linePath = (points: readonly Point[], width: number, height: number): string =>
  points
    .map(({ x, y }, place) => `${place === 0 ? "M" : "L"}${(x * width).toFixed(1)} ${((1 - y) * height).toFixed(1)}`)
    .join(" ");

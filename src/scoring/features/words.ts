// Figures of features as people say them. Nothing here is more exact than it is worth.

import type { Value } from "./feature.ts";

export function days(value: number): string {
  if (value < 1 / 24) return "less than an hour";
  if (value < 2) return hours(value * 24);
  return `${Math.round(value)} days`;
}

export function hours(value: number): string {
  if (value < 1) return one(Math.max(1, Math.round(value * 60)), "minute", "minutes");
  if (value < 48) return one(Math.round(value), "hour", "hours");
  return `${Math.round(value / 24)} days`;
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** "did something 3 days ago", or that it never was. */
export const ago = (value: Value, did: string, never: string): string =>
  typeof value === "number" ? `${did} ${days(value)} ago` : never;

export const times = (value: Value, [single, several]: readonly [string, string]): string => {
  const count = typeof value === "number" ? Math.round(value) : 0;
  return count === 0 ? `no ${single}` : one(count, single, several);
};

/** A decayed count: what counts half as much after so many days is spoken of as "lately". */
export function amount(value: Value, [single, several]: readonly [string, string], halfLife: number): string {
  const lately = halfLife <= 2 ? "in the last days" : halfLife <= 7 ? "in the last week or so" : "in the last weeks";
  const count = typeof value === "number" ? value : 0;
  if (count < 0.05) return `no ${single} ${lately}`;
  if (count < 0.75) return `hardly a ${single} ${lately}`;
  return `about ${one(Math.round(count), single, several)} ${lately}`;
}

const one = (count: number, single: string, several: string): string => `${count} ${count === 1 ? single : several}`;

// Which leads the town is measured by, and how a figure is held against its band.

import { chanceOf } from "../simulator/chance.ts";
import { DAY, type Instant } from "../src/kernel/time.ts";

export const LEADS = Number(process.env["TOWN_LEADS"] ?? 20_000);
export const DAYS = Number(process.env["TOWN_DAYS"] ?? 365);
export const TWINS = Number(process.env["TOWN_TWINS"] ?? 1_000);
export const ZONE = "America/Chicago";

/** At any hour of any day of a year. */
export const bornOf = (key: number): Instant =>
  Date.UTC(2025, 0, 1) + Math.floor(chanceOf(1, key).u("bench/born") * 365 * DAY);

let out = 0;
/** How many figures lay outside. */
export const misses = (): number => out;

export function check(what: string, value: number, low: number, high: number): void {
  const holds = value >= low && value <= high;
  if (!holds) out += 1;
  const figures = `${value.toFixed(4).padStart(9)}   ${low} to ${high}`;
  process.stdout.write(`${what.padEnd(62)} ${figures.padEnd(32)} ${holds ? "" : "OUT"}\n`);
}

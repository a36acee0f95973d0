// The town's base rates, against the bands they are held to: too many leads for a test at each run. The bands come from a trial
// run of the model's equations; where it had none, or had left terms out (calls by hour, gaps, proxies by hour, who is harmed),
// they are what was measured first, with some room, and frozen then. Facts of the model, never of real leads; "OUT" is for a
// person to look at.
//
//   npm run bench town        TOWN_LEADS=20000 TOWN_DAYS=365

import { birth } from "../simulator/town/birth.ts";
import type { TownEvent } from "../simulator/town/event.ts";
import { live, type Story } from "../simulator/town/measure.ts";
import { secondEntry } from "../simulator/town/told.ts";
import { DAY } from "../src/kernel/time.ts";
import { localTime } from "../src/kernel/zone.ts";
import { bornOf, check, DAYS, LEADS, misses, ZONE } from "./town-bands.ts";
import { callHours, effects } from "./town-effects.ts";
import { speed } from "./town-speed.ts";

const sums = new Map<string, number>();
const add = (name: string, by = 1) => void sums.set(name, (sums.get(name) ?? 0) + by);
const sum = (name: string) => sums.get(name) ?? 0;
const share = (part: string, of: string) => sum(part) / sum(of);
const gaps: number[] = [];
const dispersions: number[] = [];
const openHours = { person: new Array<number>(24).fill(0), proxy: new Array<number>(24).fill(0) };
const visitHours = new Array<number>(24).fill(0);

const hourOf = (at: number) => Math.floor(localTime(at, ZONE).minute / 60);

function count(story: Story): void {
  const { born, events } = story;
  const days = (at: number | undefined) => (at === undefined ? Number.POSITIVE_INFINITY : (at - born) / DAY);
  const booked = days(events.find(({ type }) => type === "booked")?.at);
  add("leads");
  add(`from ${story.source}`);
  for (const limit of [30, 90, 365]) if (booked <= limit) add(`booked ${limit}`);
  if (booked <= 90) add(`booked from ${story.source}`);
  for (const limit of [30, 365]) if (days(story.reached) <= limit) add(`reached ${limit}`);
  for (const day of [30, 90]) if (story.awake[day - 1] === true) add(`awake ${day}`);
  for (const channel of ["email", "sms", "call"] as const) add(channel, story.sent[channel]);
  countMail(story);
  countCalls(story);
  countVisits(story);
  countSilence(story);
}

function countMail({ events }: Story): void {
  const opened = { person: new Set<string>(), any: new Set<string>() };
  const clicked = { person: new Set<string>(), any: new Set<string>() };
  for (const event of events) {
    if (event.type === "opened") {
      opened.any.add(event.message);
      if (event.by === "person") opened.person.add(event.message);
      add(`open by ${event.by}`);
      const hours = openHours[event.by];
      hours[hourOf(event.at)] = (hours[hourOf(event.at)] ?? 0) + 1;
    }
    if (event.type === "clicked") {
      clicked.any.add(event.message);
      if (event.by === "person") clicked.person.add(event.message);
    }
    if (event.type === "replied" && event.channel === "sms") add(event.purpose.endsWith("/stop") ? "stops" : "replies");
  }
  add("opened", opened.person.size);
  add("shown as opened", opened.any.size);
  add("clicked", clicked.person.size);
  add("shown as clicked", clicked.any.size);
}

function countCalls({ events, policy }: Story): void {
  const calls = events.filter(({ type }) => type === "answered" || type === "missed");
  for (const { type } of calls) if (type === "answered") add("answered calls");
  const first = calls.findIndex(({ type }) => type === "answered");
  if (policy !== "intensive" || first < 0) return;
  add("who ever answer");
  if (first < 6) add("who answer by the sixth");
}

function countVisits({ events, born }: Story): void {
  const active = new Set<number>();
  for (const event of events) {
    if (event.type !== "visited") continue;
    active.add(Math.floor((event.at - born) / DAY));
    visitHours[hourOf(event.at)] = (visitHours[hourOf(event.at)] ?? 0) + 1;
  }
  const days = [...active].sort((a, b) => a - b);
  for (let i = 1; i < days.length; i += 1) gaps.push((days[i] as number) - (days[i - 1] as number));
  if (days.length < 5) return;
  const tens = new Array<number>(Math.floor(DAYS / 10)).fill(0);
  for (const day of days) if (tens[Math.floor(day / 10)] !== undefined) tens[Math.floor(day / 10)]! += 1;
  const mean = days.length / tens.length;
  dispersions.push(tens.reduce((all, n) => all + (n - mean) ** 2, 0) / tens.length / mean);
}

/** Silent: thirty days without a visit at day 60. A visit that a message brought has the message's name. */
function countSilence({ events, born }: Story): void {
  const at = born + 60 * DAY;
  const visits = events.filter(({ type }) => type === "visited");
  const within = (from: number, to: number) => visits.find((visit: TownEvent) => visit.at > from && visit.at <= to);
  if (within(at - 30 * DAY, at) !== undefined) return;
  add("silent");
  const back = within(at, at + 60 * DAY);
  if (back === undefined) return;
  add("back");
  if (!back.purpose.startsWith("message/")) add("back of themselves");
}

/** Chi-square of equal counts, over its degrees of freedom: near 1 where the hours are alike. */
function unevenness(counts: readonly number[]): number {
  const mean = counts.reduce((all, n) => all + n, 0) / counts.length;
  return counts.reduce((all, n) => all + (n - mean) ** 2 / mean, 0) / (counts.length - 1);
}

const quantile = (values: number[], at: number) => values.sort((a, b) => a - b)[Math.floor(values.length * at)] ?? 0;

process.stdout.write(`Town, assumed: ${LEADS} leads over ${DAYS} days, seed 1. Measured, and the band.\n\n`);
for (let key = 1; key <= LEADS; key += 1) {
  const born = bornOf(key);
  count(live({ seed: 1, key, born, days: DAYS }));
  if (secondEntry(birth(1, key, born, ZONE), born + 366 * DAY) !== undefined) add("doubles");
}

check("booked within 30 days", share("booked 30", "leads"), 0.026, 0.044);
check("booked within 90 days", share("booked 90", "leads"), 0.04, 0.062);
check("booked within a year", share("booked 365", "leads"), 0.07, 0.105);
for (const [more, less] of [
  ["referral", "open_house"],
  ["open_house", "portal"],
  ["portal", "idx"],
  ["idx", "facebook"],
] as const) {
  const rate = (source: string) => share(`booked from ${source}`, `from ${source}`);
  check(`booked by day 90, ${more} less ${less}`, rate(more) - rate(less), 0, 1);
}
check("reached by day 30", share("reached 30", "leads"), 0.46, 0.58);
check(
  "intensive: of who ever answer, by the sixth call",
  share("who answer by the sixth", "who ever answer"),
  0.86,
  0.96,
);
check("e-mail opened by people", share("opened", "email"), 0.12, 0.19);
check("e-mail shown as opened", share("shown as opened", "email"), 0.42, 0.56);
check("opens by a proxy", sum("open by proxy") / (sum("open by proxy") + sum("open by person")), 0.5, 1);
check(
  "unevenness over the hours, proxy opens by human ones",
  unevenness(openHours.proxy) / unevenness(openHours.person),
  0,
  0.1,
);
check("e-mail clicked by people", share("clicked", "email"), 0.01, 0.024);
check("e-mail shown as clicked", share("shown as clicked", "email"), 0.03, 0.09);
check("texts answered", share("replies", "sms"), 0.05, 0.09);
check("texts stopped", share("stops", "sms"), 0.009, 0.018);
check("calls answered", share("answered calls", "call"), 0.14, 0.24);
callHours();
const perHour = visitHours.reduce((all, n) => all + n, 0) / 24;
check("browsing at 20 to 22, over the mean", Math.min(...visitHours.slice(20, 22)) / perHour, 1, 9);
check("browsing at 9 to 12, over the mean", Math.min(...visitHours.slice(9, 12)) / perHour, 1, 9);
check("browsing at 1 to 5, over the mean", Math.max(...visitHours.slice(1, 5)) / perHour, 0, 0.25);
check("days between active days, median", quantile(gaps, 0.5), 1, 3);
check("days between active days, 90 %", quantile(gaps, 0.9), 8, 22);
check("variance over mean of active days in ten, median", quantile(dispersions, 0.5), 1.4, 9);
check("awake at day 30", share("awake 30", "leads"), 0.4, 0.52);
check("awake at day 90", share("awake 90", "leads"), 0.18, 0.28);
check("silent for thirty days at day 60", share("silent", "leads"), 0.42, 0.56);
check("of these, back within sixty days", share("back", "silent"), 0.28, 0.43);
check("of these, not by a message", share("back of themselves", "back"), 0.5, 1);
check("enter twice", share("doubles", "leads"), 0.03, 0.05);

effects();
process.stdout.write(`\n${misses()} out of their band\n\n`);
speed();

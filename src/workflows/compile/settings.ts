// `settings`: what holds for all of the folder. Some of their notations a workflow's header has too.

import type { Cap, Enroll, FolderSettings, LocalRange } from "../plan.ts";
import { didYouMean, type Report } from "./diagnostic.ts";
import { isDate, parseDays, parseMillis, parseRange, parseRate } from "./duration.ts";
import { CHANNELS, type Library } from "./library.ts";
import type { Names } from "./names.ts";
import { senderText } from "./people.ts";
import { asMap, checkId, checkKeys, flagOf, given, millisOf, textOf, wordsOf } from "./shape.ts";
import { type Entry, entryOf, isText, shown } from "./source.ts";

const CAP_CHANNELS = ["all", ...CHANNELS] as const;
const KEYS = [
  "business_hours",
  "holidays",
  "quiet_hours",
  "email_quiet_hours",
  "caps",
  "defaults",
  "teams",
  "highlevel_workflows",
  "senders",
];

export function declareSettings(entry: Entry, { report, names }: Library): void {
  if (names.settingsPlace !== undefined) {
    const { file, line, column } = names.settingsPlace;
    report.error("duplicate-id", entry.place, `"settings" is already defined at ${file}:${line}:${column}.`);
    return;
  }
  names.settingsPlace = entry.place;
  const map = asMap(entry.value, '"settings"', report);
  if (map === undefined) return;
  checkKeys(map, "settings", KEYS, report);
  const quietHours = quietHoursOf(entryOf(map, "quiet_hours"), report);
  const emailQuietHours = flagOf(entryOf(map, "email_quiet_hours"), report);
  const senders = sendersOf(entryOf(map, "senders"), report);
  names.settings = {
    businessHours: businessHoursOf(entryOf(map, "business_hours"), report),
    holidays: holidaysOf(entryOf(map, "holidays"), report),
    caps: capsOf(entryOf(map, "caps"), report),
    teams: teamsOf(entryOf(map, "teams"), report),
    highlevelWorkflows: mappedOf(entryOf(map, "highlevel_workflows"), report),
    ...given<Pick<FolderSettings, "quietHours" | "emailQuietHours" | "senders">>({
      quietHours,
      emailQuietHours,
      senders,
    }),
  };
  const defaults = entryOf(map, "defaults");
  const values = defaults === undefined ? undefined : asMap(defaults.value, '"defaults"', report);
  if (values === undefined) return;
  checkKeys(values, "defaults", ["again", "hold"], report);
  names.defaults = given<Names["defaults"]>({
    again: againOf(entryOf(values, "again"), report),
    hold: millisOf(entryOf(values, "hold"), report),
  });
}

function businessHoursOf(entry: Entry | undefined, report: Report): Names["settings"]["businessHours"] {
  const map = entry === undefined ? undefined : asMap(entry.value, '"business_hours"', report);
  const hours: { days: readonly number[]; from: number; to: number }[] = [];
  for (const { key, place, value } of map?.entries ?? []) {
    const days = parseDays(key);
    const range = isText(value) ? parseRange(value.value) : undefined;
    if (days === undefined) report.error("bad-value", place, `"${key}" is not a day or a range of days: mon-fri.`);
    else if (range === undefined) report.error("bad-range", value.place, 'hours are written "09:00-18:00".');
    else hours.push({ days, ...range });
  }
  return hours;
}

/** `teams: { buyers: [user ids] }`. */
function teamsOf(entry: Entry | undefined, report: Report): FolderSettings["teams"] {
  const map = entry === undefined ? undefined : asMap(entry.value, '"teams"', report);
  const teams: [string, readonly string[]][] = [];
  for (const team of map?.entries ?? []) {
    if (!checkId(team.key, team.place, report)) continue;
    const users = wordsOf(team, report);
    if (users.length === 0) report.error("empty-list", team.value.place, `team "${team.key}" has nobody in it.`);
    for (const { value, place } of users) {
      if (/^[A-Za-z0-9_-]{1,64}$/.test(value)) continue;
      report.error("bad-value", place, `"${value}" is not the id of a user. They have letters, digits, _ and -.`);
    }
    teams.push([team.key, [...new Set(users.map(({ value }) => value))]]);
  }
  return Object.fromEntries(teams);
}

/** `highlevel_workflows: { call_new_buyer: <id> }`: what a name here is called in the CRM. */
function mappedOf(entry: Entry | undefined, report: Report): FolderSettings["highlevelWorkflows"] {
  const map = entry === undefined ? undefined : asMap(entry.value, '"highlevel_workflows"', report);
  const mapped: [string, string][] = [];
  for (const one of map?.entries ?? []) {
    const id = textOf(one, report)?.value;
    if (checkId(one.key, one.place, report) && id !== undefined) mapped.push([one.key, id]);
  }
  return Object.fromEntries(mapped);
}

/** `senders: { sms: "+15125550100", email: team@example.com, agents: true }`. */
function sendersOf(entry: Entry | undefined, report: Report): FolderSettings["senders"] {
  const map = entry === undefined ? undefined : asMap(entry.value, '"senders"', report);
  if (map === undefined) return undefined;
  checkKeys(map, "senders", ["sms", "whatsapp", "email", "agents", "others"], report);
  const own = (key: "sms" | "whatsapp" | "email") => {
    const text = textOf(entryOf(map, key), report);
    const sender = text === undefined ? undefined : senderText(text.value);
    if (text === undefined || (sender !== undefined && sender.includes("@") === (key === "email"))) return sender;
    const takes = key === "email" ? "an e-mail address without a name" : 'a number such as "+15125550100"';
    return report.error("bad-value", text.place, `"${key}" takes ${takes}, not "${text.value}".`);
  };
  const others = wordsOf(entryOf(map, "others"), report).flatMap(({ value, place }) => {
    const sender = senderText(value);
    if (sender === undefined) {
      report.error("bad-value", place, `"others" takes numbers and e-mail addresses without a name, not "${value}".`);
    }
    return sender ?? [];
  });
  return given<NonNullable<FolderSettings["senders"]>>({
    sms: own("sms"),
    whatsapp: own("whatsapp"),
    email: own("email"),
    agents: flagOf(entryOf(map, "agents"), report),
    others: others.length === 0 ? undefined : others,
  });
}

function holidaysOf(entry: Entry | undefined, report: Report): readonly string[] {
  const days = wordsOf(entry, report);
  for (const day of days) {
    if (!isDate(day.value)) report.error("bad-value", day.place, `"${day.value}" is not a date. Write "2026-12-25".`);
  }
  return days.map((day) => day.value).sort();
}

export function quietHoursOf(entry: Entry | undefined, report: Report): LocalRange | undefined {
  if (entry === undefined) return undefined;
  const range = isText(entry.value) ? parseRange(entry.value.value) : undefined;
  return range ?? report.error("bad-range", entry.value.place, 'quiet hours are written "21:00-08:00".');
}

/** `200 per day`, or any window as caps have them. */
export function limitOf(entry: Entry | undefined, report: Report): Enroll["limit"] | undefined {
  if (entry === undefined) return undefined;
  const text = entry.value.kind === "scalar" ? entry.value.text : shown(entry.value);
  const rate = parseRate(text.replace(/\bper (hour|day|week)$/, (_, unit: string) => `per ${LENGTHS[unit]}`));
  return "value" in rate ? rate.value : report.error(rate.code, entry.value.place, rate.message);
}

const LENGTHS: Readonly<Record<string, string>> = { hour: "1h", day: "1d", week: "7d" };

export function capsOf(entry: Entry | undefined, report: Report): readonly Cap[] {
  const map = entry === undefined ? undefined : asMap(entry.value, '"caps"', report);
  const caps: Cap[] = [];
  for (const { key, place, value } of map?.entries ?? []) {
    const channel = CAP_CHANNELS.find((word) => word === key);
    if (channel === undefined) {
      const message = `"${key}" is not a channel. Channels: ${CAP_CHANNELS.join(", ")}.${didYouMean(key, CAP_CHANNELS)}`;
      report.error("unknown-channel", place, message);
      continue;
    }
    const rate = value.kind === "scalar" ? parseRate(value.text) : undefined;
    if (rate === undefined) report.error("bad-rate", value.place, `${shown(value)} is not a rate. Write: 2 per 24h.`);
    else if ("value" in rate) caps.push({ channel, ...rate.value });
    else report.error(rate.code, value.place, rate.message);
  }
  return caps;
}

/** `never`, `always`, `after 90d`. */
export function againOf(entry: Entry | undefined, report: Report): Enroll["again"] | undefined {
  if (entry === undefined) return undefined;
  const text = entry.value.kind === "scalar" ? entry.value.text.trim() : "";
  if (text === "never" || text === "always") return text;
  const duration = parseMillis(text.replace(/^after\s+/, ""));
  if (/^after\s/.test(text) && "value" in duration) return { after: duration.value };
  const meant = "value" in duration ? ` Did you mean "after ${text}"?` : didYouMean(text, ["never", "always"]);
  const message = `"again" takes never, always, or after <duration>.${meant}`;
  return report.error("bad-value", entry.value.place, message);
}

// The library sections of a document: templates, fields, events, settings. Triggers are compiled in compile-rules.ts.

import { sha256 } from "../../kernel/ids.ts";
import { canonicalJson } from "../../kernel/json.ts";
import type { ChannelName } from "../../leads/index.ts";
import type { Cap, Enroll, LocalRange, Template } from "../plan.ts";
import { didYouMean, type Report } from "./diagnostic.ts";
import { isDate, parseDays, parseMillis, parseRange, parseRate } from "./duration.ts";
import type { Names } from "./names.ts";
import { asMap, checkId, checkKeys, DOTTED, given, millisOf, textOf, wordOf, wordsOf } from "./shape.ts";
import { type Entry, entryOf, isText, type MapNode, type Node, type Source, shown } from "./source.ts";
import { FIELD_TYPES, type Subject, type SubjectType } from "./subjects.ts";
import { checkText } from "./text.ts";

export interface Library {
  readonly report: Report;
  readonly names: Names;
  readonly source: Source;
}

const CAP_CHANNELS = ["all", "sms", "email"] as const;

// Templates ------------------------------------------------------------------------------------------------------

export function declareTemplates(section: Node, { report, names }: Library): void {
  const map = asMap(section, '"templates"', report);
  for (const { key, place, value } of map?.entries ?? []) {
    if (!checkId(key, place, report)) continue;
    const before = names.templates.get(key);
    if (before !== undefined) {
      const { file, line, column } = before.place;
      const message = `template "${key}" is already defined at ${file}:${line}:${column}.`;
      report.error("duplicate-id", place, message);
      continue;
    }
    const bodies = asMap(value, `template "${key}"`, report);
    if (bodies === undefined) continue;
    checkKeys(bodies, "a template", ["sms", "email", "name", "about"], report, ["whatsapp", "voice"]);
    const sms = textOf(entryOf(bodies, "sms"), report)?.value;
    const email = emailOf(entryOf(bodies, "email"), report);
    const order = bodies.entries.map((entry) => entry.key).filter((body) => body === "sms" || body === "email");
    if (order.length === 0) {
      report.error("no-body", place, `template "${key}" has no body. Give it "sms", "email" or both.`);
    }
    const content = given<Pick<Template, "sms" | "email">>({ sms, email });
    const hash = sha256(canonicalJson(content));
    names.templates.set(key, { place, template: { id: key, ...content, order: order as ChannelName[], hash } });
  }
}

function emailOf(entry: Entry | undefined, report: Report): Template["email"] {
  if (entry === undefined) return undefined;
  const map = asMap(entry.value, '"email"', report);
  if (map === undefined) return undefined;
  checkKeys(map, "an e-mail", ["subject", "body", "html"], report, ["attach"]);
  const subject = textOf(entryOf(map, "subject"), report)?.value;
  const body = textOf(entryOf(map, "body"), report)?.value;
  const html = textOf(entryOf(map, "html"), report)?.value;
  if (entryOf(map, "subject") === undefined) {
    return report.error("no-subject", entry.place, 'an e-mail needs a "subject".');
  }
  if (entryOf(map, "body") === undefined && entryOf(map, "html") === undefined) {
    return report.error("no-body", entry.place, 'an e-mail needs a "body", or "html".');
  }
  return subject === undefined ? undefined : { subject, ...given<{ body?: string; html?: string }>({ body, html }) };
}

/** A second pass, once every field of the folder is known. */
export function checkTemplates(section: Node, { report, names, source }: Library): void {
  const check = (node: Node | undefined) => {
    if (node !== undefined && isText(node)) checkText(node, { report, names, source, rule: false });
  };
  if (section.kind !== "map") return;
  for (const { value } of section.entries) {
    if (value.kind !== "map") continue;
    check(entryOf(value, "sms")?.value);
    const email = entryOf(value, "email")?.value;
    if (email?.kind === "map") for (const part of email.entries) check(part.value);
  }
}

// Fields and events ----------------------------------------------------------------------------------------------

/** The type a field's values have in a condition: the CRM keeps dates as midnights. */
const SUBJECT_TYPES: Readonly<Record<string, SubjectType>> = {
  text: "text",
  number: "number",
  money: "money",
  boolean: "boolean",
  date: "day",
  list: "list",
};

export function declareFields(section: Node, { report, names }: Library): void {
  const map = asMap(section, '"fields"', report);
  for (const { key, place, value } of map?.entries ?? []) {
    if (!DOTTED.test(key) || !key.startsWith("contact.")) {
      report.error("bad-id", place, "a field is named contact.custom.<name>.");
      continue;
    }
    const before = names.fields.get(key);
    if (before !== undefined) {
      const { file, line, column } = before.place;
      report.error("duplicate-id", place, `field "${key}" is already defined at ${file}:${line}:${column}.`);
      continue;
    }
    const field = asMap(value, `field "${key}"`, report);
    if (field === undefined) continue;
    checkKeys(field, "a field", ["type", "crm", "name", "about"], report);
    const type = wordOf(entryOf(field, "type"), FIELD_TYPES, report);
    if (entryOf(field, "type") === undefined) {
      report.error("no-type", place, `a field needs "type": ${FIELD_TYPES.join(", ")}.`);
    }
    const crm = textOf(entryOf(field, "crm"), report)?.value;
    const declared = type ?? "text";
    const subject: Subject = { type: SUBJECT_TYPES[declared] ?? "text", optional: true };
    names.fields.set(key, { ...subject, place, declared, ...given<{ crm?: string }>({ crm }) });
  }
}

export function declareEvents(section: Node, { report, names }: Library): void {
  const map = asMap(section, '"events"', report);
  for (const { key, place, value } of map?.entries ?? []) {
    if (!DOTTED.test(key) || /^(crm|trigger)\./.test(key)) {
      report.error("bad-id", place, "an event is named by a noun, then what happened: open_house.visited.");
      continue;
    }
    const before = names.events.get(key);
    if (before !== undefined) {
      const { file, line, column } = before.place;
      report.error("duplicate-id", place, `event "${key}" is already defined at ${file}:${line}:${column}.`);
      continue;
    }
    const event = asMap(value, `event "${key}"`, report);
    if (event === undefined) continue;
    checkKeys(event, "an event", ["weight", "impact", "properties", "name", "about"], report);
    const weight = numberOf(entryOf(event, "weight"), 0, 1, report);
    const impact = numberOf(entryOf(event, "impact"), -1, 1, report);
    const properties = propertiesOf(entryOf(event, "properties"), report);
    names.events.set(key, { place, properties, ...given<{ weight?: number; impact?: number }>({ weight, impact }) });
  }
}

function propertiesOf(entry: Entry | undefined, report: Report): Readonly<Record<string, string>> {
  const map = entry === undefined ? undefined : asMap(entry.value, '"properties"', report);
  const properties: [string, string][] = [];
  for (const property of map?.entries ?? []) {
    if (!DOTTED.test(property.key)) {
      report.error("bad-id", property.place, "a property is named by words joined with dots: property.id.");
      continue;
    }
    const type = wordOf({ ...property, key: "properties" }, FIELD_TYPES, report);
    if (type !== undefined) properties.push([property.key, type]);
  }
  return Object.fromEntries(properties);
}

function numberOf(entry: Entry | undefined, low: number, high: number, report: Report): number | undefined {
  if (entry === undefined) return undefined;
  const value = entry.value.kind === "scalar" ? entry.value.value : undefined;
  if (typeof value === "number" && value >= low && value <= high) return value;
  return report.error("out-of-range", entry.value.place, `"${entry.key}" goes from ${low} to ${high}.`);
}

// Settings -------------------------------------------------------------------------------------------------------

export function declareSettings(entry: Entry, { report, names }: Library): void {
  if (names.settingsPlace !== undefined) {
    const { file, line, column } = names.settingsPlace;
    report.error("duplicate-id", entry.place, `"settings" is already defined at ${file}:${line}:${column}.`);
    return;
  }
  names.settingsPlace = entry.place;
  const map = asMap(entry.value, '"settings"', report);
  if (map === undefined) return;
  checkKeys(map, "settings", ["business_hours", "holidays", "quiet_hours", "caps", "defaults"], report);
  const quietHours = quietHoursOf(entryOf(map, "quiet_hours"), report);
  names.settings = {
    businessHours: businessHoursOf(entryOf(map, "business_hours"), report),
    holidays: holidaysOf(entryOf(map, "holidays"), report),
    caps: capsOf(entryOf(map, "caps"), report),
    teams: {},
    highlevelWorkflows: {},
    ...given<{ quietHours?: LocalRange }>({ quietHours }),
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

export function capsOf(entry: Entry | undefined, report: Report): readonly Cap[] {
  const map = entry === undefined ? undefined : asMap(entry.value, '"caps"', report);
  const caps: Cap[] = [];
  for (const { key, place, value } of (map as MapNode | undefined)?.entries ?? []) {
    if (key === "whatsapp" || key === "voice") {
      report.notAvailable(key, place);
      continue;
    }
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

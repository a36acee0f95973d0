// A template's text for one lead on one channel. Liquid, bounded: no files, no includes, limits on loops, work and output.

import { Context, Drop, Liquid, type Template as Parsed } from "liquidjs";
import { escaped } from "../../kernel/html.ts";
import { isObject, type Json, type JsonObject, own } from "../../kernel/json.ts";
import { LAST_FORM_LINK } from "../../kernel/links.ts";
import { bounded } from "../../kernel/liquid.ts";
import { localTime } from "../../kernel/zone.ts";
import type { ChannelName } from "../../leads/index.ts";
import type { Template } from "../../workflows/index.ts";
import type { Rendered } from "../message.ts";
import { APPENDED, SMS_LIMIT, segments, transliterated } from "./segments.ts";

/** Templates rendered and remembered by their hash. One per process; main.ts opens it. */
export interface Renderer {
  /** One channel of a template, with merge fields such as `{{ contact.first_name }}`. Dates are told in `zone`. */
  message(template: Template, channel: ChannelName, values: JsonObject, zone: string): Rendered | RenderFailure;
  /** A step's own text for people: a task's title, a note. */
  text(text: string, values: JsonObject, zone: string): string | RenderFailure;
}

/** Our own error, of a template: without its text and without the lead's values. */
export interface RenderFailure {
  readonly failed: string;
  /** The link, without `link.`, that names nothing. */
  readonly link?: string;
}

/** Parts and values one rendering may go through. Counted, not timed: what a lead is sent does not depend on how busy we are. */
const PARTS_LIMIT = 100_000;
const MEMORY_LIMIT = 100_000;
const PARSE_LIMIT = 60_000;
const EMAIL_LIMIT = 100_000;
const REMEMBERED = 1_000;

type Flavor = "plain" | "html";

export function openRenderer(): Renderer {
  const engines: Readonly<Record<Flavor, Liquid>> = { plain: engine({}), html: engine({ outputEscape: "escape" }) };
  const parsed = new Map<string, Parsed[]>();

  function run(flavor: Flavor, key: string, text: string, values: JsonObject, zone: string): string {
    let template = parsed.get(key);
    if (template === undefined) {
      template = engines[flavor].parse(text);
      if (parsed.size >= REMEMBERED) parsed.delete(parsed.keys().next().value as string);
      parsed.set(key, template);
    }
    const globals = { latchkey_zone: zone };
    return engines[flavor].renderSync(template, counted(engines[flavor], values, globals));
  }

  return {
    message(template, channel, given, zone) {
      const values = { ...given, link: new Links(given["link"]) as unknown as JsonObject };
      const part = (name: string, text: string, flavor: Flavor = "plain") =>
        run(flavor, `${template.hash}/${name}`, text, values, zone);
      return safely(() => {
        if (channel === "whatsapp" && template.whatsapp !== undefined)
          return whatsapp(part("whatsapp", template.whatsapp));
        if (channel === "sms" && template.sms !== undefined) return sms(part("sms", template.sms));
        if (channel === "email" && template.email !== undefined) return email(template.email, part);
        return { failed: `template ${template.id} has no ${channel} body` };
      });
    },
    text: (text, values, zone) => safely(() => run("plain", `text/${text}`, text, values, zone).trim()),
  };
}

/** Of a link that nobody configured. Liquid knows it by this name: a `default` or an `if` may answer for it. */
class NoSuchLink extends Error {
  override readonly name = "InternalUndefinedVariableError";
  /** Without `link.`. */
  readonly link: string;

  constructor(link: string) {
    super(
      link === LAST_FORM_LINK
        ? `link.${link} is that of the form a lead began last: this one began none that has a link`
        : `link.${link} is not configured: latchkey links set ${link}`,
    );
    this.link = link;
  }
}

/**
 * The location's links. One that nobody configured is an error: a text that promises it must not go out without, unless
 * it asks first.
 */
class Links extends Drop {
  readonly #known: JsonObject;
  readonly #path: string;

  constructor(known: Json | undefined, path = "link") {
    super();
    this.#known = isObject(known) ? known : {};
    this.#path = path;
  }

  override liquidMethodMissing(name: string | number): unknown {
    const path = `${this.#path}.${name}`;
    const value = own(this.#known, String(name));
    if (typeof value === "string" && value !== "") return value;
    if (path === "link.form" || (typeof value === "object" && value !== null)) return new Links(value, path);
    throw new NoSuchLink(path.slice("link.".length));
  }

  /** `{{ link.form }}`: no link, but all of them. */
  override toString(): string {
    throw new NoSuchLink(this.#path.slice("link.".length));
  }
}

function engine(options: { readonly outputEscape?: "escape" }): Liquid {
  const liquid = new Liquid({
    ...options,
    templates: {},
    strictFilters: true,
    lenientIf: true,
    ownPropertyOnly: true,
    memoryLimit: MEMORY_LIMIT,
    parseLimit: PARSE_LIMIT,
  });
  bounded(liquid);
  liquid.registerFilter("date", function (value: unknown, format: unknown) {
    const zone = this.context.globals as { readonly latchkey_zone?: string };
    return dateText(value, typeof format === "string" ? format : undefined, zone.latchkey_zone ?? "UTC");
  });
  return liquid;
}

/** What a text is rendered with. Liquid asks before each part whether its time is over: its parts are counted instead. */
function counted(liquid: Liquid, values: JsonObject, globals: JsonObject): Context {
  const context = new Context(values, liquid.options, { globals, sync: true }, { liquid });
  let parts = 0;
  context.renderLimit.check = () => {
    parts += 1;
    if (parts > PARTS_LIMIT) throw new Error(`the text goes through more than ${PARTS_LIMIT} parts`);
  };
  return context;
}

function safely<Result>(work: () => Result): Result | RenderFailure {
  try {
    return work();
  } catch (error) {
    const cause = error instanceof Error && "originalError" in error ? error.originalError : error;
    if (cause instanceof NoSuchLink) return { failed: cause.message, link: cause.link };
    // Only the first line: what follows quotes the template.
    return { failed: error instanceof Error ? (error.message.split("\n")[0] ?? error.name) : "rendering failed" };
  }
}

function sms(rendered: string): Rendered | RenderFailure {
  const text = transliterated(rendered.trim());
  if (text === "") return { failed: "the text is empty" };
  if (text.length > SMS_LIMIT) return { failed: `the text has ${text.length} characters, more than ${SMS_LIMIT}` };
  const counted = segments(text, APPENDED);
  return { channel: "sms", text, segments: counted.segments, encoding: counted.encoding };
}

/** Longer is refused by WhatsApp. */
const WHATSAPP_LIMIT = 4_096;

function whatsapp(rendered: string): Rendered | RenderFailure {
  const text = rendered.trim();
  if (text === "") return { failed: "the text is empty" };
  if (text.length > WHATSAPP_LIMIT)
    return { failed: `the text has ${text.length} characters, more than ${WHATSAPP_LIMIT}` };
  return { channel: "whatsapp", text };
}

function email(
  source: NonNullable<Template["email"]>,
  part: (name: string, text: string, flavor?: Flavor) => string,
): Rendered | RenderFailure {
  const subject = part("subject", source.subject).replace(/\s+/g, " ").trim();
  const html = source.html === undefined ? undefined : part("html", source.html, "html");
  const body = source.body === undefined ? undefined : part("body", source.body).trim();
  const text = body ?? textOf(html ?? "");
  if (subject === "") return { failed: "the subject is empty" };
  if (text === "" && html === undefined) return { failed: "the e-mail is empty" };
  if (text.length + (html?.length ?? 0) > EMAIL_LIMIT)
    return { failed: `the e-mail is longer than ${EMAIL_LIMIT} characters` };
  return { channel: "email", subject, text, html: html ?? htmlOf(text) };
}

/** Plain text as the HTML a mail program shows alike: paragraphs, line breaks, and addresses that can be clicked. */
function htmlOf(text: string): string {
  const paragraphs = text.split(/\n\s*\n/).map((paragraph) => {
    const lines = escaped(paragraph.trim()).replaceAll("\n", "<br>\n");
    return `<p>${lines.replace(/https?:\/\/(?:&amp;|[^\s<>&])+(?<![.,;:!?)])/g, (link) => `<a href="${link}">${link}</a>`)}</p>`;
  });
  return paragraphs.join("\n");
}

function textOf(html: string): string {
  return html
    .replace(/<(style|script|head)\b[\s\S]*?<\/\1>/gi, "")
    .replace(/<br\s*\/?>|<\/(p|div|tr|li|h[1-6])>/gi, "\n")
    .replace(/<[^>]+>/g, "")
    .replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (_, name: string) => PLAIN[name] as string)
    .replace(/[ \t]+/g, " ")
    .replace(/\n\s*\n\s*/g, "\n\n")
    .trim();
}
const PLAIN: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", nbsp: " " };

// Dates ---------------------------------------------------------------------------------------------------------------

const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** What a `date` format may be made of, longest first; everything else stands as it is. */
const TOKENS = /YYYY|MMMM|MMM|MM|M|dddd|ddd|DD|D|HH|H|hh|h|mm|l|a|A|%[YBbmdeAaHIlMpPyj]/g;
const DEFAULT_FORMAT = "MMMM D, h:mm a";

/** @param value an instant in milliseconds, or a date as ISO text */
function dateText(value: unknown, format: string | undefined, zone: string): string {
  if (value === undefined || value === null || value === "") return "";
  const day = typeof value === "string" ? /^(\d{4})-(\d{2})-(\d{2})$/.exec(value) : null;
  const at = typeof value === "number" ? value : value === "now" ? Number.NaN : Date.parse(String(value));
  if (Number.isNaN(at)) return String(value);
  // A date without a time is the same day everywhere.
  const local = localTime(at, day === null ? zone : "UTC");
  const hour = Math.floor(local.minute / 60);
  const two = (part: number) => String(part).padStart(2, "0");
  const weekday = DAYS[local.weekday - 1] as string;
  const month = MONTHS[local.month - 1] as string;
  const half = hour < 12 ? "am" : "pm";
  const twelve = hour % 12 || 12;
  const parts: Readonly<Record<string, string>> = {
    YYYY: String(local.year),
    MMMM: month,
    MMM: month.slice(0, 3),
    MM: two(local.month),
    M: String(local.month),
    dddd: weekday,
    ddd: weekday.slice(0, 3),
    l: weekday,
    DD: two(local.day),
    D: String(local.day),
    HH: two(hour),
    H: String(hour),
    hh: two(twelve),
    h: String(twelve),
    mm: two(local.minute % 60),
    a: half,
    A: half.toUpperCase(),
    "%Y": String(local.year),
    "%y": two(local.year % 100),
    "%B": month,
    "%b": month.slice(0, 3),
    "%m": two(local.month),
    "%d": two(local.day),
    "%e": String(local.day),
    "%A": weekday,
    "%a": weekday.slice(0, 3),
    "%H": two(hour),
    "%I": two(twelve),
    "%l": String(twelve),
    "%M": two(local.minute % 60),
    "%p": half.toUpperCase(),
    "%P": half,
  };
  const tokens = format?.includes("%") ? /%[A-Za-z]/g : TOKENS;
  return (format ?? DEFAULT_FORMAT).replace(tokens, (token) => parts[token] ?? token);
}

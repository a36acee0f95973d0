// What happened, in words: a title for a row, the same as part of a sentence, and what to fold it by.

import { property } from "../events/index.ts";
import { isObject, type JsonObject, own } from "../kernel/json.ts";
import { quote } from "./quote.ts";
import { capital, plain } from "./values.ts";
import type { ItemKind, Status } from "./view.ts";

export interface EventWords {
  readonly kind: ItemKind;
  readonly status: Status;
  /** "Viewed 14 Alder Court". */
  readonly title: string;
  readonly detail?: string;
  /** The detail is what somebody wrote. */
  readonly quoted?: true;
  /** Like events of one lead in a row fold into one when this is equal. */
  readonly fold?: string;
}

type Data = Readonly<Record<string, unknown>>;

const CHANNELS: Readonly<Record<string, string>> = { sms: "text", email: "email", whatsapp: "WhatsApp", voice: "call" };

/** `sms` as `text`: the words of people. */
export const channelWord = (channel: string): string => own(CHANNELS, channel) ?? plain(channel);

const money = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", maximumFractionDigits: 0 });

function value(data: Data, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const found = property(data, name);
    if (typeof found === "string" && found !== "") return found;
    if (typeof found === "number" || typeof found === "boolean") return String(found);
  }
  return undefined;
}

function price(data: Data): string | undefined {
  const found = Number(property(data, "property.price") ?? property(data, "price") ?? Number.NaN);
  return Number.isFinite(found) && found > 0 ? money.format(found) : undefined;
}

function place(data: Data): string {
  const address = value(data, "property.address", "address", "property.name");
  if (address !== undefined) return address;
  const id = value(data, "property.id", "property_id");
  return id === undefined ? "a home" : `home ${id}`;
}

function page(data: Data): string {
  const url = value(data, "url", "page");
  if (url === undefined) return "the website";
  const path = url.replace(/^https?:\/\/[^/]+/i, "").replace(/[?#].*$/, "");
  return path === "" || path === "/" ? "the website" : path;
}

/** What a person of the team is called, by CRM user id. */
type NameOf = (user: string) => string;

type Say = (
  data: Data,
  nameOf: NameOf,
) => {
  title: string;
  detail?: string | undefined;
  /** How what they wrote begins: a detail too, but not one for the live stream. */
  quote?: string | undefined;
  fold?: string | undefined;
};

/** What moved a lead when no event did: its time came, or a message of ours was settled. */
const TIMES: Readonly<Record<string, string>> = {
  "timer.silence": "Nothing heard for a while",
  "timer.run": "Its time came",
  "timer.settle": "Things have settled",
  "outcome.sent": "Its message was sent",
  "outcome.delivered": "Its message arrived",
  "outcome.failed": "Its message failed",
  "outcome.blocked": "Its message was not sent",
  "outcome.expired": "Its message ran out of time",
};

/** The event behind a link of a chain: its code is `event.<type>` with the event in its values, or a type alone. */
export function causeWords(code: string, values: JsonObject | undefined): EventWords {
  const time = TIMES[code];
  if (time !== undefined) return { kind: "decision", status: "event", title: time };
  const type = code.startsWith("event.") ? code.slice("event.".length) : code;
  const data = values?.["data"];
  return eventWords(type, isObject(data) ? data : (values ?? {}));
}

/** Events a person reads as something the lead did. The others are news about the lead. */
const BY_LEAD: Readonly<Record<string, Say>> = {
  property_view: (data) => ({
    title: `Viewed ${place(data)}`,
    detail: price(data),
    fold: `view ${value(data, "property.id") ?? place(data)}`,
  }),
  website_visit: (data) => ({ title: `Visited ${page(data)}`, fold: `visit ${page(data)}` }),
  "page.left": (data) => ({ title: `Left ${page(data)}`, detail: seconds(data), fold: `left ${page(data)}` }),
  "property.favorited": (data) => ({ title: `Saved ${place(data)}`, detail: price(data) }),
  "search.saved": (data) => ({ title: "Saved a search", detail: value(data, "query", "name", "search") }),
  "email.opened": (data) => ({ title: "Opened an email", detail: value(data, "subject"), fold: "opened" }),
  "email.clicked": (data) => ({
    title: "Clicked a link in an email",
    detail: value(data, "link", "url"),
    fold: "clicked",
  }),
  "link.clicked": (data) => ({ title: "Clicked a link", detail: value(data, "link", "url") }),
  "message.received": (data) => ({
    title: `Wrote back${said(data)}`,
    quote: quote(value(data, "text", "body")),
  }),
  "message.replied": (data) => ({ title: `Answered${said(data)}`, quote: quote(value(data, "text", "body")) }),
  "message.opted_out": (data) => ({
    title: `Opted out of ${channelWord(value(data, "channel") ?? "sms")}s`,
    quote: quote(value(data, "text", "word")),
  }),
  "form.started": (data) => ({ title: "Began a form", detail: value(data, "form.name", "form") }),
  "form.submitted": (data) => ({ title: "Sent a form", detail: value(data, "form.name", "form") }),
  "document.downloaded": (data) => ({
    title: "Downloaded a document",
    detail: value(data, "document.name", "document"),
  }),
  "call.answered": (data) => ({ title: "Talked on the phone", detail: seconds(data) }),
  "call.missed": () => ({ title: "Missed a call" }),
  "appointment.booked": (data) => ({
    title: "Booked an appointment",
    detail: value(data, "appointment.title", "calendar", "title"),
  }),
  "appointment.moved": () => ({ title: "Moved an appointment" }),
  "appointment.canceled": () => ({ title: "Canceled an appointment" }),
  "appointment.missed": () => ({ title: "Missed an appointment" }),
  "appointment.held": () => ({ title: "Came to an appointment" }),
};

/** By what a run was begun: a rule's step (`buying_signal/do+1`), or another workflow. */
export const starterOf = (by: string): string => by.split("/")[0] ?? by;

const ABOUT_LEAD: Readonly<Record<string, Say>> = {
  "enroll.started": (data) => ({ title: `Begun by “${capital(plain(starterOf(value(data, "by") ?? "a rule")))}”` }),
  "enroll.asked": (data) => ({ title: `Asked for by ${value(data, "by") ?? "a person"}` }),
  "enroll.existing": () => ({ title: "Was here before this version of the workflow" }),
  "call.ended": (data) => ({ title: "Call ended", detail: seconds(data) }),
  "contact.created": (data) => ({ title: "New lead", detail: value(data, "source", "contact.source") }),
  "contact.updated": () => ({ title: "Details changed", fold: "updated" }),
  "contact.deleted": () => ({ title: "Removed from the CRM" }),
  "contact.merged": () => ({ title: "Joined with another record" }),
  "tag.added": (data) => ({ title: `Tagged ${value(data, "tag") ?? ""}`.trim() }),
  "tag.removed": (data) => ({ title: `Tag ${value(data, "tag") ?? ""} removed`.replace("  ", " ") }),
  "field.changed": (data, nameOf) =>
    value(data, "field") === "contact.assigned_to"
      ? assigned(data, nameOf)
      : {
          title: `${capital(plain(value(data, "field") ?? "A detail"))} changed`,
          detail: change(data),
        },
  "consent.given": (data) => ({ title: "Gave consent", detail: value(data, "source") }),
  "consent.withdrawn": () => ({ title: "Withdrew consent" }),
  "consent.changed": (data) => ({ title: "Permission to contact changed", detail: permission(data) }),
  "message.sent": (data) => ({ title: `${capital(channelWord(value(data, "channel") ?? "message"))} sent` }),
  "message.delivered": (data) => ({ title: `${capital(channelWord(value(data, "channel") ?? "message"))} delivered` }),
  "message.failed": (data) => ({ title: `${capital(channelWord(value(data, "channel") ?? "message"))} failed` }),
  "email.bounced": () => ({ title: "Email bounced" }),
  "email.complained": () => ({ title: "Marked an email as spam" }),
  "agent.contacted": (data) => ({
    title: "A person of the team got in touch",
    detail: (value(data, "by") ?? channelWord(value(data, "channel") ?? "")) || undefined,
  }),
  "task.completed": (data) => ({ title: "Task done", detail: value(data, "title") }),
  "note.added": () => ({ title: "Note added" }),
  "opportunity.created": (data) => ({ title: "New opportunity", detail: value(data, "opportunity.name", "stage") }),
  "opportunity.stage_changed": (data) => ({
    title: `Moved to ${value(data, "stage", "opportunity.stage", "to") ?? "another stage"}`,
  }),
  "opportunity.won": () => ({ title: "Opportunity won" }),
  "opportunity.lost": () => ({ title: "Opportunity lost" }),
  "opportunity.abandoned": () => ({ title: "Opportunity abandoned" }),
  "score.crossed": (data) => ({ title: "Score crossed a mark", detail: change(data) }),
  "churn.crossed": (data) => ({ title: "Risk of leaving crossed a mark", detail: change(data) }),
  "segment.entered": (data) => ({ title: `Now in ${segment(data)}` }),
  "segment.left": (data) => ({ title: `No longer in ${segment(data)}` }),
  "workflow.completed": (data) => ({ title: "Workflow done", detail: value(data, "workflow") }),
  "workflow.failed": (data) => ({ title: "Workflow failed", detail: value(data, "workflow") }),
};

const FAILED = new Set(["message.failed", "email.bounced", "email.complained", "workflow.failed"]);

export function eventWords(type: string, data: JsonObject, nameOf: NameOf = () => "a person of the team"): EventWords {
  const say = BY_LEAD[type] ?? ABOUT_LEAD[type];
  const words = say?.(data, nameOf) ?? fallback(type);
  const detail = words.quote ?? words.detail;
  return {
    kind: BY_LEAD[type] !== undefined ? "behavior" : "decision",
    status: FAILED.has(type) ? "failed" : "event",
    title: words.title,
    ...(detail === undefined ? {} : { detail }),
    ...(words.quote === undefined ? {} : { quoted: true }),
    ...(words.fold === undefined ? {} : { fold: words.fold }),
  };
}

function fallback(type: string): ReturnType<Say> {
  if (/^(timer|outcome)\./.test(type)) return { title: capital(plain(type)) };
  if (type.startsWith("trigger.")) return { title: capital(plain(type.slice("trigger.".length))) };
  return { title: capital(plain(type.replace(/^crm\./, ""))) };
}

function assigned(data: Data, nameOf: NameOf): ReturnType<Say> {
  const [from, to] = [value(data, "from"), value(data, "to")];
  return {
    title: to === undefined ? "Assigned to nobody" : `Assigned to ${nameOf(to)}`,
    detail: from === undefined ? undefined : `before: ${nameOf(from)}`,
  };
}

/** What `consent.changed` may go to, of a channel or of all that an address is reached by. */
const PERMISSIONS: Readonly<Record<string, string>> = {
  open: "allowed again",
  opted_in: "allowed again",
  opted_out: "opted out",
  blocked: "do not disturb",
  permanent: "blocked by the carrier",
};

/** What is no single channel. */
const REACHED: Readonly<Record<string, string>> = {
  all: "every channel",
  phone: "texts and calls",
  email: "email",
};

function permission(data: Data): string | undefined {
  const [to, channel, family] = [value(data, "to"), value(data, "channel"), value(data, "family")];
  if (to === undefined) return undefined;
  const what = own(REACHED, channel ?? family ?? "") ?? (channel === undefined ? undefined : channelWord(channel));
  return [what, own(PERMISSIONS, to) ?? plain(to)].filter((part) => part !== undefined).join(": ");
}

function segment(data: Data): string {
  const id = value(data, "segment");
  return id === undefined ? "a segment" : `the segment “${plain(id)}”`;
}

function said(data: Data): string {
  const channel = value(data, "channel");
  return channel === undefined ? "" : ` by ${channelWord(channel)}`;
}

function seconds(data: Data): string | undefined {
  const found = Number(property(data, "seconds") ?? property(data, "duration") ?? Number.NaN);
  if (!Number.isFinite(found) || found <= 0) return undefined;
  return found < 60
    ? `${Math.round(found)}s`
    : `${Math.floor(found / 60)}m ${String(Math.round(found % 60)).padStart(2, "0")}s`;
}

function change(data: Data): string | undefined {
  const from = value(data, "from");
  const to = value(data, "to");
  if (to === undefined) return undefined;
  return from === undefined ? `now ${to}` : `${from} to ${to}`;
}

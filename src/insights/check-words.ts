// The checks of the right to send, in words.

import { LAST_FORM_LINK } from "../kernel/links.ts";
import type { ChannelName } from "../leads/index.ts";
import { channelWord } from "./event-words.ts";
import { zoneName } from "./moment.ts";
import { because, edge, next, on, plainReason, prefixed, range, type Say, tally, workflow, zones } from "./phrase.ts";
import { type Context, capital, type Values } from "./values.ts";

const LIFTING: Readonly<Record<string, string>> = {
  judged_by_mistake: "it was judged by mistake",
  asked_by_phone: "they asked for messages by phone",
  asked_in_writing: "they asked for messages in writing",
};

/** Why an opt-out was lifted, and when they asked. */
function lifting(v: Values, name: string): string {
  const why = v.text(name) ?? "";
  const asked = why === "judged_by_mistake" ? undefined : v.moment("asked");
  return `${LIFTING[why] ?? "a person's reason"}${prefixed(" ", asked)}`;
}

const STANDS: Readonly<Record<string, string>> = {
  another: "the lead has another number or address by now",
  none: "by then nothing was opted out",
  own: "their own words, or the carrier, ended it, and only their START lifts that",
  alone: "it is from before all that ended it was kept, and only their START lifts that",
  complaint: "they reported an e-mail as spam",
  later: "they left again since",
  link: "they pressed the link, and nobody had judged it",
};

/** Checks of the right to send. */
export const CHECKS = {
  "consent.ok": (v) => {
    const said = [v.text("kind"), v.date("date", "at", "since"), v.text("source")];
    const lift = v.date("lifted");
    const lifted =
      lift && `an opt-out was lifted ${lift}${prefixed(" by ", v.text("lifted_by"))}: ${lifting(v, "lifted_why")}`;
    const parts = [...said, lifted].filter((x) => x !== undefined);
    return { label: "Consent", line: parts.length === 0 ? "given" : parts.map(plainReason).join(", ") };
  },
  "consent.none": (v, _, channel) => ({
    label: "Consent",
    line: `no ${v.text("need") === "given" ? "consent" : "written permission"} for ${on(channel)}${prefixed(", only ", v.text("kind"))}`,
    note: v.text("note"),
  }),
  "consent.opted_out": (v) => {
    const when = v.moment("when", "at");
    const by = v.text("word", "by", "words", "link");
    return {
      label: "Opt-out",
      line: `opted out${when ? ` ${when}` : ""}${by ? ` by ${/[“"\s]/.test(by) ? by : `“${by}”`}` : ""}`,
    };
  },
  "consent.lifted": (v) => ({
    label: "Opt-out",
    line: `${v.text("family") === "email" ? "the email address" : "the phone number"} may be written to again: ${v.text("by") ?? "a person"} lifted the opt-out, for ${lifting(v, "why")}${prefixed(". Nobody has judged yet: ", v.text("unclear"))}`,
    note: v.text("evidence"),
  }),
  "consent.stands": (v) => ({
    label: "Opt-out",
    line: `${v.text("by") ?? "a person"} asked to lift it, and it stands: ${STANDS[v.text("stands") ?? ""] ?? "it is the lead's own to lift"}`,
    note: v.text("evidence"),
  }),
  "consent.muted": (v, x) => ({
    label: "Opt-out",
    line: `asked for no more e-mails of ${x.workflow(v.text("workflow") ?? "this workflow")}${prefixed(" ", v.moment("when"))}`,
  }),
  "consent.import_only": () => ({ label: "Consent", line: "came with an import, which is a claim, not proof" }),
  "opt_out.none": () => ({ label: "Opt-out", line: "none" }),
  "dnd.crm": (v) => ({
    label: "Opt-out",
    line: `marked do-not-disturb in the CRM${prefixed(" ", v.moment("when", "at"))}`,
  }),
  "dnd.none": () => ({ label: "Do not disturb", line: "not set in the CRM" }),
  "dnd.unread": (v) => ({
    label: "Do not disturb",
    line: `the CRM did not say whether it is set${prefixed(" when asked ", v.moment("at"))}; asked again each minute`,
  }),
  "hours.ok": (v) => {
    const local = v.text("local") ?? v.moment("at");
    const until = edge(v, "to") ?? v.moment("until");
    const zone = v.list("zones", "zone").map(zoneName)[0];
    const parts = [local, zone].filter((x) => x !== undefined).join(" ");
    return { label: "Hours", line: `${parts || "allowed now"}${until ? `, open to ${until}` : ""}` };
  },
  "hours.quiet": (v) => {
    const range = [edge(v, "from"), edge(v, "to")];
    const place = v.text("place") ?? v.list("zones", "zone").map(zoneName).join(" and ");
    const between = range[0] && range[1] ? ` ${range[0]} to ${range[1]}` : "";
    return {
      label: "Hours",
      line: `quiet${between}${place ? (/^[A-Z]{2}$/.test(place) ? ` in ${place}` : ` ${place}`) : ""}${next(v)}`,
    };
  },
  "hours.unsure_zone": (v) => ({
    label: "Hours",
    line: `zone unsure: ${zones(v)}${prefixed(" (", v.text("evidence"), ")")}, so the hours of all of them${next(v)}`,
  }),
  "hours.no_rules": (v) => ({
    label: "Hours",
    line: `we have no rules for ${v.text("country") === "abroad" ? "numbers from abroad" : `numbers of ${v.text("country") ?? "their country"}`}${v.text("purpose") === "marketing" ? ": no marketing by text or call" : ", and nobody has named their time zone; set it, and it goes by that clock"}`,
  }),
  "hours.day": (v) => ({
    label: "Hours",
    line: `no marketing on ${v.text("day") ?? "this day"}${prefixed(" in ", v.text("state"))}${next(v)}`,
  }),
  "hours.hold": (v) => ({
    label: "Hours",
    line: `an emergency in ${v.text("state") ?? "this state"} lets no marketing through${because(v.text("reason"))}${next(v)}`,
  }),
  "hours.not_needed": (_, __, channel) => ({ label: "Hours", line: `no quiet hours for ${on(channel)}` }),
  "cap.ok": (v) => ({ label: "Cap", line: tally(v) ?? "room left" }),
  "cap.full": (v, x) => {
    const first = v.text("workflow");
    const again = v.moment("again", "next", "until");
    return {
      label: "Cap",
      line: `${tally(v) ?? "full"}${again ? `; room again ${again}` : ""}${first ? `; ${x.workflow(first)} went first` : ""}`,
    };
  },
  "window.closed": (v) => ({
    label: "Window",
    line: `last message from them ${v.ago("last") ?? "more than 24 h"} ago; free text only within 24 h`,
  }),
  "window.template": (v) => ({
    label: "Window",
    line: `${prefixed("last message from them ", v.ago("last"), " ago; ")}the CRM's workflow${prefixed(" ", v.text("template"))} sends a template`,
  }),
  "window.ok": () => ({ label: "Window", line: "open" }),
  "whatsapp.refused": (v) => ({
    label: "WhatsApp",
    line: `${v.text("by") ?? "it"} delivers no ${v.text("purpose") ?? "such"} messages to ${v.text("country") ?? "these"} numbers${prefixed(" since ", v.text("since"))}`,
  }),
  "window.not_needed": (_, __, channel) => ({ label: "Window", line: `not needed for ${on(channel)}` }),
  "address.ok": () => ({ label: "Address", line: "known" }),
  "address.missing": (_, __, channel) => ({
    label: "Address",
    line: channel === "email" ? "no email address" : "no phone number",
  }),
  "address.bad": (v, _, channel) => ({
    label: "Address",
    line: `${channel === "email" ? "the address bounced" : "the number was refused"}${prefixed(" ", v.moment("when", "at"))}${because(v.text("detail"))}`,
  }),
  "reply.none": (v) => ({ label: "Purpose", line: `counts as marketing: ${nothingToAnswer(v.ago("last"))}` }),
  "reply.over": (v) => ({
    label: "Purpose",
    line: `written as an answer, without a way out: ${nothingToAnswer(v.ago("last"))}`,
  }),
  "address.reopened": (v) => ({
    label: "Address",
    line: `the ${v.text("family") === "email" ? "email address" : "phone number"} is written to again: ${v.text("why") === "heard" ? "they wrote or called from it" : `${v.text("by") ?? "a person"} says it is good`}`,
  }),
  "template.missing": (v, _, channel) => ({
    label: "Template",
    line: `${v.text("template") ?? "it"} has no text for ${on(channel)}`,
  }),
  "template.failed": (v) => ({
    label: "Template",
    line: `the ${channelWord(v.text("channel") ?? "text")} could not be made${because(v.text("detail", "reason", "field"))}`,
  }),
  "link.missing": (v) => {
    const link = v.text("link");
    const none = `so no ${channelWord(v.text("channel") ?? "text")} was made`;
    const asks = link === undefined ? "" : `the template may ask first: {% if link.${link} %}`;
    if (link === LAST_FORM_LINK)
      return { label: "Template", line: `the lead began no form that has a link, ${none}`, note: asks };
    const line = `no link is called “${link ?? "?"}” here, ${none}`;
    return {
      label: "Template",
      line,
      note: prefixed("latchkey links set ", link, ` sets it; or ${asks}`) || undefined,
    };
  },
  "template.empty": () => ({ label: "Template", line: "came out empty" }),
  "budget.ok": (v) => ({ label: "Limit", line: tally(v) ?? "room left" }),
  "budget.wait": (v) => ({
    label: "Limit",
    line: `the CRM's limit is reached${prefixed("; about ", v.span("ms", "wait"))}`,
  }),
  "breaker.open": (v) => ({ label: "CRM", line: `not answering${prefixed(" since ", v.moment("since", "at"))}` }),
  "channel.off": (_, __, channel) => ({ label: "Channel", line: `${capital(on(channel))} is not set up` }),
  "connection.off": (v) => ({
    label: "CRM",
    line: `disconnected${prefixed(" ", v.moment("when", "at"))}: nothing leaves until the team is connected again`,
  }),
  "paused.run": (v) => ({
    label: "Paused",
    line: `paused${prefixed(" by ", v.text("who", "by"))}${prefixed(" ", v.moment("when", "at"))}${because(v.text("reason"))}`,
  }),
  "paused.workflow": (v, x) => ({
    label: "Paused",
    line: `${workflow(v, x)} is paused${prefixed(" by ", v.text("who", "by"))}${because(v.text("reason"))}`,
  }),
  "agent.active": (v) => ({
    label: "Team",
    line: `${v.text("agent") ?? "a person of the team"} wrote or talked to them${prefixed(" ", v.ago("at", "last"), " ago")}; automation keeps quiet${prefixed(" until ", v.moment("until"))}`,
  }),
  "sender.refused": (v, _, channel) => ({
    label: "Sender",
    line: `${refusedSender(v.text("domain"), channel)}${prefixed(" since ", v.moment("when"))}${prefixed(" (", v.text("detail"), ")")}; marketing waits${prefixed(" until ", v.moment("until"))}`,
  }),
  "hold.over": (v) => ({
    label: "Time",
    line: `its time was over${prefixed(" ", v.span("late"))}${v.span("late") === undefined ? "" : " before"} it was decided`,
  }),
  "lead.deleted": () => ({ label: "Lead", line: "removed from the CRM" }),
  "lead.parked": () => ({ label: "Lead", line: "stands still after repeated errors" }),
  "mail.waiting": () => ({ label: "News", line: "something from this lead is still to be read first" }),
  "message.in_flight": (_, __, channel) => ({
    label: "Order",
    line: `another ${on(channel)} to this lead is still on its way`,
  }),
} satisfies Readonly<Record<string, Say>>;

/** The checks that stop a message or make it wait, as a clause after "because". */
export const BECAUSE: Readonly<
  Record<string, (values: Values, context: Context, channel: ChannelName | undefined) => string>
> = {
  "consent.opted_out": (_, __, channel) =>
    channel === "email" ? "they left the email list" : `they opted out of ${on(channel)}s`,
  "consent.muted": () => "they asked for no more e-mails of this kind",
  "consent.none": (_, __, channel) => `they never gave written permission for ${on(channel)}s`,
  "consent.import_only": (_, __, channel) => `their permission for ${on(channel)}s is only an import's claim`,
  "dnd.crm": () => "the CRM marks them do-not-disturb",
  "dnd.unread": () => "the CRM does not say whether they may be written to",
  "address.missing": (_, __, channel) => `there is no ${channel === "email" ? "email address" : "phone number"}`,
  "address.bad": (_, __, channel) => `the ${channel === "email" ? "email address" : "phone number"} does not work`,
  "reply.over": () => "it was written as an answer, and what they wrote is more than a day old",
  "window.closed": () => "their last WhatsApp message is more than 24 hours old",
  "hours.quiet": (v) => `these are quiet hours${prefixed(" (", range(v), ")")} where they live`,
  "hours.unsure_zone": (v) => `nobody knows whether they live in ${zones(v)} time, and the hours of all of them count`,
  "hours.no_rules": (v) =>
    v.text("purpose") === "marketing"
      ? "we have no rules for marketing to their country"
      : "nobody has named the time zone in their country",
  "hours.day": (v) => `nothing goes out on ${v.text("day") ?? "this day"}${prefixed(" in ", v.text("state"))}`,
  "hours.hold": (v) => `an emergency in ${v.text("state") ?? "their state"} lets no marketing through`,
  "whatsapp.refused": (v) => `WhatsApp delivers no ${v.text("purpose") ?? "such"} messages to their number`,
  "cap.full": (v) => `they have had ${tally(v) ?? "as many as they may"}`,
  "budget.wait": () => "the CRM's limit is reached",
  "breaker.open": () => "the CRM is not answering",
  "agent.active": (v) => `${v.text("agent") ?? "a person of the team"} is in touch with them`,
  "sender.refused": (v, _, channel) => refusedSender(v.text("domain"), channel),
  "connection.off": () => "the team is disconnected from the CRM",
  "paused.run": () => "this run is paused",
  "paused.workflow": (v, x) => `${workflow(v, x)} is paused`,
};

/** Mail from a domain of ours is refused, or what a channel is sent from. */
const refusedSender = (domain: string | undefined, channel: Parameters<typeof on>[0]): string =>
  channel === undefined || channel === "email"
    ? `mail from ${domain ?? "the team's domain"} is refused`
    : `what we send from on ${on(channel)} is refused`;

const nothingToAnswer = (ago: string | undefined): string =>
  ago === undefined ? "they have never written to us" : `they last wrote ${ago} ago`;

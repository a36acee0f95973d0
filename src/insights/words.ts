// Codes in words: the one place where a verdict, a link or a reason becomes English. Programs read the codes.
// Neutral by rule: CRM, team, business account; never the CRM's brand.

import type { JsonObject } from "../kernel/json.ts";
import type { ChannelName } from "../leads/index.ts";
import { channelWord } from "./event-words.ts";
import { zoneName } from "./moment.ts";
import { type Context, capital, join, plain, readValues, type Values } from "./values.ts";

export interface Phrase {
  /** One or two words before the line. */
  readonly label?: string;
  readonly line: string;
  readonly note?: string | undefined;
}

type Say = (values: Values, context: Context, channel: ChannelName | undefined) => string | Phrase;

const on = (channel: ChannelName | undefined) => (channel === undefined ? "this channel" : channelWord(channel));
const zones = (values: Values) => {
  const list = values.list("zones", "zone").map(zoneName);
  return list.length === 0 ? "several" : join(list, "or");
};
const next = (values: Values) => {
  const at = values.moment("next", "until", "at");
  return at === undefined ? "" : `; next ${at}`;
};
const clock = (minute: number | undefined) => {
  if (minute === undefined) return undefined;
  const hour = Math.floor(minute / 60) % 24;
  const rest = minute % 60 === 0 ? "" : `:${String(minute % 60).padStart(2, "0")}`;
  return `${hour % 12 === 0 ? 12 : hour % 12}${rest} ${hour < 12 ? "am" : "pm"}`;
};
/** Minutes since midnight, or `19:55`. */
const edge = (values: Values, name: string) => {
  const text = values.text(name);
  const [, hour, minute] = /^(\d{1,2}):(\d\d)$/.exec(text ?? "") ?? [];
  if (hour !== undefined && minute !== undefined) return clock(Number(hour) * 60 + Number(minute));
  return clock(values.number(name)) ?? text;
};
const workflow = (values: Values, context: Context) => {
  const id = values.text("workflow", "name");
  return id === undefined ? "the workflow" : context.workflow(id);
};
const step = (values: Values) => values.text("step", "path", "name");
const because = (reason: string | undefined) => {
  const told = reason?.replace(/^(exit|stop): /, "");
  return told === undefined || told === "completed" || told === "stopped" ? "" : `: ${plainReason(told)}`;
};
const plainReason = (reason: string) => (/^[a-z]+([_.][a-z]+)+$/.test(reason) ? plain(reason) : reason);

/** Checks of the right to send. */
const CHECKS: Readonly<Record<string, Say>> = {
  "consent.ok": (v) => {
    const parts = [v.text("kind"), v.date("date", "at", "since"), v.text("source")].filter((x) => x !== undefined);
    return { label: "Consent", line: parts.length === 0 ? "given" : parts.map(plainReason).join(", ") };
  },
  "consent.none": (v, _, channel) => ({
    label: "Consent",
    line: `no written permission for ${on(channel)}`,
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
  "consent.import_only": () => ({ label: "Consent", line: "came with an import, which is a claim, not proof" }),
  "opt_out.none": () => ({ label: "Opt-out", line: "none" }),
  "dnd.crm": (v) => ({
    label: "Opt-out",
    line: `marked do-not-disturb in the CRM${prefixed(" ", v.moment("when", "at"))}`,
  }),
  "dnd.none": () => ({ label: "Do not disturb", line: "not set in the CRM" }),
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
  "hours.day": (v) => ({
    label: "Hours",
    line: `no marketing on ${v.text("day") ?? "this day"}${prefixed(" in ", v.text("state"))}${next(v)}`,
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
  "window.ok": () => ({ label: "Window", line: "open" }),
  "window.not_needed": (_, __, channel) => ({ label: "Window", line: `not needed for ${on(channel)}` }),
  "address.ok": () => ({ label: "Address", line: "known" }),
  "address.missing": (_, __, channel) => ({
    label: "Address",
    line: channel === "email" ? "no email address" : "no phone number",
  }),
  "address.bad": (v, _, channel) => ({
    label: "Address",
    line: `${channel === "email" ? "the address bounced" : "the number was refused by the carrier"}${prefixed(" ", v.moment("when", "at"))}`,
  }),
  "template.missing": (v, _, channel) => ({
    label: "Template",
    line: `${v.text("template") ?? "it"} has no text for ${on(channel)}`,
  }),
  "template.failed": (v) => ({
    label: "Template",
    line: `could not be filled in${because(v.text("detail", "reason", "field"))}`,
  }),
  "template.empty": () => ({ label: "Template", line: "came out empty" }),
  "budget.ok": (v) => ({ label: "Limit", line: tally(v) ?? "room left" }),
  "budget.wait": (v) => ({
    label: "Limit",
    line: `the CRM's limit is reached${prefixed("; about ", v.span("ms", "wait"))}`,
  }),
  "breaker.open": (v) => ({ label: "CRM", line: `not answering${prefixed(" since ", v.moment("since", "at"))}` }),
  "channel.off": (_, __, channel) => ({ label: "Channel", line: `${capital(on(channel))} is not set up` }),
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
    line: `${v.text("agent") ?? "a person of the team"} wrote${prefixed(" ", v.ago("at", "last"), " ago")}; automation keeps quiet${prefixed(" until ", v.moment("until"))}`,
  }),
  "lead.deleted": () => ({ label: "Lead", line: "removed from the CRM" }),
  "lead.parked": () => ({ label: "Lead", line: "stands still after repeated errors" }),
  "mail.waiting": () => ({ label: "News", line: "something from this lead is still to be read first" }),
  "message.in_flight": (_, __, channel) => ({
    label: "Order",
    line: `another ${on(channel)} to this lead is still on its way`,
  }),
};

/** Why a rule did or did not fire, why a lead did or did not enter, and how a run went. */
const CAUSES: Readonly<Record<string, Say>> = {
  "rule.fired": (v) => ({
    line: ruleName(v),
    note:
      [v.list("reasons").join(" + "), prefixed("may fire again ", v.moment("again", "cooldownUntil", "until"))]
        .filter(Boolean)
        .join(" · ") || undefined,
  }),
  "rule.cooldown": (v) => ({
    line: `${ruleName(v)} fired${prefixed(" ", v.ago("fired", "firedAt", "last"), " ago")}${prefixed("; again from ", v.moment("again", "until"))}`,
  }),
  "rule.short": (v) => ({
    line: `${ruleName(v)}: ${v.number("k") ?? 0} of ${v.number("n") ?? "those needed"} seen`,
    note: prefixed("within ", v.span("window")) || undefined,
  }),
  "rule.guard": (v) => ({
    line: `${ruleName(v)} stays quiet${because(v.text("reason"))}`,
    note: prefixed("until ", v.moment("until")) || undefined,
  }),
  "rule.if": (v) => ({ line: `${ruleName(v)}: its condition does not hold${condition(v)}` }),
  "guard.new_lead": (v) => ({
    line: `${ruleName(v)} stays quiet: the lead is new`,
    note: prefixed("until ", v.moment("until")) || undefined,
  }),
  "guard.agent_contact": (v) => ({
    line: `${ruleName(v)} stays quiet: a person of the team was in touch`,
    note: prefixed("until ", v.moment("until")) || undefined,
  }),
  "enroll.enrolled": () => "entered",
  "enroll.pending": () => "waits to enter",
  "enroll.asked": (v) => `asked for${prefixed(" by ", v.text("by", "who"))}`,
  "enroll.limit": () => "already in as many workflows as one lead may be",
  rollout: (v) => `not in the share this workflow takes in${prefixed(": ", share(v.number("share", "rollout")))}`,
  holdout: (v) => `in the ${share(v.number("share", "holdout")) ?? "group"} we leave out to compare`,
  "group.busy": (v, x) => `already in ${workflow(v, x)}`,
  "workflow.draft": (v, x) => `${workflow(v, x)} is a draft`,
  "run.pending": () => "waits to begin",
  "run.waiting": () => "goes on waiting",
  "score.rules": (v) => ({
    line: ofHundred(v.number("score", "value")) ?? "scored",
    note: v.list("reasons").join(" + ") || "from rules: too few outcomes for a model",
  }),
  "score.model": (v) => ({
    line: ofHundred(v.number("score", "value")) ?? "scored",
    note: prefixed("model ", v.text("model")) || undefined,
  }),
  "enroll.ok": (v, x) => entered(v, x),
  "enroll.entered": (v, x) => entered(v, x),
  "enroll.condition": (v) => {
    const field = v.text("field", "subject");
    if (field === undefined) return "its condition does not hold";
    const value = v.text("value");
    if (value === undefined || v.text("why") === "empty") return `${plain(field)} is empty, so nothing is decided`;
    return `${plain(field)} is ${value}, needs ${v.text("wanted", "needs") ?? "another value"}`;
  },
  "enroll.unknown": (v) => `${plain(v.text("field", "subject") ?? "a field")} is empty, so nothing is decided`,
  "enroll.again": (v) =>
    `was in${prefixed(" until ", v.date("until", "ended"))}${v.date("again", "from") ? `; again from ${v.date("again", "from")}` : "; enters once only"}`,
  "enroll.holdout": (v) => `in the ${share(v.number("share", "x")) ?? "group"} we leave out to compare`,
  "enroll.rollout": (v) => `not in the first ${share(v.number("share", "x")) ?? "group"}`,
  "enroll.group": (v, x) => `already in ${workflow(v, x)}`,
  "enroll.running": (v, x) => `already in ${workflow(v, x)}`,
  "enroll.paused": (v, x) => `${workflow(v, x)} takes nobody in while it is paused`,
  "enroll.queued": (v, x) => `waits for ${workflow(v, x)} to end`,
  "enroll.settle": (v) => `settling${prefixed(" until ", v.moment("until"))}`,
  "enroll.lineage": () => "started by itself, or too deep a chain of workflows that start one another",
  "enroll.inputs": (v) =>
    `what it was given does not fit: ${v.text("input") ?? "an input"} is ${plain(v.text("why") ?? "wrong")}`,
  "assign.chosen": (v) =>
    v.text("reason") ?? `chosen from ${plain(v.text("team") ?? "the team")}, ${plain(v.text("by") ?? "in turn")}`,
  "enroll.restart": (v, x) => `began ${workflow(v, x)} anew`,
  "workflow.step": (v, x) => at(v, x),
  "step.entered": (v, x) => at(v, x),
  "step.skipped": (v) => `step ${name(v)} left out${condition(v) || ": its condition does not hold"}`,
  "step.done": (v) => `step ${name(v)} done`,
  "step.failed": (v) => `step ${name(v)} failed${because(v.text("reason", "error", "last"))}`,
  "step.retry": (v) => `step ${name(v)} is tried again${prefixed(" ", v.moment("at", "until"))}`,
  "choose.case": (v) => `took “${v.text("case", "to") ?? "a branch"}”${prefixed(" at ", step(v))}`,
  "choose.otherwise": (v) => `no case held${prefixed(" at ", step(v))}`,
  "wait.started": (v) => `waits${prefixed(" until ", v.moment("until", "at"))}`,
  "wait.over": () => "the wait is over",
  "wait.past": () => "the moment to wait for had passed",
  "wait.missing": (v) => `nothing to wait for: ${plain(v.text("anchor", "field") ?? "its date")} is empty`,
  "wait_for.started": (v) =>
    `waits for ${join(v.list("events", "event").map(plain), "or") || "news"}${prefixed(", at most until ", v.moment("until"))}`,
  "wait_for.met": (v) =>
    `what it waited for came${prefixed(": ", v.text("event") === undefined ? undefined : plain(v.text("event") ?? ""))}`,
  "wait_for.over": () => "nothing came in time",
  goal: (v) =>
    `goal reached${prefixed(": ", v.text("event") === undefined ? undefined : plain(v.text("event") ?? ""))}`,
  "goal.reached": (v) =>
    `goal reached${prefixed(": ", v.text("event") === undefined ? undefined : plain(v.text("event") ?? ""))}`,
  exit: (v) => `ended${because(v.text("reason"))}`,
  "run.completed": (v) => `done${because(v.text("outcome", "reason"))}`,
  "run.ended": (v) => `ended${because(v.text("outcome", "reason"))}`,
  "run.failed": (v) => `failed${because(v.text("reason", "error", "last"))}`,
  "run.stopped": (v) => `stopped${prefixed(" by ", v.text("who", "by"))}${because(v.text("reason"))}`,
  "run.paused": (v) => `paused${prefixed(" until ", v.moment("until"))}${because(v.text("reason"))}`,
  "run.resumed": () => "goes on",
  "run.timed_out": () => "ended: it had run too long",
  timed_out: (v) => `ended: it had run longer than ${v.span("after") ?? "it may"}`,
  too_many_steps: (v) => `stopped: more than ${v.number("most") ?? "the allowed number of"} steps in one go`,
  "run.retried": () => "tried again by hand",
  "wait.until": (v) => `waits${prefixed(" until ", v.moment("until"))}`,
  "wait_for.listening": (v) =>
    `waits for ${join(v.list("events", "event").map(plain), "or") || "news"}${prefixed(", at most until ", v.moment("until"))}`,
  "wait_for.timed_out": () => "nothing came in time",
  "branch.case": (v) => `took “${v.text("name", "path") ?? "a branch"}”`,
  "branch.otherwise": () => "took “otherwise”",
  "branch.none": () => "no branch held; it goes on",
  "case.not_taken": (v) => `left out ${name(v)}${condition(v)}`,
  "loop.pass": (v) => `pass ${v.number("pass") ?? "?"} of ${v.number("of") ?? "?"}`,
  "loop.done": (v) => `done after ${v.number("passes") ?? "all"} passes`,
  "loop.until": (v) => `done after ${v.number("passes") ?? "some"} passes: what it waited for holds`,
  "step.jumped": (v) => `jumped to “${v.text("to") ?? "a later step"}”`,
  "error.retry": (v) => `an error; tried again${prefixed(" ", v.moment("until"))}`,
  "error.fail": (v) => `failed${because(v.text("reason"))}`,
  "error.continue": (v) => `an error, and it went on${because(v.text("reason"))}`,
  "error.end": (v) => `an error ended it${because(v.text("reason"))}`,
  already_sent: (v) => `step ${name(v)} had sent before and is not sent again`,
};

/** What became of an effect. */
const OUTCOMES: Readonly<Record<string, Say>> = {
  "hold.expired": (v) =>
    `could not go within ${v.span("hold", "ms") ?? "its time"}${prefixed("; longest blocker: ", v.text("verdict", "code") === undefined ? undefined : plain(v.text("verdict", "code") ?? ""))}`,
  "send.failover": (v, _, channel) => {
    const from = v.text("from", "channel");
    const to = v.text("to", "next");
    const why = v.text("detail", "reason", "words");
    return `${capital(from === undefined ? on(channel) : channelWord(from))} ${v.text("outcome") ?? "refused"}${because(why)}${to ? `; trying ${channelWord(to)}` : ""}`;
  },
  "send.unconfirmed": (v) =>
    `asked${prefixed(" at ", v.moment("at"))}, no answer; looking in the conversation before anything is sent again`,
  "send.failed": (v) =>
    `every channel failed${prefixed(": ", join(v.list("channels", "list").map(channelWord)) || undefined)}`,
  "send.blocked": () => "no channel may be used",
  "send.asked": (v) => `asked for a message from “${v.text("template") ?? "a template"}”`,
  "send.accepted": (v) => `accepted; delivery is awaited${prefixed(" until ", v.moment("until"))}`,
  "send.sent": () => "sent, and on to the next step",
  "send.delivered": () => "delivered, and on to the next step",
  "send.expired": () => "its time was over before it could go",
  "send.settled": () => "a person said what became of it",
  "tag.asked": (v) => tags(v),
  "tag.unchanged": () => "the tags were as wanted already",
  "task.asked": (v) => `a task${prefixed(" for ", v.text("to"))}${prefixed(", due ", v.moment("due"))}`,
  "note.asked": () => "a note",
  "channel.chosen": (v) => {
    const chosen = v.text("channel");
    const rest = v
      .list("order", "channels", "next")
      .filter((item) => item !== chosen)
      .map(channelWord);
    return {
      line: `${capital(channelWord(chosen ?? "channel"))}, as the step says`,
      note: rest.length === 0 ? undefined : `${join(rest)} next`,
    };
  },
  "channel.next": (v) => `${capital(channelWord(v.text("channel") ?? "the next channel"))} is next`,
  "channel.none": () => "none left",
  "provider.none": () => "never asked",
  "provider.waiting": () => ({ line: "not asked yet", note: "all of this is checked again at that moment" }),
  "effect.task": (v) =>
    `a task${prefixed(" for ", v.text("to"))}${prefixed(": “", v.text("title"), "”")}${prefixed(", due ", v.moment("dueAt", "due"))}`,
  "effect.tag": (v) => tags(v),
  "effect.note": (v) => `a note${prefixed(": “", v.text("text"), "”")}`,
  "effect.update": (v) => `a change of the contact${prefixed(": ", join(v.list("changed").map(plain)) || undefined)}`,
  "effect.assign": (v) => `assigned${prefixed(" to ", v.text("to"))}`,
  "effect.notify": (v) => `a notice${prefixed(" for ", v.text("to"))}${prefixed(": “", v.text("message"), "”")}`,
  "effect.opportunity": (v) =>
    `opportunity: ${v.text("action") ?? "change"}${prefixed(" in ", v.text("pipeline"))}${prefixed(", ", v.text("stage"))}`,
  "effect.webhook": (v) => `a webhook${prefixed(" to ", v.text("host"))}`,
  "effect.crm_workflow": (v) =>
    `${v.text("action") === "remove" ? "taken out of" : "put into"} ${prefixed("the CRM's workflow “", v.text("workflow"), "”") || "a workflow of the CRM"}`,
  "effect.refused": (v) => `could not be asked for${because(v.text("reason"))}`,
  "write.undecided": () => "asked, no answer, and nothing shows whether it was done: a person has to say",
  "effect.unchanged": () => "it was so already: nothing to do",
  "provider.accepted": () => "the CRM has it",
  "provider.refused": (v) => `the CRM refused it${because(v.text("detail", "reason"))}`,
  "then.task": (v) =>
    `a task${prefixed(" for ", v.text("to", "for"))}${prefixed(": “", v.text("title"), "”")}${prefixed(", due ", v.moment("due", "dueAt"))}`,
  "then.branch": (v) => `the step's “${plain(v.text("branch", "outcome") ?? "branch")}” ran`,
  "then.tag": (v) => tags(v),
  "then.note": (v) => `a note${prefixed(": “", v.text("text"), "”")}`,
};

const WORDS: Readonly<Record<string, Say>> = { ...CHECKS, ...CAUSES, ...OUTCOMES };

/** The checks that stop a message or make it wait, as a clause after "because". */
const BECAUSE: Readonly<
  Record<string, (values: Values, context: Context, channel: ChannelName | undefined) => string>
> = {
  "consent.opted_out": (_, __, channel) =>
    channel === "email" ? "they left the email list" : `they opted out of ${on(channel)}s`,
  "consent.none": (_, __, channel) => `they never gave written permission for ${on(channel)}s`,
  "consent.import_only": (_, __, channel) => `their permission for ${on(channel)}s is only an import's claim`,
  "dnd.crm": () => "the CRM marks them do-not-disturb",
  "address.missing": (_, __, channel) => `there is no ${channel === "email" ? "email address" : "phone number"}`,
  "address.bad": (_, __, channel) => `the ${channel === "email" ? "email address" : "phone number"} does not work`,
  "window.closed": () => "their last WhatsApp message is more than 24 hours old",
  "hours.quiet": (v) => `these are quiet hours${prefixed(" (", range(v), ")")} where they live`,
  "hours.unsure_zone": (v) => `nobody knows whether they live in ${zones(v)} time, and the hours of all of them count`,
  "hours.day": (v) => `nothing goes out on ${v.text("day") ?? "this day"}${prefixed(" in ", v.text("state"))}`,
  "cap.full": (v) => `they have had ${tally(v) ?? "as many as they may"}`,
  "budget.wait": () => "the CRM's limit is reached",
  "breaker.open": () => "the CRM is not answering",
  "agent.active": (v) => `${v.text("agent") ?? "a person of the team"} is in touch with them`,
  "paused.run": () => "this run is paused",
  "paused.workflow": (v, x) => `${workflow(v, x)} is paused`,
};

export function clause(code: string, values: JsonObject | undefined, context: Context, channel?: ChannelName): string {
  const say = Object.hasOwn(BECAUSE, code) ? BECAUSE[code] : undefined;
  if (say !== undefined) return say(readValues(values, context), context, channel);
  return `of this: ${words(code, values, context, channel).line}`;
}

/** Whether a code has words of its own. */
export const hasWords = (code: string): boolean => Object.hasOwn(WORDS, code);

/** Every code that has words. */
export const codesWithWords = (): readonly string[] => Object.keys(WORDS);

/** A code and its values in words; an unknown code is still readable. */
export function words(code: string, values: JsonObject | undefined, context: Context, channel?: ChannelName): Phrase {
  const say = Object.hasOwn(WORDS, code) ? WORDS[code] : undefined;
  const read = readValues(values, context);
  if (say === undefined) {
    const detail = read.text("detail", "reason", "text", "name");
    return { line: detail === undefined ? plain(code) : `${plain(code)}: ${plainReason(detail)}` };
  }
  const phrase = say(read, context, channel);
  return typeof phrase === "string" ? { line: phrase } : phrase;
}

const prefixed = (before: string, text: string | undefined, after = "") =>
  text === undefined || text === "" ? "" : `${before}${text}${after}`;
const name = (values: Values) => `“${values.text("name", "step", "path") ?? "?"}”`;
const ruleName = (values: Values) => capital(values.text("name") ?? plain(values.text("rule") ?? "a rule"));

/** What of a condition did not hold: `subject`, `why` (holds, differs, empty, other_type) and its value. */
function condition(values: Values): string {
  const subject = values.text("subject", "field");
  if (subject === undefined) return "";
  if (values.text("why") === "empty") return `: ${plain(subject)} is empty`;
  const value = values.text("value");
  return value === undefined ? `: ${plain(subject)} did not fit` : `: ${plain(subject)} is ${value}`;
}

function tags(values: Values): string {
  const changes = [...values.list("add").map((tag) => `+ ${tag}`), ...values.list("remove").map((tag) => `− ${tag}`)];
  return changes.length === 0 ? "tags changed" : `tags: ${changes.join(", ")}`;
}

/** A standing, not a chance: never a percentage. */
const ofHundred = (value: number | undefined) =>
  value === undefined ? undefined : `${Math.round(value * 100)} of 100`;

function share(value: number | undefined): string | undefined {
  if (value === undefined) return undefined;
  const percent = value * 100;
  if (percent > 0 && percent < 1) return "<1%";
  if (percent > 99 && percent < 100) return ">99%";
  return `${Math.round(percent)}%`;
}

const range = (values: Values) => {
  const from = edge(values, "from");
  const to = edge(values, "to");
  return from === undefined || to === undefined ? undefined : `${from} to ${to}`;
};

function tally(values: Values): string | undefined {
  const k = values.number("k", "used", "count");
  const n = values.number("n", "limit", "of");
  if (k === undefined || n === undefined) return undefined;
  return `${k} of ${n}${prefixed(" in ", values.span("window", "windowMs"))}`;
}

function entered(values: Values, context: Context): Phrase {
  const by = values.text("event", "by", "type");
  return { line: workflow(values, context), note: by === undefined ? undefined : `entered by ${plain(by)}` };
}

function at(values: Values, context: Context): Phrase {
  const file = values.text("file");
  const line = values.number("line");
  const parts = [
    prefixed("step ", values.text("step", "path")),
    file === undefined ? "" : `${file}${line === undefined ? "" : `:${line}`}`,
  ];
  return { line: workflow(values, context), note: parts.filter(Boolean).join(" · ") || undefined };
}

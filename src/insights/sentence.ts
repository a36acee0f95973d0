// A decision in one sentence, and in the title of a row.

import { isObject, type JsonObject } from "../kernel/json.ts";
import { type Instant, MINUTE } from "../kernel/time.ts";
import type { ChannelName } from "../leads/index.ts";
import type { Verdict } from "../outreach/index.ts";
import type { Decision, Link } from "./decision.ts";
import { type EffectFacts, effectTitle } from "./effect-title.ts";
import { channelWord, causeWords as eventCause, starterOf } from "./event-words.ts";
import { moment } from "./moment.ts";
import { prefixed } from "./phrase.ts";
import { quote } from "./quote.ts";
import { type Context, capital, firstName, join, plain, readValues } from "./values.ts";
import type { MessageState, Status } from "./view.ts";
import { clause, words } from "./words.ts";

/** What is known of the message a decision is about, read when asked. */
export interface MessageFacts {
  readonly id: string;
  readonly channel: ChannelName;
  readonly template: string;
  readonly state: MessageState;
  readonly heldUntil?: Instant;
  /** When its own time is over. */
  readonly holdUntil?: Instant;
  /** How it begins. */
  readonly excerpt?: string;
}

export type Decided = Pick<Decision, "kind" | "verdict" | "links" | "at"> & {
  readonly effect?: EffectFacts | undefined;
  readonly workflow?: string | undefined;
  readonly path?: string | undefined;
};

const STATUS: Readonly<Record<MessageState, Status>> = {
  queued: "run",
  sending: "run",
  held: "held",
  unconfirmed: "asked",
  accepted: "done",
  delivered: "done",
  failed: "failed",
  blocked: "off",
  expired: "off",
  withdrawn: "off",
  undecided: "asked",
  shadow: "off",
};

const STATE_WORDS: Readonly<Record<MessageState, string>> = {
  queued: "about to go",
  sending: "going out",
  held: "held",
  unconfirmed: "unconfirmed",
  accepted: "sent",
  delivered: "delivered",
  failed: "failed",
  blocked: "not sent",
  expired: "not sent: its time was over",
  withdrawn: "withdrawn",
  undecided: "for a person to settle",
  shadow: "only rehearsed",
};

export const messageStatus = (state: MessageState): Status => STATUS[state];

/** "Text to … delivered": how a message's row says where it stands. */
const stateWords = (state: MessageState): string => STATE_WORDS[state];

export function decisionStatus(decision: Decided, message: MessageFacts | undefined): Status {
  if (decision.kind === "message" && message !== undefined) return messageStatus(message.state);
  switch (decision.verdict) {
    case "queued":
    case "waiting":
      return "run";
    case "held":
      return "held";
    case "sent":
    case "enrolled":
    case "done":
      return "done";
    case "fired":
    case "branch":
      return "event";
    case "undecided":
      return "asked";
    case "failed":
      return "failed";
    case "ended":
      return endStatus(decision.links);
    default:
      return "off";
  }
}

const endStatus = (links: readonly Link[]): Status =>
  links.some((link) => link.code === "run.failed" || link.status === "failed")
    ? "failed"
    : completed(links)
      ? "done"
      : "off";

const completed = (links: readonly Link[]): boolean =>
  links.some((link) => link.code === "run.completed" || link.code === "goal.reached");

/** Why a run ended: what the runner noted, rather than that it ended. */
function ending(decision: Decided, context: Context): string {
  const told = decision.links.filter((link) => link.kind === "then" || link.kind === "workflow");
  const best =
    told.findLast((link) => /^(exit|goal|timed_out|error|too_many)/.test(link.code)) ??
    told.findLast((link) => link.kind === "then");
  if (best === undefined) return "";
  const line = phrase(best, context).line.replace(/^ended: /, "");
  return line === "done" || line === "stopped" ? "" : `: ${line}`;
}

/** The row of a decision: "Text delivered", "Entered Hot lead", "Buying signal". */
export function decisionTitle(decision: Decided, message: MessageFacts | undefined, context: Context): string {
  if (decision.kind === "message") {
    const state = message?.state ?? stateOf(decision.verdict);
    return `${capital(channelWord(channelOf(decision, message)))} ${stateWords(state)}`;
  }
  const flow = decision.workflow === undefined ? "a workflow" : context.workflow(decision.workflow);
  switch (decision.verdict) {
    case "enrolled":
      return `Entered ${flow}`;
    case "not_enrolled":
      return `Did not enter ${flow}`;
    case "fired":
      return ruleOf(decision, context);
    case "not_fired":
      return `${ruleOf(decision, context)}: not yet`;
    case "ended":
    case "done":
      if (decision.kind === "run") return `${completed(decision.links) ? "Finished" : "Left"} ${flow}`;
      if (decision.kind === "step") return `Went on in ${flow}`;
      return (
        effectTitle(decision) ?? effectLine(decision, context) ?? `${capital(plain(decision.path ?? "step"))} done`
      );
    case "branch":
      return `Took a branch in ${flow}`;
    case "waiting":
      return decision.kind === "enrollment" ? `About to enter ${flow}` : `Waiting in ${flow}`;
    case "failed":
      if (decision.kind === "run") return `${capital(flow)} failed`;
      return effectTitle(decision) ?? `${capital(plain(decision.path ?? "step"))} failed`;
    default:
      return (
        effectTitle(decision) ??
        effectLine(decision, context) ??
        `${capital(plain(decision.kind))} ${plain(decision.verdict)}`
      );
  }
}

/** What a row says in its second line: how the message begins, else the first reason that counted. */
export function decisionDetail(
  decision: Decided,
  message: MessageFacts | undefined,
  context: Context,
): string | undefined {
  if (decision.kind === "rule") {
    const fired = decision.links.find((link) => link.kind === "rule");
    if (fired === undefined) return undefined;
    return readValues(fired.values, context).list("reasons").join(" + ") || phrase(fired, context).note;
  }
  if (decision.kind === "message") {
    const state = message?.state ?? stateOf(decision.verdict);
    if (state === "held") return heldWords(decision.links, message, context) || undefined;
    const failing = bindingOf(decision.links, state, message?.channel);
    if ((state === "blocked" || state === "expired") && failing !== undefined) {
      return words(failing.code, failing.values, context, failing.channel).line;
    }
    if (state === "failed") return failure(decision.links, context) ?? quote(message?.excerpt);
    return quote(message?.excerpt);
  }
  if (decision.verdict === "ended") return ending(decision, context).replace(/^: /, "") || undefined;
  if (decision.kind === "effect") {
    if (effectTitle(decision) === undefined && effectLine(decision, context) !== undefined) return undefined;
    const last = decision.links.findLast((link) => link.kind === "provider" || link.kind === "then");
    return last === undefined || last.status === "done" || last.status === "run"
      ? undefined
      : phrase(last, context).line;
  }
  const cause = causeOf(decision.links);
  if (decision.verdict === "enrolled" && cause?.code.startsWith("timer.")) return undefined;
  const link = decision.verdict === "enrolled" ? cause : decision.links.findLast((item) => item.kind !== "event");
  return link === undefined ? undefined : phrase(link, context).line;
}

/** The sentence that opens a Why. */
export function sentence(decision: Decided, message: MessageFacts | undefined, context: Context): string {
  const who = firstName(context.leadName);
  if (decision.kind === "message")
    return [messageSentence(decision, message, context, who), ...passedOver(decision.links, context)].join(" ");
  const flow = decision.workflow === undefined ? "the workflow" : context.workflow(decision.workflow);
  const cause = causeWords(decision, context, who);
  const last = decision.links.findLast((link) => link.kind !== "event");
  const detail = last === undefined ? undefined : phrase(last, context).line;
  switch (decision.verdict) {
    case "enrolled":
      return `${who} entered ${flow}${cause === undefined ? "" : ` because ${cause}`}.`;
    case "not_enrolled":
      return `${who} did not enter ${flow}${detail === undefined ? "" : `: ${detail}`}.`;
    case "fired": {
      const rule = decision.links.find((link) => link.kind === "rule");
      const reasons = rule === undefined ? [] : readValues(rule.values, context).list("reasons");
      return `${ruleOf(decision, context)}${reasons.length === 0 ? ` was seen for ${who}` : `: ${join(reasons)}`}.`;
    }
    case "not_fired":
      return `${detail ?? `${ruleOf(decision, context)} did not fire`}.`;
    case "ended":
    case "done":
      if (decision.kind === "run") {
        return `${who} ${completed(decision.links) ? "finished" : "left"} ${flow}${ending(decision, context)}.`;
      }
      if (decision.kind === "step") return `${who} went on in ${flow}${detail === undefined ? "" : `: ${detail}`}.`;
      return `${effectTitle(decision) ?? effectLine(decision, context) ?? `The step “${decision.path ?? "?"}” is done`}.`;
    case "waiting":
      return `${who} stands in ${flow}${detail === undefined ? "" : `: ${detail}`}.`;
    case "branch":
      return `${who} took a branch in ${flow}${detail === undefined ? "" : `: ${detail}`}.`;
    default:
      if (effectTitle(decision) === undefined && detail !== undefined && decision.kind === "effect")
        return `${capital(detail)}.`;
      return `${decisionTitle(decision, message, context)}${detail === undefined ? "" : `: ${detail}`}.`;
  }
}

function messageSentence(decision: Decided, message: MessageFacts | undefined, context: Context, who: string): string {
  const state = message?.state ?? stateOf(decision.verdict);
  const noun = channelWord(channelOf(decision, message));
  const cause = causeWords(decision, context, who);
  const why = cause === undefined ? "" : ` because ${cause}`;
  switch (state) {
    case "accepted":
    case "delivered":
      return `${who} got this ${noun}${why}.`;
    case "queued":
    case "sending":
      return `This ${noun} is on its way to ${who}${why}.`;
    case "held":
      return `The ${noun} to ${who} waits${prefixed(" ", heldWords(decision.links, message, context))}.`;
    case "blocked":
      return `${who} was not written to${refusals(decision.links, context)}.`;
    case "expired": {
      const late = decision.links.find(({ code }) => code === "hold.over");
      if (late !== undefined) return `This ${noun} to ${who} was not sent: ${phrase(late, context).line}.`;
      const own = channelOf(decision, message);
      return `This ${noun} to ${who} was not sent: it could not go in the time it had${refusals(decision.links, context, "; ", own)}.`;
    }
    case "withdrawn":
      return `This ${noun} to ${who} was withdrawn before it went${ending(decision, context)}.`;
    case "failed":
      return `This ${noun} to ${who} failed: ${failure(decision.links, context) ?? "the provider refused it"}.`;
    case "unconfirmed":
      return `This ${noun} to ${who} was asked for and the answer was lost; the conversation is looked at before anything is sent again.`;
    case "undecided":
      return `Nobody can tell whether this ${noun} reached ${who}: a person has to say.`;
    case "shadow":
      return `This ${noun} to ${who} was only rehearsed: its workflow does not send yet.`;
  }
}

/** Mass sends that wait for an opening of hours go over so long after it (`sending/lane.ts`). */
const TURNS_MS = 10 * MINUTE;

/**
 * Until when a message is held, and all that keeps it, to be read after "held" or "waits": one instant, that of its row,
 * whatever each check has for its own end. Empty where nothing is known.
 */
export function heldWords(
  links: readonly Link[],
  message:
    | (Pick<MessageFacts, "channel"> & { heldUntil?: Instant | undefined; holdUntil?: Instant | undefined })
    | undefined,
  context: Context,
): string {
  const all = failures(links);
  const own = all.filter((verdict) => verdict.channel === undefined || verdict.channel === message?.channel);
  const failing = own.length > 0 ? own : all;
  const ends = failing.flatMap(({ until }) => until ?? []);
  const last = ends.length === 0 ? undefined : Math.max(...ends);
  const at = message?.heldUntil ?? last;
  const clauses = [
    ...new Set(failing.map((verdict) => clause(verdict.code, verdict.values, context, verdict.channel))),
  ];
  return [when(at, last, message?.holdUntil, context), prefixed("because ", join(clauses.slice(0, 2)))]
    .filter((part) => part !== "")
    .join(", ");
}

function when(
  at: Instant | undefined,
  last: Instant | undefined,
  holdUntil: Instant | undefined,
  { now, zone }: Context,
): string {
  if (at === undefined) return "";
  const said = moment(at, now, zone);
  if (holdUntil !== undefined && at >= holdUntil) return `until ${said}, when its time is over`;
  return last !== undefined && at > last && at <= last + TURNS_MS ? `for its turn at ${said}` : `until ${said}`;
}

/** Why it came to this, as a clause: the rule's reasons, else what the lead did, else the step. */
function causeWords(decision: Decided, context: Context, who: string): string | undefined {
  const rule = decision.links.find((link) => link.kind === "rule" && link.status !== "off");
  if (rule !== undefined) {
    const reasons = readValues(rule.values, context).list("reasons");
    const name = phrase(rule, context).line;
    return reasons.length > 0 ? `of “${name}”: ${join(reasons)}` : `of “${name}”`;
  }
  const event = decision.links.find((link) => link.kind === "event");
  if (event !== undefined) {
    if (event.code.startsWith("event.enroll.")) return startedBy(event, context, who);
    const said = eventCause(event.code, event.values);
    if (said.kind === "behavior") return `${who} ${lower(said.title)}`;
    if (event.code.endsWith("contact.created")) return `${who} is a new lead`;
    if (/^(timer|outcome)\./.test(event.code)) return undefined;
    return `of this: ${lower(said.title)}`;
  }
  if (decision.workflow === undefined) return undefined;
  const step = decision.path === undefined ? "" : `, step “${decision.path}”`;
  return `${context.workflow(decision.workflow)} says so${step}`;
}

/** Who or what put the lead into the workflow, and what the lead had done. */
function startedBy({ code, values }: Link, context: Context, who: string): string | undefined {
  const data = objectIn(values, "data");
  const by = data?.["by"];
  if (code === "event.enroll.asked") return `${typeof by === "string" ? by : "a person of the team"} asked for it`;
  if (code === "event.enroll.existing") return `${who} was here when this version of the workflow began`;
  const begun = typeof by !== "string" ? "of a rule" : `of “${context.workflow(starterOf(by))}”`;
  const prompted = objectIn(data, "prompted");
  const type = prompted?.["type"];
  if (typeof type !== "string") return begun;
  const told = objectIn(prompted, "data") ?? {};
  const reasons = readValues(told, context).list("reasons");
  if (reasons.length > 0) return `${begun}: ${join(reasons)}`;
  const said = eventCause(type, told);
  return said.kind === "behavior" ? `${begun}: ${who} ${lower(said.title)}` : begun;
}

const objectIn = (values: JsonObject | undefined, key: string): JsonObject | undefined => {
  const found = values?.[key];
  return isObject(found) ? found : undefined;
};

const lower = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

const causeOf = (links: readonly Link[]): Link | undefined =>
  links.find((link) => link.kind === "rule" && link.status !== "off") ?? links.find((link) => link.kind === "event");

/** A link's own words; an event's come from the vocabulary. */
export function phrase(link: Link, context: Context): { label?: string; line: string; note?: string | undefined } {
  if (link.kind === "event") {
    const said = eventCause(link.code, link.values);
    return { line: said.title, note: said.detail };
  }
  return words(link.code, link.values, context);
}

export const failures = (links: readonly Link[]): readonly Verdict[] =>
  links.flatMap((link) => link.verdicts ?? []).filter((verdict) => !verdict.ok);

/** What kept a message back, in one code: on the channel it stood on, where that is known. */
export function bindingOf(
  links: readonly Link[],
  state: MessageState,
  channel: ChannelName | undefined,
): { readonly code: string; readonly values?: JsonObject; readonly channel?: ChannelName } | undefined {
  const late = links.find(({ code }) => code === "hold.over");
  if (late !== undefined)
    return late.values === undefined ? { code: late.code } : { code: late.code, values: late.values };
  const all = failures(links);
  const own = all.find((verdict) => verdict.channel === undefined || verdict.channel === channel);
  const over = state === "expired" ? links.find(({ code }) => code === "hold.expired") : undefined;
  if (own !== undefined || over === undefined) return own ?? all[0];
  return over.values === undefined ? { code: over.code } : { code: over.code, values: over.values };
}

/** One clause per channel: the check that binds comes first. */
function refusals(links: readonly Link[], context: Context, before = ": ", only?: string): string {
  const binding = new Map<string, string>();
  for (const verdict of failures(links)) {
    if (only !== undefined && verdict.channel !== undefined && verdict.channel !== only) continue;
    const key = verdict.channel ?? "all";
    if (!binding.has(key)) binding.set(key, clause(verdict.code, verdict.values, context, verdict.channel));
  }
  const distinct = [...new Set(binding.values())].slice(0, 3).map((text) => text.replace(/^of this: /, ""));
  return distinct.length === 0 ? "" : `${before}${join(distinct)}`;
}

const WITHOUT_TEXT = ["link.missing", "template.failed"];

/** Channels that were left because there was no text for them. */
const passedOver = (links: readonly Link[], context: Context): readonly string[] =>
  links
    .filter(({ kind, status, code }) => kind === "channel" && status === "off" && WITHOUT_TEXT.includes(code))
    .map((link) => `${capital(phrase(link, context).line)}.`);

/** What failed last; where no channel had a text, why each had none. */
function failure(links: readonly Link[], context: Context): string | undefined {
  const failed = links.filter((link) => link.status === "failed");
  const told = failed.at(-1)?.kind === "channel" ? failed.filter(({ kind }) => kind === "channel") : failed.slice(-1);
  return told.length === 0 ? undefined : told.map((link) => phrase(link, context).line).join("; ");
}

function ruleOf(decision: Decided, context: Context): string {
  const rule = decision.links.find((link) => link.kind === "rule");
  const name = readValues(rule?.values, context).text("name", "rule");
  return capital(plain(name ?? decision.path ?? "A rule"));
}

/** What of an effect that has no title of its own: its last link, in that link's words. */
function effectLine({ kind, links }: Decided, context: Context): string | undefined {
  const last = kind === "effect" ? links.findLast((link) => link.kind !== "event") : undefined;
  return last === undefined ? undefined : capital(phrase(last, context).line);
}

export function stateOf(verdict: Decision["verdict"]): MessageState {
  switch (verdict) {
    case "held":
    case "blocked":
    case "expired":
    case "withdrawn":
    case "failed":
    case "undecided":
    case "shadow":
      return verdict;
    case "sent":
      return "accepted";
    default:
      return "queued";
  }
}

/** The channel a message goes by: its row's, else the one its links chose, else the first checked. */
function channelOf(decision: Decided, message: MessageFacts | undefined): ChannelName | "message" {
  if (message !== undefined) return message.channel;
  const tried = decision.links.filter(
    ({ kind, values }) => kind === "channel" && typeof values?.["channel"] === "string",
  );
  const chosen = (tried.find(({ status }) => status !== "off") ?? tried[0])?.values?.["channel"];
  if (chosen !== undefined) return chosen as ChannelName;
  return failures(decision.links).find((verdict) => verdict.channel !== undefined)?.channel ?? "message";
}

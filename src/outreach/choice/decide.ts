// Which channel a message takes, and when. Pure. A message has one identity; waiting is not failing: a later channel is
// tried only when the one before it has no right or was refused, never because it must wait.

import type { DecisionVerdict, Link } from "../../insights/index.ts";
import type { Json, JsonObject } from "../../kernel/json.ts";
import type { Instant, Millis } from "../../kernel/time.ts";
import type { ChannelName } from "../../leads/index.ts";
import type { MessageEffect, SendOutcome, Template } from "../../workflows/index.ts";
import { note, type Told } from "../fate/delivery.ts";
import { type Permission, type Permit, permit } from "../law/policy.ts";
import { countsAs } from "../law/reply.ts";
import { compose, hasBody } from "../letter/compose.ts";
import { inForm } from "../letter/window.ts";
import type { AddressChange, MessageRules, OutboxRow, StoredMessage, Verdict } from "../message.ts";
import { queuedRow } from "../row.ts";
import {
  checkOf,
  type LeadFacts,
  type MessageOf,
  messageOf,
  type OutreachCase,
  type OutreachScene,
  wroteAt,
} from "../scene.ts";
import { laneOf, releaseAt } from "../sending/lane.ts";
import { ranked, withReasons } from "./choice.ts";

/** What became of a message in this turn: its row and text as they are now, and what to tell whom. */
export interface Settled {
  readonly row: OutboxRow;
  readonly message: StoredMessage;
  /** Absent where nothing was decided that a person would ask about. */
  readonly verdict?: DecisionVerdict;
  /** What the run learns. */
  readonly outcome?: SendOutcome;
  /** The same of an effect that is no message. */
  readonly answer?: { readonly ok: boolean; readonly value?: Json; readonly detail?: string };
  /** There is no text for any channel: no row of it is kept. */
  readonly unmade?: true;
  readonly links: readonly Link[];
  /** What was learned about the number or address. */
  readonly addresses: readonly AddressChange[];
}

/** A step's message, decided for the first time. */
export function decide(asked: MessageEffect, scene: OutreachScene, facts: OutreachCase): Settled {
  const wrote = wroteAt(facts);
  const effect: MessageEffect = { ...asked, purpose: countsAs(asked.purpose, wrote, facts.now) };
  const told: readonly Link[] = effect.purpose === asked.purpose ? [] : [noAnswer(wrote)];
  const template = scene.templates[effect.template];
  const channels = channelsOf(effect, template);
  const { rendered, failures } = compose(effect, template, channels, scene, facts);
  const message: StoredMessage = {
    id: effect.id,
    location: scene.location,
    lead: facts.lead.id,
    createdAt: facts.now,
    rendered,
    template: effect.template,
    templateHash: template?.hash ?? "",
    decided: [],
    delivery: {},
  };
  const named = newRow(effect, channels, scene, facts);
  if (Object.keys(rendered).length === 0) return unmade(named, message, template === undefined, failures);
  const paused = effect.best === true ? pausedOf(messageOf(named, message), facts) : undefined;
  const best = effect.best === true ? ranked(named, message, effect, scene, facts, paused) : undefined;
  const row = best?.row ?? named;
  const late = row.holdUntil === undefined ? 0 : facts.now - row.holdUntil;
  const settled =
    late > 0
      ? tooLate(row, message, late, facts.now)
      : settleOn(row, message, choose(row, message, 0, scene, facts), facts, [...told, ...failures]);
  const decided =
    best === undefined ? settled : { ...settled, links: withReasons(settled.links, best.order, effect.urgent) };
  return effect.shadow ? asShadow(decided) : decided;
}

/** The step says that it answers, and there is nothing that it could answer. */
const noAnswer = (last: Instant | undefined): Link => ({
  kind: "permission",
  status: "done",
  code: "reply.none",
  values: last === undefined ? {} : { last },
});

/** As the step says, or as the template was written. */
function channelsOf(effect: MessageEffect, template: Template | undefined): readonly ChannelName[] {
  const order = effect.via.length > 0 ? effect.via : (template?.order ?? []);
  return order.filter((channel) => template !== undefined && hasBody(template, channel));
}

/**
 * A row that waits, looked at again: because its instant came, because the sender found a reason to hold it, or because
 * something about the lead has changed. Rows that do not wait come back as they are.
 */
export function reconsider(row: OutboxRow, message: StoredMessage, scene: OutreachScene, facts: OutreachCase): Settled {
  if (row.kind !== "message") return unchanged(row, message);
  const over = row.holdUntil !== undefined && facts.now >= row.holdUntil;
  switch (row.state) {
    case "held":
      if (over) return expired(row, message, scene, facts);
      return settleOn(row, message, choose(row, message, row.place, scene, facts), facts, []);
    case "queued":
      if (over) return expired(row, message, scene, facts);
      if (pausedOf(messageOf(row, message), facts) === undefined) return unchanged(row, message);
      return settleOn(row, message, choose(row, message, row.place, scene, facts), facts, []);
    case "unconfirmed":
    case "undecided":
      return over ? countedAsSent(row, message, facts.now) : unchanged(row, message);
    default:
      return unchanged(row, message);
  }
}

/** When a row must be looked at again though nothing happens: the lead's `due_at` may not be later. */
export function dueAt(row: OutboxRow): Instant | undefined {
  switch (row.state) {
    case "held":
      return Math.min(row.notBefore ?? Number.POSITIVE_INFINITY, row.holdUntil ?? Number.POSITIVE_INFINITY);
    case "queued":
    case "sending": // it may be put off
    case "unconfirmed":
    case "undecided":
      return row.kind === "message" ? row.holdUntil : undefined;
    default:
      return undefined;
  }
}

/** The run ended: what has not left does not leave. What is on its way does not leave again, should it be put off. */
export function withdraw(row: OutboxRow): OutboxRow {
  switch (row.state) {
    case "queued":
    case "held":
      return { ...row, state: "withdrawn" };
    case "sending":
    case "unconfirmed":
      return row.recalled === true ? row : { ...row, recalled: true };
    default:
      return row;
  }
}

/** The sender's question, at the last moment, with the addresses it has locked: may this row go now? */
export function recheck(
  row: OutboxRow,
  scene: Pick<OutreachScene, "zone" | "house">,
  facts: LeadFacts,
  message: Pick<StoredMessage, "rendered">,
): Permit {
  const channel = row.channels[row.place];
  if (channel === undefined) return { verdicts: [], permission: "blocked" };
  return permit(checkOf(messageOf(row, message, false), channel, scene, facts));
}

// Choosing -----------------------------------------------------------------------------------------------------------

export interface Choice {
  /** Place in the row's channels; undefined when none from `from` on has a right. */
  readonly place: number | undefined;
  readonly permission: Permission;
  readonly closes?: Instant;
  readonly verdicts: readonly Verdict[];
}

/** The first channel from a place on that has a right. Every channel's verdicts are kept. */
export function choose(
  row: OutboxRow,
  message: StoredMessage,
  from: number,
  scene: OutreachScene,
  facts: OutreachCase,
): Choice {
  const about = messageOf(row, message);
  const paused = pausedOf(about, facts);
  const asked = row.channels.map((channel, place) => {
    if (place < from || message.rendered[channel] === undefined) return undefined;
    return { place, ...permit(checkOf(about, channel, scene, facts, paused)) };
  });
  const permits = asked.filter((one) => one !== undefined);
  const first = permits.find((one) => one.permission !== "blocked");
  const verdicts = permits.flatMap((one) => one.verdicts);
  const closes = first?.closes === undefined ? {} : { closes: first.closes };
  return { place: first?.place, permission: first?.permission ?? "blocked", ...closes, verdicts };
}

function pausedOf(message: MessageOf, facts: OutreachCase) {
  const run = message.run === undefined ? {} : { run: message.run };
  return facts.paused?.({ ...run, workflow: message.workflow });
}

/** Puts a row on the chosen channel: queued, held to the first permitted instant, expired or blocked. */
export function settleOn(
  row: OutboxRow,
  message: StoredMessage,
  choice: Choice,
  facts: Pick<OutreachCase, "now">,
  before: readonly Link[],
): Settled {
  const decided: StoredMessage = { ...message, decided: choice.verdicts };
  const permission = permissionLink(choice, row);
  if (choice.place === undefined || choice.permission === "blocked") {
    const blocked: OutboxRow = { ...withoutNotBefore(row), state: "blocked" };
    const links = [...before, permission, NONE_LEFT];
    return {
      row: blocked,
      message: noted(decided, row, "refused", facts.now),
      verdict: "blocked",
      outcome: "blocked",
      links,
      addresses: [],
    };
  }
  const links = [...before, permission, channelLink(row, choice.place, message)];
  const formed = inFormOf(decided, row.channels[choice.place] as ChannelName);
  if (choice.permission === "ok") {
    const queued: OutboxRow = { ...withoutNotBefore(row), place: choice.place, state: "queued" };
    return { row: queued, message: formed, verdict: "queued", links, addresses: [] };
  }
  const released = releaseAt(row, choice.permission.hold, choice.closes);
  const notBefore = Math.min(released, row.holdUntil ?? released);
  const held: OutboxRow = { ...row, place: choice.place, state: "held", notBefore: Math.max(notBefore, facts.now) };
  return { row: held, message: noted(formed, held, "held", facts.now), verdict: "held", links, addresses: [] };
}

/** What is kept as the message's text is what leaves. */
function inFormOf(message: StoredMessage, channel: ChannelName): StoredMessage {
  const before = message.rendered[channel];
  const rendered = before === undefined ? undefined : inForm(before, channel, message.decided);
  return rendered === before ? message : { ...message, rendered: { ...message.rendered, [channel]: rendered } };
}

/** What we ourselves know of a message, on the channel it stands on. */
function noted(
  message: StoredMessage,
  { channels, place }: OutboxRow,
  told: Told,
  at: Instant,
  by: "rules" | "hold" = "rules",
): StoredMessage {
  const channel = channels[place];
  if (channel === undefined) return message;
  return { ...message, delivery: note(message.delivery, channel, { channel, told, fact: { at, by } }) };
}

/** The channel's link; words are made from its code and values. */
const NONE_LEFT: Link = { kind: "channel", status: "off", code: "channel.none" };

function channelLink(row: OutboxRow, place: number, { rendered }: StoredMessage): Link {
  const channel = row.channels[place] as ChannelName;
  const sender = rendered[channel]?.sender as JsonObject | undefined;
  const values = { channel, order: row.channels.slice(place), ...(sender === undefined ? {} : { sender }) };
  return { kind: "channel", status: "done", code: "channel.chosen", values };
}

/** One link for all checks. Its code is the check that binds: of the channel that was taken, or of the first that was blocked. */
function permissionLink(choice: Choice, row: OutboxRow): Link {
  const taken = choice.place === undefined ? undefined : row.channels[choice.place];
  const binding = choice.verdicts.find((verdict) => !verdict.ok && (taken === undefined || verdict.channel === taken));
  const status = choice.permission === "ok" ? "done" : choice.permission === "blocked" ? "off" : "held";
  return {
    kind: "permission",
    status,
    code: binding?.code ?? "consent.ok",
    ...(binding?.values === undefined ? {} : { values: binding.values }),
    verdicts: choice.verdicts.map((verdict) => ({ ...verdict, round: "decide" as const })),
  };
}

// Ends ---------------------------------------------------------------------------------------------------------------

export const unchanged = (row: OutboxRow, message: StoredMessage): Settled => ({
  row,
  message,
  links: [],
  addresses: [],
});

/** Asked for in the past, as of what was brought in late: no check kept it back, so none is named. */
function tooLate(row: OutboxRow, message: StoredMessage, late: Millis, now: Instant): Settled {
  const link: Link = { kind: "permission", status: "off", code: "hold.over", values: { late } };
  return {
    row: { ...withoutNotBefore(row), state: "expired" },
    message: noted(message, row, "expired", now),
    verdict: "expired",
    outcome: "expired",
    links: [link],
    addresses: [],
  };
}

function expired(row: OutboxRow, message: StoredMessage, scene: OutreachScene, facts: OutreachCase): Settled {
  const choice = choose(row, message, row.place, scene, facts);
  // What stands in the way now; where nothing does any more, what did when it was last decided.
  const stood = row.channels[choice.place ?? row.place];
  const blocker = [...choice.verdicts, ...message.decided].find(
    ({ ok, channel }) => !ok && (channel === undefined || channel === stood),
  );
  const values: JsonObject = {
    hold: (row.holdUntil ?? facts.now) - row.createdAt,
    verdict: blocker?.code ?? "budget.wait",
  };
  const verdicts = choice.verdicts.map((verdict) => ({ ...verdict, round: "decide" as const }));
  const link: Link = { kind: "permission", status: "off", code: "hold.expired", values, verdicts };
  return {
    row: { ...withoutNotBefore(row), state: "expired" },
    message: noted({ ...message, decided: choice.verdicts }, row, "expired", facts.now),
    verdict: "expired",
    outcome: "expired",
    links: [link],
    addresses: [],
  };
}

/** Nobody settled it within its hold: it counts as sent, never twice. */
function countedAsSent(row: OutboxRow, message: StoredMessage, now: Instant): Settled {
  const channel = row.channels[row.place] as ChannelName;
  const values = { channel, counts: "sent", at: now };
  return {
    row: { ...row, state: "accepted" },
    message: noted(message, row, "accepted", now, "hold"),
    verdict: "sent",
    outcome: "sent",
    links: [{ kind: "provider", status: "asked", code: "send.unconfirmed", values }],
    addresses: [],
  };
}

/** An error of ours: nothing is kept of it, so that its step may ask for it again. */
function unmade(row: OutboxRow, message: StoredMessage, missing: boolean, failures: readonly Link[]): Settled {
  const reason = missing ? "the template is gone" : "it has no body for these channels";
  const none: Link = {
    kind: "channel",
    status: "failed",
    code: "template.missing",
    values: { template: message.template, reason },
  };
  const links = failures.length > 0 ? failures.map((one): Link => ({ ...one, status: "failed" })) : [none];
  const why = failures.map(({ values }) => `${values?.["channel"]}: ${values?.["detail"]}`).join("; ");
  const detail = `template "${message.template}": ${why === "" ? reason : why}`;
  const answer = { ok: false, detail };
  return { row: { ...row, state: "rejected" }, message, verdict: "failed", unmade: true, answer, links, addresses: [] };
}

/** Decided and recorded like any other; the run goes on as if it had been sent. */
function asShadow(settled: Settled): Settled {
  const would: Link = {
    kind: "provider",
    status: "off",
    code: "provider.none",
    values: { would: settled.verdict ?? "queued" },
  };
  return {
    ...settled,
    row: { ...withoutNotBefore(settled.row), state: "shadow" },
    verdict: "shadow",
    outcome: settled.outcome ?? "sent",
    links: [...settled.links, would],
  };
}

// Rows ---------------------------------------------------------------------------------------------------------------

function newRow(
  effect: MessageEffect,
  channels: readonly ChannelName[],
  scene: OutreachScene,
  facts: OutreachCase,
): OutboxRow {
  const rules: MessageRules = {
    purpose: effect.purpose,
    template: effect.template,
    caps: effect.caps,
    workflow: effect.workflow,
    ...(effect.quietHours === undefined ? {} : { quietHours: effect.quietHours }),
  };
  return queuedRow({
    id: effect.id,
    location: scene.location,
    lead: facts.lead.id,
    kind: "message",
    run: effect.run,
    workflow: effect.workflow,
    path: effect.path,
    lane: laneOf(effect, facts.prompted),
    priority: effect.priority,
    channels,
    holdUntil: effect.holdUntil,
    createdAt: facts.now,
    body: rules as unknown as JsonObject,
  });
}

export function withoutNotBefore(row: OutboxRow): OutboxRow {
  const { notBefore: _, ...rest } = row;
  return rest;
}

// What an answer about a message of ours means: sent, failed, or the next channel. Pure. Failover follows a refusal or a
// failed delivery, never silence. Answers that come late, twice or out of order change nothing.

import type { Answer, Command } from "../../events/index.ts";
import type { Link } from "../../insights/index.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { HOUR } from "../../kernel/time.ts";
import type { ChannelName } from "../../leads/index.ts";
import { afterBounce, afterDoubt, withFaults } from "../fate/bounce.ts";
import { linkKey } from "../fate/clicks.ts";
import { hasArrived, legsOf, note, seenFrom, type Teller, type Told } from "../fate/delivery.ts";
import { isPhone } from "../law/caps.ts";
import { UNREAD } from "../law/unread.ts";
import type { AddressChange, AddressFault, OutboxRow, StoredMessage } from "../message.ts";
import type { OutreachCase, OutreachScene } from "../scene.ts";
import { choose, reconsider, type Settled, settleOn, unchanged, withoutNotBefore } from "./decide.ts";

/**
 * A failed receipt this long after acceptance still moves the message to the next channel. What the provider says when it is
 * asked after an hour is one, and asking takes its time.
 */
const FAILOVER_WINDOW = 1.5 * HOUR;

/** The row as the sender left it, and what it or a receipt reports. */
export function settle(
  row: OutboxRow,
  message: StoredMessage,
  answer: Answer,
  scene: OutreachScene,
  facts: OutreachCase,
): Settled {
  if (row.kind !== "message") return settleWrite(row, message, answer);
  switch (answer.outcome) {
    case "accepted":
      return accepted(row, message, answer);
    case "delivered":
      return delivered(row, message, answer);
    case "refused":
      return refused(row, message, answer, scene, facts);
    case "failed":
    case "bounced":
      return failed(row, message, answer, scene, facts);
    case "held":
      return answer.detail === UNREAD ? unread(row, message, answer) : reconsider(row, message, scene, facts);
    case "undecided": {
      if (row.state !== "undecided") return unchanged(row, message);
      const link = provider("asked", "send.unconfirmed", answer, row);
      return { ...unchanged(row, message), verdict: "undecided", links: [link] };
    }
    case "withdrawn": {
      if (row.state !== "withdrawn") return unchanged(row, message);
      const link: Link = {
        kind: "provider",
        status: "off",
        code: "exit",
        values: { reason: "it was on its way as the run ended, and was put off" },
        at: answer.at,
      };
      return { ...unchanged(row, message), verdict: "withdrawn", links: [link] };
    }
    case "opened":
    case "clicked":
      return seen(row, message, answer);
    case "complained":
    case "unsubscribed":
      return left(row, message, answer, facts);
    case "done":
      return unchanged(row, message);
  }
}

/** A person says what the provider could not: it reached the lead, or it never left. */
export function settleByHand(
  row: OutboxRow,
  message: StoredMessage,
  command: Extract<Command, { type: "settle" }>,
  scene: OutreachScene,
  facts: OutreachCase,
): Settled {
  if (row.state !== "undecided" && row.state !== "unconfirmed") return unchanged(row, message);
  if (row.kind !== "message") return settleWriteByHand(row, message, command, facts);
  const values = { as: command.as, by: command.by, channel: channelOf(row) };
  const link: Link = { kind: "provider", status: "done", code: "send.settled", values, at: facts.now };
  if (command.as === "sent") {
    const sent: OutboxRow = { ...row, state: "accepted" };
    const known = noted(row, message, channelOf(row), "accepted", { at: facts.now, by: "person" });
    return { ...unchanged(sent, known), verdict: "sent", outcome: "sent", links: [link] };
  }
  if (!goesOn(row, facts)) {
    const withdrawn: OutboxRow = { ...row, state: "withdrawn" };
    return { ...unchanged(withdrawn, message), verdict: "withdrawn", links: [link] };
  }
  const settled = reconsider({ ...onChannel(row, row.place), state: "held" }, message, scene, facts);
  return { ...settled, links: [link, ...settled.links] };
}

/** It stays where it is; when its hold is over, this is what stood in its way. */
function unread(row: OutboxRow, message: StoredMessage, { at }: Answer): Settled {
  const verdict = { code: UNREAD, ok: false, channel: channelOf(row), values: { at } };
  return unchanged(row, { ...message, decided: [...message.decided, verdict] });
}

/** Not known to have been taken: a receipt may know better. */
const STILL_OPEN: ReadonlySet<OutboxRow["state"]> = new Set(["queued", "held", "rejected", "withdrawn"]);

// Good news ----------------------------------------------------------------------------------------------------------

function accepted(row: OutboxRow, message: StoredMessage, answer: Answer): Settled {
  const known = told(row, message, answer, "accepted");
  if (isOfAnother(row, answer) || legOf(message, channelOf(row)).accepted !== undefined) return unchanged(row, known);
  // A delivery receipt that overtook the acceptance has said it all.
  if (message.delivery.deliveredAt !== undefined || row.state !== "accepted") return unchanged(row, known);
  const links = [provider("done", "provider.accepted", answer, row)];
  return { ...unchanged(row, known), verdict: "sent", outcome: "sent", links };
}

function delivered(row: OutboxRow, message: StoredMessage, answer: Answer): Settled {
  const known = told(row, message, answer, "delivered");
  if (message.delivery.deliveredAt !== undefined) return unchanged(row, known);
  const place = answer.channel === undefined ? row.place : row.channels.indexOf(answer.channel as ChannelName);
  // It arrived after all: the next channel, if it has not left, need not.
  const open = STILL_OPEN.has(row.state);
  const arrived = open && place >= 0 && place <= row.place;
  const now: OutboxRow = arrived ? { ...withoutNotBefore(row), place, state: "accepted" } : row;
  const links = [provider("done", "provider.delivered", answer, row)];
  return { ...unchanged(now, known), verdict: "sent", outcome: "delivered", links };
}

function seen(row: OutboxRow, message: StoredMessage, answer: Answer): Settled {
  const name = answer.outcome === "clicked" ? "clicked" : "opened";
  return unchanged(row, told(row, message, answer, answer.machine === true ? `machine_${name}` : name));
}

// Bad news -----------------------------------------------------------------------------------------------------------

function refused(
  row: OutboxRow,
  message: StoredMessage,
  answer: Answer,
  scene: OutreachScene,
  facts: OutreachCase,
): Settled {
  const known = told(row, message, answer, answer.reason === "opted_out" ? "opted_out" : "failed");
  if (row.state !== "refused" || isOfAnother(row, answer)) return unchanged(row, known);
  return next(row, known, answer, scene, facts);
}

function failed(
  row: OutboxRow,
  message: StoredMessage,
  answer: Answer,
  scene: OutreachScene,
  facts: OutreachCase,
): Settled {
  const channel = (answer.channel ?? channelOf(row)) as ChannelName;
  const before = legOf(message, channel);
  const known = told(row, message, answer, answer.outcome === "bounced" ? "bounced" : "failed");
  // a mailbox that is gone is gone, also where the mail had been taken first
  const addresses = learned(row, answer, facts);
  if (row.state !== "accepted" || isOfAnother(row, answer)) return { ...unchanged(row, known), addresses };
  if (before.failed !== undefined || before.bounced !== undefined) return unchanged(row, known);
  if (Object.values(legsOf(message.delivery)).some(hasArrived)) return { ...unchanged(row, known), addresses };
  const late = before.accepted !== undefined && answer.at - before.accepted.at > FAILOVER_WINDOW;
  if (!late) return next(row, known, answer, scene, facts);
  return { ...ended(row, known, answer, []), addresses };
}

/** The next channel that has a right, inside the same identity; none left, or nobody waiting for it: it failed. */
function next(
  row: OutboxRow,
  message: StoredMessage,
  answer: Answer,
  scene: OutreachScene,
  facts: OutreachCase,
): Settled {
  const addresses = learned(row, answer, facts);
  const known = withLearned(facts, addresses);
  // without a contact there is no channel
  const from = answer.reason === "gone" ? row.channels.length : row.place + 1;
  const choice = choose(row, message, from, scene, known);
  if (!goesOn(row, facts) || choice.place === undefined) {
    return {
      ...ended(row, { ...message, decided: [...message.decided, ...choice.verdicts] }, answer, choice.verdicts),
      addresses,
    };
  }
  const link = provider("failed", "send.failover", answer, row, { next: row.channels[choice.place] as ChannelName });
  const left = noted(row, message, channelOf(row), "failover", { at: answer.at, by: answer.by ?? "answer" });
  const onward = onChannel(row, choice.place);
  const fresh = { ...left, delivery: seenFrom(left.delivery, channelOf(onward)) };
  const moved = settleOn(onward, fresh, choice, facts, [link]);
  return { ...moved, addresses };
}

function ended(row: OutboxRow, message: StoredMessage, answer: Answer, verdicts: StoredMessage["decided"]): Settled {
  const link = provider("failed", "send.failed", answer, row, { list: row.channels.slice(0, row.place + 1) });
  const permission: Link[] =
    verdicts.length === 0
      ? []
      : [
          {
            kind: "permission",
            status: "off",
            code: verdicts.find((verdict) => !verdict.ok)?.code ?? "consent.ok",
            verdicts: verdicts.map((verdict) => ({ ...verdict, round: "decide" as const })),
          },
        ];
  return {
    row: { ...row, state: "rejected" },
    message,
    verdict: "failed",
    outcome: "failed",
    links: [link, ...permission],
    addresses: [],
  };
}

/** A bad address and a carrier's opt-out outlive the message and the contact. */
function learned(row: OutboxRow, answer: Answer, facts: OutreachCase): AddressChange[] {
  const channel = (answer.channel ?? channelOf(row)) as ChannelName;
  const family = isPhone(channel) ? "phone" : "email";
  const about = wentTo(family, answer, facts);
  if (about === undefined) return [];
  if (answer.reason === "opted_out") {
    return [{ family, ...about, optedOutAt: answer.at, optOut: { by: "carrier", rule: answer.reason } }];
  }
  // of a number or address that is no longer the lead's nobody knows what came back before
  const before = about.hash === undefined ? facts.addresses[family]?.faults?.[channel] : undefined;
  const fault = faultOf(answer, before);
  if (fault === undefined || (about.hash !== undefined && fault.badAt === undefined)) return [];
  return [{ family, ...about, faults: { [channel]: fault } }];
}

function faultOf({ outcome, reason, at, detail = outcome }: Answer, before: AddressFault | undefined) {
  if (outcome === "bounced") return afterBounce(before, { at, detail });
  if (reason === "bad_address") return { badAt: at, detail };
  return reason === "unsure_address" ? afterDoubt(before, { at, detail }) : undefined;
}

/** The number or address that it went to: the lead's present one, or, by its hash, another. */
function wentTo(
  family: "phone" | "email",
  { to }: Answer,
  facts: OutreachCase,
):
  | { readonly address: string; readonly hash?: never }
  | { readonly hash: string; readonly address?: never }
  | undefined {
  if (to !== undefined && facts.isTheirs?.(family, to) === false) return { hash: to };
  const address = facts.to[family];
  return address === undefined ? undefined : { address };
}

/** The same turn must already obey what it has just learned. */
function withLearned(facts: OutreachCase, changes: readonly AddressChange[]): OutreachCase {
  let addresses = facts.addresses;
  for (const { family, address, optedOutAt, faults: learnt } of changes) {
    if (address === undefined) continue;
    const fact = addresses[family] ?? { sends: [] };
    const faults = withFaults(fact.faults, learnt);
    const now = {
      ...fact,
      ...(faults === undefined ? {} : { faults }),
      ...(optedOutAt == null ? {} : { optedOutAt }),
    };
    addresses = { ...addresses, [family]: now };
  }
  return { ...facts, addresses };
}

function left(row: OutboxRow, message: StoredMessage, answer: Answer, facts: OutreachCase): Settled {
  const about = wentTo("email", answer, facts);
  const known = told(row, message, answer, "opted_out");
  if (about === undefined) return unchanged(row, known);
  const by = answer.outcome === "complained" ? ("complaint" as const) : ("link" as const);
  const matched = by === "link" ? { matched: "the unsubscribe link" } : {};
  const optOut = { by, rule: answer.outcome, ...matched, event: row.id };
  return { ...unchanged(row, known), addresses: [{ family: "email", ...about, optedOutAt: answer.at, optOut }] };
}

function settleWrite(row: OutboxRow, message: StoredMessage, answer: Answer): Settled {
  const { outcome, detail, value } = answer;
  if (outcome === "refused" && row.state === "rejected") {
    const told = { ok: false, ...(detail === undefined ? {} : { detail }) };
    const links = [
      provider(
        "failed",
        toldOf(row) === undefined ? "provider.refused" : "crm_trigger.failed",
        answer,
        row,
        toldOf(row),
      ),
    ];
    return { ...unchanged(row, message), verdict: "failed", answer: told, links };
  }
  if (outcome === "undecided" && row.state === "undecided") {
    return {
      ...unchanged(row, message),
      verdict: "undecided",
      links: [provider("asked", "write.undecided", answer, row)],
    };
  }
  if (outcome !== "done") return unchanged(row, message);
  const told = { ok: true, ...(value === undefined ? {} : { value }) };
  return {
    ...unchanged(row, message),
    verdict: "done",
    answer: told,
    links: [
      provider("done", toldOf(row) === undefined ? "provider.accepted" : "crm_trigger.told", answer, row, toldOf(row)),
    ],
  };
}

/** What a workflow of the CRM was to be told; undefined of every other write. */
function toldOf({ kind, body }: OutboxRow): Readonly<Record<string, string>> | undefined {
  if (kind !== "crm_trigger") return undefined;
  const event = (body["event"] ?? {}) as JsonObject;
  const about = event["trigger"] ?? event["workflow"] ?? event["to"];
  return { trigger: String(event["type"] ?? ""), ...(about === undefined ? {} : { about: String(about) }) };
}

/** A person has looked: it was done, or it was not, and is asked for once more where somebody still wants it. */
function settleWriteByHand(
  row: OutboxRow,
  message: StoredMessage,
  { as, by }: Extract<Command, { type: "settle" }>,
  facts: OutreachCase,
): Settled {
  const link: Link = { kind: "provider", status: "done", code: "send.settled", values: { as, by }, at: facts.now };
  if (as === "sent") {
    return {
      ...unchanged({ ...row, state: "accepted" }, message),
      verdict: "done",
      answer: { ok: true },
      links: [link],
    };
  }
  const { deadline: _, ...rest } = row;
  const open = goesOn(row, facts);
  const next: OutboxRow = { ...rest, resent: 0, lookups: 0, state: open ? "queued" : "withdrawn" };
  return { ...unchanged(next, message), verdict: open ? "queued" : "withdrawn", links: [link] };
}

// What is known ------------------------------------------------------------------------------------------------------

const legOf = (message: StoredMessage, channel: ChannelName) => legsOf(message.delivery)[channel] ?? {};

/** An answer's fact, on the channel that it is about. */
function told(row: OutboxRow, message: StoredMessage, answer: Answer, name: Told): StoredMessage {
  const channel = (answer.channel ?? channelOf(row)) as ChannelName | undefined;
  const detail = answer.detail === undefined ? {} : { detail: answer.detail };
  const fact = { at: answer.at, by: answer.by ?? ("answer" as const), ...detail };
  const link = answer.link === undefined ? undefined : linkKey(answer.link);
  return channel === undefined ? message : noted(row, message, channel, name, fact, link);
}

/** The same message where it was known already. */
function noted(
  row: OutboxRow,
  message: StoredMessage,
  channel: ChannelName,
  told: Told,
  fact: { readonly at: number; readonly by: Teller; readonly detail?: string },
  link?: string,
): StoredMessage {
  const about = { channel, told, fact, ...(link === undefined ? {} : { link }) };
  const delivery = note(message.delivery, channelOf(row), about);
  return delivery === message.delivery ? message : { ...message, delivery };
}

// Parts --------------------------------------------------------------------------------------------------------------

/** The same message, anew on a channel: its attempts before are counted on, its look-ups begin again. */
function onChannel(row: OutboxRow, place: number): OutboxRow {
  const { deadline: _deadline, attemptedAt: _attemptedAt, ...rest } = withoutNotBefore(row);
  return { ...rest, place, resent: 0, lookups: 0, provider: {} };
}

const channelOf = (row: OutboxRow): ChannelName => row.channels[row.place] as ChannelName;

const isOfAnother = (row: OutboxRow, answer: Answer): boolean =>
  answer.channel !== undefined && answer.channel !== channelOf(row);

const goesOn = (row: OutboxRow, facts: OutreachCase): boolean => row.run === undefined || facts.active(row.run);

function provider(
  status: Link["status"],
  code: string,
  answer: Answer,
  row: OutboxRow,
  more: Readonly<Record<string, string | readonly string[]>> = {},
): Link {
  const channel = answer.channel ?? row.channels[row.place];
  const values: JsonObject = {
    ...(channel === undefined ? {} : { channel }),
    outcome: answer.outcome,
    ...(answer.detail === undefined ? {} : { detail: answer.detail }),
    ...more,
  };
  return { kind: "provider", status, code, values, at: answer.at, evidence: { type: "message", id: row.id } };
}

// Last in a turn: what is to be sent, and when. New and waiting messages are settled, and what that leads to taken in.

import type { LeadEvent } from "../events/index.ts";
import { Defect } from "../kernel/errors.ts";
import { idFrom } from "../kernel/ids.ts";
import { isObject, type JsonObject } from "../kernel/json.ts";
import { HOUR, type Instant, SECOND } from "../kernel/time.ts";
import {
  addressesOf,
  addressKey,
  arbitrate,
  type Claim,
  dueAt,
  hasRoomAgain,
  NO_RULES,
  type OutboxEntry,
  type OutboxRow,
  type OutreachCase,
  raised,
  SENDING_MS,
  type Settled,
  type Standing,
} from "../outreach/index.ts";
import { hasEnded } from "../workflows/index.ts";
import { isTheirs, learn } from "./addresses.ts";
import { count, type Desk } from "./desk.ts";
import { carryOut, causeOf } from "./effects.ts";
import { countWay, countWithdrawn } from "./funnel.ts";
import { moveRun } from "./runs.ts";
import { fieldsOf } from "./texts.ts";
import type { Draft } from "./trace.ts";

/** What waits in bulk of a lead that has given cause goes before mass sends, and so does what must wait behind it. */
export function hasten(desk: Desk): void {
  if (!desk.prompted) return;
  for (const [id, entry] of desk.outbox) {
    const row = raised(entry.row);
    if (row === entry.row) continue;
    desk.outbox.set(id, { ...entry, row });
    desk.moved.add(id);
  }
}

/** Decides new and waiting messages, by priority; what comes back at once (blocked, expired) moves runs, which may ask for more. */
export function settleOutbox(desk: Desk): void {
  for (;;) {
    const asked = desk.messages;
    recordRates(desk);
    recordRefusals(desk);
    desk.messages = [];
    const waiting = [...desk.outbox.values()].filter(
      ({ row }) =>
        row.kind === "message" && !desk.looked.has(row.id) && !desk.fresh.has(row.id) && isDue(row, desk.scene.now),
    );
    if (asked.length + waiting.length === 0) return;
    waiting.push(...unheld(desk, waiting));
    const fresh = asked.filter(({ effect }) => !desk.outbox.has(effect.id));
    const claims: Claim[] = [
      ...fresh.map(({ effect }) => ({ effect })),
      ...waiting.map((entry) => ({ row: entry.row, message: messageOf(entry) })),
    ];
    for (const { row } of waiting) desk.looked.add(row.id);
    for (const settled of arbitrate(claims, standing(desk, claims), desk.scene.outreach, caseOf(desk))) {
      desk.looked.add(settled.row.id);
      takeSettled(desk, settled, fresh.find(({ effect }) => effect.id === settled.row.id)?.event);
    }
  }
}

/** Held by a cap to a later instant than it need be, as when what it waited behind was withdrawn: it comes before what is weaker. */
function unheld(desk: Desk, due: readonly OutboxEntry[]): OutboxEntry[] {
  const about = caseOf(desk);
  const { outreach } = desk.scene;
  return [...desk.outbox.values()].filter(
    (entry) =>
      entry.message !== undefined &&
      !due.includes(entry) &&
      !desk.looked.has(entry.row.id) &&
      !desk.fresh.has(entry.row.id) &&
      hasRoomAgain(entry.row, entry.message, outreach, about),
  );
}

/** The lead's messages that are queued and not decided now: they may have to give their place. */
function standing(desk: Desk, claims: readonly Claim[]): Standing[] {
  const decided = new Set(claims.map((claim) => ("effect" in claim ? claim.effect.id : claim.row.id)));
  return [...desk.outbox.values()].flatMap(({ row, message }) =>
    row.kind === "message" && row.state === "queued" && message !== undefined && !decided.has(row.id)
      ? [{ row, message }]
      : [],
  );
}

/** What the location's leads did is no part of the lead: a turn that looks at it records it, to be decided again alike. */
function recordRates(desk: Desk): void {
  const { rates } = desk.scene;
  if (
    rates === undefined ||
    Object.keys(rates).length === 0 ||
    !desk.messages.some(({ effect }) => effect.best === true)
  )
    return;
  desk.inputs.push({ found: { rates: rates as JsonObject } });
}

/** Nor is whom receivers refuse. Recorded once a turn, where it may have held something. */
function recordRefusals(desk: Desk): void {
  const { refusals = {} } = desk.scene;
  const known = desk.inputs.some(({ found }) => isObject(found) && "refusals" in found);
  if (known || Object.keys(refusals).length === 0) return;
  if (desk.messages.length === 0 && ![...desk.outbox.values()].some(({ row }) => row.kind === "message")) return;
  desk.inputs.push({ found: { refusals: refusals as unknown as JsonObject } });
}

/**
 * A held row without an instant waits for whatever comes next: a parked lead's, once it is retried. Of one under way there
 * is nothing to decide, whatever its hold.
 */
function isDue(row: OutboxRow, now: Instant): boolean {
  if (row.state === "held" && row.notBefore === undefined) return true;
  if (row.state === "sending") return false;
  const due = dueAt(row);
  return due !== undefined && due <= now;
}

/**
 * The earliest instant at which a waiting row must be looked at; one that is over already is looked at again soon, and one
 * that is still under way by then once its sender must have saved it.
 */
export function heldUntil(desk: Desk): Instant | undefined {
  const { now } = desk.scene;
  const instants = [...desk.outbox.values()].flatMap(({ row }) => {
    const at = dueAt(row);
    if (at === undefined || !Number.isFinite(at)) return [];
    return [Math.max(at, now + (row.state === "sending" && at <= now ? SENDING_MS : SECOND))];
  });
  return instants.length === 0 ? undefined : Math.min(...instants);
}

/** Takes in what outreach settled: the row, what was learned, the decision, and the run's answer. */
export function takeSettled(desk: Desk, settled: Settled, event: LeadEvent | undefined): void {
  const { row, message, outcome } = settled;
  const before = desk.outbox.get(row.id);
  if (settled.unmade !== true) desk.outbox.set(row.id, row.kind === "message" ? { row, message } : { row });
  if (settled.unmade !== true) countWay(desk, before, { row, message });
  if (settled.unmade === true) {
    // nothing of it is kept
  } else if (before === undefined) desk.fresh.add(row.id);
  else if (before.row !== row || before.message !== message) desk.moved.add(row.id);
  learn(desk, settled.addresses);
  askWhere(desk, settled);
  if (settled.verdict === "withdrawn") countWithdrawn(desk, { row, message });
  if (settled.verdict !== undefined) {
    count(desk, `message.${settled.verdict}`, row.channels[row.place] ?? row.kind);
    desk.drafts.push(messageDraft(desk, settled, event));
  }
  if (outcome !== undefined && row.run !== undefined) {
    const channel = row.channels[row.place];
    const input = { type: "outcome" as const, message: row.id, outcome, ...(channel === undefined ? {} : { channel }) };
    moveRun(desk, row.run, input, undefined, desk.round);
  }
  if (settled.answer !== undefined && row.run !== undefined) {
    const input = { type: "answer" as const, effect: row.id, path: row.path ?? "", ...settled.answer };
    moveRun(desk, row.run, input, undefined, desk.round);
  }
}

/** Held for a country of which we have no rules: a person is asked, once for each number that the lead has. */
function askWhere(desk: Desk, { verdict, links }: Settled): void {
  const isHeld = links.some(({ verdicts = [] }) => verdicts.some(({ code, ok }) => code === NO_RULES && !ok));
  const number = addressesOf(desk.lead.contact).phone;
  if (verdict !== "held" || !isHeld || number === undefined) return;
  const hash = addressKey(desk.scene.addressKey, "phone", number);
  const who = desk.lead.contact.name ?? "this lead";
  const title = `Reach ${who} by hand, or set their time zone: we have no rules for texts and calls to their country`;
  const id = idFrom(desk.scene.location, desk.case.id, hash, "no rules");
  carryOut(desk, { kind: "task", id, path: "hours", title, to: "owner", dueAt: desk.clock + HOUR }, undefined);
}

/** The whole chain of a message: event, rule, score, workflow, permission, channel, provider. */
function messageDraft(desk: Desk, { row, verdict, links }: Settled, event: LeadEvent | undefined): Draft {
  const run = row.run === undefined ? undefined : desk.runs.get(row.run);
  return {
    at: desk.clock,
    kind: row.kind === "message" ? "message" : "effect",
    verdict: verdict ?? "done",
    workflow: row.workflow,
    plan: run?.plan,
    run: row.run,
    path: row.path,
    message: row.id,
    links: [...causeOf(desk, run, row.path, event), ...links],
  };
}

/** What outreach is told of the lead. */
export function caseOf(desk: Desk): OutreachCase {
  return {
    now: desk.scene.now,
    prompted: desk.prompted,
    lead: desk.lead,
    to: addressesOf(desk.lead.contact),
    addresses: desk.known,
    rows: [...desk.outbox.values()].map(({ row }) => row),
    lastInboundAt: desk.inbound,
    ...(desk.behavior.agentContactAt === undefined ? {} : { agentContactAt: desk.behavior.agentContactAt }),
    lines: desk.lines,
    habits: desk.habits,
    ...(desk.scene.rates === undefined ? {} : { rates: desk.scene.rates }),
    ...(desk.scene.refusals === undefined ? {} : { refusals: desk.scene.refusals }),
    isTheirs: (family, hash) => isTheirs(desk, family, hash),
    fields: (effect) => ({ ...fieldsOf(desk, desk.runs.get(effect.run)), ...effect.values }),
    active: (id) => {
      const run = desk.runs.get(id);
      return run !== undefined && !hasEnded(run);
    },
    paused: ({ run: id }) => {
      const run = id === undefined ? undefined : desk.runs.get(id);
      if (run?.status !== "paused") return undefined;
      return {
        what: "run",
        who: "a pause",
        at: run.pausedAt ?? desk.clock,
        reason: "the run is paused",
        ...(run.pausedUntil === undefined ? {} : { until: run.pausedUntil }),
      };
    },
  };
}

export function messageOf({ row, message }: OutboxEntry): NonNullable<OutboxEntry["message"]> {
  if (message !== undefined) return message;
  if (row.kind === "message") throw new Defect(`message ${row.id} has no text`);
  // a tag, task or note has no text of its own
  return {
    id: row.id,
    location: row.location,
    lead: row.lead,
    createdAt: row.createdAt,
    rendered: {},
    template: "",
    templateHash: "",
    decided: [],
    delivery: {},
  };
}

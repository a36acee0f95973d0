// A lead's turn, decided in memory: mail and timers in, everything that follows out. Pure. The order inside a turn is
// the language's (4.5): profile, behavior, score; rules; goals, exits, pauses and wakes; enrollments; outreach last.

import {
  acquaint,
  BACKFILL_SPAN,
  backfill,
  fire,
  foldPast,
  needsBackfill,
  nextInstant,
  observe as observeBehavior,
} from "../behavior/index.ts";
import { type LeadEvent, LOCATION_LEAD, type Mail } from "../events/index.ts";
import { Defect } from "../kernel/errors.ts";
import { own } from "../kernel/json.ts";
import type { Instant } from "../kernel/time.ts";
import { zoneDataVersion } from "../kernel/zone.ts";
import { type Lead, observe as observeLead } from "../leads/index.ts";
import { asking, type OwedOptOut, type OwedStart } from "../outreach/index.ts";
import { dayOf, isNews, modelName, NOTHING_SEEN, observeTally } from "../scoring/index.ts";
import { readdressed } from "./addresses.ts";
import { agreedIn } from "./agreements.ts";
import { takeAnswer } from "./answers.ts";
import type { LeadCase, Scene, TurnOutcome } from "./case.ts";
import { clocksAfter, fireClock, marksAt, nextClock } from "./clocks.ts";
import { applyCommand } from "./command.ts";
import { count, type Desk, derive, sit } from "./desk.ts";
import { enrollOn } from "./enroll.ts";
import { watch } from "./exposures.ts";
import { carryOn } from "./follow.ts";
import { foundInput, mailInput } from "./inputs.ts";
import { movedSegments, NOWHERE } from "./membership.ts";
import { hasten, heldUntil, settleOutbox } from "./outbox.ts";
import { takeReply } from "./reply.ts";
import { applyFirings, holdsFor, passRules } from "./rules.ts";
import { moveRun, moveRunsOn, runOrder } from "./runs.ts";
import { nextRescore, rescore, reseat } from "./score.ts";
import { enterDefined, keepSegments } from "./segments.ts";
import { chained } from "./trace.ts";
import { receive } from "./words.ts";

/** Events make rules fire and runs begin, whose events do so again: ten deep, then the event is kept and moves no more. */
const DEEPEST = 10;
/** As deep is what follows from the CRM's past, read by an import: it is learned, and sets nothing off. */
const PAST = 1_000;
/** More timers than this in one turn is a run that does not get on. */
const MOST_TIMERS = 1_000;
/** Messages whose answers make messages, as often as this: a workflow of a hundred steps that are all blocked has fewer. */
const MOST_ROUNDS = 200;

export function decideTurn(lead: LeadCase, scene: Scene): TurnOutcome {
  const desk = sit(lead, scene);
  const { publication, experiments, scorers } = scene;
  desk.inputs.push(...foundInput(lead, desk.knownAtFirst, publication.paused ?? [], experiments, scorers?.id));
  hasten(desk);
  locate(desk);
  refold(desk);
  reseat(desk);
  setOut(desk);
  for (const mail of lead.mail) {
    const at = Math.max(desk.clock, Math.min(stampOf(mail), scene.now));
    // at the same instant events go before timers: a reply at the deadline is in time
    runTimers(desk, (due) => due < at);
    desk.clock = at;
    take(desk, mail);
  }
  // what waits in the mailbox may be older than the timers that are due
  const handled = lead.moreMail ? desk.clock - 1 : scene.now;
  if (!lead.moreMail) runTimers(desk, (due) => due <= scene.now);
  desk.clock = scene.now;
  conclude(desk);
  return rise(desk, handled);
}

/** Outreach comes last; what it answers at once moves runs, and those may make events, timers and messages again. */
function conclude(desk: Desk): void {
  const { scene, case: lead } = desk;
  for (;;) {
    if (desk.round > MOST_ROUNDS) throw new Defect("messages and events of one turn follow each other without end");
    settleOutbox(desk);
    followUp(desk);
    if (!lead.moreMail) runTimers(desk, (due) => due <= scene.now);
    if (desk.messages.length === 0) return;
    desk.round += 1;
  }
}

/** The zone for the lead's clock follows what is known of the lead. */
function locate(desk: Desk): void {
  desk.zone = desk.scene.outreach.clockZone(desk.lead, desk.scene.now);
}

/** A publication may ask what this lead's windows were not kept for: they are folded from the past, once. */
function refold(desk: Desk): void {
  const { state, past } = desk.case;
  const { publication, now } = desk.scene;
  desk.behavior = acquaint(desk.behavior, desk.scene.book, Math.min(publication.publishedAt, now));
  if (state === undefined) return;
  // kept from here on: what came before is folded once
  if (state.tally === undefined) {
    desk.tally = (past ?? []).reduce((tally, event) => observeTally(tally, event, desk.scene.reading), NOTHING_SEEN);
  }
  if (!needsBackfill(state.behavior, desk.scene.book)) return;
  const asked = (past ?? []).filter(({ receivedAt }) => receivedAt >= now - BACKFILL_SPAN);
  desk.clock = Math.max(desk.clock, state.behavior.firstSeenAt);
  desk.behavior = backfill(desk.behavior, asked, {
    book: desk.scene.book,
    holds: holdsFor(desk),
    now: desk.scene.now,
  });
}

/** What a new publication asks about a lead that it has not been looked at for. */
function setOut(desk: Desk): void {
  desk.marks = marksAt(desk);
  const { clock } = desk;
  desk.clock = desk.scene.now;
  enterDefined(desk);
  desk.clock = clock;
}

/** The past is learned now: the clock does not go back to it, or silences and segments of then would come due. */
const stampOf = (mail: Mail): Instant =>
  mail.kind !== "event" ? mail.at : mail.event.source === "import" ? mail.event.receivedAt : mail.event.at;

function take(desk: Desk, mail: Mail): void {
  desk.inputs.push(mailInput(mail, desk.clock));
  switch (mail.kind) {
    case "event":
      desk.waiting.push({ event: mail.event, depth: 0 });
      break;
    case "answer":
      takeAnswer(desk, mail.answer);
      break;
    case "command":
      applyCommand(desk, mail.command);
      break;
    case "reply":
      takeReply(desk, mail.reply);
      break;
    case "ask":
      throw new Defect("a lead cannot be asked what its location decides");
  }
  followUp(desk);
}

/** Does what is left to do of the input; then looks at the events that wait, oldest first, and at those they cause. */
function followUp(desk: Desk): void {
  carryOn(desk);
  for (let next = desk.waiting.shift(); next !== undefined; next = desk.waiting.shift()) {
    lookAt(desk, next.event, next.depth);
  }
}

function lookAt(desk: Desk, event: LeadEvent, depth: number): void {
  if (event.source === "import" || depth >= PAST) {
    learn(desk, event);
    return;
  }
  desk.seen.push(event);
  count(desk, "event", event.type);
  const { lead, derived } = observeLead(desk.lead, event, desk.scene.catalog, (channel) =>
    own(desk.case.latest, channel),
  );
  if (lead !== desk.lead) {
    desk.agreed.push(...agreedIn(desk.lead, lead, event));
    become(desk, lead);
  }
  for (const follow of derived) derive(desk, follow, event.id, depth + 1);
  receive(desk, event, depth);

  desk.behavior = observeBehavior(desk.behavior, event, { book: desk.scene.book, holds: holdsFor(desk) });
  desk.tally = observeTally(desk.tally, event, desk.scene.reading);
  for (const crossing of rescore(desk)) derive(desk, crossing, event.id, depth + 1);
  lookAtSegments(desk, event.id, depth);

  watch(desk, event);
  if (depth < DEEPEST) {
    const fired = fire(desk.behavior, desk.scene.book, { event }, ruleContext(desk));
    desk.behavior = fired.state;
    applyFirings(desk, fired.firings, event, depth);
    passRules(desk, fired.passed, event);
  }
  moveRunsOn(desk, event, depth);
  carryOn(desk);
  // a workflow whose end enrolls into the next would otherwise never come to one
  if (depth < DEEPEST) enrollOn(desk, event, depth);
  carryOn(desk);
}

function become(desk: Desk, lead: Lead): void {
  const before = desk.lead;
  desk.lead = lead;
  locate(desk);
  readdressed(desk, before);
}

/** What an import brings: who the lead is, what it did, that it asked us to stop. No rule fires and nobody is enrolled. */
function learn(desk: Desk, event: LeadEvent): void {
  count(desk, "event", event.type);
  const { lead, derived } = observeLead(desk.lead, event, desk.scene.catalog);
  if (lead !== desk.lead) become(desk, lead);
  for (const follow of derived) derive(desk, follow, event.id, PAST);
  receive(desk, event, PAST);
  desk.behavior = foldPast(desk.behavior, event, { book: desk.scene.book, holds: holdsFor(desk), now: desk.scene.now });
  desk.tally = observeTally(desk.tally, event, desk.scene.reading);
  for (const crossing of rescore(desk)) derive(desk, crossing, event.id, PAST);
  lookAtSegments(desk, event.id, PAST);
  // who asked us to stop leaves what it is in, whenever that was
  if (event.type === "message.opted_out" || event.type === "consent.changed") moveRunsOn(desk, event, PAST);
  carryOn(desk);
}

function lookAtSegments(desk: Desk, cause: string, depth: number): void {
  for (const move of keepSegments(desk)) derive(desk, move, cause, depth + 1);
}

const ruleContext = (desk: Desk) => ({ now: desk.clock, createdAt: desk.lead.createdAt, holds: holdsFor(desk) });

// Timers -------------------------------------------------------------------------------------------------------------

type Timer = { readonly at: Instant; readonly order: number } & (
  | { readonly what: "rules" | "score" | "segments" }
  | { readonly what: "clock"; readonly clock: string }
  | { readonly what: "run"; readonly run: string }
);

function runTimers(desk: Desk, due: (at: Instant) => boolean): void {
  for (let fired = 0; ; fired += 1) {
    const timer = nextTimer(desk);
    if (timer === undefined || !due(timer.at)) return;
    if (fired > MOST_TIMERS) throw new Defect(`a timer (${timer.what}) does not move on from its instant`);
    desk.clock = Math.max(desk.clock, timer.at);
    fireTimer(desk, timer);
    followUp(desk);
  }
}

function nextTimer(desk: Desk): Timer | undefined {
  const timers: Timer[] = [];
  const rules = nextInstant(desk.behavior, desk.scene.book, { createdAt: desk.lead.createdAt });
  if (rules !== undefined) timers.push({ what: "rules", at: rules, order: 0 });
  const rescoreAt = nextRescore(desk);
  if (rescoreAt !== undefined) timers.push({ what: "score", at: rescoreAt, order: -1 });
  if (desk.segments.next !== undefined) timers.push({ what: "segments", at: desk.segments.next, order: -1 });
  const clock = nextClock(desk);
  let order = 1;
  for (const run of runOrder(desk)) {
    if (run.dueAt !== undefined) timers.push({ what: "run", run: run.id, at: run.dueAt, order });
    order += 1;
  }
  if (clock !== undefined) timers.push({ what: "clock", clock: clock.clock, at: clock.at, order });
  return timers.reduce<Timer | undefined>(
    (first, timer) =>
      first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order)
        ? timer
        : first,
    undefined,
  );
}

function fireTimer(desk: Desk, timer: Timer): void {
  desk.inputs.push({ timer: timer.what, at: timer.at, ...(timer.what === "run" ? { run: timer.run } : {}) });
  switch (timer.what) {
    case "rules": {
      const fired = fire(desk.behavior, desk.scene.book, { clock: true }, ruleContext(desk));
      desk.behavior = fired.state;
      applyFirings(desk, fired.firings, undefined, 0);
      passRules(desk, fired.passed, undefined);
      return;
    }
    case "score":
      for (const crossing of rescore(desk)) derive(desk, crossing, `score:${timer.at}`, 1);
      lookAtSegments(desk, `score:${timer.at}`, 0);
      return;
    case "segments":
      lookAtSegments(desk, `segments:${timer.at}`, 0);
      return;
    case "clock":
      fireClock(desk, timer.clock);
      return;
    case "run":
      moveRun(desk, timer.run, { type: "due" }, undefined, 0);
  }
}

// Rising from the desk -----------------------------------------------------------------------------------------------

/** @param handled the instant up to which all that was due has come */
function rise(desk: Desk, handled: Instant): TurnOutcome {
  const { case: lead, scene } = desk;
  if (desk.score === undefined) rescore(desk);
  const { asks: asksNumber, owed } = asking(desk.owed, scene.now);
  const { asks: asksSame, owed: starts } = asking(desk.starts, scene.now);
  const asks = asksNumber || asksSame;
  const formerly = desk.formerly.filter(({ until }) => until >= scene.now);
  const { decisions, chain } = chained(desk.drafts, {
    location: scene.location,
    lead: lead.id,
    turn: lead.turn,
    publication: scene.publication.id,
    model: modelName(scene.scorers),
    chain: lead.state?.chain ?? "",
  });
  for (const decision of decisions) count(desk, `decision.${decision.kind}`, decision.verdict);
  if (desk.score === undefined || desk.scoredAt === undefined) throw new Defect("a turn ended without a score");
  const { state } = lead;
  const day = dayOf(desk.score, desk.scoredAt);
  const scored = isNews(state === undefined ? undefined : dayOf(state.score, state.scoredAt), day)
    ? { scored: day }
    : {};
  return {
    ...scored,
    asks,
    lead: desk.lead,
    leadChanged: desk.lead !== lead.lead || lead.fresh,
    ...(lead.state === undefined ? {} : { tierBefore: lead.state.score.tier }),
    state: {
      behavior: desk.behavior,
      score: desk.score,
      crossed: desk.crossed,
      scoredAt: desk.scoredAt,
      ...(desk.churnCrossed.length === 0 ? {} : { churnCrossed: desk.churnCrossed }),
      tally: desk.tally,
      inbound: desk.inbound,
      ...(Object.keys(desk.lines).length === 0 ? {} : { lines: desk.lines }),
      ...(Object.keys(desk.habits).length === 0 ? {} : { habits: desk.habits }),
      ...(Object.keys(desk.slots).length === 0 ? {} : { slots: desk.slots }),
      ...(desk.form === undefined ? {} : { form: desk.form }),
      ...(owed.length === 0 ? {} : { owed }),
      ...(starts.length === 0 ? {} : { starts }),
      ...(Object.keys(desk.given).length === 0 ? {} : { given: desk.given }),
      ...(formerly.length === 0 ? {} : { formerly }),
      seen: desk.knownAtFirst,
      chain,
      ...(desk.adjustments.length === 0 ? {} : { adjustments: desk.adjustments }),
      ...(Object.keys(desk.exposures).length === 0 ? {} : { exposures: desk.exposures }),
      ...(desk.segments.of.length === 0 ? {} : { segments: desk.segments }),
      ...(desk.scene.clocked.length === 0 ? {} : { clocks: clocksAfter(desk, handled) }),
      ...(Object.keys(desk.passes).length === 0 ? {} : { passes: desk.passes }),
    },
    runs: [...desk.changed].map((id) => found(desk.runs, id)),
    queued: [...desk.fresh].map((id) => found(desk.outbox, id)),
    moved: [...desk.moved].filter((id) => !desk.fresh.has(id)).map((id) => found(desk.outbox, id)),
    events: desk.derived,
    decisions,
    deltas: [...desk.deltas.values()],
    addresses: desk.addresses,
    exposures: [...desk.met].flatMap((id) => desk.exposures[id] ?? []),
    segments: movedSegments(lead.state?.segments ?? NOWHERE, desk.segments),
    letters: desk.asks.map((body) => ({
      location: scene.location,
      lead: LOCATION_LEAD,
      kind: "ask",
      receivedAt: scene.now,
      body,
    })),
    agreed: desk.agreed,
    heard: desk.seen.some(saysDnd),
    read: lead.mail.map((mail) => mail.seq),
    dueAt: nextWake(desk, [...owed, ...starts]),
    record: {
      lead: lead.id,
      turn: lead.turn,
      at: scene.now,
      publication: scene.publication.id,
      zoneData: zoneDataVersion,
      inputs: desk.inputs,
    },
  };
}

/**
 * The CRM told us whether the contact may be written to, channel by channel. What it says of a change or of tags has no word of
 * that; a contact that was just made has no settings to be told of.
 */
const saysDnd = ({ type, data }: LeadEvent): boolean =>
  type === "crm.dnd" || (type === "crm.contact" && data["change"] === "create");

/** The earliest instant at which this lead must be looked at again, whatever happens. */
function nextWake(desk: Desk, owed: readonly (OwedOptOut | OwedStart)[]): Instant | undefined {
  if (desk.case.moreMail) return desk.scene.now;
  const asks = owed.map(({ ask }) => ask?.at);
  const instants = [nextTimer(desk)?.at, heldUntil(desk), ...asks].filter((at) => at !== undefined);
  return instants.length === 0 ? undefined : Math.min(...instants);
}

function found<T>(map: ReadonlyMap<string, T>, id: string): T {
  const value = map.get(id);
  if (value === undefined) throw new Defect(`${id} was changed and is gone`);
  return value;
}

// One lead's turn in the making: the working copy that `decide.ts` writes on.

import { type BehaviorState, startWith } from "../behavior/index.ts";
import type { Agreed } from "../compliance/index.ts";
import type { Ask, LeadEvent, StoredEvent } from "../events/index.ts";
import type { Exposure } from "../experiments/index.ts";
import type { Delta } from "../insights/index.ts";
import { Defect } from "../kernel/errors.ts";
import { idFrom } from "../kernel/ids.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Instant } from "../kernel/time.ts";
import type { Derived, Lead } from "../leads/index.ts";
import {
  type AddressChange,
  type Addresses,
  type AddressFacts,
  addressesOf,
  type Former,
  type Habits,
  type Lines,
  type OutboxEntry,
  type OutreachCase,
  type OwedOptOut,
  type OwedStart,
} from "../outreach/index.ts";
import { type Explained, NOTHING_SEEN, type Score, type SlotCounts, type Tally } from "../scoring/index.ts";
import type { Effect, MessageEffect, Plan, Run, RunInput } from "../workflows/index.ts";
import type { Adjustment, LeadCase, LeadState, Pass, Scene } from "./case.ts";
import { addressDigest } from "./inputs.ts";
import { type Membership, NOWHERE } from "./membership.ts";
import { isPrompted } from "./prompted.ts";
import type { Draft } from "./trace.ts";

export interface Desk {
  readonly case: LeadCase;
  readonly scene: Scene;
  /** Something of the lead prompted the turn. */
  readonly prompted: boolean;
  /** The turn's clock: never runs back. */
  clock: Instant;
  /** The zone in which this lead's local times are read. */
  zone: string;
  lead: Lead;
  behavior: BehaviorState;
  score: Score | undefined;
  /** Score thresholds that have been crossed and not been armed again. */
  crossed: readonly string[];
  /** Thresholds of the risk of going cold, likewise. */
  churnCrossed: readonly string[];
  tally: Tally;
  scoredAt: Instant | undefined;
  /** Why the score is what it is, once something has used it. */
  explained: { readonly of: Score; readonly as: Explained | undefined } | undefined;
  adjustments: readonly Adjustment[];
  /** Experiments the lead has met, by id; `met` names those to save. */
  exposures: Readonly<Record<string, Exposure>>;
  segments: Membership;
  /** From when on each clock that takes leads in is looked at. */
  marks: Map<string, Instant>;
  /** Which cooldowns and guards have kept which rules quiet, and how often: the first time is a decision. */
  passes: Readonly<Record<string, Pass>>;
  readonly met: Set<string>;
  /** Every run the turn knows, by id; `changed` names those to save. */
  readonly runs: Map<string, Run>;
  readonly changed: Set<string>;
  /** All outbox rows the turn knows, as they are now; `fresh` and `moved` name those to save. */
  readonly outbox: Map<string, OutboxEntry>;
  readonly fresh: Set<string>;
  readonly moved: Set<string>;
  /** Waiting rows that this turn has looked at: once is enough. */
  readonly looked: Set<string>;
  /** Messages that steps asked for and outreach has not yet decided. */
  messages: Asked[];
  /** Events of this turn still to be looked at. */
  waiting: { readonly event: LeadEvent; readonly depth: number }[];
  /** What the present input has left to do for runs: done before any later event is looked at. */
  follows: Follow[];
  /** Runs that steps have begun in this turn. */
  started: number;
  /** What the location is asked. */
  readonly asks: Ask[];
  /** Events looked at so far, oldest first. */
  readonly seen: LeadEvent[];
  /** Events of our own, for the log. */
  readonly derived: StoredEvent[];
  readonly drafts: Draft[];
  readonly deltas: Map<string, Delta>;
  /** What is known of the lead's number and address, with what this turn learned; and that alone, to save. */
  known: AddressFacts;
  /** Of which number and address that is. */
  knownOf: Addresses;
  /** Names what was known of its addresses when the turn began. */
  readonly knownAtFirst: string;
  readonly addresses: AddressChange[];
  /** What the lead agreed to, or withdrew, in this turn. */
  readonly agreed: Agreed[];
  /** When the lead last wrote, by channel. */
  inbound: NonNullable<OutreachCase["lastInboundAt"]>;
  /** The number or address of ours that its conversation last used, by channel. */
  lines: Lines;
  /** What the lead did about our messages, by channel. */
  habits: Habits;
  /** Likewise, by the hours at which they left. */
  slots: SlotCounts;
  form: string | undefined;
  owed: readonly OwedOptOut[];
  starts: readonly OwedStart[];
  given: NonNullable<LeadState["given"]>;
  formerly: readonly Former[];
  readonly inputs: JsonObject[];
  /** How often outreach has been settled in this turn; what it answers is that deep. */
  round: number;
}

export type Follow = { readonly event: LeadEvent | undefined; readonly depth: number } & (
  | { readonly what: "start"; readonly effect: Extract<Effect, { kind: "start" }> }
  | { readonly what: "tell"; readonly run: string; readonly input: RunInput }
  /** A pending run whose time, or room, may have come. */
  | { readonly what: "admit"; readonly run: string }
);

/** A message, and what made a step ask for it. */
export interface Asked {
  readonly effect: MessageEffect;
  readonly event: LeadEvent | undefined;
  readonly at: Instant;
}

export function sit(lead: LeadCase, scene: Scene): Desk {
  return {
    case: lead,
    scene,
    prompted: isPrompted(lead),
    clock: Number.NEGATIVE_INFINITY,
    zone: scene.zone,
    lead: lead.lead,
    behavior: lead.state?.behavior ?? startWith(scene.book, scene.now),
    score: lead.state?.score,
    crossed: lead.state?.crossed ?? [],
    churnCrossed: lead.state?.churnCrossed ?? [],
    tally: lead.state?.tally ?? NOTHING_SEEN,
    scoredAt: lead.state?.scoredAt,
    explained: undefined,
    adjustments: lead.state?.adjustments ?? [],
    exposures: lead.state?.exposures ?? {},
    segments: lead.state?.segments ?? NOWHERE,
    marks: new Map(),
    passes: lead.state?.passes ?? {},
    met: new Set(),
    runs: new Map(lead.runs.map((run) => [run.id, run])),
    changed: new Set(),
    outbox: new Map(lead.outbox.map((entry) => [entry.row.id, entry])),
    fresh: new Set(),
    moved: new Set(),
    looked: new Set(),
    messages: [],
    waiting: [],
    follows: [],
    started: 0,
    asks: [],
    seen: [],
    derived: [],
    drafts: [],
    deltas: new Map(),
    known: lead.addresses,
    knownOf: addressesOf(lead.lead.contact),
    knownAtFirst: addressDigest(lead.addresses),
    addresses: [],
    agreed: [],
    inbound: lead.state?.inbound ?? {},
    lines: lead.state?.lines ?? {},
    habits: lead.state?.habits ?? {},
    slots: lead.state?.slots ?? {},
    form: lead.state?.form,
    owed: lead.state?.owed ?? [],
    starts: lead.state?.starts ?? [],
    given: lead.state?.given ?? {},
    formerly: lead.state?.formerly ?? [],
    inputs: [],
    round: 0,
  };
}

/** Appends an event of our own to the turn; its id comes from what caused it, so that a replay makes the same one. */
export function derive(desk: Desk, { type, at, data }: Derived, cause: string, depth: number): LeadEvent {
  const event: StoredEvent = {
    id: idFrom(desk.scene.location, desk.case.id, desk.case.turn, cause, type, desk.derived.length),
    location: desk.scene.location,
    lead: desk.case.id,
    type,
    at: Math.min(at, desk.scene.now),
    receivedAt: desk.scene.now,
    source: "latchkey",
    data,
  };
  desk.derived.push(event);
  desk.waiting.push({ event, depth });
  return event;
}

/** An event of our own for the log, of which nothing else follows. */
export function keepEvent(desk: Desk, event: StoredEvent): void {
  desk.derived.push(event);
}

/** For what the location is asked: its answer belongs to the same lane. */
export const unprompted = ({ prompted }: Desk): { readonly bulk?: true } => (prompted ? {} : { bulk: true });

/** Counts something for the read models. */
export function count(desk: Desk, metric: string, dimension = "", amount = 1): void {
  const key = `${metric}\n${dimension}`;
  desk.deltas.set(key, { metric, dimension, amount: (desk.deltas.get(key)?.amount ?? 0) + amount });
}

export function planOf(desk: Desk, run: Run): Plan {
  const plan = desk.scene.plans.get(run.plan);
  if (plan === undefined) throw new Defect(`run ${run.id} is pinned to plan ${run.plan.slice(0, 12)}, which is gone`);
  return plan;
}

import type { BehaviorState, Book } from "../behavior/index.ts";
import type { Agreed } from "../compliance/index.ts";
import type { LeadEvent, Letter, Mail, StoredEvent } from "../events/index.ts";
import type { Exposure } from "../experiments/index.ts";
import type { Decision, Delta } from "../insights/index.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Instant } from "../kernel/time.ts";
import type { Catalog, Lead } from "../leads/index.ts";
import type {
  AddressChange,
  Addresses,
  AddressFacts,
  Former,
  Habits,
  Lines,
  OutboxEntry,
  OutreachCase,
  OutreachScene,
  OwedOptOut,
  OwedStart,
  Refusals,
  RenderFailure,
} from "../outreach/index.ts";
import type { Reading, Score, ScoreDay, Scorers, SlotCounts, Tally, Thresholds } from "../scoring/index.ts";
import type { Plan, Publication, Run } from "../workflows/index.ts";
import type { Clocked } from "./clocked.ts";
import type { Standing } from "./inputs.ts";
import type { LocationState } from "./location.ts";
import type { Defined, Membership, Moved } from "./membership.ts";
import type { TurnRecord } from "./store.ts";

/** What is true of a location while a batch of its leads is decided. */
export interface Scene {
  readonly location: string;
  readonly now: Instant;
  /** For chance(): spreads, rollouts, holdouts. */
  readonly seed: string;
  /** The location's own zone (IANA), for leads whose zone nobody knows. */
  readonly zone: string;
  readonly publication: Publication;
  /** Live plans, and every older one that some run of the batch is pinned to, by id. */
  readonly plans: Map<string, Plan>;
  readonly catalog: Catalog;
  /** What is asked of every lead, laid out by event type. */
  readonly book: Book;
  /** Scores whose crossing some workflow waits for. */
  readonly thresholds: Thresholds;
  /** The same of the risk of going cold. */
  readonly churnThresholds: Thresholds;
  /** How a lead's tally reads events: the folder's behaviors, the location's fields. */
  readonly reading: Reading;
  /** Keys the hashes of numbers and addresses. */
  readonly addressKey: string | Uint8Array;
  readonly outreach: OutreachScene;
  readonly segments: readonly Defined[];
  /** Workflows that take leads in by the clock. */
  readonly clocked: readonly Clocked[];
  /** How its experiments stand, as of this batch; those nobody has met are absent. */
  readonly experiments: ReadonlyMap<string, Standing>;
  /** What all its leads did about messages, by channel; absent where nobody counts. */
  readonly rates?: Habits;
  /** What all its leads did about messages, by the hours at which they left; absent where no workflow waits for a best hour. */
  readonly slots?: SlotCounts;
  /** The models that score its leads now; absent: the rules. */
  readonly scorers?: Scorers;
  /** Whom receivers refuse as a sender of its e-mails, as of this batch. */
  readonly refusals?: Refusals;
  /** The location's own links, by name: `link.booking`. */
  readonly links: Readonly<Record<string, string>>;
  /** Whether the CRM's contacts are told score, tier and last decision. */
  readonly writeBack?: boolean;
  /** Renders a line for people. */
  renderText(text: string, values: JsonObject, zone: string): string | RenderFailure;
}

/** One lead as it was claimed: all that its turn may know. */
export interface LeadCase {
  readonly id: string;
  /** Number of the turn about to be decided. */
  readonly turn: number;
  readonly lead: Lead;
  /** There is no row of it yet. */
  readonly fresh: boolean;
  /** Absent at the first turn. */
  readonly state?: LeadState;
  /** Its runs that have not ended, and per workflow the one that ended last. */
  readonly runs: readonly Run[];
  /** Its open outbox rows, and those that the mail is about. */
  readonly outbox: readonly OutboxEntry[];
  /** Oldest first. */
  readonly mail: readonly Mail[];
  /** There is more mail than one turn reads. */
  readonly moreMail: boolean;
  /** What is known of its number and its address. */
  readonly addresses: AddressFacts;
  /** Of the contacts that were merged into it; only where the mail may hold words. */
  readonly merged?: readonly Addresses[];
  /** Our latest message per channel. */
  readonly latest: Readonly<Record<string, { readonly id: string; readonly at: Instant }>>;
  /** Past events, only where a rule asks a question that the state has no window for, or where no tally was kept. */
  readonly past?: readonly LeadEvent[];
  /** Of the location itself, in place of `state`; and how many leads belong to whom, where a letter makes it matter. */
  readonly shared?: LocationState;
  readonly owned?: Readonly<Record<string, number>>;
}

export interface LeadState {
  readonly behavior: BehaviorState;
  readonly score: Score;
  /** Score thresholds that have been crossed and not been armed again. */
  readonly crossed: readonly string[];
  /** The same of the risk of going cold. */
  readonly churnCrossed?: readonly string[];
  /** What scores are made of; absent in a state from before it was kept: the past is folded first. */
  readonly tally?: Tally;
  /** When the score was last computed. */
  readonly scoredAt: Instant;
  /** When the lead last wrote, by channel. */
  readonly inbound: NonNullable<OutreachCase["lastInboundAt"]>;
  /** The number or address of ours that its conversation last used, by channel. */
  readonly lines?: Lines;
  /** What it did about our messages, by channel. */
  readonly habits?: Habits;
  /** Likewise, by the hours at which they left. */
  readonly slots?: SlotCounts;
  /** Opt-outs of which the CRM has yet to name the number or address. */
  readonly owed?: readonly OwedOptOut[];
  /** STARTs that lift nothing until the CRM has said what the contact has. */
  readonly starts?: readonly OwedStart[];
  /** When the contact was last given another number or address, as the CRM stated it. */
  readonly given?: { readonly phone?: Instant; readonly email?: Instant };
  /** Numbers and addresses that it has no more, and that we wrote to of late. */
  readonly formerly?: readonly Former[];
  /** The form it last began or sent: `link.form.last`. */
  readonly form?: string;
  /** Digest of what the last turn found to be known of its addresses. */
  readonly seen?: string;
  /** Hash of the lead's latest decision. */
  readonly chain: string;
  /** What steps have added to the score for a time, oldest first. */
  readonly adjustments?: readonly Adjustment[];
  /** Experiments the lead has met: what it saw it keeps. */
  readonly exposures?: Readonly<Record<string, Exposure>>;
  readonly segments?: Membership;
  /** Up to where enrollments by the clock have been looked at, and which. */
  readonly clocks?: { readonly at: Instant; readonly known: readonly string[] };
  readonly passes?: Readonly<Record<string, Pass>>;
}

/** A rule whose pattern held, kept quiet until an instant: how often so far. */
export interface Pass {
  readonly until: Instant;
  readonly times: number;
}

export interface Adjustment {
  readonly id: string;
  readonly add: number;
  readonly until: Instant;
  readonly because?: string;
}

/** What a turn leaves behind: saved in one transaction, or not at all. */
export interface TurnOutcome extends Outcome {
  readonly state: LeadState;
  /** The CRM is to be asked what number or address the contact has now. */
  readonly asks: boolean;
  /** As the turn began; absent where the lead had not been scored. */
  readonly tierBefore?: Score["tier"];
  /** The day's figures, where they are not those that are kept. */
  readonly scored?: ScoreDay;
}

/** The same, of the location's own turn. */
export interface LocationOutcome extends Outcome {
  readonly shared: LocationState;
}

interface Outcome {
  readonly lead: Lead;
  readonly leadChanged: boolean;
  /** New and changed runs. */
  readonly runs: readonly Run[];
  /** Rows that were not there, with their messages. */
  readonly queued: readonly OutboxEntry[];
  /** Rows that were, as they are now. */
  readonly moved: readonly OutboxEntry[];
  readonly events: readonly StoredEvent[];
  readonly decisions: readonly Decision[];
  readonly deltas: readonly Delta[];
  readonly addresses: readonly AddressChange[];
  /** New, and those that an event has moved. */
  readonly exposures: readonly Exposure[];
  readonly segments: Moved;
  /** To the location, or from it. */
  readonly letters: readonly Letter[];
  /** What was agreed to, or withdrawn. */
  readonly agreed: readonly Agreed[];
  /** The CRM told us in this turn whether the contact may be written to, by channel. */
  readonly heard: boolean;
  /** Letters to delete. */
  readonly read: readonly number[];
  readonly dueAt: Instant | undefined;
  readonly record: TurnRecord;
}

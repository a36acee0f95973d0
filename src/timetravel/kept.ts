// One lead at rest in memory: what its rows would be, what a turn finds of them, and what a turn leaves.

import { BACKFILL_SPAN, type Book, needsBackfill } from "../behavior/index.ts";
import type { LeadEvent, Mail } from "../events/index.ts";
import type { Instant } from "../kernel/time.ts";
import { type Lead, stub } from "../leads/index.ts";
import type { AddressFacts, OutboxEntry, OutboxState } from "../outreach/index.ts";
import {
  type Decided,
  ENDED_FOR,
  isReply,
  type LeadCase,
  type LeadState,
  MOST_LETTERS,
  REPLY_WITHIN,
} from "../turns/index.ts";
import { hasEnded, NOT_ENROLLED, type Run } from "../workflows/index.ts";

export interface Kept {
  readonly id: string;
  /** Number of its last turn. */
  turn: number;
  lead: Lead | undefined;
  state: LeadState | undefined;
  /** Of the location itself, in place of a state. */
  shared: LeadCase["shared"] | undefined;
  readonly runs: Map<string, Run>;
  readonly outbox: Map<string, OutboxEntry>;
  /** Everything that happened, ours included, as it came. */
  readonly log: LeadEvent[];
  mail: Mail[];
  dueAt: Instant | undefined;
  /** Why it is decided no more: a decider threw. */
  parked: string | undefined;
}

export const keep = (id: string): Kept => ({
  id,
  turn: 0,
  lead: undefined,
  state: undefined,
  shared: undefined,
  runs: new Map(),
  outbox: new Map(),
  log: [],
  mail: [],
  dueAt: undefined,
  parked: undefined,
});

export const isAwake = (kept: Kept, now: Instant): boolean =>
  kept.parked === undefined && (kept.mail.length > 0 || (kept.dueAt !== undefined && kept.dueAt <= now));

/** All that its next turn may know. */
export function caseOf(
  kept: Kept,
  facts: {
    readonly location: string;
    readonly now: Instant;
    readonly book: Book;
    readonly addresses: AddressFacts;
    readonly owned?: NonNullable<LeadCase["owned"]>;
  },
): LeadCase {
  const { location, now, book, addresses, owned } = facts;
  const mail = kept.mail.slice(0, MOST_LETTERS);
  const { state, shared } = kept;
  const latest = mail.some(isReply) ? latestOf(kept, now - REPLY_WITHIN) : {};
  return {
    id: kept.id,
    turn: kept.turn + 1,
    lead: kept.lead ?? stub(location, kept.id),
    fresh: kept.lead === undefined,
    ...(state === undefined ? {} : { state }),
    ...(shared === undefined ? {} : { shared }),
    ...(owned === undefined ? {} : { owned }),
    runs: runsFor(kept, now - ENDED_FOR),
    outbox: outboxFor(kept, mail, latest),
    mail,
    moreMail: mail.length === MOST_LETTERS,
    addresses,
    latest,
    ...(state !== undefined && (state.tally === undefined || needsBackfill(state.behavior, book))
      ? { past: pastOf(kept, mail, state.tally === undefined ? 0 : now - BACKFILL_SPAN) }
      : {}),
  };
}

/** Whether the location is asked who of a team has the fewest leads. */
export const asksHowBusy = (kept: Kept): boolean =>
  kept.mail.some((letter) => letter.kind === "ask" && letter.ask.type === "assignee" && letter.ask.by === "least_busy");

/** As `readRuns` reads them. */
function runsFor({ runs }: Kept, endedSince: Instant): Run[] {
  const known = [...runs.values()].filter(({ outcome }) => outcome !== NOT_ENROLLED);
  const latest = new Map<string, Run>();
  for (const run of known) {
    const kind = `${run.workflow} ${run.outcome === "restarted"}`;
    const other = latest.get(kind);
    if (hasEnded(run) && (other === undefined || endedLater(run, other))) latest.set(kind, run);
  }
  const last = new Set(latest.values());
  return known
    .filter((run) => !hasEnded(run) || last.has(run) || (run.endedAt ?? 0) >= endedSince)
    .sort((a, b) => a.enrolledAt - b.enrolledAt || compare(a.id, b.id));
}

const endedLater = (a: Run, b: Run): boolean =>
  (a.endedAt ?? 0) > (b.endedAt ?? 0) || (a.endedAt === b.endedAt && a.id < b.id);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const MOVABLE: ReadonlySet<OutboxState> = new Set(["queued", "held", "refused", "undecided"]);
const UNDER_WAY: ReadonlySet<OutboxState> = new Set(["sending", "unconfirmed"]);

/** As `takeOutbox` reads them. */
function outboxFor({ outbox }: Kept, mail: readonly Mail[], latest: LeadCase["latest"]): OutboxEntry[] {
  const answered = mail.flatMap((letter) => (letter.kind === "answer" ? [letter.answer.outbox] : []));
  const named = new Set([...answered, ...Object.values(latest).map(({ id }) => id)]);
  const entries = [...outbox.values()];
  const movable = entries.filter(({ row }) => MOVABLE.has(row.state)).sort((a, b) => compare(a.row.id, b.row.id));
  const others = entries.filter(
    ({ row }) => !MOVABLE.has(row.state) && (UNDER_WAY.has(row.state) || named.has(row.id)),
  );
  return [...movable, ...others];
}

/** As `latestMessages` reads them. */
function latestOf({ outbox }: Kept, since: Instant): Record<string, { id: string; at: Instant }> {
  const latest: Record<string, { id: string; at: Instant }> = {};
  for (const { row } of outbox.values()) {
    const channel = row.channels[row.place];
    const counts = row.state === "accepted" || row.state === "undecided" || UNDER_WAY.has(row.state);
    if (row.kind !== "message" || channel === undefined || !counts || row.createdAt < since) continue;
    if ((latest[channel]?.at ?? Number.NEGATIVE_INFINITY) < row.createdAt)
      latest[channel] = { id: row.id, at: row.createdAt };
  }
  return latest;
}

function pastOf({ log }: Kept, mail: readonly Mail[], since: Instant): LeadEvent[] {
  const unread = new Set(mail.flatMap((letter) => (letter.kind === "event" ? [letter.event.id] : [])));
  return log
    .filter(({ id, receivedAt }) => receivedAt >= since && !unread.has(id))
    .sort((a, b) => a.at - b.at || compare(a.id, b.id));
}

/** What a turn leaves, as `saveOutcomes` saves it. */
export function save(kept: Kept, outcome: Decided): void {
  kept.turn = outcome.record.turn;
  if (outcome.leadChanged) kept.lead = outcome.lead;
  if ("shared" in outcome) kept.shared = outcome.shared;
  else kept.state = outcome.state;
  for (const run of outcome.runs) kept.runs.set(run.id, run);
  for (const entry of outcome.queued) if (isOpen(kept, entry)) kept.outbox.set(entry.row.id, entry);
  for (const entry of outcome.moved) moveEntry(kept, entry);
  for (const { location: _, ...event } of outcome.events) kept.log.push(event);
  const read = new Set(outcome.read);
  kept.mail = kept.mail.filter(({ seq }) => !read.has(seq));
  kept.dueAt = outcome.dueAt;
}

/** An identity is decided once; only a write that was refused for good may be asked for again. */
function isOpen({ outbox }: Kept, { row }: OutboxEntry): boolean {
  const before = outbox.get(row.id)?.row;
  return before === undefined || (before.state === "rejected" && before.kind !== "message");
}

function moveEntry(kept: Kept, { row, message }: OutboxEntry): void {
  const before = kept.outbox.get(row.id);
  if (before === undefined) return;
  const recalled = row.recalled === true ? { recalled: row.recalled } : {};
  const now = UNDER_WAY.has(row.state) ? { ...before.row, ...recalled } : row;
  kept.outbox.set(row.id, message === undefined ? { row: now } : { row: now, message });
}

// From a lead's events to rows to learn from: what was known at an instant, and what came within a horizon. A row is made
// only where its horizon is over, and never after the event itself.

import type { LeadEvent } from "../../events/index.ts";
import { type Aim, APPOINTMENT } from "../../kernel/aim.ts";
import { DAY, type Instant, type Millis } from "../../kernel/time.ts";
import type { LeadStory } from "../churn/baselines.ts";
import { COLD_DAYS, seenFrom, weeksAhead, weeksAtRisk } from "../churn/weeks.ts";
import { mixed } from "../learn/draws.ts";
import type { Column } from "../learn/model.ts";
import { type Course, courseOf, horizonOf } from "./course.ts";
import { left } from "./fade.ts";
import { type Examples, type Growing, growing } from "./growing.ts";
import { homeOf } from "./marks.ts";
import { churnColumns, columnsFor } from "./registry.ts";
import { openRows } from "./row.ts";
import { sourceIn } from "./stated.ts";
import { NOTHING_SEEN, observe, type Reading, type Tally } from "./tally.ts";
import { watchedFrom } from "./watched.ts";

/** A contact is gone with these, and what it would have done is not known; nobody is followed beyond a deal that is won. */
const GONE = ["contact.deleted", "contact.merged"] as const;
const WON = "opportunity.won";

/** What ends the story of a lead where it is asked whether it goes cold. */
export const STORY_ENDS: readonly string[] = [WON, ...GONE];

/** A lead is looked at while it has acted within this time: so long it is scored daily, too. */
export const ALIVE: Millis = 45 * DAY;

export interface ExampleOptions {
  /** The log is complete up to here. */
  readonly until: Instant;
  /** Of the instants' jitter, and of which leads are kept where there are too many. */
  readonly seed: string;
  /** No row before it. */
  readonly from?: Instant;
  /** Rows held at most: with more, whole leads are left out, the same ones whatever their order. */
  readonly most?: number;
  readonly columns?: readonly Column[];
  /** What is foretold; absent: an appointment within 30 days. */
  readonly aim?: Aim;
}

export interface ExampleMaker {
  /** One lead's events, all of them, in any order; each lead once. Read as its location's turns read them. */
  add(lead: string, events: Iterable<LeadEvent>, reading: Reading): void;
  /** Leads left out because of `most`, as a share of all. */
  readonly leftOut: number;
  table(): Examples;
}

const FIRST: Millis = DAY;
const EVERY: Millis = 7 * DAY;
const JITTER: Millis = 4 * DAY;
const MOST_ROWS = 200_000;
/** A row counts half as much when it is so old, by when the newest row's outcome was known: the same rows count the same. */
const WEIGHT_HALVES: Millis = 180 * DAY;

/**
 * Rows of leads whose outcome is known: a day after the contact came, then about weekly while it is alive, as far as the
 * horizon's data go. None while an appointment stands, when a turn foretells nothing; once it is over, the next one is the
 * outcome. Of a deal won: none once it is.
 */
export function openExamples(options: ExampleOptions): ExampleMaker {
  const { aim = APPOINTMENT } = options;
  const within = horizonOf(aim);
  return maker(options, options.columns ?? columnsFor("score"), within, ({ lead, story, push }) => {
    for (let n = 0; ; n += 1) {
      const jitter = n === 0 ? 0 : Math.floor((unit(`${options.seed} ${lead} ${n}`) - 0.5) * JITTER);
      const at = story.watched + FIRST + n * EVERY + jitter;
      if (at > options.until - within || at >= story.gone) return;
      if (story.course.isOver(at)) continue;
      const label = story.course.within(at, at + within);
      if (label === undefined) continue;
      // who is gone before the horizon is over can no longer tell
      if (!label && story.gone <= at + within) continue;
      push(at, label, ({ last: seen }) => at - (seen?.act ?? story.came) <= ALIVE);
    }
  });
}

export interface WeekMaker extends ExampleMaker {
  /** Looks that made no row: the lead was deleted, merged or won before it was known whether it goes cold. */
  lost(): Examples;
  /** The leads of all rows, as they turned out. */
  readonly stories: ReadonlyMap<string, LeadStory>;
}

/**
 * A lead in a week ahead of a look at it, looked at weekly from when it came: see `churn/weeks.ts`. Its `week` is the week
 * ahead. Nobody is followed beyond a deal that is won. The last look is so many days before the log ends: later ones would
 * be of those alone who are quiet already, since of the others it is not known yet.
 *
 * @param days how far ahead is looked; what is lost is told of one week at risk, so within COLD_DAYS
 */
export function openWeeks(options: ExampleOptions, days: number = COLD_DAYS): WeekMaker {
  const columns = options.columns ?? churnColumns();
  const lost = growing(columns);
  const stories = new Map<string, LeadStory>();
  const made = maker(
    options,
    columns,
    days * DAY,
    ({ lead, story, push }) => {
      const { came, watched, acts, source } = story;
      const until = Math.min(story.gone, story.first(WON) ?? Number.POSITIVE_INFINITY, options.until);
      const told = { came, acts, until, ...(source === undefined ? {} : { source }) };
      stories.set(lead, told);
      for (let at = watched; at < until && at + days * DAY <= options.until; at += EVERY) {
        const weeks = weeksAhead(told, at, days);
        for (const { week, label } of weeks) push(at, label, () => true, { week });
        const seen = weeks.length > 0 ? undefined : seenFrom(told, at);
        for (const week of seen === undefined ? [] : weeksAtRisk(seen.idleDays, days))
          push(at, false, () => true, { week, into: lost });
      }
    },
    (wanted) => {
      lost.keep(wanted);
      for (const lead of stories.keys()) if (!wanted(lead)) stories.delete(lead);
    },
  );
  return Object.assign(made, { lost: () => lost.table(), stories });
}

interface Told {
  readonly lead: string;
  readonly story: Story;
  /** In order of instant. `week` is the cell of that name; `into` other rows than those to learn from. */
  push(
    at: Instant,
    label: boolean,
    wanted: (tally: Tally) => boolean,
    more?: { readonly week?: number; readonly into?: Growing },
  ): void;
}

/**
 * @param within   how long after a row its outcome is known
 * @param leaveOut hears whose rows alone are kept, once there are too many
 */
function maker(
  options: ExampleOptions,
  columns: readonly Column[],
  within: Millis,
  tell: (told: Told) => void,
  leaveOut: (wanted: (lead: string) => boolean) => void = () => {},
): ExampleMaker {
  const { seed, most = MOST_ROWS, aim = APPOINTMENT } = options;
  const rows: Growing = growing(columns);
  const read = openRows(columns);
  const weekAt = columns.findIndex(({ name }) => name === "week");
  let share = 1;
  const wanted = (lead: string) => unit(`${seed} ${lead}`) < share;
  return {
    get leftOut() {
      return 1 - share;
    },
    add(lead, events, reading) {
      if (!wanted(lead)) return;
      const known = [...events].sort(byKnown);
      const story = storyOf(known, reading, aim);
      if (story === undefined) return;
      let tally: Tally = { ...NOTHING_SEEN, came: story.came };
      let owner: string | undefined;
      let next = 0;
      tell({
        lead,
        story,
        push(at, label, isWanted, { week, into = rows } = {}) {
          for (let event = known[next]; event !== undefined && knownFrom(event) <= at; event = known[next]) {
            tally = observe(tally, event, reading);
            owner = ownerIn(event) ?? owner;
            next += 1;
          }
          if (at < (options.from ?? 0) || !isWanted(tally)) return;
          const cells = read(tally, at);
          if (week !== undefined && weekAt >= 0) cells[weekAt] = week;
          into.push({ cells, label, weight: 1, at, lead, owner });
        },
      });
      while (rows.rows > most) {
        share /= 2;
        rows.keep(wanted);
        leaveOut(wanted);
      }
    },
    table: () => byAge(rows.table(), within),
  };
}

function byAge(table: Examples, within: Millis): Examples {
  const known = table.at.reduce((last, at) => Math.max(last, at), 0) + within;
  return { ...table, weights: table.at.map((at) => left(WEIGHT_HALVES, known - at)) };
}

/**
 * From when on an event could be known. What an import reads of the past happened, and stood in the CRM, at its own instant;
 * a contact that it reads is as it is on the day of the import.
 */
export const knownFrom = ({ at, receivedAt, source, type }: LeadEvent): Instant =>
  source === "import" && !type.startsWith("crm.") ? at : Math.max(at, receivedAt);

const byKnown = (a: LeadEvent, b: LeadEvent): number =>
  knownFrom(a) - knownFrom(b) || a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** What is only told to labels: when things really happened, whenever we heard of them. */
interface Story {
  readonly came: Instant;
  /** From when on it is known what it did: there are no rows before. */
  readonly watched: Instant;
  /** When the contact was deleted or merged; infinite: never. */
  readonly gone: Instant;
  first(type: string): Instant | undefined;
  readonly course: Course;
  /** What the lead did, rising. */
  readonly acts: readonly Instant[];
  /** How it came, as first told. */
  readonly source: string | undefined;
}

function storyOf(events: readonly LeadEvent[], reading: Reading, aim: Aim): Story | undefined {
  if (events.length === 0) return undefined;
  const firsts = new Map<string, Instant>();
  const acts: Instant[] = [];
  let seen = Number.POSITIVE_INFINITY;
  let came: Instant | undefined;
  let source: string | undefined;
  for (const { at, type, data } of events) {
    seen = Math.min(seen, at);
    firsts.set(type, Math.min(firsts.get(type) ?? at, at));
    if (reading.isAct(type) && data["machine"] !== true) acts.push(at);
    const created = data["createdAt"];
    if (type !== "crm.contact" && type !== "contact.created") continue;
    if (typeof created === "number") came = Math.min(came ?? created, created);
    const fields = type === "crm.contact" ? data["contact"] : data;
    source ??= sourceIn((fields as { readonly source?: unknown } | undefined)?.source);
  }
  acts.sort((a, b) => a - b);
  const from = came ?? seen;
  return {
    came: from,
    watched: watchedFrom(from, seen),
    gone: Math.min(...GONE.map((type) => firsts.get(type) ?? Number.POSITIVE_INFINITY)),
    first: (type) => firsts.get(type),
    course: courseOf(events, aim, knownFrom),
    acts,
    source,
  };
}

/** Whose contact an event says it is. */
export function ownerIn({ type, data }: LeadEvent): string | undefined {
  if (type !== "crm.contact") return undefined;
  const user = (data["contact"] as { readonly assignedTo?: unknown } | undefined)?.assignedTo;
  return typeof user === "string" && user !== "" ? user : undefined;
}

/** In [0, 1), of nothing but the text (FNV-1a, then MurmurHash3's finish). */
const unit = (text: string): number => mixed(homeOf(text)) / 2 ** 32;

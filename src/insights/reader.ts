// The questions that the API and the live hub ask, answered from the database. Nothing here writes.

import type { Database, Sql } from "../kernel/sql.ts";
import { DAY, HOUR, type Instant, iso } from "../kernel/time.ts";
import { addDays, instantOf, localTime } from "../kernel/zone.ts";
import type { ChannelName } from "../leads/index.ts";
import type { Unclear } from "../outreach/index.ts";
import type { ModelStanding, ScoreDay } from "../scoring/index.ts";
import { attention } from "./attention.ts";
import { decisionView } from "./chain.ts";
import { beforeOf, cursorAfter, encode, timeCursor } from "./cursors.ts";
import { systemFigures } from "./figures.ts";
import { folded } from "./fold.ts";
import * as history from "./history.ts";
import { byTime, contextOf, type Entry, entryOf, feedItem, timelineItem, UNNAMED } from "./items.ts";
import { afterLeads, type LeadsWanted, leadHead, leadRows, survivorOf } from "./lead-list.ts";
import { limitsView, readLimits } from "./limits.ts";
import type { FailingLoop } from "./loops.ts";
import { lastLookedAt, type MessagesWanted, messages, messagesWaiting, messageView, STATES } from "./message-list.ts";
import { type MessagesView, messagesSince, messagesView, type Wanted } from "./messages.ts";
import { leadNames, openTeamNames } from "./names.ts";
import { leadRow, leadView, runView } from "./people.ts";
import { type RunsWanted, runsMeant, runsOfLeads } from "./run-list.ts";
import { explainedView, type Scoring } from "./scored.ts";
import { learning, segmentRows } from "./segments.ts";
import { type Hears, systemView } from "./system.ts";
import type {
  AttentionItem,
  ChannelRight,
  DecisionView,
  Diagnostic,
  FeedItem,
  FilesView,
  ItemKind,
  LeadRow,
  LeadView,
  MessageState,
  MessageView,
  Page,
  RunView,
  SegmentsView,
  SystemView,
  TimelineItem,
  TodayView,
  WorkflowView,
} from "./view.ts";
import { workflowRows, workflowView } from "./workflow-list.ts";

export interface ReaderOptions {
  readonly database: Database;
  /** Domain time. */
  now(): Instant;
  /** Real time; where it is not given, domain time is. */
  real?(): Instant;
  /** How fast domain time runs beside real time, so that late means late to a person; 1 unless a town is simulated. */
  readonly speed?: number;
  /** What is wrong with the files of a location's workflows, as last compiled; absent where there is no folder. */
  files?(
    location: string,
  ): Pick<FilesView, "held"> & { readonly diagnostics: readonly (Diagnostic & { readonly workflow?: string })[] };
  /** Bytes of the data folder's disk in use; absent with an external database. */
  diskBytes?(): Promise<number>;
  /** Words that may have asked us to stop and wait for a person; without it nobody's are looked for. */
  readonly unclear?: Unclear;
  /** What the rules say of writing to a lead now. Absent: what the CRM says of it alone. */
  readonly mayWrite?: (sql: Sql, location: string, lead: string) => Promise<readonly ChannelRight[]>;
  /** Why leads are scored as they are, and how they were; absent: what is kept is all that is shown. */
  readonly scoring?: Scoring;
  /** The models that score at a location, and whether they still fit; absent where nothing learns. */
  models?(sql: Sql, location: string): Promise<readonly ModelStanding[]>;
  /** How the CRM's news reach a location; absent where nobody compares. */
  hears?(location: string): Promise<Hears | undefined>;
  /** Background work of this process that failed within the last hour; absent where nobody listens. */
  failing?(): readonly FailingLoop[];
}

export interface Shown {
  readonly before?: string | undefined;
  readonly kinds?: readonly ItemKind[] | undefined;
  readonly limit: number;
  /** Likes in a row as one. */
  readonly fold: boolean;
}

export type Reader = ReturnType<typeof openReader>;

export function openReader(options: ReaderOptions) {
  const { database, speed = 1, unclear } = options;
  const real = () => options.real?.() ?? options.now();
  const teamOf = openTeamNames(() => options.now());

  const read = <T>(location: string, work: (sql: Sql) => Promise<T>) => database.transaction([location], work);

  async function page<Item extends { id: string; at: string; fold?: string; count?: number }>(
    entries: readonly Entry[],
    shown: Shown,
    before: history.Before,
    item: (entry: Entry) => Item,
    kindOf: (item: Item) => ItemKind,
  ): Promise<Page<Item>> {
    const cut = entries.slice(0, shown.limit);
    const items = cut.map(item).filter((one) => shown.kinds === undefined || shown.kinds.includes(kindOf(one)));
    const next = entries.length > shown.limit ? cursorAfter(cut, before) : undefined;
    return {
      items: shown.fold ? (folded(items) as Item[]) : items,
      ...(next === undefined ? {} : { next }),
    };
  }

  /** Newest first, both sources merged; one more than the page, to know whether there is a next. */
  const merge = (events: readonly history.EventRow[], decisions: readonly history.DecisionRow[]) =>
    [...events, ...decisions].map(entryOf).sort(byTime);

  return {
    feed: (location: string, shown: Shown): Promise<Page<FeedItem>> =>
      read(location, async (sql) => {
        const team = await teamOf(sql, location);
        const before = beforeOf(shown.before, team.now);
        const events = await history.recentEvents(sql, location, before, 0, shown.limit + 1);
        const decisions = await history.recentDecisions(sql, location, before, 0, shown.limit + 1);
        return page(
          merge(events, decisions),
          shown,
          before,
          (entry) => feedItem(entry, team),
          (item) => item.kind,
        );
      }),

    /** For the hub: what came since an instant, oldest first, at most `limit` of the newest. */
    feedSince: (location: string, since: Instant, limit: number): Promise<FeedItem[]> =>
      read(location, async (sql) => {
        const team = await teamOf(sql, location);
        const all = { at: END_OF_TIME, shown: [] };
        const events = await history.recentEvents(sql, location, all, since, limit);
        const decisions = await history.recentDecisions(sql, location, all, since, limit);
        return merge(events, decisions)
          .slice(0, limit)
          .reverse()
          .map((entry) => feedItem(entry, team));
      }),

    /** For the hub: what messages of these leads, and these decisions, look like now. */
    feedItems: (location: string, leads: readonly string[], decisions: readonly string[]): Promise<FeedItem[]> =>
      read(location, async (sql) => {
        const team = await teamOf(sql, location);
        const ofLeads = leads.length === 0 ? [] : await history.latestMessageDecisions(sql, location, leads, 3);
        const asked = decisions.length === 0 ? [] : await history.decisionsById(sql, location, decisions);
        const rows = new Map([...ofLeads, ...asked].map((row) => [row.id, row]));
        return [...rows.values()].map((row) => feedItem(entryOf(row), team));
      }),

    timeline: (location: string, lead: string, shown: Shown): Promise<Page<TimelineItem>> =>
      read(location, async (sql) => {
        const team = await teamOf(sql, location);
        const before = beforeOf(shown.before, team.now);
        const wants = (kind: ItemKind) => shown.kinds === undefined || shown.kinds.includes(kind);
        const events =
          wants("behavior") || wants("decision")
            ? await history.eventsOfLead(sql, location, lead, before, shown.limit + 1)
            : [];
        const decisions =
          wants("message") || wants("decision")
            ? await history.decisionsOfLead(sql, location, lead, before, shown.limit + 1)
            : [];
        return page(
          merge(events, decisions),
          shown,
          before,
          (entry) => timelineItem(entry, team),
          (item) => item.kind,
        );
      }),

    /** @param id of the decision, or of a message: the latest that was decided of it */
    decision: (location: string, id: string): Promise<DecisionView | undefined> =>
      read(location, async (sql) => {
        const latest = (await history.decisionsOfMessage(sql, location, id)).at(-1);
        const [row] = await history.decisionsById(sql, location, [latest?.id ?? id]);
        if (row === undefined) return undefined;
        const team = await teamOf(sql, location);
        const message = row.message === null ? undefined : await history.messageById(sql, location, row.message);
        const line = row.message === null ? [] : await history.decisionsOfMessage(sql, location, row.message);
        const place = line.findIndex((one) => one.id === row.id);
        const before = line[place - 1]?.id;
        const after = line[place + 1]?.id;
        const neighbors = {
          ...(place < 1 || before === undefined ? {} : { before }),
          ...(place === -1 || after === undefined ? {} : { after }),
        };
        return decisionView(row, message, neighbors, team);
      }),

    /** Why a lead's messages went, wait or were refused, and why it came into no workflow: `limit` of each, as they stand, newest first. */
    decisions: (location: string, lead: string, limit: number): Promise<{ items: readonly DecisionView[] }> =>
      read(location, async (sql) => {
        const team = await teamOf(sql, location);
        const id = (await survivorOf(sql, location, lead)) ?? lead;
        const items: DecisionView[] = [];
        for (const row of await history.decisionsAboutLead(sql, location, id, limit)) {
          const message = row.message === null ? undefined : await history.messageById(sql, location, row.message);
          items.push(decisionView(row, message, {}, team));
        }
        return { items };
      }),

    leads: (location: string, wanted: LeadsWanted): Promise<Page<LeadRow>> =>
      read(location, async (sql) => {
        const team = await teamOf(sql, location);
        const rows = await leadRows(sql, location, wanted);
        const cut = rows.slice(0, wanted.limit);
        const runs = await runsOfLeads(
          sql,
          location,
          cut.map((row) => row.id),
          5,
        );
        const next = await afterLeads(sql, location, wanted, rows);
        return {
          items: cut.map((row) =>
            leadRow(
              row,
              runs.filter((run) => run.lead === row.id),
              team,
            ),
          ),
          ...(next === undefined ? {} : { next }),
        };
      }),

    lead: (location: string, lead: string, sees: { addresses: boolean }): Promise<LeadView | undefined> =>
      read(location, async (sql) => {
        const team = await teamOf(sql, location);
        const survivor = await survivorOf(sql, location, lead);
        const id = survivor ?? lead;
        const head = await leadHead(sql, location, id);
        if (head === undefined) return undefined;
        const runs = await runsOfLeads(sql, location, [id], 12);
        const waiting = (await unclear?.ofLead(sql, location, id, head.data.contact)) ?? [];
        const left = (await unclear?.optOuts(sql, location, id, head.data.contact)) ?? [];
        const optOuts = left.map(({ since, by, unclear: said, ...one }) => ({
          ...one,
          since: iso(since),
          ...(by === undefined ? {} : { by }),
          ...(said === undefined ? {} : { unclear: { ...said, since: iso(said.since) } }),
        }));
        const rights = (await options.mayWrite?.(sql, location, id)) ?? [];
        const words = waiting.map(({ lead: _, since, ...one }) => ({ ...one, since: iso(since) }));
        const view = leadView(id, head, runs, team, sees, rights);
        const why =
          view.score === undefined || head.state === null
            ? undefined
            : await options.scoring?.why(sql, location, { state: head.state, owner: head.data.contact.assignedTo });
        return {
          ...view,
          ...(view.score === undefined ? {} : { score: explainedView(view.score, why) }),
          ...(words.length === 0 ? {} : { unclear: words }),
          ...(optOuts.length === 0 ? {} : { optOuts }),
        };
      }),

    /** A lead's figures by day, oldest first; undefined where there is no such lead. */
    scores: (location: string, lead: string, days: number): Promise<{ days: readonly ScoreDay[] } | undefined> =>
      read(location, async (sql) => {
        const id = (await survivorOf(sql, location, lead)) ?? lead;
        if ((await leadHead(sql, location, id)) === undefined) return undefined;
        return { days: (await options.scoring?.days(sql, location, id, { now: options.now(), days })) ?? [] };
      }),

    runs: (
      location: string,
      { limit, ...wanted }: RunsWanted & { readonly limit: number },
    ): Promise<Page<RunView & { lead: string }>> =>
      read(location, async (sql) => {
        const rows = await runsMeant(sql, location, wanted, limit + 1);
        const cut = rows.slice(0, limit);
        const last = cut.at(-1);
        return {
          items: cut.map((row) => ({ ...runView(row), lead: row.lead })),
          ...(rows.length > limit && last !== undefined ? { next: last.id } : {}),
        };
      }),

    messages: (
      location: string,
      wanted: {
        state?: MessageState | undefined;
        channel?: ChannelName | undefined;
        workflow?: string | undefined;
        template?: string | undefined;
        lead?: string | undefined;
        verdict?: MessagesWanted["verdict"];
        check?: string | undefined;
        before?: string | undefined;
        limit: number;
      },
    ): Promise<Page<MessageView>> =>
      read(location, async (sql) => {
        const team = await teamOf(sql, location);
        const { state } = wanted;
        const meant = {
          states: state === undefined ? undefined : STATES[state],
          fate: state === "accepted" || state === "delivered" || state === "failed" ? state : undefined,
          channel: wanted.channel,
          workflow: wanted.workflow,
          template: wanted.template,
          lead: wanted.lead,
          verdict: wanted.verdict,
          check: wanted.check,
          before: timeCursor(wanted.before),
        };
        const rows = await messages(sql, location, meant, wanted.limit + 1);
        const cut = rows.slice(0, wanted.limit);
        const last = rows.length > wanted.limit ? cut.at(-1) : await lastLookedAt(sql, location, meant);
        return {
          items: cut.map((row) => messageView(row, team)),
          ...(last === undefined ? {} : { next: encode({ at: last.createdAt, id: last.id }) }),
        };
      }),

    /** How messages fare, since a day ago unless said. */
    messageFigures: (location: string, asked: { [K in keyof Wanted]?: Wanted[K] | undefined }): Promise<MessagesView> =>
      read(location, async (sql) => {
        const team = await teamOf(sql, location);
        const { to = team.now, from = to - DAY, ...rest } = asked;
        const about = { now: team.now, zone: team.zone, context: contextOf(team, null), workflow: team.workflow };
        return messagesView(sql, location, { ...rest, from, to }, about);
      }),

    segments: (location: string): Promise<SegmentsView> =>
      read(location, async (sql) => {
        const told = await learning(sql, location);
        return {
          items: await segmentRows(sql, location),
          ...(told === undefined ? {} : { learning: { ...told, startedAt: iso(told.startedAt) } }),
        };
      }),

    workflows: (location: string): Promise<Page<WorkflowView>> =>
      read(location, async (sql) => {
        const rows = await workflowRows(sql, location);
        const known = options.files?.(location).diagnostics ?? [];
        return {
          items: rows.map((row) => workflowView(row, known)),
        };
      }),

    /** What is wrong in files, whichever workflow they belong to. */
    files: (location: string): FilesView => options.files?.(location) ?? { diagnostics: [], held: [] },

    attention: (location: string, limit: number): Promise<Page<AttentionItem>> =>
      read(location, async (sql) => {
        const team = await teamOf(sql, location);
        return { items: await attention(sql, location, { team, speed, unclear, limit }) };
      }),

    /** For rows that hold ids alone. */
    names: (location: string, leads: readonly string[]) =>
      read(location, async (sql) => {
        const { user, workflow } = await teamOf(sql, location);
        const known = await leadNames(sql, location, leads);
        return { user, workflow, lead: (id: string) => known.get(id) ?? UNNAMED };
      }),

    today: (location: string): Promise<TodayView> =>
      read(location, async (sql) => {
        const team = await teamOf(sql, location);
        const since = midnight(team.now, team.zone);
        const { held, unconfirmed } = await messagesWaiting(sql, location);
        const { accepted, refused, expired, withdrawn, failed } = await messagesSince(sql, location, since, team.now);
        const waiting = await attention(sql, location, { team, speed, unclear, limit: 100 });
        return {
          asOf: iso(team.now),
          messages: { out: accepted, held, notSent: refused + expired + withdrawn, failed, unconfirmed },
          attention: waiting.length,
        };
      }),

    system: (location: string): Promise<SystemView> =>
      read(location, async (sql) => {
        const now = options.now();
        const row = await systemFigures(sql, location, { now, failedSince: now - 7 * DAY });
        const diskBytes = await options.diskBytes?.();
        const hears = await options.hears?.(location);
        const limits = limitsView(await readLimits(sql, location, real()), real());
        const models = await options.models?.(sql, location);
        const [files, failing] = [options.files?.(location), options.failing?.()];
        return systemView(row, limits, { now, real: real(), speed, diskBytes, hears, models, files, failing });
      }),
  };
}

const END_OF_TIME = Date.UTC(9999, 0, 1);

const midnight = (now: Instant, zone: string): Instant => {
  try {
    const local = localTime(now, zone);
    return Math.min(instantOf(local, 0, zone), addDays(now, 1, zone));
  } catch {
    return now - (now % (24 * HOUR));
  }
};

// A draft on what has really happened, beside what is live now: the log of each lead, played twice through the same
// deciders. Nothing is written, and nobody is asked. What the past cannot say is in `UNKNOWN`.

import type { LeadEvent } from "../events/index.ts";
import type { Decision } from "../insights/index.ts";
import { type Instant, MINUTE } from "../kernel/time.ts";
import type { ChannelName } from "../leads/index.ts";
import type { Scorers } from "../scoring/index.ts";
import type { Place, Scene } from "../turns/index.ts";
import { enrollWords, type Plan, type Publication } from "../workflows/index.ts";
import { drive } from "./drive.ts";
import { openMemory } from "./memory.ts";
import { openReactions } from "./reactions.ts";
import { sceneOf } from "./scene.ts";

/** What a backtest cannot know, for whoever reads its figures. */
export const UNKNOWN: readonly string[] = [
  "Before the start both sides live under what is live now, so runs that earlier versions began are not exactly those that were.",
  "Leads are scored by the models that are live now, on both sides and from the start.",
  "Every message is accepted at once; the CRM's rate budget and its failures are not replayed.",
  "A message that the live version sent from the same step with the same template is opened, clicked and answered as it really was, so long after it left; any other message is not reacted to at all.",
  "Tags, fields and tasks in the log are those that were really written: what a draft would have written does not come back as news.",
  "Each lead is taken by itself: what leads share (a workflow's limit, who of a team is next, one number on two contacts) is not.",
  "What people did by hand (enrolled, stopped or paused somebody) is not repeated.",
];

export interface BacktestParts {
  readonly location: string;
  readonly place: Place;
  readonly live: Publication;
  readonly draft: Publication;
  /** The models that are live now; absent: the rules. */
  readonly scorers?: Scorers | undefined;
  readonly since: Instant;
  readonly until: Instant;
}

/** One lead's span under one of the two. */
export interface Side {
  readonly entered: readonly { readonly workflow: string; readonly at: Instant }[];
  readonly messages: readonly SentMessage[];
  /** By the check that said so. */
  readonly held: readonly { readonly code: string; readonly workflow: string; readonly at: Instant }[];
  readonly blocked: readonly { readonly code: string; readonly workflow: string; readonly at: Instant }[];
  /** What began a workflow and took nobody in, by what stood against it. */
  readonly turned: readonly { readonly code: string; readonly workflow: string; readonly at: Instant }[];
  /** Times in which a message left within a minute of the one before. */
  readonly close: number;
}

interface SentMessage {
  readonly workflow: string;
  readonly step: string;
  readonly template: string;
  readonly channel: ChannelName;
  readonly at: Instant;
}

export interface LeadBacktest {
  readonly lead: string;
  readonly live: Side;
  readonly draft: Side;
  /** Why this lead could not be decided under one of them. */
  readonly failed?: string;
}

export interface Backtest {
  /** @param events everything in the lead's log */
  lead(id: string, events: readonly LeadEvent[]): LeadBacktest;
}

export async function openBacktest(parts: BacktestParts): Promise<Backtest> {
  const { location, place } = parts;
  const scored = parts.scorers === undefined ? {} : { scorers: parts.scorers };
  const live = { ...(await sceneOf(location, parts.live, place)), ...scored };
  // runs that began before keep the version they began with
  const drafted = await sceneOf(location, { ...parts.draft, publishedAt: parts.since }, place, live.plans.values());
  const draft = { ...drafted, ...scored };
  return {
    lead(id, events) {
      const failures: string[] = [];
      const play = (then: Scene) => playLead(id, events, parts, { live, then }, (reason) => failures.push(reason));
      const result = { lead: id, live: play(live), draft: play(draft) };
      return failures[0] === undefined ? result : { ...result, failed: failures[0] };
    },
  };
}

function playLead(
  id: string,
  events: readonly LeadEvent[],
  { since, until, live: published }: BacktestParts,
  scenes: { readonly live: Scene; readonly then: Scene },
  failed: (reason: string) => void,
): Side {
  const side = { entered: [], messages: [], held: [], blocked: [], turned: [] } as {
    -readonly [Part in Exclude<keyof Side, "close">]: Side[Part][number][];
  };
  const reactions = openReactions(id, events, published);
  const memory = openMemory({
    scene: scenes.live,
    provider: {
      send(leaving) {
        const { row, channel, at } = leaving;
        reactions.follow(leaving);
        const { workflow = "", path: step = "", body } = row;
        if (at >= since) side.messages.push({ workflow, step, template: String(body["template"]), channel, at });
        return { taken: true, providerId: row.id };
      },
      write: () => ({ taken: true }),
    },
    saved(_kept, { decisions }) {
      for (const decision of decisions) if (decision.at >= since) note(side, decision);
    },
    failed(_kept, error) {
      failed(error instanceof Error ? error.message : String(error));
    },
  });
  drive(memory, reactions, { from: 0, to: since - 1 });
  memory.scene = scenes.then;
  drive(memory, reactions, { from: since, to: until });
  return { ...side, close: closePairs(side.messages) };
}

function note(
  side: { entered: object[]; held: object[]; blocked: object[]; turned: object[] },
  decision: Decision,
): void {
  const { kind, verdict, workflow = "", at, links } = decision;
  if (kind === "enrollment" && verdict === "enrolled") side.entered.push({ workflow, at });
  if (kind === "enrollment" && verdict === "not_enrolled")
    side.turned.push({ code: links.at(-1)?.code ?? verdict, workflow, at });
  if (kind !== "message") return;
  const code = links.find((link) => link.kind === "permission")?.code ?? verdict;
  if (verdict === "held") side.held.push({ code, workflow, at });
  if (verdict === "blocked" || verdict === "expired") side.blocked.push({ code, workflow, at });
}

const closePairs = (messages: readonly SentMessage[]): number =>
  messages.filter((message, index) => {
    const before = messages[index - 1];
    return before !== undefined && message.at - before.at < MINUTE;
  }).length;

// Sums ---------------------------------------------------------------------------------------------------------------

/** What a draft is beside what is live, before any lead is looked at. */
export interface Drafted {
  readonly since: Instant;
  readonly until: Instant;
  /** Its files, put in the place of the live ones, leave what is live as it is. */
  readonly same: boolean;
  /** Those of its files; `same`: its live version is this very one. */
  readonly workflows: readonly {
    readonly workflow: string;
    readonly same: boolean;
    /** What begins it, and for whom. */
    readonly enroll: readonly string[];
    /** Nothing but a step, a program or a person begins it. */
    readonly byHand?: true;
  }[];
}

/** @param isOwn whether a file is the draft's */
export function draftedOf(
  live: Publication,
  draft: Publication,
  isOwn: (file: string) => boolean,
  { since, until }: Pick<BacktestParts, "since" | "until">,
): Drafted {
  const known = new Set(live.plans.map(({ id }) => id));
  const own = draft.plans.filter(({ positions }) => Object.values(positions).some(({ file }) => isOwn(file)));
  const begins = ({ enroll }: Plan) =>
    (enroll?.when.length ?? 0) + (enroll?.schedules?.length ?? 0) + (enroll?.dates?.length ?? 0) > 0;
  return {
    ...{ since, until, same: live.id === draft.id },
    workflows: own.map((plan) => ({
      workflow: plan.workflow,
      same: known.has(plan.id),
      enroll: enrollWords(plan.enroll),
      ...(begins(plan) ? {} : { byHand: true }),
    })),
  };
}

export interface BacktestFigures {
  /** Absent only until the first lead is asked for. */
  readonly drafted?: Drafted;
  readonly leads: number;
  readonly live: SideFigures;
  readonly draft: SideFigures;
  /** Leads to whom only one of the two would have written. */
  readonly onlyLive: number;
  readonly onlyDraft: number;
  readonly failed: number;
  readonly unknown: readonly string[];
}

export interface SideFigures {
  readonly entered: Readonly<Record<string, number>>;
  /** By workflow, then channel. */
  readonly messages: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly held: Readonly<Record<string, number>>;
  readonly blocked: Readonly<Record<string, number>>;
  /** By workflow, then by what stood against it. */
  readonly turned: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly close: number;
}

export interface BacktestSums {
  begin(drafted: Drafted): void;
  add(lead: LeadBacktest): void;
  read(): BacktestFigures;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] extends object ? Mutable<T[Key]> : T[Key] };

export function openSums(): BacktestSums {
  const nothing = (): Mutable<SideFigures> => ({
    ...{ entered: {}, messages: {}, held: {}, blocked: {}, turned: {}, close: 0 },
  });
  let about: { drafted?: Drafted } = {};
  const sums = { leads: 0, live: nothing(), draft: nothing(), onlyLive: 0, onlyDraft: 0, failed: 0 };
  const add = (counts: Record<string, number>, name: string) => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  const addWithin = (counts: Record<string, Record<string, number>>, name: string, part: string) => {
    counts[name] ??= {};
    add(counts[name], part);
  };
  const addSide = (to: Mutable<SideFigures>, side: Side) => {
    for (const { workflow } of side.entered) add(to.entered, workflow);
    for (const { code } of side.held) add(to.held, code);
    for (const { code } of side.blocked) add(to.blocked, code);
    for (const { workflow, channel } of side.messages) addWithin(to.messages, workflow, channel);
    for (const { workflow, code } of side.turned) addWithin(to.turned, workflow, code);
    to.close += side.close;
  };
  return {
    begin(drafted) {
      about = { drafted };
    },
    add({ live, draft, failed }) {
      sums.leads += 1;
      addSide(sums.live, live);
      addSide(sums.draft, draft);
      if (live.messages.length > 0 && draft.messages.length === 0) sums.onlyLive += 1;
      if (draft.messages.length > 0 && live.messages.length === 0) sums.onlyDraft += 1;
      if (failed !== undefined) sums.failed += 1;
    },
    read: () => ({ ...about, ...sums, unknown: UNKNOWN }),
  };
}

// Frames into what a page shows. Pure: the same frames in any order of drops, repeats and resumes end in the same state.

import type { FeedItem, LeadView, LiveMark, TimelineItem } from "../../../src/insights/index.ts";
import type { ModelsNews, ModelsView } from "../../../src/scoring/index.ts";

interface Delta {
  readonly op: "delta";
  readonly topic: string;
  readonly seq: number;
  readonly prev?: number;
  readonly at: string;
  readonly d: unknown;
}
interface Snap {
  readonly op: "snap";
  readonly topic: string;
  readonly epoch: string;
  readonly seq: number;
  readonly d: unknown;
}
interface Reset {
  readonly op: "reset";
  readonly topic: string;
}
export type TopicFrame = Delta | Snap | Reset;

/** Something with a place in a topic's line of numbers. */
export interface Marked {
  readonly live?: LiveMark;
}

interface List<Item> extends Marked {
  /** Newest first, unfolded. */
  readonly items: readonly Item[];
  readonly next?: string;
  readonly perMin?: number;
  /** The tail was let go: older things are asked for afresh. */
  readonly cut?: boolean;
}

export type Feed = List<FeedItem>;

/** What the reader of frames should do beside taking the new state: ask again from here, or fetch the whole by HTTP. */
type Ask = "resub" | "refetch" | undefined;
export interface Step<State> {
  readonly state: State;
  readonly ask?: Ask;
}

/** Rows that HTTP gives at once, at least. */
const FIRST_PAGE = 20;
/** Rows kept in memory. */
export const WINDOW = 200;

/** Takes a frame's number into account: `apply` is called with what it says exactly when it is the next one. */
function inLine<State extends Marked>(
  state: State,
  frame: TopicFrame,
  apply: (state: State, d: never) => State,
): Step<State> {
  if (frame.op === "reset") return { state, ask: "refetch" };
  if (frame.op === "snap") {
    const live = { topic: frame.topic, epoch: frame.epoch, seq: frame.seq };
    return { state: { ...apply(state, frame.d as never), live } };
  }
  const last = state.live?.seq;
  if (last === undefined || frame.seq <= last) return { state };
  if ((frame.prev ?? frame.seq - 1) !== last) return { state, ask: "resub" };
  const live = { ...(state.live as LiveMark), seq: frame.seq };
  return { state: { ...apply(state, frame.d as never), live } };
}

interface Dated {
  readonly id: string;
  readonly at: string;
}

/** Values replace values, unknown ids find their place by time; the newest first. */
export function merged<Item extends Dated>(
  items: readonly Item[],
  append: readonly Item[],
  patch: readonly Item[],
): readonly Item[] {
  const place = new Map(items.map((item, at) => [item.id, at]));
  const out = [...items];
  for (const item of [...append, ...patch]) {
    const at = place.get(item.id);
    if (at !== undefined) out[at] = withWordsOf(out[at] as Item, item);
  }
  for (const item of append) {
    if (place.has(item.id)) continue;
    place.set(item.id, -1);
    let at = 0;
    while (at < out.length && (out[at] as Item).at > item.at) at += 1;
    out.splice(at, 0, item);
  }
  return out;
}

interface Quoting {
  readonly quoted?: true;
  readonly detail?: string;
  readonly text?: FeedItem["text"];
}

/** A row told again without what somebody wrote keeps the words it had. */
function withWordsOf<Item>(held: Item, told: Item): Item {
  const [before, now] = [held as Quoting, told as Quoting];
  if (now.quoted === undefined || !isBare(now)) return told;
  const words = before.text?.filter((part) => part.quoted !== undefined) ?? [];
  return {
    ...told,
    ...(before.detail === undefined ? {} : { detail: before.detail }),
    ...(now.text === undefined ? {} : { text: [...now.text, ...words] }),
  };
}

const isBare = ({ quoted, detail, text }: Quoting): boolean =>
  quoted !== undefined && detail === undefined && text?.some((part) => part.quoted !== undefined) !== true;

/** Rows near the top that quote somebody, without the words: no frame carries them, HTTP has them. */
export function lacksWords(state: unknown): boolean {
  const { items = [] } = state as { items?: readonly Quoting[] };
  return items.slice(0, FIRST_PAGE).some(isBare);
}

/** The rows that are held, with the words that HTTP gave; where the list stands in the stream does not change. */
export function withWords<State>(state: State, fetched: State): State {
  const [held, told] = [state as { items?: readonly Dated[] }, fetched as { items?: readonly Dated[] }];
  if (held.items === undefined || told.items === undefined) return state;
  return { ...state, items: merged(held.items, [], told.items) };
}

function bounded<Item extends Dated>(state: List<Item>): List<Item> {
  if (state.items.length <= WINDOW) return state;
  const { next: _, ...rest } = state;
  return { ...rest, items: state.items.slice(0, WINDOW), cut: true };
}

interface FeedSaid {
  readonly append: readonly FeedItem[];
  readonly patch?: readonly FeedItem[];
  readonly perMin?: number;
}

export function reduceFeed(state: Feed, frame: TopicFrame): Step<Feed> {
  if (frame.op === "snap") {
    const said = frame.d as FeedSaid;
    // what we hold joins what is told only if they overlap; else there would be a hole between them
    const known = new Set(state.items.map((item) => item.id));
    const overlaps = said.append.some((item) => known.has(item.id));
    const { next: _, ...rest } = state;
    const held: Feed = overlaps ? state : { ...rest, items: [], cut: true };
    return inLine(held, frame, feedWith);
  }
  return inLine(state, frame, feedWith);
}

function feedWith(state: Feed, said: FeedSaid): Feed {
  return bounded({
    ...state,
    items: merged(state.items, oldestFirst(said.append), said.patch ?? []),
    ...(said.perMin === undefined ? {} : { perMin: said.perMin }),
  });
}

const oldestFirst = <Item extends Dated>(items: readonly Item[]): readonly Item[] => {
  const first = items[0];
  const last = items.at(-1);
  return first !== undefined && last !== undefined && first.at > last.at ? [...items].reverse() : items;
};

/** A lead's page: who it is, and what happened. */
export interface LeadPage extends List<TimelineItem> {
  readonly lead: LeadView;
}

interface LeadSaid {
  readonly profile?: LeadView;
  readonly timeline?: { readonly append: readonly TimelineItem[]; readonly patch: readonly TimelineItem[] };
}

/** Numbers and addresses stay as HTTP gave them to this reader: the hub says them to nobody. */
export function reduceLead(state: LeadPage, frame: TopicFrame): Step<LeadPage> {
  return inLine(state, frame, (page: LeadPage, { profile, timeline }: LeadSaid) => {
    const { phone, email } = page.lead;
    const lead =
      profile === undefined
        ? page.lead
        : { ...profile, ...(phone === undefined ? {} : { phone }), ...(email === undefined ? {} : { email }) };
    const list =
      timeline === undefined ? page : { ...page, items: merged(page.items, timeline.append, timeline.patch) };
    return { ...bounded(list), lead };
  });
}

/** Models: trainings and what scores, each time; where models or the audit are others, all of it is asked for. */
export function reduceModels(state: ModelsView & Marked, frame: TopicFrame): Step<ModelsView & Marked> {
  const isNew = frame.op !== "reset" && (frame.d as ModelsNews).stamp !== state.stamp;
  if (isNew && !isHeard(state, frame)) return { state, ask: "refetch" };
  return inLine(state, frame, (before: ModelsView & Marked, news: ModelsNews) => ({ ...before, ...news }));
}

/** A delta of before the state was read says nothing. */
const isHeard = ({ live }: Marked, frame: TopicFrame): boolean =>
  frame.op === "delta" && (live === undefined || frame.seq <= live.seq);

/** Figures: the whole, each time. */
export function reduceFigures<State extends Marked>(state: State, frame: TopicFrame): Step<State> {
  return inLine(state, frame, (_: State, whole: State) => whole);
}

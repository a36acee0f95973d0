// What one location's viewers watch: it asks the read model what is new and says it once per topic.

import type { FeedItem, LeadView, Page, SystemView, TimelineItem, TodayView } from "../insights/index.ts";
import { type Instant, iso, MINUTE, type Millis } from "../kernel/time.ts";
import type { Frame } from "./frames.ts";
import { openTopic, say, type Topic } from "./topic.ts";

/** The questions of the hub; the reader of insights answers them. */
export interface Source {
  feedSince(location: string, since: Instant, limit: number): Promise<FeedItem[]>;
  feedItems(location: string, leads: readonly string[], decisions: readonly string[]): Promise<FeedItem[]>;
  feed(location: string, shown: { limit: number; fold: boolean }): Promise<Page<FeedItem>>;
  lead(location: string, lead: string, sees: { addresses: boolean }): Promise<LeadView | undefined>;
  timeline(location: string, lead: string, shown: { limit: number; fold: boolean }): Promise<Page<TimelineItem>>;
  today(location: string): Promise<TodayView>;
  system(location: string): Promise<SystemView>;
  /** Trainings, what scores, and whether the models are others than they were. */
  models(location: string): Promise<object>;
}

export interface RoomOptions {
  readonly location: string;
  readonly source: Source;
  /** Domain time. */
  now(): Instant;
  elapsed(): Millis;
  /** Domain time by which a row may become visible later than its stamp says. */
  readonly overlap: Millis;
  newEpoch(): string;
  /** Says a frame to those who watch the topic. */
  broadcast(topic: Topic, frame: Frame): void;
  watched(topic: string): boolean;
  failed(reason: unknown): void;
}

/** At most ten rounds a second; figures at most once a second. */
const ROUND: Millis = 100;
const FIGURES: Millis = 1_000;
/** A topic nobody watches is kept going this long after the last viewer left, and after an answer named it. */
const WARM_AFTER_VIEWER: Millis = 5 * MINUTE;
const WARM_AFTER_MARK: Millis = 30_000;
const MOST_TOPICS = 1_000;
const FEED_WINDOW = 200;
const REMEMBERED = 2_000;
/** Of a lead's timeline: what a round looks at. */
const TIMELINE_WINDOW = 20;

interface Living {
  readonly topic: Topic;
  warmUntil: Millis;
  /** What was last said of each item, by id. */
  readonly said: Map<string, string>;
  /** Where the next look begins, domain time. */
  since: Instant;
  /** What was last said of the whole, for figures and a lead's head. */
  whole: string;
  saidAt: Millis;
}

export type Room = ReturnType<typeof openRoom>;

export function openRoom(options: RoomOptions) {
  const { location, source } = options;
  const topics = new Map<string, Living>();
  let hinted = new Set<string>();
  let dirty = false;
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> | undefined;
  let lastRound = Number.NEGATIVE_INFINITY;
  const recent: Instant[] = [];
  let closed = false;

  const warm = (living: Living) => options.watched(living.topic.name) || living.warmUntil > options.elapsed();

  function living(name: string): Living {
    const known = topics.get(name);
    if (known !== undefined) return known;
    if (topics.size >= MOST_TOPICS) {
      const idle = [...topics.values()].find((one) => !options.watched(one.topic.name));
      if (idle !== undefined) topics.delete(idle.topic.name);
    }
    const made: Living = {
      topic: openTopic(name, isState(name) ? "state" : "log", options.newEpoch()),
      warmUntil: 0,
      said: new Map(),
      since: options.now() - options.overlap,
      whole: "",
      saidAt: Number.NEGATIVE_INFINITY,
    };
    topics.set(name, made);
    return made;
  }

  function keepWarm(name: string, length: Millis): Living {
    const one = living(name);
    one.warmUntil = Math.max(one.warmUntil, options.elapsed() + length);
    return one;
  }

  function speak(one: Living, d: unknown): void {
    options.broadcast(one.topic, say(one.topic, d, { now: iso(options.now()), elapsed: options.elapsed() }));
    one.saidAt = options.elapsed();
  }

  /** Keeps the newest of what was said, so that memory does not grow with the day. */
  function remember(one: Living, id: string, text: string): void {
    one.said.delete(id);
    one.said.set(id, text);
    if (one.said.size > REMEMBERED) one.said.delete(one.said.keys().next().value as string);
  }

  async function lookAtFeed(one: Living, leads: readonly string[]): Promise<void> {
    const next = options.now() - options.overlap;
    const items = (await source.feedSince(location, one.since, FEED_WINDOW)).map(bareItem);
    one.since = Math.max(one.since, next);
    const append = items.filter((item) => !one.said.has(item.id));
    const open = [...one.said].filter(([, text]) => text.includes('"status":"run"')).map(([id]) => id);
    const now = (await source.feedItems(location, leads.slice(-FEED_WINDOW), open.slice(-FEED_WINDOW))).map(bareItem);
    const added = new Set(append.map((item) => item.id));
    const moved = [...items, ...now].filter(
      (item) => !added.has(item.id) && one.said.get(item.id) !== JSON.stringify(item),
    );
    const patch = [...new Map(moved.map((item) => [item.id, item])).values()].filter(
      (item) => item.decision !== undefined,
    );
    for (const item of [...append, ...patch]) remember(one, item.id, JSON.stringify(item));
    if (append.length === 0 && patch.length === 0) return;
    const at = options.elapsed();
    for (const _ of append) recent.push(at);
    while (recent.length > 0 && (recent[0] as number) < at - MINUTE) recent.shift();
    speak(one, { append, ...(patch.length === 0 ? {} : { patch }), perMin: recent.length });
  }

  async function lookAtLead(one: Living): Promise<void> {
    const lead = one.topic.name.slice("lead:".length);
    const head = await source.lead(location, lead, { addresses: false });
    if (head === undefined) return;
    const { items } = await source.timeline(location, lead, { limit: TIMELINE_WINDOW, fold: false });
    const { phone: _, email: __, ...profile } = head;
    const whole = JSON.stringify({ ...profile, engagement: undefined });
    const append: TimelineItem[] = [];
    const patch: TimelineItem[] = [];
    for (const item of items.map(bareRow).reverse()) {
      const text = JSON.stringify(item);
      const before = one.said.get(item.id);
      if (before === text) continue;
      (before === undefined ? append : patch).push(item);
      remember(one, item.id, text);
    }
    const changed = whole !== one.whole;
    one.whole = whole;
    if (!changed && append.length === 0 && patch.length === 0) return;
    speak(one, {
      ...(changed ? { profile } : {}),
      ...(append.length + patch.length === 0 ? {} : { timeline: { append, patch } }),
    });
  }

  const figuresOf = (name: Figures): Promise<object> =>
    name === "today" ? source.today(location) : name === "system" ? source.system(location) : source.models(location);

  async function lookAtFigures(one: Living): Promise<void> {
    if (options.elapsed() - one.saidAt < FIGURES) return;
    const d = await figuresOf(one.topic.name as Figures);
    const whole = JSON.stringify({ ...d, asOf: undefined });
    if (whole === one.whole) return;
    one.whole = whole;
    speak(one, d);
  }

  async function look(): Promise<void> {
    const leads = hinted;
    const all = !dirty;
    hinted = new Set();
    dirty = false;
    for (const [name, one] of topics) if (!warm(one)) topics.delete(name);
    for (const one of [...topics.values()]) {
      const { name } = one.topic;
      try {
        if (name === "feed") await lookAtFeed(one, [...leads]);
        else if (name.startsWith("lead:")) {
          if (all || leads.has(name.slice("lead:".length))) await lookAtLead(one);
        } else await lookAtFigures(one);
      } catch (error) {
        options.failed(error);
      }
    }
  }

  function soon(): void {
    if (closed || timer !== undefined || round !== undefined) return;
    const wait = Math.max(0, ROUND - (options.elapsed() - lastRound));
    timer = setTimeout(() => {
      timer = undefined;
      lastRound = options.elapsed();
      round = look().finally(() => {
        round = undefined;
        if (hinted.size > 0 || dirty) soon();
      });
    }, wait);
  }

  return {
    location,

    /** Something was committed about these leads. */
    hint(leads: readonly string[]): void {
      if (topics.size === 0) return;
      for (const lead of leads) hinted.add(lead);
      dirty = true;
      soon();
    },

    /** Looks at everything watched, hint or none: figures age, and another process may have written. */
    tick(): void {
      if (topics.size > 0) soon();
    },

    /** Where a topic stands; from now on nothing of it is missed. */
    mark(name: string) {
      const one = keepWarm(name, WARM_AFTER_MARK);
      return { topic: name, epoch: one.topic.epoch, seq: one.topic.seq };
    },

    topic: (name: string): Topic => keepWarm(name, WARM_AFTER_MARK).topic,

    left(name: string): void {
      if (topics.has(name)) keepWarm(name, WARM_AFTER_VIEWER);
    },

    /** The whole of a topic, or undefined where the whole is asked for by HTTP. */
    async snapshot(name: string): Promise<unknown> {
      if (name === "feed")
        return {
          append: (await source.feed(location, { limit: 50, fold: false })).items.map(bareItem),
          perMin: recent.length,
        };
      return isState(name) ? figuresOf(name) : undefined;
    },

    idle: () => topics.size === 0,

    async close(): Promise<void> {
      closed = true;
      clearTimeout(timer);
      await round;
    },
  };
}

/** What people wrote is asked for by HTTP, where the right to read it is asked each time: the stream carries none of it. */
const bareItem = (item: FeedItem): FeedItem =>
  item.quoted === undefined ? item : { ...item, text: item.text.filter((part) => part.quoted === undefined) };

function bareRow(item: TimelineItem): TimelineItem {
  if (item.quoted === undefined) return item;
  const { detail: _, ...bare } = item;
  return bare;
}

export const isTopic = (name: string): boolean => /^(feed|today|system|models|lead:[A-Za-z0-9_-]{1,64})$/.test(name);

type Figures = "today" | "system" | "models";

const isState = (name: string): name is Figures => name === "today" || name === "system" || name === "models";

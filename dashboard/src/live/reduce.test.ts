import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FeedItem } from "../../../src/insights/index.ts";
import { openTopic, say, since } from "../../../src/live/topic.ts";
import {
  type Feed,
  lacksWords,
  reduceFeed,
  reduceFigures,
  reduceModels,
  type TopicFrame,
  WINDOW,
  withWords,
} from "./reduce.ts";

const seed = process.env["SEED"] === undefined ? {} : { seed: Number(process.env["SEED"]) };

const at = (n: number) => new Date(Date.UTC(2026, 10, 20) + n * 1000).toISOString();
const item = (n: number, status: FeedItem["status"] = "run"): FeedItem => ({
  id: `item-${n}`,
  at: at(n),
  kind: "message",
  status,
  lead: { id: "lead_maya", name: "Maya" },
  text: [{ t: `Text ${n} ${status}` }],
});

/** What happens to a feed, and what happens to the wire. */
const Act = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: fc.constant("append" as const), n: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant("move" as const), which: fc.nat({ max: 30 }) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant("drop" as const) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant("repeat" as const) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("cut" as const), for: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("forget" as const) }) },
);

/** A hub with one topic and a truth behind it, over a wire that loses, repeats and breaks. */
function world() {
  const truth: FeedItem[] = [];
  let topic = openTopic("feed", "log", "e1");
  let epochs = 1;
  let count = 0;
  let client: Feed = { items: [], live: { topic: "feed", epoch: "e1", seq: 0 } };
  let lose = 0;
  let down = 0;
  const seen: TopicFrame[] = [];

  const http = (): Feed => ({ items: truth.slice(0, 50), live: { topic: "feed", epoch: topic.epoch, seq: topic.seq } });
  const receive = (frame: TopicFrame) => {
    seen.push(frame);
    const step = reduceFeed(client, frame);
    client = step.state;
    if (step.ask === "resub") resume();
    if (step.ask === "refetch") client = http();
  };
  /** Sub from where the client stands; what it is sent now does not get lost. */
  function resume() {
    const missed = since(topic, client.live);
    if (missed === undefined)
      receive({ op: "snap", topic: "feed", epoch: topic.epoch, seq: topic.seq, d: { append: truth.slice(0, 50) } });
    else for (const frame of missed) receive(JSON.parse(frame.text) as TopicFrame);
  }
  const speak = (d: unknown) => {
    const frame = JSON.parse(say(topic, d, { now: at(count), elapsed: count }).text) as TopicFrame;
    if (down > 0) {
      down -= 1;
      if (down === 0) resume();
    } else if (lose > 0) lose -= 1;
    else receive(frame);
  };

  return {
    play(act: typeof Act extends fc.Arbitrary<infer A> ? A : never) {
      switch (act.act) {
        case "append": {
          const append = Array.from({ length: act.n }, (_, i) => item(count + 1 + i));
          count += act.n;
          for (const one of append) truth.unshift(one);
          return speak({ append, perMin: count });
        }
        case "move": {
          const which = act.which % Math.max(1, truth.length);
          const found = truth[which];
          if (found === undefined) return;
          const moved = { ...item(Number(found.id.slice(5)), "done") };
          truth[which] = moved;
          return speak({ append: [], patch: [moved] });
        }
        case "drop":
          lose += 1;
          return;
        case "repeat": {
          const again = seen.at(-1);
          if (again !== undefined && again.op === "delta" && down === 0) receive(again);
          return;
        }
        case "cut":
          down = Math.max(down, act.for);
          return;
        case "forget":
          // the hub lets its history go: a new epoch, and viewers are told the whole when they come back
          epochs += 1;
          topic = openTopic("feed", "log", `e${epochs}`);
          down = 1;
          return;
      }
    },
    settle() {
      lose = 0;
      down = 0;
      resume();
      return { shown: client.items, truth, live: client.live, topic };
    },
  };
}

describe("a feed over a wire that drops, repeats and breaks", () => {
  test("ends as HTTP would answer", () => {
    fc.assert(
      fc.property(fc.array(Act, { maxLength: 60 }), (acts) => {
        const here = world();
        for (const act of acts) here.play(act);
        const { shown, truth, live, topic } = here.settle();
        expect(shown.slice(0, 50)).toEqual(truth.slice(0, 50));
        expect(live).toEqual({ topic: "feed", epoch: topic.epoch, seq: topic.seq });
        // no hole: what is shown is an unbroken beginning of the truth
        expect(shown.map((one) => one.id)).toEqual(truth.slice(0, shown.length).map((one) => one.id));
      }),
      { numRuns: 400, ...seed },
    );
  });

  test("ignores a frame it has had and asks again after a gap, changing nothing", () => {
    const start: Feed = { items: [item(2), item(1)], live: { topic: "feed", epoch: "e1", seq: 5 } };
    const frame = (seq: number): TopicFrame => ({
      op: "delta",
      topic: "feed",
      seq,
      at: at(9),
      d: { append: [item(9)] },
    });
    expect(reduceFeed(start, frame(5))).toEqual({ state: start });
    expect(reduceFeed(start, frame(7))).toEqual({ state: start, ask: "resub" });
    expect(reduceFeed(start, frame(6)).state.items.map((one) => one.id)).toEqual(["item-9", "item-2", "item-1"]);
  });

  test("keeps a bounded window, whatever arrives", () => {
    let feed: Feed = { items: [], live: { topic: "feed", epoch: "e1", seq: 0 }, next: "cursor" };
    for (let n = 1; n <= WINDOW + 100; n++)
      feed = reduceFeed(feed, { op: "delta", topic: "feed", seq: n, at: at(n), d: { append: [item(n)] } }).state;
    expect(feed.items).toHaveLength(WINDOW);
    expect(feed.items[0]?.id).toBe(`item-${WINDOW + 100}`);
    expect(feed.next).toBeUndefined();
  });
});

describe("figures", () => {
  test("are replaced whole, and a jump that says what it jumps over is no gap", () => {
    const start = { out: 1, live: { topic: "today", epoch: "e1", seq: 4 } };
    const jump: TopicFrame = { op: "delta", topic: "today", seq: 9, prev: 4, at: at(1), d: { out: 2 } };
    expect(reduceFigures(start, jump).state).toEqual({ out: 2, live: { topic: "today", epoch: "e1", seq: 9 } });
    expect(reduceFigures(start, { ...jump, prev: 7 }).ask).toBe("resub");
  });
});

describe("models", () => {
  const scores = { chance: "rules", churn: "nobody" };
  const foretells = { outcome: "appointment", days: 30, text: "an appointment within 30 days" } as const;
  const start = {
    foretells,
    items: [],
    trainings: [],
    scores,
    stamp: "a",
    live: { topic: "models", epoch: "e1", seq: 4 },
  };
  const delta = (seq: number, d: object): TopicFrame => ({ op: "delta", topic: "models", seq, prev: 4, at: at(1), d });

  test("are told how far a training is, and asked for whole where they are others than they were", () => {
    const trainings = [{ id: "t1" }];
    const { state, ask } = reduceModels(start, delta(5, { scores, trainings, stamp: "a" }));
    expect([state.trainings, state.live?.seq, ask]).toEqual([trainings, 5, undefined]);
    expect(reduceModels(start, delta(5, { scores, trainings, stamp: "b" })).ask).toBe("refetch");
    expect(reduceModels(start, { op: "snap", topic: "models", epoch: "e2", seq: 0, d: { stamp: "b" } }).ask).toBe(
      "refetch",
    );
    // said before the page was asked for: it knows already
    expect(reduceModels(start, delta(4, { scores, trainings, stamp: "b" }))).toEqual({ state: start });
  });
});

describe("what people wrote, which no frame carries", () => {
  const quoting = (n: number, status: FeedItem["status"] = "run"): FeedItem => {
    const bare = item(n, status);
    return { ...bare, quoted: true, text: [...bare.text, { t: " · “We like it”", quoted: true }] };
  };
  const bare = (n: number, status?: FeedItem["status"]): FeedItem => ({ ...item(n, status), quoted: true });
  const start: Feed = { items: [quoting(1)], live: { topic: "feed", epoch: "e1", seq: 0 } };
  const told = (feed: Feed, seq: number, d: object) =>
    reduceFeed(feed, { op: "delta", topic: "feed", seq, at: at(seq), d: { append: [], ...d } }).state;

  test("is asked for when a row comes without it, and joins the row that is held", () => {
    const lacking = told(start, 1, { append: [bare(2)] });
    expect([lacksWords(start), lacksWords(lacking)]).toEqual([false, true]);
    const whole = withWords(lacking, { ...start, items: [quoting(2), quoting(1)] });
    expect(whole.items).toEqual([quoting(2), quoting(1)]);
    expect(whole.live).toEqual(lacking.live);
  });

  test("stays with a row that is told again", () => {
    expect(told(start, 1, { patch: [bare(1, "done")] }).items).toEqual([quoting(1, "done")]);
  });

  test("brings in no row that the stream has not told of", () => {
    expect(withWords(start, { ...start, items: [quoting(3), quoting(1)] }).items).toEqual([quoting(1)]);
  });
});

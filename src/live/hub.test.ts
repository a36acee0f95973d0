import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { FeedItem, LeadView, TimelineItem } from "../insights/index.ts";
import { type Hub, openHub } from "./hub.ts";
import type { ServerFrame } from "./protocol.ts";
import type { Source } from "./room.ts";

const now = Date.UTC(2026, 10, 20, 15, 41);
const item = (id: string, more: Partial<FeedItem> = {}): FeedItem => ({
  id,
  at: new Date(now).toISOString(),
  kind: "message",
  status: "run",
  lead: { id: "lead_maya", name: "Maya" },
  text: [{ t: id }],
  decision: id,
  ...more,
});

/** A house whose rows are a list: what is committed is pushed, and the hub is hinted. */
function house() {
  const rows: FeedItem[] = [];
  const asked = { feed: 0, lead: 0 };
  const source: Source = {
    feedSince: async (_location, _since, limit) => {
      asked.feed += 1;
      return rows.slice(-limit);
    },
    feedItems: async (_location, leads, ids) =>
      rows.filter((row) => leads.includes(row.lead.id) || ids.includes(row.id)),
    feed: async (_location, { limit }) => ({ items: rows.slice(-limit).reverse() }),
    lead: async (_location, id) => {
      asked.lead += 1;
      return { id, name: "Maya", phone: "•••-0101", tags: [], channels: [], runs: [] } satisfies LeadView;
    },
    timeline: async () => ({
      items: rows.map(
        (row): TimelineItem => ({ id: row.id, at: row.at, kind: row.kind, status: row.status, title: row.id }),
      ),
    }),
    today: async () => ({
      asOf: new Date(now).toISOString(),
      messages: { out: rows.length, held: 0, notSent: 0, failed: 0, unconfirmed: 0 },
      attention: 0,
    }),
    models: async () => ({ stamp: "a" }),
    system: async () => ({
      verdict: { level: "good", text: "All is well." },
      asOf: new Date(now).toISOString(),
      figures: { dueLeads: 0, mail: 0, queued: 0, unconfirmed: 0, parkedLeads: 0, failedRuns: 0 },
      limits: {
        budget: { used: 0, max: 100, intervalMs: 10_000, usedToday: 0, daily: 200_000 },
        breakers: [],
        faults: {},
        lanes: [],
      },
      parts: [],
    }),
  };
  return { rows, asked, source };
}

const open: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function start(source: Source, role: "owner" | "agent" = "owner") {
  const time = { skipped: 0 };
  const hub: Hub = openHub({
    source,
    clock: { now: () => now, real: Date.now, elapsed: () => performance.now() + time.skipped },
    authenticate: async (request) => (request.headers.cookie === "latchkey=good" ? { id: "ana", role } : undefined),
    authenticateToken: async (token) => (token === "good" ? { id: "ana", role } : undefined),
    onlyLocation: async () => "loc_1",
  });
  const server: Server = createServer((_request, response) => response.end());
  hub.attach(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  open.push(() => hub.close());
  return { hub, time, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/live` };
}

/** A viewer that remembers what it heard. */
function view(url: string, headers: Record<string, string> = { cookie: "latchkey=good" }) {
  const socket = new WebSocket(url, { headers });
  const heard: ServerFrame[] = [];
  const waiting: (() => void)[] = [];
  socket.on("message", (data) => {
    heard.push(JSON.parse(String(data)) as ServerFrame);
    for (const wake of waiting.splice(0)) wake();
  });
  const ended = new Promise<number>((resolve) => {
    socket.on("close", resolve);
    socket.on("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
    socket.on("error", () => undefined);
  });
  open.push(() => socket.terminate());
  const until = async <Frame extends ServerFrame>(
    found: (frame: ServerFrame) => frame is Frame,
    nth = 1,
  ): Promise<Frame> => {
    for (;;) {
      const frames = heard.filter(found);
      if (frames.length >= nth) return frames[nth - 1] as Frame;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  return { socket, heard, ended, until, say: (frame: unknown) => socket.send(JSON.stringify(frame)) };
}
const is =
  <Op extends ServerFrame["op"]>(op: Op) =>
  (frame: ServerFrame): frame is Extract<ServerFrame, { op: Op }> =>
    frame.op === op;

/** The delta that appends an item. */
const telling =
  (id: string) =>
  (frame: ServerFrame): frame is Extract<ServerFrame, { op: "delta" }> =>
    frame.op === "delta" && ((frame.d as { append?: FeedItem[] }).append ?? []).some((one) => one.id === id);

describe("the hub", () => {
  test("greets who is known, and tells the whole, then what is new, once", async () => {
    const { rows, source } = house();
    const { hub, url } = await start(source);
    rows.push(item("one"));
    const viewer = view(url);
    expect(await viewer.until(is("hello"))).toMatchObject({ v: 1, pingMs: 15_000, now: new Date(now).toISOString() });
    viewer.say({ op: "sub", topic: "feed" });
    expect(await viewer.until(is("snap"))).toMatchObject({ topic: "feed", d: { append: [{ id: "one" }] } });
    rows.push(item("two"));
    hub.hint("loc_1", ["lead_maya"]);
    const first = await viewer.until(telling("two"));
    rows.push(item("three"));
    hub.hint("loc_1", ["lead_maya"]);
    const second = await viewer.until(telling("three"));
    expect((second.d as { append: FeedItem[] }).append.map((one) => one.id)).toEqual(["three"]);
    expect(second.seq).toBe(first.seq + 1);
  });

  test("misses nothing between an HTTP answer and the subscription that follows it", async () => {
    const { rows, source } = house();
    const { hub, url } = await start(source);
    const mark = await hub.mark("loc_1", "feed");
    rows.push(item("between"));
    hub.hint("loc_1", ["lead_maya"]);
    const viewer = view(url);
    await viewer.until(is("hello"));
    viewer.say({ op: "sub", topic: "feed", from: { epoch: mark.epoch, seq: mark.seq } });
    const delta = await viewer.until(is("delta"));
    expect((delta.d as { append: FeedItem[] }).append.map((one) => one.id)).toEqual(["between"]);
    expect(viewer.heard.some(is("snap"))).toBe(false);
  });

  test("brings one who was away to now by what was missed, or by the whole when that is gone", async () => {
    const { rows, source } = house();
    const { hub, url } = await start(source);
    const before = view(url);
    await before.until(is("hello"));
    before.say({ op: "sub", topic: "feed" });
    const { epoch, seq } = await before.until(is("snap"));
    before.socket.terminate();
    await before.ended;
    rows.push(item("while away"));
    hub.hint("loc_1", ["lead_maya"]);
    const again = view(url);
    await again.until(is("hello"));
    again.say({ op: "sub", topic: "feed", from: { epoch, seq } });
    const delta = await again.until(is("delta"));
    expect(delta.seq).toBe(seq + 1);
    expect((delta.d as { append: FeedItem[] }).append.map((one) => one.id)).toEqual(["while away"]);
    again.say({ op: "sub", topic: "feed", from: { epoch: "another life", seq: 3 } });
    expect(await again.until(is("snap"))).toMatchObject({ seq: delta.seq });
  });

  test("patches what was said when it has moved", async () => {
    const { rows, source } = house();
    const { hub, url } = await start(source);
    const viewer = view(url);
    await viewer.until(is("hello"));
    viewer.say({ op: "sub", topic: "feed" });
    await viewer.until(is("snap"));
    rows.push(item("text"));
    hub.hint("loc_1", ["lead_maya"]);
    await viewer.until(is("delta"));
    rows[0] = item("text", { status: "done" });
    hub.hint("loc_1", ["lead_maya"]);
    const moved = await viewer.until(is("delta"), 2);
    expect(moved.d).toMatchObject({ append: [], patch: [{ id: "text", status: "done" }] });
  });

  test("tells of a lead to those who watch it, without a number or an address, and sends them to HTTP for the whole", async () => {
    const { rows, asked, source } = house();
    const { hub, url } = await start(source);
    const viewer = view(url);
    await viewer.until(is("hello"));
    viewer.say({ op: "sub", topic: "lead:lead_maya" });
    expect(await viewer.until(is("reset"))).toEqual({ op: "reset", topic: "lead:lead_maya" });
    rows.push(item("text"));
    hub.hint("loc_1", ["lead_maya"]);
    const delta = await viewer.until(
      (frame): frame is Extract<ServerFrame, { op: "delta" }> =>
        frame.op === "delta" && JSON.stringify(frame.d).includes("text"),
    );
    expect(delta.d).not.toHaveProperty("profile.phone");
    const looked = asked.lead;
    hub.hint("loc_1", ["lead_other"]);
    rows.push(item("more"));
    hub.hint("loc_2", ["lead_maya"]);
    expect(asked.lead).toBe(looked);
  });

  test("gathers a storm of hints into ten looks a second", async () => {
    const { rows, asked, source } = house();
    const { hub, url } = await start(source);
    const viewer = view(url);
    await viewer.until(is("hello"));
    viewer.say({ op: "sub", topic: "feed" });
    await viewer.until(is("snap"));
    const looks = asked.feed;
    const storm = async (until: number) => {
      while (asked.feed - looks < until) {
        rows.push(item(`row ${rows.length}`));
        hub.hint("loc_1", ["lead_maya"]);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    // a busy machine may take longer, and hears late of the first: nine that follow it take nine tenths of a second at least
    const began = performance.now();
    await storm(10);
    expect(performance.now() - began).toBeGreaterThan(850);
  });

  test("keeps strangers, other sites' pages and other roles out", async () => {
    const { source } = house();
    const { url } = await start(source, "agent");
    expect(await view(url, { cookie: "latchkey=good", origin: "https://elsewhere.example.com" }).ended).toBe(403);
    expect(await view(url.replace("/live", "/elsewhere")).ended).toBe(404);
    const stranger = view(url, {});
    await new Promise((resolve) => stranger.socket.on("open", resolve));
    stranger.say({ op: "sub", topic: "feed" });
    expect(await stranger.ended).toBe(4401);
    const byToken = view(url, {});
    await new Promise((resolve) => byToken.socket.on("open", resolve));
    byToken.say({ op: "auth", token: "good" });
    await byToken.until(is("hello"));
    byToken.say({ op: "sub", topic: "system" });
    expect(await byToken.until(is("deny"))).toEqual({ op: "deny", topic: "system", code: "forbidden" });
    byToken.say({ op: "sub", topic: "everything" });
    expect(await byToken.until(is("deny"), 2)).toMatchObject({ code: "unknown" });
  });

  test("lets nobody take more than forty topics, or shout", async () => {
    const { source } = house();
    const { url, time } = await start(source);
    const viewer = view(url);
    await viewer.until(is("hello"));
    for (let n = 0; n < 41; n++) {
      viewer.say({ op: "sub", topic: `lead:a${n}` });
      if (n % 10 === 9) {
        await viewer.until(is("reset"), n + 1);
        time.skipped += 1_000;
      }
    }
    expect(await viewer.until(is("deny"))).toEqual({ op: "deny", topic: "lead:a40", code: "too-many" });
    for (let n = 0; n < 30; n++) viewer.say({ op: "ping", t: n });
    expect(await viewer.ended).toBe(1008);
    const nonsense = view(url);
    await nonsense.until(is("hello"));
    nonsense.socket.send("{");
    expect(await nonsense.ended).toBe(1008);
    const loud = view(url);
    await loud.until(is("hello"));
    loud.socket.send(`{"op":"ping","t":${"9".repeat(5_000)}}`);
    expect(await loud.ended).toBe(1009);
  });

  test("lets a viewer go who takes nothing, and the others hear everything meanwhile", async () => {
    const { rows, source } = house();
    const { hub, url } = await start(source);
    const slow = view(url);
    const quick = view(url);
    for (const one of [slow, quick]) {
      await one.until(is("hello"));
      one.say({ op: "sub", topic: "feed" });
      await one.until(is("snap"));
    }
    slow.socket.pause();
    const big = "x".repeat(900_000);
    for (let n = 1; n <= 40 && hub.viewers() === 2; n++) {
      rows.push(item(`big ${n}`, { text: [{ t: big }], status: "event" }));
      hub.hint("loc_1", ["lead_maya"]);
      await quick.until(is("delta"), n);
      if (rows.length > 3) rows.splice(0, 1);
    }
    expect(hub.viewers()).toBe(1);
    expect(quick.socket.readyState).toBe(WebSocket.OPEN);
  });

  test("says goodbye before it goes", async () => {
    const { source } = house();
    const { hub, url } = await start(source);
    const viewer = view(url);
    await viewer.until(is("hello"));
    await hub.close();
    expect(await viewer.until(is("bye"))).toMatchObject({ why: "restart" });
    await viewer.ended;
  });
});

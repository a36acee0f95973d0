// A provider of its own process, small and fast: it takes every message, keeps each location's instants on its own
// clock, says in its headers what remains, and turns away what is over its limit, as HighLevel does.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const [MAX, WINDOW, DAILY] = [100, 10_000, 200_000];

interface Kept {
  readonly arrivals: number[];
  /** The first of the arrivals that still counts. */
  from: number;
  turnedAway: number;
}

const locations = new Map<string, Kept>();
/** Wall clock at which each reply arrived, by the number in its text. */
const replies: [number: number, at: number][] = [];

const server = createServer((request, response) => {
  const at = performance.now();
  const wall = Date.now();
  if (request.url === "/judge") {
    response.end(JSON.stringify({ now: at, replies, locations: [...locations].map(seen) }));
    return;
  }
  const location = (request.headers.authorization ?? "").slice("Bearer ".length);
  const kept = locations.get(location) ?? { arrivals: [], from: 0, turnedAway: 0 };
  locations.set(location, kept);
  const { arrivals } = kept;
  while (kept.from < arrivals.length && arrivals[kept.from]! <= at - WINDOW) kept.from += 1;
  arrivals.push(at);
  const used = arrivals.length - kept.from;
  const isOver = used > MAX;
  if (isOver) kept.turnedAway += 1;
  let text = "";
  request.setEncoding("utf8");
  request.on("data", (chunk: string) => {
    text += chunk;
  });
  request.on("end", () => {
    const reply = /Reply (\d+)\./.exec(text);
    if (reply !== null) replies.push([Number(reply[1]), wall]);
    response.writeHead(isOver ? 429 : 201, {
      "content-type": "application/json",
      "x-ratelimit-max": MAX,
      "x-ratelimit-remaining": Math.max(0, MAX - used),
      "x-ratelimit-interval-milliseconds": WINDOW,
      "x-ratelimit-limit-daily": DAILY,
      "x-ratelimit-daily-remaining": Math.max(0, DAILY - arrivals.length),
    });
    const id = `${location}-${arrivals.length}`;
    response.end(isOver ? "{}" : JSON.stringify({ messageId: id, conversationId: "c", emailMessageId: `e-${id}` }));
  });
});

const seen = ([location, { arrivals, turnedAway }]: [string, Kept]) => ({ location, arrivals, turnedAway });

server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })}\n`);
});
process.stdin.on("end", () => process.exit()).resume();

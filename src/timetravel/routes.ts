// A draft held against the past, over HTTP: lines of JSON, one for each lead to whom anything would have happened, and a
// last one that sums up.

import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { InvalidInput } from "../kernel/errors.ts";
import { parse } from "../kernel/request.ts";
import type { Database } from "../kernel/sql.ts";
import { type Clock, DAY } from "../kernel/time.ts";
import type { Asker } from "../tenancy/index.ts";
import type { Place } from "../turns/index.ts";
import { type BacktestSums, type LeadBacktest, openSums, type Side } from "./backtest.ts";
import { backtest } from "./log.ts";

export interface BacktestDoors {
  readonly database: Database;
  readonly clock: Clock;
  readonly place: (location: string) => Place;
  readonly authorize: Asker;
}

/** Looked at by one request; the summary says when there were more. */
const MOST_LEADS = 5_000;
const MOST_DAYS = 90;

const Asked = z.strictObject({
  files: z
    .array(z.strictObject({ file: z.string().min(1).max(200), text: z.string().max(1_000_000) }))
    .min(1)
    .max(50),
  since: z
    .string()
    .regex(/^[1-9]\d?d$/, `expected days such as 30d, at most ${MOST_DAYS}d`)
    .default("30d"),
});

export function backtestRoutes(app: FastifyInstance, doors: BacktestDoors): void {
  /** It takes a processor: one at a time. */
  let busy = false;
  app.post<{ Params: { location: string } }>("/v1/locations/:location/workflows/backtest", async (request, reply) => {
    const { location } = request.params;
    await doors.authorize(request, location, "manager");
    const asked = parse(Asked, request.body);
    if (busy) throw new InvalidInput("Another backtest is running. Try again when it is done.", "rate-limited");
    const until = doors.clock.now();
    const sums = openSums();
    const leads = backtest(
      doors.database,
      {
        location,
        place: doors.place(location),
        files: asked.files,
        since: until - Math.min(MOST_DAYS, Number.parseInt(asked.since, 10)) * DAY,
        until,
        most: MOST_LEADS + 1,
      },
      sums,
    );
    busy = true;
    try {
      // what is wrong with the draft is said before the first line
      const first = await leads.next();
      const lines = linesOf(first, leads, sums, () => {
        busy = false;
      });
      return reply.type("application/x-ndjson").send(Readable.from(lines));
    } catch (error) {
      busy = false;
      throw error;
    }
  });
}

async function* linesOf(
  first: IteratorResult<LeadBacktest>,
  rest: AsyncGenerator<LeadBacktest>,
  sums: BacktestSums,
  done: () => void,
): AsyncGenerator<string> {
  let more = false;
  try {
    for (let { value, done: over } = first; over !== true; { value, done: over } = await rest.next()) {
      const lead = value as LeadBacktest;
      if (sums.read().leads === MOST_LEADS) {
        more = true;
        break;
      }
      sums.add(lead);
      if (happened(lead.live) || happened(lead.draft)) yield `${JSON.stringify(lead)}\n`;
      // others want to be served between two leads
      await new Promise((resolve) => setImmediate(resolve));
    }
    yield `${JSON.stringify({ summary: sums.read(), more })}\n`;
  } finally {
    done();
    await rest.return(undefined);
  }
}

const happened = (side: Side): boolean =>
  side.entered.length + side.messages.length + side.held.length + side.blocked.length + side.turned.length > 0;

// What people and programs may read of a location: HTTP in, HTTP out.

import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { InvalidInput } from "../kernel/errors.ts";
import { id, limit, Place, parse, text } from "../kernel/request.ts";
import { DAY } from "../kernel/time.ts";
import type { Asker, Principal } from "../tenancy/index.ts";
import type { Reader } from "./reader.ts";
import type { LiveMark } from "./view.ts";

export interface InsightDoors {
  readonly reader: Reader;
  /** `reader.runs`. @throws InvalidInput `not-found` for a workflow that is not there */
  readonly runs: Reader["runs"];
  readonly authorize: Asker;
  /** Where the hub stands with a topic, asked before the rows are read, so that nothing falls between. */
  mark(location: string, topic: string): Promise<LiveMark>;
  /** Mails the command that sets a parked lead going again; false when it is not parked. */
  retry(location: string, lead: string, by: string): Promise<boolean>;
  /** Mails what a person read in unclear words; false when there is no such lead. */
  judge(location: string, lead: string, words: Judged, by: string): Promise<boolean>;
  /** Mails that a number or address is good after all; false when there is no such lead. */
  reopen(location: string, lead: string, family: "phone" | "email", by: string): Promise<boolean>;
  /** Mails a manager's lift of an opt-out; false when there is no such lead. @throws InvalidInput what stands against it */
  lift(location: string, lead: string, asked: LiftedAs, by: string): Promise<boolean>;
  /** Mails what a person found out about a message; false when it waits for nobody's word. */
  settle(location: string, message: string, as: "sent" | "not_sent", by: string): Promise<boolean>;
}

/** Words that may have asked us to stop, judged by a person. */
type Judged = z.output<typeof Judged>;
const Judged = z.strictObject({
  family: z.enum(["phone", "email"]),
  as: z.enum(["opted_out", "go_on"]),
  seen: text(100).optional(),
});
const Reopened = z.strictObject({ family: z.enum(["phone", "email"]) });
type LiftedAs = z.output<typeof LiftedAs>;
const LiftedAs = z.strictObject({
  family: z.enum(["phone", "email"]),
  why: z.enum(["judged_by_mistake", "asked_by_phone", "asked_in_writing"]),
  when: z.iso
    .datetime({ offset: true, error: "expected an instant, as 2026-11-01T16:30:00Z" })
    .transform((at) => Date.parse(at))
    .optional(),
  evidence: text(1_000).trim().min(1, "expected what shows it, as who heard it, or which letter"),
});
const SettledAs = z.strictObject({ as: z.enum(["sent", "not_sent"]) });

const Cursor = text(20_000).optional();
const Kinds = z
  .string()
  .transform((text) => text.split(","))
  .pipe(z.array(z.enum(["behavior", "message", "decision"])))
  .optional();
const Fold = z.enum(["0", "1"]).default("1");

const Shown = z.object({ before: Cursor, kinds: Kinds, limit, fold: Fold });
const Leads = z.object({
  q: z.literal("").or(text(200)).optional(),
  whole: z.enum(["0", "1"]).default("0"),
  sort: z.enum(["recent", "name"]).default("recent"),
  segment: text(100).optional(),
  after: Cursor,
  limit,
});
const Messages = z.object({
  state: z
    .enum([
      "queued",
      "held",
      "sending",
      "unconfirmed",
      "accepted",
      "delivered",
      "failed",
      "blocked",
      "expired",
      "withdrawn",
      "undecided",
      "shadow",
    ])
    .optional(),
  channel: z.enum(["sms", "email", "whatsapp", "voice"]).optional(),
  workflow: text(100).optional(),
  template: text(100).optional(),
  lead: id.optional(),
  verdict: z.enum(["held", "blocked", "expired"]).optional(),
  check: text(100).optional(),
  before: Cursor,
  limit,
});
/** An instant in ISO 8601, with its zone. */
const At = z.iso.datetime({ offset: true }).transform((said) => Date.parse(said));
const LONGEST = 92 * DAY;
const Figures = z
  .object({
    from: At.optional(),
    to: At.optional(),
    channel: z.enum(["sms", "email", "whatsapp", "voice"]).optional(),
    workflow: text(100).optional(),
    template: text(100).optional(),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || (from <= to && to - from <= LONGEST), {
    error: "expected an instant before `to`, and at most 92 days before it",
    path: ["from"],
  });
const RunStatus = z.enum(["pending", "waiting", "paused", "completed", "failed", "stopped"]);
const WHICH_RUNS = ["workflow", "lead", "status", "path", "plan", "segment"] as const;
/** What a list of runs is asked by, over HTTP and on the command line. */
export const RunsQuery = z
  .object({
    lead: id.optional(),
    workflow: text(100).optional(),
    status: z
      .string()
      .transform((said) => said.split(","))
      .pipe(z.array(RunStatus))
      .optional(),
    path: text(300).optional(),
    plan: text(64).optional(),
    segment: text(100).optional(),
    after: z.uuid().optional(),
    limit,
  })
  .refine((query) => WHICH_RUNS.some((key) => query[key] !== undefined), {
    error: `say which: ${WHICH_RUNS.join(", ")}`,
    path: ["workflow"],
  });

/** `GET /v1/locations/:location/…` and what a person may ask of a lead or a message. */
export function insightRoutes(app: FastifyInstance, doors: InsightDoors): void {
  const { reader } = doors;
  const at = "/v1/locations/:location";

  /** A route that reads: parameters checked, the asker authorized, the live mark taken first. */
  function get<Query extends z.ZodType, Path extends z.ZodType>(
    path: string,
    shapes: { query: Query; path?: Path },
    topic: ((path: Record<string, string>) => string) | undefined,
    answer: (asked: {
      location: string;
      path: Record<string, string>;
      query: z.output<Query>;
      who: Principal;
    }) => Promise<unknown>,
  ) {
    app.get(`${at}${path}`, async (request, reply) => {
      const params = parse(Place, request.params) as Record<string, string>;
      const location = params["location"] as string;
      const who = await doors.authorize(request, location);
      const query = parse(shapes.query, request.query);
      const checked = parse(shapes.path ?? z.looseObject({}), request.params) as Record<string, string>;
      const live = topic === undefined ? undefined : await doors.mark(location, topic(checked));
      const body = await answer({ location, path: checked, query, who });
      if (body === undefined) throw new InvalidInput("There is no such thing here, or not any more.", "not-found");
      reply.header("cache-control", "no-store");
      return live === undefined ? body : { ...(body as object), live };
    });
  }

  const Lead = z.looseObject({ lead: id });
  const none = z.object({});

  get(
    "/feed",
    { query: Shown },
    () => "feed",
    ({ location, query }) => reader.feed(location, { ...query, fold: query.fold === "1" }),
  );
  get("/leads", { query: Leads }, undefined, ({ location, query }) =>
    reader.leads(location, { ...query, whole: query.whole === "1" }),
  );
  get(
    "/leads/:lead",
    { query: none, path: Lead },
    (path) => `lead:${path["lead"]}`,
    ({ location, path, who }) => reader.lead(location, path["lead"] as string, { addresses: who.role !== "viewer" }),
  );
  get(
    "/leads/:lead/timeline",
    { query: Shown, path: Lead },
    (path) => `lead:${path["lead"]}`,
    ({ location, path, query }) =>
      reader.timeline(location, path["lead"] as string, { ...query, fold: query.fold === "1" }),
  );
  get(
    "/leads/:lead/scores",
    { query: z.object({ days: z.coerce.number().int().min(1).max(400).default(90) }), path: Lead },
    undefined,
    ({ location, path, query }) => reader.scores(location, path["lead"] as string, query.days),
  );
  get(
    "/leads/:lead/decisions",
    { query: z.object({ limit: z.coerce.number().int().min(1).max(50).default(10) }), path: Lead },
    undefined,
    ({ location, path, query }) => reader.decisions(location, path["lead"] as string, query.limit),
  );
  get(
    "/decisions/:decision",
    { query: none, path: z.looseObject({ decision: z.uuid("expected the id of a decision or of a message") }) },
    undefined,
    ({ location, path }) => reader.decision(location, path["decision"] as string),
  );
  get("/segments", { query: none }, undefined, ({ location }) => reader.segments(location));
  get("/messages", { query: Messages }, undefined, ({ location, query }) => reader.messages(location, query));
  get("/runs", { query: RunsQuery }, undefined, ({ location, query }) => doors.runs(location, query));
  get("/workflows", { query: none }, undefined, async ({ location }) => ({
    ...(await reader.workflows(location)),
    ...reader.files(location),
  }));
  get("/attention", { query: z.object({ limit }) }, undefined, ({ location, query }) =>
    reader.attention(location, query.limit),
  );
  get(
    "/insights/today",
    { query: none },
    () => "today",
    ({ location }) => reader.today(location),
  );
  get("/insights/messages", { query: Figures }, undefined, ({ location, query }) =>
    reader.messageFigures(location, query),
  );
  get(
    "/system",
    { query: none },
    () => "system",
    ({ location }) => reader.system(location),
  );

  /** A route by which a person acts on a lead: mailed to it, answered before it is decided. */
  function post<Path extends Record<string, string>>(
    path: string,
    shape: z.ZodType<Path>,
    act: (asked: Path & { location: string }, body: unknown, by: string) => Promise<boolean>,
    refusal: string,
    least: "agent" | "manager" = "agent",
  ) {
    app.post(`${at}${path}`, async (request, reply) => {
      const { location } = parse(Place, request.params);
      const who = await doors.authorize(request, location, least);
      const asked = { ...parse(shape, request.params), location };
      if (!(await act(asked, request.body, who.name))) throw new InvalidInput(refusal, "not-found");
      return reply.code(202).send({ accepted: 1 });
    });
  }

  post(
    "/leads/:lead/retry",
    z.object({ lead: id }),
    ({ location, lead }, _body, by) => doors.retry(location, lead, by),
    "This lead is not stopped.",
  );
  post(
    "/leads/:lead/judge",
    z.object({ lead: id }),
    ({ location, lead }, body, by) => doors.judge(location, lead, parse(Judged, body ?? {}), by),
    "There is no such lead.",
  );
  post(
    "/leads/:lead/reopen",
    z.object({ lead: id }),
    ({ location, lead }, body, by) => doors.reopen(location, lead, parse(Reopened, body ?? {}).family, by),
    "There is no such lead.",
    "manager",
  );
  post(
    "/leads/:lead/lift",
    z.object({ lead: id }),
    ({ location, lead }, body, by) => doors.lift(location, lead, parse(LiftedAs, body ?? {}), by),
    "There is no such lead.",
    "manager",
  );
  post(
    "/messages/:message/settle",
    z.object({ message: z.uuid("expected a message's id") }),
    ({ location, message }, body, by) => doors.settle(location, message, parse(SettledAs, body ?? {}).as, by),
    "This message waits for nobody's word.",
  );
}

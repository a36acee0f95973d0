// HTTP in. Each route verifies, reads, and answers when the commit is done.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { APP_LOCATION, LOCATION_LEAD, type Vocabulary } from "../events/index.ts";
import type { readWebhook, Verify } from "../highlevel/index.ts";
import { InvalidInput, Unavailable } from "../kernel/errors.ts";
import type { Facts } from "../kernel/facts.ts";
import { sha256 } from "../kernel/ids.ts";
import { problem, sendProblem } from "../kernel/problem.ts";
import { sameSecret } from "../kernel/secret.ts";
import type { Clock } from "../kernel/time.ts";
import type { Principal } from "../tenancy/index.ts";
import { BODY_LIMIT, parseBody } from "./body.ts";
import { type IngestLimits, openBudget, type Spend } from "./budget.ts";
import type { Delivery } from "./delivery.ts";
import { acceptEvents, type FindLead, type UpsertContact } from "./events-api.ts";
import type { Intake } from "./intake.ts";
import { readWorkflowWebhook } from "./workflow-webhook.ts";

export interface IngestNeeds {
  readonly intake: Intake;
  readonly clock: Clock;
  readonly facts: Facts;
  readonly verify: Verify;
  readonly readWebhook: typeof readWebhook;
  /** Whether we work for a location. */
  readonly installed: (location: string) => boolean | Promise<boolean>;
  /** The installed locations, for callers who leave the location out. */
  readonly locations: () => readonly string[];
  /** Told of what a location's webhook was, once it is kept. */
  readonly told?: (location: string, type: string) => void;
  readonly workflowSecret: (location: string) => string | undefined;
  readonly authorize: (header: string | undefined) => Promise<Principal>;
  /** What events a location knows. */
  readonly vocabulary: (location: string) => Vocabulary;
  readonly findLead: FindLead;
  /** Absent where no CRM is connected: `create: true` is then refused. */
  readonly upsertContact?: UpsertContact;
  readonly limits?: IngestLimits;
}

/** Seconds after which a sender whom we could not serve may come again. */
const COME_AGAIN_S = 5;

/** Registers the routes in a scope of their own, where every body arrives as the bytes it was sent in. */
export async function ingestRoutes(app: FastifyInstance, needs: IngestNeeds): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: BODY_LIMIT }, (_request, body, done) =>
      done(null, body),
    );
    const budget = openBudget(needs.clock, needs.limits);
    const options = { bodyLimit: BODY_LIMIT };
    scope.post("/webhooks/highlevel", options, (request, reply) =>
      orComeAgain(reply, () => webhook(needs, budget, request, reply)),
    );
    scope.post<{ Params: { location: string }; Querystring: { key?: string } }>(
      "/webhooks/workflow/:location",
      options,
      (request, reply) => orComeAgain(reply, () => workflowWebhook(needs, budget, request, reply)),
    );
    scope.post("/v1/events", options, (request, reply) =>
      acceptEvents({ ...needs, spend: budget }, request, reply, bytesOf(request)),
    );
  });
}

async function webhook(needs: IngestNeeds, spend: Spend, request: FastifyRequest, reply: FastifyReply) {
  const raw = bytesOf(request);
  if (!needs.verify(raw, request.headers))
    return refuse(needs, new InvalidInput("No key of ours has signed these bytes.", "bad-signature"));
  const receivedAt = needs.clock.now();
  const body = parsed(needs, raw);
  const read = needs.readWebhook(body, receivedAt);
  if ("problem" in read) return refuse(needs, new InvalidInput(read.problem, "invalid-input", read.errors));
  if (read.location !== APP_LOCATION && !(await needs.installed(read.location))) {
    needs.facts.emit("webhook_not_installed", { location: read.location });
    return { accepted: false, reason: "not-installed" };
  }
  const wait = spend(read.location, 1);
  if (wait > 0) return tooMany(reply, wait);
  const { duplicate } = await needs.intake.accept({
    location: read.location,
    type: read.type,
    source: "crm",
    receivedAt,
    receipt: { id: read.id ?? `sha256:${sha256(raw)}` },
    raw,
    lead: read.lead,
    otherwise: LOCATION_LEAD,
    events: read.events,
    receipts: read.receipts,
  });
  if (!duplicate) needs.told?.(read.location, read.type);
  return duplicate ? { accepted: true, duplicate } : { accepted: true };
}

type WorkflowRequest = FastifyRequest<{ Params: { location: string }; Querystring: { key?: string } }>;

async function workflowWebhook(needs: IngestNeeds, spend: Spend, request: WorkflowRequest, reply: FastifyReply) {
  const { location } = request.params;
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  // A location we do not know is answered like a wrong secret: who has none learns nothing.
  if (!sameSecret(bearer ?? request.query.key, needs.workflowSecret(location)))
    return refuse(
      needs,
      new InvalidInput("Show the location's workflow secret: Authorization: Bearer, or ?key=.", "unauthorized"),
    );
  const raw = bytesOf(request);
  const receivedAt = needs.clock.now();
  const delivery: Delivery = readWorkflowWebhook(parsed(needs, raw), {
    raw,
    location,
    receivedAt,
    vocabulary: needs.vocabulary(location),
  });
  const wait = spend(location, 1);
  if (wait > 0) return tooMany(reply, wait);
  const { duplicate } = await needs.intake.accept(delivery);
  return duplicate ? { accepted: true, duplicate } : { accepted: true };
}

/** 429 is the one status that both of HighLevel's retry policies repeat. */
async function orComeAgain(reply: FastifyReply, work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return sendProblem(
      reply,
      problem("unavailable", "Nothing was stored. Send it again.", { status: 429 }),
      COME_AGAIN_S,
    );
  }
}

const tooMany = (reply: FastifyReply, waitMs: number) =>
  sendProblem(reply, problem("rate-limited", "This location is over its ingest budget. Send it again."), waitMs / 1000);

function refuse(needs: IngestNeeds, error: InvalidInput): never {
  needs.facts.emit("webhook_refused", { code: error.code });
  throw error;
}

function parsed(needs: IngestNeeds, raw: Buffer): unknown {
  try {
    return parseBody(raw);
  } catch (error) {
    if (error instanceof InvalidInput) refuse(needs, error);
    throw error;
  }
}

const bytesOf = (request: FastifyRequest): Buffer => (Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));

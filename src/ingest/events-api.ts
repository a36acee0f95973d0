// `POST /v1/events`: batches from sites and servers. Good items are kept, each bad one is told why. A batch may be of the
// past: what a site knows from before it told Latchkey of visits.

import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Vocabulary } from "../events/index.ts";
import type { LeadReference } from "../highlevel/index.ts";
import { InvalidInput, type ProblemCode } from "../kernel/errors.ts";
import type { Facts } from "../kernel/facts.ts";
import { sha256 } from "../kernel/ids.ts";
import type { JsonObject } from "../kernel/json.ts";
import { problem, sendProblem } from "../kernel/problem.ts";
import { faultsOf, inOneLine, parse } from "../kernel/request.ts";
import type { Clock, Instant } from "../kernel/time.ts";
import type { Principal } from "../tenancy/index.ts";
import { parseBody } from "./body.ts";
import type { Delivery } from "./delivery.ts";
import { EventItem, eventProblem, pastProblem } from "./event-item.ts";
import type { Intake } from "./intake.ts";

/** The lead with this e-mail address or number, if we know one. */
export type FindLead = (location: string, reference: LeadReference) => Promise<string | undefined>;

/** Makes or finds the contact in the CRM; returns its id. @throws Unavailable, InvalidInput in the CRM's stead */
export type UpsertContact = (
  location: string,
  contact: { readonly email?: string; readonly phone?: string; readonly name?: string },
) => Promise<string>;

export interface EventsNeeds {
  readonly intake: Intake;
  readonly clock: Clock;
  readonly facts: Facts;
  readonly installed: (location: string) => boolean | Promise<boolean>;
  readonly locations: () => readonly string[];
  readonly authorize: (header: string | undefined) => Promise<Principal>;
  readonly vocabulary: (location: string) => Vocabulary;
  readonly findLead: FindLead;
  readonly upsertContact?: UpsertContact;
  readonly spend: (location: string, cost: number) => number;
}

export interface Rejection {
  readonly index: number;
  readonly code: ProblemCode;
  readonly detail: string;
}

const ITEMS = 500;

const Body = z.strictObject({
  location: z.string().optional(),
  /** Teaches what these leads did, as an import does, and sets nothing off. */
  past: z.boolean().default(false),
  events: z.array(z.unknown()).min(1, "expected at least one event").max(ITEMS, `expected at most ${ITEMS} events`),
});

export async function acceptEvents(needs: EventsNeeds, request: FastifyRequest, reply: FastifyReply, raw: Buffer) {
  const principal = await needs.authorize(request.headers.authorization);
  const body = parse(Body, parseBody(raw));
  const location = await locationFor(needs, principal, body.location);
  const wait = needs.spend(location, body.events.length);
  if (wait > 0)
    return sendProblem(
      reply,
      problem("rate-limited", "This location is over its ingest budget. Send it again."),
      wait / 1000,
    );

  const receivedAt = needs.clock.now();
  const told = { location, receivedAt, past: body.past };
  const settled = await Promise.all(body.events.map((item, index) => settle(needs, told, item, index)));
  const rejected = settled.filter((outcome) => typeof outcome === "object");
  const accepted = settled.filter((outcome) => outcome === "accepted").length;
  const duplicates = settled.filter((outcome) => outcome === "duplicate").length;
  needs.facts.emit("events_ingested", { location, count: accepted });
  if (rejected.length === settled.length) {
    const errors = rejected.map(({ index, detail }) => ({ field: `events.${index}`, detail }));
    return sendProblem(reply, problem("invalid-input", "None of the events can be accepted.", { status: 422, errors }));
  }
  return reply.code(202).send({ accepted, duplicates, rejected });
}

async function locationFor(needs: EventsNeeds, principal: Principal, named: string | undefined): Promise<string> {
  const own = principal.locations === "*" ? needs.locations() : principal.locations;
  const location = named ?? (own.length === 1 ? own[0] : undefined);
  if (location === undefined)
    throw new InvalidInput("Name the location: there is not exactly one.", "invalid-input", [
      { field: "location", detail: "is needed where there is not exactly one" },
    ]);
  if (principal.role === "viewer" || (principal.locations !== "*" && !principal.locations.includes(location)))
    throw new InvalidInput("This API key may not send events there.", "forbidden");
  if (!(await needs.installed(location))) throw new InvalidInput("This location is not installed.", "not-installed");
  return location;
}

/** What all events of a batch have in common. */
interface Batch {
  readonly location: string;
  readonly receivedAt: Instant;
  readonly past: boolean;
}

/** An item that cannot be stored rejects itself alone; a database that is away fails the whole request. */
async function settle(
  needs: EventsNeeds,
  batch: Batch,
  input: unknown,
  index: number,
): Promise<"accepted" | "duplicate" | Rejection> {
  const { location } = batch;
  const parsed = EventItem.safeParse(input);
  if (!parsed.success) return { index, code: "invalid-input", detail: inOneLine(faultsOf(parsed.error)) };
  const item = parsed.data;
  const wrong =
    eventProblem(item.type, item.properties as JsonObject, needs.vocabulary(location)) ??
    (batch.past ? pastProblem(item) : undefined);
  if (wrong !== undefined) return { index, code: "invalid-input", detail: wrong };
  try {
    const lead = await leadOf(needs, location, item);
    const { duplicate } = await needs.intake.accept(deliveryOf(batch, item, lead));
    return duplicate ? "duplicate" : "accepted";
  } catch (error) {
    if (error instanceof InvalidInput) return { index, code: error.code, detail: error.message };
    throw error;
  }
}

async function leadOf(needs: EventsNeeds, location: string, item: EventItem): Promise<LeadReference> {
  if (item.contact !== undefined) return { contact: item.contact };
  const { email, phone, name } = item;
  const reference = { ...(email ? { email: email.toLowerCase() } : {}), ...(phone ? { phone } : {}) };
  if (item.create !== true || (email === undefined && phone === undefined)) return reference;
  const known = await needs.findLead(location, reference);
  if (known !== undefined) return { contact: known };
  if (needs.upsertContact === undefined)
    throw new InvalidInput("No CRM is connected, so no contact can be created.", "invalid-input");
  return { contact: await needs.upsertContact(location, { ...reference, ...(name ? { name } : {}) }) };
}

function deliveryOf({ location, receivedAt, past }: Batch, item: EventItem, lead: LeadReference): Delivery {
  const at = item.at === undefined ? receivedAt : typeof item.at === "number" ? item.at : Date.parse(item.at);
  const data = { ...(item.properties as JsonObject), ...(item.visitor ? { visitor: item.visitor } : {}) };
  return {
    location,
    type: item.type,
    source: past ? "import" : "api",
    receivedAt,
    ...(item.id === undefined ? {} : { receipt: { id: `api:${item.id}` } }),
    lead,
    ...(item.visitor === undefined ? {} : { visitor: item.visitor }),
    otherwise: `visitor:${item.visitor ?? sha256(item.email?.toLowerCase() ?? item.phone ?? "").slice(0, 32)}`,
    events: [{ type: item.type, at, data }],
    receipts: [],
  };
}

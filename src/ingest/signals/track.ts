// `POST /v1/track`: what the tracker on a team's own site tells, from browsers that nobody has let in by a key. It may say
// what visitors of the location's own origins did there, and nothing else.

import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { BUILT_IN, type Vocabulary } from "../../events/index.ts";
import type { LeadReference } from "../../highlevel/index.ts";
import { InvalidInput } from "../../kernel/errors.ts";
import type { Facts } from "../../kernel/facts.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { problem, sendProblem } from "../../kernel/problem.ts";
import { faultsOf, inOneLine, parse } from "../../kernel/request.ts";
import { type Clock, DAY, type Instant } from "../../kernel/time.ts";
import { isZone } from "../../kernel/zone.ts";
import { parseBody } from "../body.ts";
import type { IngestLimits } from "../budget.ts";
import { eventProblem } from "../event-item.ts";
import type { Intake } from "../intake.ts";
import { isRobot } from "./machines.ts";

/** A team's site, by the key that stands in its pages for everybody to read. */
export interface Site {
  readonly location: string;
  /** `https://www.example.com`, without a trailing slash. */
  readonly origins: readonly string[];
}

export interface TrackNeeds {
  readonly intake: Intake;
  readonly clock: Clock;
  readonly facts: Facts;
  readonly site: (key: string) => Site | undefined;
  readonly vocabulary: (location: string) => Vocabulary;
  /** Takes a click's pass; the lead it was made for, once and while it is fresh. */
  readonly redeem: (location: string, pass: string) => Promise<string | undefined>;
  /** E.164, or undefined where the text is no number. */
  readonly phone: (text: string) => string | undefined;
  readonly spend: (location: string, cost: number) => number;
}

/** Bytes, of a batch. */
export const TRACK_LIMIT = 64 * 1024;
/** Letters of an event's properties, as JSON. */
const PROPERTIES = 8 * 1024;
const ITEMS = 50;
/** Far above what the visitors of one team do, and apart from the budget of webhooks: a flood of the one leaves the other. */
export const TRACK_LIMITS: IngestLimits = { perSecond: 200, burst: 2_000 };

/** What a site may tell of the built-in events; those the folder declares may come as well. */
const OF_SITES = new Set([
  ...["property_view", "website_visit", "page.left", "property.favorited", "search.saved"],
  ...["document.downloaded", "form.started", "form.submitted"],
]);

/** `v_`: kept by a browser whose user agreed. `p_`: of one page load, and never anybody's. */
const Visitor = z.string().regex(/^[vp]_[A-Za-z0-9_-]{8,60}$/, "expected a visitor id as track.js makes them");

const Batch = z.strictObject({
  visitor: Visitor,
  zone: z.string().max(64).optional(),
  pass: z.string().max(64).optional(),
  email: z.string().max(254).optional(),
  phone: z.string().max(40).optional(),
  events: z.array(z.unknown()).max(ITEMS, `expected at most ${ITEMS} events`),
});

const Item = z.strictObject({
  type: z.string().max(100),
  /** Milliseconds since it happened, by the visitor's own clock: no two clocks are compared. */
  ago: z.number().min(0).max(DAY).default(0),
  properties: z.record(z.string(), z.json()).default({}),
});

interface Rejection {
  readonly index: number;
  readonly code: "invalid-input";
  readonly detail: string;
}

export async function acceptTracked(needs: TrackNeeds, request: FastifyRequest, reply: FastifyReply, raw: Buffer) {
  const site = siteOf(needs, request, reply);
  const body = parse(Batch, parseBody(raw));
  const { events, visitor } = body;
  const { location } = site;
  const wait = needs.spend(location, Math.max(1, events.length));
  if (wait > 0)
    return sendProblem(reply, problem("rate-limited", "This site is over its budget. Send it again."), wait / 1000);
  if (isRobot(request.headers["user-agent"])) {
    needs.facts.emit("track_discounted", { location, count: events.length });
    return reply.code(202).send({ accepted: 0, rejected: [], discounted: events.length });
  }

  const receivedAt = needs.clock.now();
  const lead = visitor.startsWith("v_") ? await leadOf(needs, location, body) : {};
  const read = events.map((item, index) => readItem(item, index, needs.vocabulary(location)));
  const good = read.filter((one) => "type" in one);
  const rejected = read.filter((one) => "index" in one);
  const zone = body.zone !== undefined && isZone(body.zone) ? body.zone : undefined;
  if (good.length > 0 || Object.keys(lead).length > 0)
    await needs.intake.accept({
      location,
      type: "site",
      source: "site",
      receivedAt,
      lead,
      visitor,
      otherwise: `visitor:${visitor}`,
      events: good.map(({ type, ago, data }) => ({
        type,
        at: receivedAt - ago,
        data: { ...data, visitor, ...(zone === undefined ? {} : { time_zone: zone }) },
      })),
      receipts: [],
    });
  needs.facts.emit("events_ingested", { location, count: good.length });
  if (good.length === 0 && rejected.length > 0) {
    const errors = rejected.map(({ index, detail }) => ({ field: `events.${index}`, detail }));
    return sendProblem(reply, problem("invalid-input", "None of the events can be accepted.", { status: 422, errors }));
  }
  return reply.code(202).send({ accepted: good.length, rejected });
}

/** `OPTIONS /v1/track`: whether a page may send there. */
export function allowTracking(needs: Pick<TrackNeeds, "site">, request: FastifyRequest, reply: FastifyReply) {
  siteOf(needs, request, reply);
  reply.header("access-control-allow-methods", "POST").header("access-control-allow-headers", "content-type");
  return reply.header("access-control-max-age", "86400").code(204).send();
}

/** The site that is meant, if the page that sends is one of its own. Only such a page may read the answer. */
function siteOf({ site }: Pick<TrackNeeds, "site">, request: FastifyRequest, reply: FastifyReply): Site {
  reply.header("vary", "origin");
  const { site: key } = request.query as { readonly site?: unknown };
  const found = typeof key === "string" && key.length <= 64 ? site(key) : undefined;
  if (found === undefined)
    throw new InvalidInput("There is no site with this key: see latchkey site show --location ID.", "not-found");
  const { origin } = request.headers;
  if (origin === undefined)
    throw new InvalidInput(
      "A browser says its origin. Programs send to POST /v1/events, with an API key.",
      "forbidden",
    );
  if (!found.origins.includes(origin.toLowerCase()))
    throw new InvalidInput(
      `${/^[\w:/.[\]-]{1,100}$/.test(origin) ? origin : "This origin"} is not one of this site's. To let it: latchkey site allow ORIGIN --location ID.`,
      "forbidden",
    );
  reply.header("access-control-allow-origin", origin);
  return found;
}

/** Whom a visitor says to be: by the link that led here, else by an address. What is no address is nobody's. */
async function leadOf(
  needs: TrackNeeds,
  location: string,
  { pass, email, phone }: z.infer<typeof Batch>,
): Promise<LeadReference> {
  const contact = pass === undefined ? undefined : await needs.redeem(location, pass);
  if (contact !== undefined) return { contact };
  const address = email?.trim().toLowerCase();
  const number = phone === undefined ? undefined : needs.phone(phone);
  return {
    ...(address !== undefined && /^[^\s@]+@[^\s@]+$/.test(address) ? { email: address } : {}),
    ...(number === undefined ? {} : { phone: number }),
  };
}

type Read = { readonly type: string; readonly ago: Instant; readonly data: JsonObject } | Rejection;

function readItem(input: unknown, index: number, vocabulary: Vocabulary): Read {
  const bad = (detail: string): Rejection => ({ index, code: "invalid-input", detail });
  if (holdsUnsafeName(input)) return bad("__proto__, constructor and prototype are no names of properties.");
  const parsed = Item.safeParse(input);
  if (!parsed.success) return bad(inOneLine(faultsOf(parsed.error)));
  const { type, ago, properties } = parsed.data;
  if (JSON.stringify(properties).length > PROPERTIES)
    return bad(`The properties are longer than ${PROPERTIES} letters.`);
  if (Object.hasOwn(BUILT_IN.events, type) && !OF_SITES.has(type))
    return bad(`${type} is not for a site to tell: send it to POST /v1/events, with an API key.`);
  if (type === "form.submitted" && WORDS.some((name) => Object.hasOwn(properties, name)))
    return bad(
      `What a form says (${WORDS.join(", ")}) is not for a browser that anybody may be to tell: only that it was sent.`,
    );
  const wrong = eventProblem(type, properties as JsonObject, vocabulary);
  return wrong === undefined ? { type, ago, data: properties as JsonObject } : bad(wrong);
}

/** Read as words of the lead's own where they come from the CRM, or by an API key: they may end what we send. */
const WORDS = ["opt_out", "message", "comments", "text"];

const UNSAFE = new Set(["__proto__", "constructor", "prototype"]);

function holdsUnsafeName(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsUnsafeName);
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([name, inner]) => UNSAFE.has(name) || holdsUnsafeName(inner));
}

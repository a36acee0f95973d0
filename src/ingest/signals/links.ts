// `GET /l/:token`: a link of a message of ours. It leads to the one address it was signed for, and tells who followed it.

import type { FastifyReply, FastifyRequest } from "fastify";
import { insertEvents, insertMail, letterOf } from "../../events/index.ts";
import { newId } from "../../kernel/ids.ts";
import type { Database, Sql } from "../../kernel/sql.ts";
import type { Clock, Instant } from "../../kernel/time.ts";
import { isPrefetch, isRobot } from "./machines.ts";
import { countClick, type FoundMessage, messagesBetween } from "./messages.ts";
import { noSuchPage } from "./page.ts";
import { issuePass } from "./passes.ts";
import type { ReadLink, Tokens } from "./tokens.ts";

export interface LinkNeeds {
  readonly database: Database;
  readonly clock: Pick<Clock, "now">;
  readonly tokens: Tokens;
  readonly locations: () => readonly string[];
  /** The origins of a location's own pages: they alone are given a pass. */
  readonly origins: (location: string) => readonly string[];
  /** Whom a contact was merged into, else itself. */
  readonly survivor: (sql: Sql, location: string, lead: string) => Promise<string>;
  readonly mailed: (location: string) => void;
}

export async function followLink(needs: LinkNeeds, request: FastifyRequest, reply: FastifyReply) {
  reply.header("cache-control", "no-store").header("referrer-policy", "no-referrer").header("x-robots-tag", "noindex");
  const { token } = request.params as { readonly token: string };
  const read = needs.tokens.readLink(token);
  if (read === undefined) return noSuchPage(reply);
  // what is fetched ahead is fetched again once somebody really goes there
  if (isPrefetch(request.headers)) return reply.code(503).send();
  for (const location of needs.locations().filter(read.isOf)) {
    const to = await needs.database.transaction([location], (sql) => follow(needs, sql, location, read, request));
    if (to === undefined) continue;
    if (to.told) needs.mailed(location);
    return reply.redirect(to.address, 302);
  }
  return noSuchPage(reply);
}

async function follow(
  needs: LinkNeeds,
  sql: Sql,
  location: string,
  read: ReadLink,
  { method, headers }: FastifyRequest,
): Promise<{ readonly address: string; readonly told: boolean } | undefined> {
  const { channel, place } = read;
  const found = await messagesBetween(sql, location, read.from, read.to);
  for (const message of found) {
    const target = message.links[channel]?.[place];
    if (target === undefined || !read.verify({ location, message: message.id, channel, place, target })) continue;
    if (method === "HEAD") return { address: target, told: false };
    const at = needs.clock.now();
    const robot = isRobot(headers["user-agent"]);
    const { person, told } = await countClick(sql, location, { message, channel, place, at, robot });
    if (!person) return { address: target, told: false };
    const lead = await needs.survivor(sql, location, message.lead);
    if (told) await tell(sql, location, { message, lead, channel, target, at });
    if (!needs.origins(location).includes(new URL(target).origin)) return { address: target, told };
    const address = new URL(target);
    address.searchParams.set("lk", await issuePass(sql, location, lead, at));
    return { address: address.href, told };
  }
  return undefined;
}

interface Told {
  readonly message: FoundMessage;
  readonly lead: string;
  readonly channel: string;
  readonly target: string;
  readonly at: Instant;
}

/** The turn makes the lead's event of it. One that was merged since has another lead's message: it is told the event. */
async function tell(sql: Sql, location: string, { message, lead, channel, target, at }: Told): Promise<void> {
  const common = { location, lead, receivedAt: at };
  if (lead === message.lead && message.open) {
    const body = { outbox: message.id, outcome: "clicked", at, channel, link: target } as const;
    await insertMail(sql, [{ ...common, kind: "answer", body }]);
    return;
  }
  const type = channel === "email" ? "email.clicked" : "link.clicked";
  const data = { "message.id": message.id, channel, link: target };
  const event = { ...common, id: newId(at), type, at, source: "site" as const, data };
  await insertEvents(sql, [event]);
  await insertMail(sql, [letterOf(event)]);
}

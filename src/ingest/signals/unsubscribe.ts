// `GET|POST /u/:token`: the way out of our e-mails (RFC 8058). Looking changes nothing; a post needs no cookie and no sign-in,
// and may come twice.

import type { FastifyReply, FastifyRequest } from "fastify";
import { insertEvents, insertMail, letterOf } from "../../events/index.ts";
import { escaped } from "../../kernel/html.ts";
import { newId } from "../../kernel/ids.ts";
import type { Database, Sql } from "../../kernel/sql.ts";
import type { Clock } from "../../kernel/time.ts";
import { type FoundMessage, messagesBetween } from "./messages.ts";
import { noSuchPage, sendPage } from "./page.ts";
import type { Tokens } from "./tokens.ts";

export interface WayOutNeeds {
  readonly database: Database;
  readonly clock: Pick<Clock, "now">;
  readonly tokens: Tokens;
  readonly locations: () => readonly string[];
  /** The team's name, for people. */
  readonly teamName: (location: string) => string | undefined;
  /** The beginning of the keyed hash of the lead's present e-mail address; undefined where it has none. */
  readonly hashOf: (sql: Sql, location: string, lead: string) => Promise<string | undefined>;
  /** Ends e-mails, or those of a workflow, to an address that is known by its hash alone. */
  readonly leave: (
    sql: Sql,
    location: string,
    hash: string,
    what: { readonly at: number; readonly message: string; readonly workflow?: string },
  ) => Promise<unknown>;
  readonly mailed: (location: string) => void;
}

interface Meant {
  readonly location: string;
  readonly message: FoundMessage;
  readonly hash: string;
}

export async function showWayOut(needs: WayOutNeeds, request: FastifyRequest, reply: FastifyReply) {
  const meant = await find(needs, request);
  return meant === undefined ? noSuchPage(reply) : ask(needs, meant, reply, 200);
}

export async function takeWayOut(needs: WayOutNeeds, request: FastifyRequest, reply: FastifyReply, raw: Buffer) {
  const meant = await find(needs, request);
  if (meant === undefined) return noSuchPage(reply);
  const said = chosen(raw.toString("utf8"));
  if (said === undefined) return ask(needs, meant, reply, 400);
  const { location, message } = meant;
  const kind = said === "kind" && message.workflow !== null ? message.workflow : undefined;
  await needs.database.transaction([location], (sql) => leave(needs, sql, meant, kind));
  needs.mailed(location);
  const from = teamOf(needs, location);
  return kind === undefined
    ? sendPage(reply, 200, "You are unsubscribed", `<p>You will get no more marketing e-mails${from}.</p>`)
    : sendPage(reply, 200, "You will get no more of these", `<p>Other e-mails${from} may still reach you.</p>`);
}

async function find(needs: WayOutNeeds, { params }: FastifyRequest): Promise<Meant | undefined> {
  const read = needs.tokens.readWayOut((params as { readonly token: string }).token);
  if (read === undefined) return undefined;
  for (const location of needs.locations().filter(read.isOf)) {
    const found = await needs.database.transaction([location], (sql) =>
      messagesBetween(sql, location, read.from, read.to),
    );
    const message = found.find(({ id }) => read.verify({ location, message: id, hash: read.hash }));
    if (message !== undefined) return { location, message, hash: read.hash };
  }
  return undefined;
}

/** What a mail program posts in its user's name, or what the button of our own page does. */
function chosen(body: string): "all" | "kind" | undefined {
  // a mail program may send a form of parts instead (RFC 8058, 3.1)
  if (/name="?List-Unsubscribe"?\s*\r?\n\r?\nOne-Click/i.test(body)) return "all";
  const form = new URLSearchParams(body.slice(0, 2_000));
  if (form.get("List-Unsubscribe") === "One-Click") return "all";
  const scope = form.get("scope");
  return scope === "all" || scope === "kind" ? scope : undefined;
}

const teamOf = (needs: WayOutNeeds, location: string): string => {
  const name = needs.teamName(location);
  return name === undefined ? "" : ` from ${escaped(name)}`;
};

function ask(needs: WayOutNeeds, { location, message }: Meant, reply: FastifyReply, status: number): FastifyReply {
  const kinds =
    message.workflow === null
      ? `<input type="hidden" name="scope" value="all">`
      : `<fieldset><legend>Which e-mails should end?</legend>
<label><input type="radio" name="scope" value="all" checked> All marketing e-mails${teamOf(needs, location)}</label>
<label><input type="radio" name="scope" value="kind"> Only e-mails like the one I came from</label></fieldset>`;
  return sendPage(
    reply,
    status,
    "Unsubscribe",
    `<p>Nothing has changed yet. One more step ends our e-mails to you.</p>
<form method="post">${kinds}<button type="submit">Unsubscribe</button></form>`,
  );
}

/**
 * The turn of the lead obeys, as it obeys STOP, where the address is still the lead's. One that was the lead's when we
 * wrote to it is kept from more of ours all the same, whoever has it now.
 */
async function leave(needs: WayOutNeeds, sql: Sql, { location, message, hash }: Meant, kind: string | undefined) {
  const at = needs.clock.now();
  const { id, lead } = message;
  const common = { location, lead, receivedAt: at };
  if (kind !== undefined) {
    await needs.leave(sql, location, hash, { at, message: id, workflow: kind });
    const data = { family: "email", workflow: kind, to: "muted", by: "link", "message.id": id };
    const event = { ...common, id: newId(at), type: "consent.changed", at, source: "site" as const, data };
    await insertEvents(sql, [event]);
    await insertMail(sql, [letterOf(event)]);
    return;
  }
  const theirs = (await needs.hashOf(sql, location, lead)) === hash;
  if (!theirs || !message.open) await needs.leave(sql, location, hash, { at, message: id });
  if (!theirs || !message.open) return;
  const body = { outbox: id, outcome: "unsubscribed", at, channel: "email", detail: "link" } as const;
  await insertMail(sql, [{ ...common, kind: "answer", body }]);
}

// What became of an e-mail: LCEmailStats wraps an event of the mail provider.

import type { ZodError } from "zod";
import type { JsonObject } from "../kernel/json.ts";
import { namesRobot } from "../kernel/robots.ts";
import type { ProviderReceipt } from "../outreach/index.ts";
import agents from "./data/mail-agents.json" with { type: "json" };
import { type EmailStatsPayload, emailStats, instant, said } from "./payload.ts";
import type { Context, Reading } from "./webhook.ts";

type Stats = EmailStatsPayload["webhookPayload"];

export function readEmailStats(body: JsonObject, { stated, receivedAt }: Context): Reading | ZodError {
  const parsed = emailStats.safeParse(body);
  if (!parsed.success) return parsed.error;
  const stats = parsed.data.webhookPayload;
  const seconds = stats.timestamp;
  const at = Math.min((seconds ? instant(seconds * 1000) : undefined) ?? stated ?? receivedAt, receivedAt);
  const receipt = receiptOf(stats, at);
  return {
    lead: said({ email: stats.recipient, provider: idOf(stats) }),
    // the provider's own id of what happened: repeated under another webhook's id, it has been told
    events: [
      {
        ...{ type: "crm.email", at, data: stats as JsonObject, quiet: true as const },
        ...(stats.id ? { once: [`email-stats/${stats.id}`] } : {}),
      },
    ],
    receipts: receipt === undefined ? [] : [receipt],
  };
}

const ourIdOf = (stats: Stats): string | undefined => stats["lc-operations"]?.email_message_id || undefined;

/** The send's own id where the CRM adds it, else the header of the mail. */
const idOf = (stats: Stats): string | undefined =>
  ourIdOf(stats) || stats.message?.headers?.["message-id"]?.replace(/^<|>$/g, "") || undefined;

function receiptOf(stats: Stats, at: number): ProviderReceipt | undefined {
  const kind = kindOf(stats);
  const known = idOf(stats);
  const providerId = known ?? (stats.id ? `email-stats/${stats.id}` : undefined);
  if (kind === undefined || providerId === undefined) return undefined;
  const reacted = kind === "opened" || kind === "clicked";
  return {
    providerId,
    kind,
    at,
    by: "email_stats",
    channel: "email",
    provider: known === undefined ? {} : { emailMessageId: known },
    ...(ourIdOf(stats) === undefined ? { unnamed: true as const } : {}),
    ...said({
      recipient: stats.recipient,
      link: kind === "clicked" ? stats.url : undefined,
      detail: kind === "bounced" || kind === "failed" ? codeOf(stats) : undefined,
    }),
    ...(reacted ? { machine: byMachine(stats) } : {}),
  };
}

/** Its code alone: the words beside it may name the address. */
function codeOf(stats: Stats): string {
  const { code, message, "enhanced-code": enhanced } = stats["delivery-status"] ?? {};
  const found = enhanced || /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(message ?? "")?.[0];
  return [code, found].filter(Boolean).join(" ") || (stats.severity ?? stats.event);
}

/** A temporary failure is being tried again by the provider: not yet a word about the mail. */
function kindOf({ event, severity }: Stats): ProviderReceipt["kind"] | undefined {
  switch (event) {
    case "delivered":
    case "opened":
    case "clicked":
    case "complained":
    case "unsubscribed":
      return event;
    case "failed":
      return severity === "temporary" ? undefined : "bounced";
    case "rejected":
      return "failed";
    default:
      return undefined;
  }
}

/**
 * By its agent alone: the stamps are judged with the other facts of the mail. A row of our own about the agent goes before
 * what the mail provider says, and both before the words that robots use. Who names nothing is a person.
 */
function byMachine(stats: Stats): boolean {
  const client = stats["client-info"];
  const agent = client?.["user-agent"]?.trim() ?? "";
  const row = agents.rows.find(
    ({ exactly, holds }) => agent === exactly || (holds !== undefined && agent.includes(holds)),
  );
  if (row !== undefined) return row.fetches === "unasked";
  const bot = client?.bot?.toLowerCase() ?? "";
  if (bot === "gmail") return false;
  return client?.["client-type"] === "robot" || bot !== "" || namesRobot(agent);
}

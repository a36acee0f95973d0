// What an event changed of a lead's agreements: for the table that keeps them.

import type { Agreed } from "../compliance/index.ts";
import type { LeadEvent } from "../events/index.ts";
import type { Lead } from "../leads/index.ts";

export function agreedIn(before: Lead, after: Lead, event: LeadEvent): Agreed[] {
  if (before.consents === after.consents) return [];
  const had = new Map((before.consents ?? []).map((one) => [one.id, one]));
  const now = after.consents ?? [];
  const ended = now.filter((one) => one.withdrawnAt !== undefined && had.get(one.id)?.withdrawnAt === undefined);
  return [
    ...now.flatMap((record) => (had.has(record.id) ? [] : [{ lead: after.id, event, record }])),
    ...(ended.length === 0 ? [] : [{ lead: after.id, event, withdrawn: ended.map(({ id }) => id) }]),
  ];
}

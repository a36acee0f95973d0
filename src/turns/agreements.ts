// What an event changed of a lead's agreements: for the table that keeps them.

import type { Agreed } from "../compliance/index.ts";
import type { LeadEvent } from "../events/index.ts";
import type { Lead } from "../leads/index.ts";

export function agreedIn(before: Lead, after: Lead, event: LeadEvent): Agreed[] {
  if (before.consents === after.consents) return [];
  const had = new Map((before.consents ?? []).map((one) => [one.id, one]));
  const now = after.consents ?? [];
  const ended = now.filter((one) => one.withdrawnAt !== undefined && had.get(one.id)?.withdrawnAt === undefined);
  const [known, late] = [ended.filter(({ id }) => had.has(id)), ended.filter(({ id }) => !had.has(id))];
  return [
    ...now.flatMap((record) => (had.has(record.id) ? [] : [{ lead: after.id, event, record }])),
    ...(known.length === 0 ? [] : [{ lead: after.id, event, withdrawn: known.map(({ id }) => id) }]),
    // what ended it was heard before it
    ...late.flatMap(({ id, withdrawnAt }) =>
      (after.withdrawals ?? [])
        .filter((said) => said.at === withdrawnAt && (said.id === undefined || said.id === id))
        .slice(0, 1)
        .map(({ at, event, type }) => ({ lead: after.id, event: { id: event, type, at, data: {} }, withdrawn: [id] })),
    ),
  ];
}

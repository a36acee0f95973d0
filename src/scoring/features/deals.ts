// When a deal with a lead was won: what labels are told, never a row. The CRM's whole deals are read, those of an import, too.

import type { CrmOpportunity, LeadEvent } from "../../events/index.ts";
import { type Instant, MINUTE, type Millis } from "../../kernel/time.ts";

/** Won after `after`, and no later than `by`: a deal that was found won says no more, unless the CRM tells when it was. */
export interface Win {
  readonly after: Instant;
  readonly by: Instant;
}

/** What the CRM tells of one change in several words (stage, status, the deal whole) it tells within this. */
const TOGETHER: Millis = MINUTE;

/**
 * The first win of a lead. One that was taken back, or whose deal was deleted, is none; a deal that is lost or abandoned may
 * still be won later.
 */
export function winOf(events: readonly LeadEvent[]): Win | undefined {
  const wins = new Map<string, Win>();
  const seen = new Map<string, Instant>();
  const told = events.filter(({ type }) => type === "crm.opportunity").sort((a, b) => a.at - b.at);
  for (const { at, data } of told) {
    const { change, opportunity } = data as unknown as CrmOpportunity;
    const { id, status } = opportunity;
    if (change === "delete" || status !== "won") wins.delete(id);
    else {
      const told = wonAt(at, change, opportunity);
      const win = wins.get(id);
      if (win === undefined) wins.set(id, told === undefined ? foundWon(at, opportunity, seen.get(id)) : exactly(told));
      else if (told !== undefined && told <= win.by + TOGETHER) wins.set(id, exactly(Math.min(told, win.by)));
    }
    seen.set(id, at);
  }
  return [...wins.values()].reduce<Win | undefined>(
    (first, { after, by }) => ({
      after: Math.min(first?.after ?? after, after),
      by: Math.min(first?.by ?? by, by),
    }),
    undefined,
  );
}

const exactly = (at: Instant): Win => ({ after: at - 1, by: at });

/** When it was won, where that is told: by the CRM's own stamp, or by its word of the change of status. */
const wonAt = (
  at: Instant,
  change: CrmOpportunity["change"],
  { statusAt }: CrmOpportunity["opportunity"],
): Instant | undefined => statusAt ?? (change === "status" || change === "create" ? at : undefined);

/** @param before when the deal was last seen, not won */
const foundWon = (at: Instant, { createdAt }: CrmOpportunity["opportunity"], before: Instant | undefined): Win => ({
  after: before ?? (createdAt === undefined ? Number.NEGATIVE_INFINITY : createdAt - 1),
  by: at,
});

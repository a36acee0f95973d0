// What turns have done, told to the CRM: its workflows that asked for it, and the fields of its contacts. Rows of the
// outbox, in the transaction of the turns.

import { sentence } from "../insights/index.ts";
import type { Sql } from "../kernel/sql.ts";
import {
  announced,
  concerns,
  readSubscriptions,
  readWritten,
  rewrite,
  type Standing,
  saveWritten,
  writeBack,
} from "../marketplace/index.ts";
import { insertOutbox, queuedRow } from "../outreach/index.ts";
import type { LocationOutcome, Scene, TurnOutcome } from "./case.ts";

type Outcome = TurnOutcome | LocationOutcome;

/** Workflows of the CRM that asked to be told of what these turns did. */
export async function announce(sql: Sql, { location, now }: Scene, outcomes: readonly Outcome[]) {
  const told = outcomes
    .map((outcome) => ({
      ...{ location, now, lead: outcome.lead.id, turn: outcome.record.turn, events: outcome.events },
      ...("state" in outcome ? { score: outcome.state.score } : {}),
      ...("tierBefore" in outcome && outcome.tierBefore !== undefined ? { tierBefore: outcome.tierBefore } : {}),
    }))
    .filter(concerns);
  if (told.length === 0) return;
  const subscriptions = await readSubscriptions(sql, location);
  if (subscriptions.length === 0) return;
  await insertOutbox(
    sql,
    told.flatMap((one) => announced(one, subscriptions)).map((row) => ({ row: queuedRow(row) })),
  );
}

/** The fields of ours in the CRM's contacts, where the location has them written. */
export async function tellContacts(sql: Sql, scene: Scene, outcomes: readonly Outcome[]): Promise<void> {
  const { location, now, catalog } = scene;
  if (scene.writeBack !== true) return;
  const standings = outcomes.flatMap((outcome) => ("state" in outcome ? [standingOf(outcome, scene)] : []));
  if (standings.length === 0) return;
  const ids = standings.map(({ lead }) => lead.id);
  const before = await readWritten(sql, location, ids);
  const told: { lead: string; written: NonNullable<ReturnType<typeof writeBack>>["written"] }[] = [];
  for (const standing of standings) {
    const last = before.get(standing.lead.id);
    const next = writeBack(standing, last, { catalog, now, location });
    if (next === undefined) continue;
    const { row, custom, written } = next;
    // what has not left yet is told in the same row, at the same time
    const waits = last !== undefined && (await rewrite(sql, location, last.outbox, custom));
    if (!waits) await insertOutbox(sql, [{ row: queuedRow(row) }]);
    told.push({
      lead: standing.lead.id,
      written: waits ? { ...written, outbox: last.outbox, askedAt: last.askedAt } : written,
    });
  }
  await saveWritten(sql, location, told);
}

function standingOf({ lead, record, state, decisions }: TurnOutcome, scene: Scene): Standing {
  const { score, tier, churn } = state.score;
  const last = decisions.findLast(
    ({ kind, verdict }) =>
      (kind === "message" && verdict !== "shadow") || (kind === "enrollment" && verdict === "enrolled"),
  );
  const standing = { lead, turn: record.turn, score, tier, ...(churn === undefined ? {} : { churn }) };
  if (last === undefined) return standing;
  const { plans } = scene.publication;
  const workflow = (id: string) => plans.find((plan) => plan.workflow === id)?.name ?? id;
  const context = { now: scene.now, zone: scene.zone, leadName: lead.contact.name ?? "the lead", workflow };
  return {
    ...standing,
    decision: { id: last.id, text: `${localTime(last.at, scene.zone)}: ${sentence(last, undefined, context)}` },
  };
}

/** `2026-03-02 12:00`, on the location's clock. */
const localTime = (at: number, zone: string): string =>
  new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" }).format(at);

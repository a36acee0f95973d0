// What turns decided, saved whole: state, runs, outbox, decisions and counts in the transaction that holds the leads.

import { saveStates } from "../behavior/index.ts";
import { saveConsents } from "../compliance/index.ts";
import { deleteMail, insertEvents, insertMail, type Letter } from "../events/index.ts";
import { saveExposures } from "../experiments/index.ts";
import { saveDecisions, saveDeltas } from "../insights/index.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import { confirmLeads, saveLeads } from "../leads/index.ts";
import { addressKey, askedBy, insertOutbox, moveOutbox, saveAddressChanges, type Unjudged } from "../outreach/index.ts";
import { saveScoreDays } from "../scoring/index.ts";
import { saveRuns } from "../workflows/index.ts";
import type { LocationOutcome, Scene, TurnOutcome } from "./case.ts";
import { announce, tellContacts } from "./into-crm.ts";
import { seal } from "./seal.ts";
import { saveMembers } from "./segment-store.ts";
import { endTurns, insertTurns } from "./store.ts";

/** @param real the database's real time */
export async function saveOutcomes(
  sql: Sql,
  scene: Scene,
  outcomes: readonly (TurnOutcome | LocationOutcome)[],
  real: Instant,
): Promise<void> {
  const { location, now } = scene;
  // each one statement that needs no answer: all leave in one write
  await Promise.all([
    insertTurns(
      sql,
      location,
      outcomes.map((outcome) => outcome.record),
    ),
    insertEvents(
      sql,
      outcomes.flatMap((outcome) => outcome.events),
    ),
    saveLeads(
      sql,
      location,
      outcomes.filter((outcome) => outcome.leadChanged).map((outcome) => outcome.lead),
      { now },
    ),
    confirmLeads(
      sql,
      location,
      outcomes.filter(({ heard }) => heard).map(({ lead }) => lead.id),
      real,
    ),
    saveStates(
      sql,
      location,
      new Map(outcomes.map((outcome) => [outcome.lead.id, "shared" in outcome ? outcome.shared : outcome.state])),
    ),
    saveRuns(
      sql,
      location,
      outcomes.flatMap((outcome) => outcome.runs),
    ),
    saveScoreDays(
      sql,
      location,
      outcomes.flatMap((one) =>
        "scored" in one && one.scored !== undefined ? [{ lead: one.lead.id, ...one.scored }] : [],
      ),
    ),
    saveDecisions(
      sql,
      location,
      outcomes.flatMap((outcome) => outcome.decisions),
    ),
    saveDeltas(
      sql,
      location,
      now,
      outcomes.flatMap((outcome) => outcome.deltas),
    ),
    deleteMail(
      sql,
      location,
      outcomes.flatMap((outcome) => outcome.read),
    ),
    endTurns(
      sql,
      location,
      outcomes.map(({ record, dueAt, decisions }) => ({
        ...{ lead: record.lead, turn: record.turn, dueAt, decidedAt: decisions.at(-1)?.at },
      })),
    ),
  ]);
  await saveConsents(
    sql,
    location,
    outcomes.flatMap(({ agreed }) => agreed),
  );
  await insertOutbox(
    sql,
    outcomes.flatMap((outcome) => outcome.queued),
  );
  await announce(sql, scene, outcomes);
  await tellContacts(sql, scene, outcomes);
  await moveOutbox(
    sql,
    location,
    outcomes.flatMap((outcome) => outcome.moved),
  );
  await saveExposures(
    sql,
    location,
    outcomes.flatMap((outcome) => outcome.exposures),
    scene.publication.experiments,
  );
  await saveMembers(
    sql,
    location,
    outcomes.map(({ record, segments }) => ({ lead: record.lead, segments })),
  );
  const unjudged = await saveAddressChanges(
    sql,
    location,
    outcomes.flatMap((outcome) => outcome.addresses),
    scene.addressKey,
  );
  await seal(sql, scene, outcomes);
  await insertMail(sql, [
    ...outcomes.flatMap((outcome) => outcome.letters),
    ...outcomes.flatMap((outcome) => remindersOf(outcome, unjudged, scene)),
  ]);
}

/**
 * What a turn judged, or took back, was said as another record, too, before its changes were locked: of the words that hold from
 * then on nobody has been asked. The lead's next turn asks; of another number than the lead's that of whoever said them.
 */
function remindersOf(
  { addresses, queued, record }: TurnOutcome | LocationOutcome,
  unjudged: readonly Unjudged[],
  { location, now, addressKey: key }: Scene,
): Letter[] {
  return unjudged.flatMap(({ family, hash, seen, lead: writer }): Letter[] => {
    const change = addresses.find(
      (one) =>
        one.family === family &&
        (one.goOn ?? one.takes) !== undefined &&
        (one.hash ?? addressKey(key, family, one.address)) === hash,
    );
    const lead = change?.hash === undefined ? record.lead : writer;
    if (change === undefined || lead === undefined || queued.some(({ row }) => row.id === askedBy(seen))) return [];
    return [{ location, lead, kind: "command", receivedAt: now, body: { type: "unjudged", family, by: "Latchkey" } }];
  });
}

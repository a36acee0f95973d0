// What turns decided, saved whole: state, runs, outbox, decisions and counts in the transaction that holds the leads.

import { saveStates } from "../behavior/index.ts";
import { saveConsents } from "../compliance/index.ts";
import { deleteMail, insertEvents, insertMail, type Letter } from "../events/index.ts";
import { saveExposures } from "../experiments/index.ts";
import { saveDecisions, saveDeltas } from "../insights/index.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import { confirmLeads, saveLeads } from "../leads/index.ts";
import {
  addressesOf,
  addressKey,
  insertOutbox,
  moveOutbox,
  saveAddressChanges,
  type Unjudged,
} from "../outreach/index.ts";
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
  // each one statement that needs no other's answer: all leave in one write, ahead of a way back to the savepoint
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
  await insertMail(sql, [...outcomes.flatMap((outcome) => outcome.letters), ...remindersOf(outcomes, unjudged, scene)]);
}

/**
 * Words that hold from now on, and no person is asked to read them: another record said them before what a turn judged or took back
 * was locked, or what had ended messages when their own turn read it was taken back since. The next turn of a lead with that number or
 * address asks; where none of these has it, that of whoever said them.
 */
function remindersOf(
  outcomes: readonly (TurnOutcome | LocationOutcome)[],
  unjudged: readonly Unjudged[],
  { location, now, addressKey: key }: Scene,
): Letter[] {
  const queued = new Set(outcomes.flatMap((outcome) => outcome.queued.map(({ row }) => row.id)));
  return unjudged.flatMap(({ family, hash, tasks, lead: writer }): Letter[] => {
    if (tasks.some((task) => queued.has(task))) return [];
    const holder = outcomes.find(({ lead: { contact } }) => {
      const { [family]: address } = addressesOf(contact);
      return address !== undefined && addressKey(key, family, address) === hash;
    });
    const lead = holder?.record.lead ?? writer;
    if (lead === undefined) return [];
    return [{ location, lead, kind: "command", receivedAt: now, body: { type: "unjudged", family, by: "Latchkey" } }];
  });
}

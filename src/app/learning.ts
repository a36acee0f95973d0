// What learns, for main.ts and the command line: the models that score, their training, promotion and watching, put
// together from the room and from what the rest of the house knows.

import { countSince } from "../events/index.ts";
import type { Outcome } from "../kernel/aim.ts";
import type { Facts } from "../kernel/facts.ts";
import { newId } from "../kernel/ids.ts";
import type { Database, Sql } from "../kernel/sql.ts";
import type { Clock, Instant } from "../kernel/time.ts";
import { insertNotice } from "../outreach/index.ts";
import { openLiveModels, openModels, openPromotion, openRounds, openTrainer, threadOf } from "../scoring/index.ts";
import { insertAudit } from "../tenancy/index.ts";
import { openAims } from "./aims.ts";

export interface LearningNeeds {
  readonly database: Database;
  /** The thread of a training opens a connection of its own. */
  readonly databaseUrl: string;
  readonly clock: Clock;
  readonly facts: Facts;
  locations(): readonly string[];
  /** After the commit: what scores at this location, or what is known of it, is news. */
  changed(location: string): void;
}

/** A notice for everybody: a model is nobody's lead. */
export const tellTeam = (
  sql: Sql,
  location: string,
  { message, at }: { readonly message: string; readonly at: Instant },
): Promise<void> => insertNotice(sql, location, { id: newId(at), page: "models", users: [], message, at });

/** What of the log tells that an outcome came. */
const CAME: Readonly<Record<Outcome, string>> = { appointment: "appointment.booked", won: "opportunity.won" };

/** The thread's program, beside the bundle. */
const TRAINING = new URL("./training.js", import.meta.url);

export type Learning = ReturnType<typeof openLearning>;

export function openLearning({ database, databaseUrl, clock, facts, locations, changed }: LearningNeeds) {
  const live = openLiveModels({
    clock,
    refused: (location, model, reason) => facts.emit("model_refused", { location, model, reason }),
  });
  const told = (location: string) => {
    live.hint(location);
    changed(location);
  };
  const aims = openAims({ database, clock, changed });
  const promotion = openPromotion({ database, clock, aims: aims.of, audit: insertAudit, changed: told });
  const thread = threadOf(TRAINING, databaseUrl);
  const trainer = openTrainer({
    ...{ database, clock, facts, locations },
    thread,
    aims: aims.of,
    audit: insertAudit,
    tell: tellTeam,
    changed: told,
  });
  const rounds = openRounds({
    ...{ database, clock, facts, trainer, thread },
    tell: tellTeam,
    changed,
    aims: aims.of,
    outcomesSince: (sql, location, { outcome }, counted) =>
      countSince(sql, location, { types: [CAME[outcome]], ...counted }),
  });
  const models = openModels({ database, clock, aims: aims.of });
  return {
    live,
    aims,
    promotion,
    trainer,
    models,
    rounds,
    async close() {
      rounds.close();
      await trainer.close();
    },
  };
}

// What is asked of a location's models, by whoever asks: the HTTP doors and the command line.

import { APPOINTMENT } from "../../kernel/aim.ts";
import { InvalidInput } from "../../kernel/errors.ts";
import { sha256 } from "../../kernel/ids.ts";
import type { Database, Sql } from "../../kernel/sql.ts";
import { type Clock, type Instant, iso } from "../../kernel/time.ts";
import { lastAudit } from "../fairness/last-audit.ts";
import type { Aims } from "./aims.ts";
import { readable } from "./body.ts";
import { type ExportedModel, exported } from "./export.ts";
import { type Kind, short } from "./kept.ts";
import { championIds, listChampions, listModels, modelId, readBody, readModel } from "./store.ts";
import { listTrainings, readTraining } from "./trainings.ts";
import {
  foretellsView,
  type ModelsNews,
  type ModelsView,
  modelView,
  type TrainingView,
  trainingView,
  type WholeModelView,
  wholeView,
} from "./view.ts";
import { alarmsOf, speaksOf } from "./watch.ts";

export interface Models {
  list(location: string, kind: Kind | undefined): Promise<ModelsView>;
  /** What a page that shows the list is told while it is open. */
  news(location: string): Promise<ModelsNews>;
  /** What scores now, and whether it still fits: for whoever looks after the house. */
  standing(sql: Sql, location: string): Promise<readonly ModelStanding[]>;
  /** By its id, or the first digits of it. @throws InvalidInput `not-found` */
  one(location: string, id: string): Promise<WholeModelView>;
  /** As a file. @throws InvalidInput `not-found`; where its body cannot be read */
  export(location: string, id: string): Promise<ExportedModel>;
  /** @throws InvalidInput `not-found` */
  training(location: string, id: string): Promise<TrainingView>;
}

export interface ModelStanding {
  readonly kind: Kind;
  /** "booking", "deals won", "going cold". */
  readonly speaks: string;
  /** Twelve digits of its id. */
  readonly model: string;
  /** When it was last looked at; absent: not yet. */
  readonly watchedAt?: Instant;
  /** Drifts that last, worst first. */
  readonly drifts: readonly { readonly says: string; readonly since: Instant }[];
}

export interface ModelsNeeds {
  readonly database: Database;
  readonly clock: Pick<Clock, "real">;
  /** What the chance of each of these locations is asked to foretell. */
  readonly aims: Aims["of"];
}

/** A page shows no more; older ones are kept (see retention). */
const LISTED = 30;
const TRAININGS = 10;

export function openModels({ database, clock, aims }: ModelsNeeds): Models {
  async function list(location: string, kind: Kind | undefined): Promise<ModelsView> {
    const asked = (await aims([location])).get(location) ?? APPOINTMENT;
    return database.transaction([location], async (sql) => {
      const models = await listModels(sql, location, { kind, limit: LISTED });
      const ids = await championIds(sql, location);
      const trainings = await listTrainings(sql, location, TRAININGS);
      const audit = await lastAudit(sql, location);
      const kept = {
        foretells: foretellsView(asked),
        items: models.map(modelView),
        ...(audit === undefined ? {} : { fairness: { ...audit.figures, at: iso(audit.at) } }),
      };
      return {
        ...kept,
        scores: { chance: ids.chance ?? "rules", churn: ids.churn ?? "nobody" },
        trainings: trainings.map((one) => trainingView(one, clock.real())),
        stamp: sha256(JSON.stringify(kept)).slice(0, 12),
      };
    });
  }

  return {
    list,
    async news(location) {
      const { foretells, scores, trainings, stamp } = await list(location, undefined);
      return { foretells, scores, trainings, stamp };
    },
    standing: async (sql, location) =>
      (await listChampions(sql, location)).map(({ id, kind, learned, watched, watchedAt }) => {
        const of = { kind, outcome: (learned.aim ?? APPOINTMENT).outcome };
        return {
          ...{ kind, speaks: speaksOf(of), model: short(id) },
          ...(watchedAt === undefined ? {} : { watchedAt }),
          drifts: (watched === undefined ? [] : alarmsOf(watched, of)).flatMap(({ about, says }) => {
            const since = watched?.since?.[about];
            return since === undefined ? [] : [{ says, since }];
          }),
        };
      }),
    one: (location, id) =>
      database.transaction([location], async (sql) => {
        const model = await readModel(sql, location, id);
        if (model === undefined) throw new InvalidInput("There is no such model here.", "not-found");
        const read = readable(await readBody(sql, location, model.id));
        const changed = "body" in read && modelId(read.body) !== model.id;
        return wholeView(model, changed ? { broken: "its body is not what was kept" } : read);
      }),
    export: (location, id) =>
      database.transaction([location], async (sql) => {
        const model = await readModel(sql, location, id);
        if (model === undefined) throw new InvalidInput("There is no such model here.", "not-found");
        const read = readable(await readBody(sql, location, model.id));
        if ("broken" in read || modelId(read.body) !== model.id)
          throw new InvalidInput("This model's body is not what was kept: there is nothing to export.");
        return exported(model, read.body);
      }),
    training: (location, id) =>
      database.transaction([location], async (sql) => {
        const found = await readTraining(sql, location, id);
        if (found === undefined) throw new InvalidInput("There is no such training here.", "not-found");
        return trainingView(found, clock.real());
      }),
  };
}

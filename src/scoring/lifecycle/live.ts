// The models that score now, in memory, by location. Read within the turn's own transaction, so that a location sees no
// model but its own; a model that cannot be read leaves the rules to answer, and says so.

import { type Aim, sameAim } from "../../kernel/aim.ts";
import type { Database, Sql } from "../../kernel/sql.ts";
import { type Clock, type Millis, SECOND } from "../../kernel/time.ts";
import type { Model } from "../learn/model.ts";
import type { ChanceScorer, ChurnScorer, Scorers } from "../scorers.ts";
import { readable } from "./body.ts";
import { type Pooled, passedBars, type Scoring } from "./borrow.ts";
import { type Body, isBorrowed, KINDS, type Kind, poolOf, short } from "./kept.ts";
import { championIds, modelId, readBody, readChampion, readModel } from "./store.ts";
import type { Watching } from "./task.ts";

export interface LiveNeeds {
  readonly clock: Pick<Clock, "elapsed">;
  /** A champion that cannot score; told once, not at every turn. */
  refused(location: string, model: string, reason: string): void;
}

export interface LiveModels {
  /** What the location's leads are scored with; undefined: the rules. At most five seconds behind, unless hinted at. */
  of(sql: Sql, location: string): Promise<Scorers | undefined>;
  /** Another model scores there now: the next turn asks. */
  hint(location: string): void;
}

/** How long the ids of the champions are believed. */
const BELIEVED: Millis = 5 * SECOND;

interface Known {
  readonly readAt: Millis;
  readonly ids: Partial<Record<Kind, string>>;
  readonly parts: Partial<Record<Kind, ChanceScorer | ChurnScorer>>;
  readonly scorers: Scorers | undefined;
}

export function openLiveModels({ clock, refused }: LiveNeeds): LiveModels {
  const known = new Map<string, Known>();
  // locations that score with the pooled model share it in memory
  const models = new Map<string, WeakRef<Model>>();

  const shared = (model: Model): Model => {
    const key = modelId({ kind: "churn", model, days: 1 });
    const before = models.get(key)?.deref();
    if (before !== undefined) return before;
    for (const [gone, kept] of models) if (kept.deref() === undefined) models.delete(gone);
    models.set(key, new WeakRef(model));
    return model;
  };

  async function load(sql: Sql, location: string, id: string): Promise<ChanceScorer | ChurnScorer | undefined> {
    const value = await readBody(sql, location, id);
    const read = readable(value);
    const broken =
      "broken" in read ? read.broken : modelId(read.body) === id ? undefined : "its body is not what was kept";
    if (broken !== undefined || "broken" in read) {
      refused(location, short(id), broken ?? "");
      return undefined;
    }
    const kept = await readModel(sql, location, id);
    return scorerOf(read.body, shared, kept !== undefined && isBorrowed(kept.verdict));
  }

  return {
    async of(sql, location) {
      const before = known.get(location);
      if (before !== undefined && clock.elapsed() - before.readAt < BELIEVED) return before.scorers;
      const readAt = clock.elapsed();
      const ids = await championIds(sql, location);
      if (before !== undefined && KINDS.every((kind) => before.ids[kind] === ids[kind])) {
        known.set(location, { ...before, readAt });
        return before.scorers;
      }
      const parts: Known["parts"] = {};
      for (const kind of KINDS) {
        const id = ids[kind];
        if (id === undefined) continue;
        const part = before?.ids[kind] === id ? before.parts[kind] : await load(sql, location, id);
        if (part !== undefined) parts[kind] = part;
      }
      const scorers = scorersOf(ids, parts);
      known.set(location, { readAt, ids, parts, scorers });
      return scorers;
    },
    hint(location) {
      const before = known.get(location);
      if (before !== undefined) known.set(location, { ...before, readAt: Number.NEGATIVE_INFINITY });
    },
  };
}

/** Whom a challenger is held against. Without a body it cannot be read, and the rules answer in its place. */
export async function championBody(sql: Sql, location: string, kind: Kind): Promise<Scoring | undefined> {
  const found = await readChampion(sql, location, kind);
  if (found === undefined) return undefined;
  const read = readable(found.body);
  const who = { id: found.id, borrowed: isBorrowed(found.verdict) };
  return "broken" in read ? who : { ...who, body: read.body };
}

/** A champion with what a look at it takes; undefined where there is none that can be read. */
export async function watchedChampion(sql: Sql, location: string, kind: Kind): Promise<Watching | undefined> {
  const found = await readChampion(sql, location, kind);
  const read = found === undefined ? undefined : readable(found.body);
  if (found === undefined || read === undefined || "broken" in read) return undefined;
  const { id, shapes, createdAt } = found;
  return { id, body: read.body, shapes, createdAt };
}

/** What all locations that ask for this taught together. */
export async function pooledModel(database: Database, aim: Aim): Promise<Pooled | undefined> {
  const pool = poolOf(aim);
  const found = await database.transaction([pool], (sql) => readChampion(sql, pool, "chance"));
  const read = found === undefined ? undefined : readable(found.body);
  if (found === undefined || read === undefined || "broken" in read) return undefined;
  if (read.body.kind !== "chance" || !sameAim(read.body.aim, aim)) return undefined;
  const { learned, metrics, verdict } = found;
  return { model: read.body.model, learned, metrics, passed: passedBars(verdict) };
}

function scorerOf(body: Body, shared: (model: Model) => Model, borrowed: boolean): ChanceScorer | ChurnScorer {
  const { kind: _, ...rest } = body;
  return { ...rest, model: shared(body.model), ...(borrowed ? { borrowed } : {}) };
}

/** Named by both models: `3f2a…`, with churn `3f2a…+9b1c…`, and `+9b1c…` where the rules say the chance. */
function scorersOf(ids: Known["ids"], parts: Known["parts"]): Scorers | undefined {
  const chance = parts.chance as ChanceScorer | undefined;
  const churn = parts.churn as ChurnScorer | undefined;
  if (chance === undefined && churn === undefined) return undefined;
  const names = [
    chance === undefined ? "" : short(ids.chance as string),
    ...(churn === undefined ? [] : [short(ids.churn as string)]),
  ];
  return {
    id: names.join("+"),
    ...(chance === undefined ? {} : { chance }),
    ...(churn === undefined ? {} : { churn }),
  };
}

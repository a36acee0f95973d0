// A kept model as a file that can be handed out: what scores and what taught it, in numbers. No lead, no agent and no team
// is named in it, and no word that is not Latchkey's own; chances of single leads, of which a standing is made, stay here.

import { type Aim, APPOINTMENT } from "../../kernel/aim.ts";
import { InvalidInput } from "../../kernel/errors.ts";
import { iso } from "../../kernel/time.ts";
import { REGISTRY } from "../features/registry.ts";
import type { Column, Model } from "../learn/model.ts";
import { modelOf } from "../learn/model-file.ts";
import type { Shift } from "../scorers.ts";
import type { Body, KeptModel, Kind } from "./kept.ts";

export interface ExportedModel {
  readonly latchkey: "model";
  readonly version: 1;
  readonly id: string;
  readonly kind: Kind;
  /** What a chance foretells. */
  readonly aim?: Aim;
  /** Of going cold: days ahead. */
  readonly days?: number;
  readonly learned: {
    readonly rows: number;
    readonly positives: number;
    readonly from: string;
    readonly until: string;
    readonly seed: number;
    readonly features: string;
    readonly source: "own" | "pooled";
    readonly locations: number;
  };
  /** Of a chance: what the location's own outcomes add. Those of its agents are left out; so many have one. */
  readonly location?: Shift;
  readonly agents?: number;
  readonly model: Model;
}

export function exported({ id, learned }: Pick<KeptModel, "id" | "learned">, body: Body): ExportedModel {
  const { rows, positives, from, until, seed, features, source, locations } = learned;
  const model = modelOf(body.model);
  return {
    ...{ latchkey: "model", version: 1, id, kind: body.kind },
    ...(body.kind === "chance" ? { aim: body.aim ?? APPOINTMENT } : { days: body.days }),
    learned: { rows, positives, from: iso(from), until: iso(until), seed, features, source, locations },
    ...(body.kind === "chance" ? { location: body.location, agents: Object.keys(body.agents).length } : {}),
    model: { ...model, columns: model.columns.map(ownWords) },
  };
}

/** A level that the registry does not name may be anybody's word: its place stands for it. */
function ownWords(column: Column): Column {
  if (column.kind === "number") return column;
  const ours = new Set(REGISTRY.get(column.name)?.levels);
  return { ...column, levels: column.levels.map((level, place) => (ours.has(level) ? level : `level ${place + 1}`)) };
}

/** A model of either kind of file: one that was exported, or a model by itself. @throws InvalidInput */
export function modelIn(written: string): Model {
  let json: unknown;
  try {
    json = JSON.parse(written);
  } catch {
    throw new InvalidInput("this is no learned model: not JSON");
  }
  const { latchkey, version, model } = (json ?? {}) as Partial<Record<keyof ExportedModel, unknown>>;
  if (latchkey === undefined) return modelOf(json);
  if (latchkey !== "model" || version !== 1)
    throw new InvalidInput("this is no exported model of version 1, the only one that is read here");
  return modelOf(model);
}

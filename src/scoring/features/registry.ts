// The registry: what may be a feature is checked once, here; columns for learning and the way back to words come of it.

import { Defect, InvalidInput } from "../../kernel/errors.ts";
import type { Column } from "../learn/model.ts";
import { denied } from "./denied.ts";
import type { Feature, Use } from "./feature.ts";
import { FEATURES } from "./list.ts";

export type Registry = ReadonlyMap<string, Feature>;

/**
 * With one feature more.
 *
 * @throws InvalidInput for a name that stands for, or in for, a protected trait; for a malformed one; for one that is taken;
 *   for a category without levels
 */
export function register(registry: Registry, feature: Feature): Registry {
  const { name, kind, levels } = feature;
  const why = denied(name);
  if (why !== undefined)
    throw new InvalidInput(
      `"${name}" cannot be a feature: ${why}. If it is something else, give it a name that says so.`,
    );
  if (!/^[a-z][a-z0-9_]*$/.test(name)) {
    throw new InvalidInput(`"${name}" cannot be a feature: expected lower-case words joined by _, such as idle_days.`);
  }
  if (registry.has(name)) throw new InvalidInput(`there is a feature "${name}" already: choose another name.`);
  if ((kind === "category") !== (levels !== undefined && levels.length > 0)) {
    throw new InvalidInput(`"${name}": a category, and nothing else, names its levels.`);
  }
  return new Map([...registry, [name, feature]]);
}

export const registryOf = (features: readonly Feature[]): Registry => features.reduce<Registry>(register, new Map());

/** All features of Latchkey. */
export const REGISTRY: Registry = registryOf(FEATURES);

/** The columns of a use, in the order of the registry. Directions are about the chance; churn has none of ours. */
export const columnsFor = (use: Use, registry: Registry = REGISTRY): readonly Column[] =>
  [...registry.values()].filter((feature) => feature.use.includes(use)).map((feature) => columnOf(feature, use));

function columnOf({ name, kind, levels, monotone }: Feature, use: Use | "audit"): Column {
  if (kind === "category") return { name, kind, levels: levels ?? [] };
  return { name, kind: "number", ...(monotone === undefined || use !== "score" ? {} : { monotone }) };
}

/** Every feature, those for audits alone too. */
export const auditColumns = (registry: Registry = REGISTRY): readonly Column[] =>
  [...registry.values()].map((feature) => columnOf(feature, "audit"));

/** A row of churn is a lead in a week: after its features stand these two. */
export const WEEK_COLUMNS: readonly Column[] = [
  { name: "week", kind: "number" },
  { name: "idleDays", kind: "number" },
];

export const churnColumns = (registry: Registry = REGISTRY): readonly Column[] => [
  ...columnsFor("churn", registry),
  ...WEEK_COLUMNS,
];

export function featureNamed(name: string, registry: Registry = REGISTRY): Feature {
  const feature = registry.get(name);
  if (feature === undefined) throw new Defect(`there is no feature "${name}"`);
  return feature;
}

/** A cell in words: what a column's value says of a lead. Of a column that is no feature (any more), its name. */
export function sayCell(column: Column, cell: number, registry: Registry = REGISTRY): string {
  const feature = registry.get(column.name);
  const value = Number.isNaN(cell) ? undefined : column.kind === "category" ? column.levels[cell] : cell;
  return feature === undefined ? column.name : feature.say(value);
}

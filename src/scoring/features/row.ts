// A row: the cells of a model's columns for one lead as of an instant. It is made of the tally and the clock, and of nothing
// else, so that training and scoring see the same lead, and neither sees what came later.

import type { Instant } from "../../kernel/time.ts";
import type { Column } from "../learn/model.ts";
import type { Feature } from "./feature.ts";
import { type Known, knownAt } from "./known.ts";
import { REGISTRY, type Registry } from "./registry.ts";
import type { Tally } from "./tally.ts";

/** Cells of the columns in their order, six decimals; NaN where it is not known. */
export type ReadRow = (tally: Tally, now: Instant) => Float64Array;

/**
 * Reads rows for these columns: the registry's own, or those of a model trained earlier, whose levels keep the places they
 * had. A column that is no feature any more is missing in every row. Of churn's two, `idleDays` is as of the instant and
 * `week` is 0, the seven days that follow; who asks about later weeks sets it.
 */
export function openRows(columns: readonly Column[], registry: Registry = REGISTRY): ReadRow {
  const readers = columns.map((column) => readerOf(column, registry));
  return (tally, now) => {
    const known = knownAt(tally, now);
    const row = new Float64Array(readers.length);
    for (let place = 0; place < readers.length; place += 1) row[place] = (readers[place] as Reader)(known);
    return row;
  };
}

/** One row; who reads many for the same columns keeps `openRows`. */
export const rowAt = (tally: Tally, now: Instant, columns: readonly Column[]): Float64Array =>
  openRows(columns)(tally, now);

type Reader = (known: Known) => number;

function readerOf(column: Column, registry: Registry): Reader {
  const feature = registry.get(column.name);
  if (feature !== undefined) return cellOf(feature, column);
  if (column.name === "week") return () => 0;
  if (column.name === "idleDays") return ({ idleDays }) => (idleDays === undefined ? Number.NaN : round6(idleDays));
  return () => Number.NaN;
}

function cellOf(feature: Feature, column: Column): Reader {
  if (column.kind === "category") {
    const places = new Map(column.levels.map((level, place) => [level, place]));
    return (known) => places.get(String(feature.read(known))) ?? Number.NaN;
  }
  return (known) => {
    const value = feature.read(known);
    return value === undefined || typeof value === "string" ? Number.NaN : round6(Number(value));
  };
}

const round6 = (value: number): number => Math.round(value * 1e6) / 1e6 + 0;

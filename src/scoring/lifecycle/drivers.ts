// What drives a model: how far each group of its features moves a lead, on average, whichever way. Counted on later leads
// than those that taught it, exactly (see `explain/`), and kept with the model.

import { explainer } from "../explain/explain.ts";
import { featureWords } from "../explain/words.ts";
import type { Examples } from "../features/growing.ts";
import type { Body, Driver } from "./kept.ts";
import { rowReader } from "./rows.ts";

/** Rows explained, spread evenly: .2 ms each of a large model. */
const MOST_ROWS = 500;

/** @param rows one of each lead, by their places in the table */
export function driversOf(body: Body, table: Examples, rows: Uint32Array): readonly Driver[] {
  const explain = explainer(body.model);
  const read = rowReader(body.model.columns, table);
  const groups = body.model.columns.map(({ name }) => featureWords(name)?.group ?? name);
  const moved = new Map<string, number>();
  const step = Math.max(1, rows.length / MOST_ROWS);
  let count = 0;
  for (let at = 0; at < rows.length; at += step) {
    const { contributions } = explain(read(rows[Math.floor(at)] as number));
    const byGroup = new Map<string, number>();
    for (const [place, group] of groups.entries())
      byGroup.set(group, (byGroup.get(group) ?? 0) + (contributions[place] as number));
    for (const [group, sum] of byGroup) moved.set(group, (moved.get(group) ?? 0) + Math.abs(sum));
    count += 1;
  }
  return [...moved]
    .map(([group, sum]) => ({ group, meanAbs: sum / count }))
    .filter(({ meanAbs }) => meanAbs >= LEAST)
    .sort((a, b) => b.meanAbs - a.meanAbs || (a.group < b.group ? -1 : 1));
}

/** What moves nobody by more is not named. */
const LEAST = 1e-6;

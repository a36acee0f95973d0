// `lead.churn`: the chance of going cold within the days that a scorer speaks of, from its chances by week.

import { Defect } from "../../kernel/errors.ts";
import type { Model, Row } from "../learn/model.ts";
import type { ChurnScorer } from "../scorers.ts";
import { COLD_DAYS, weeksAtRisk } from "./weeks.ts";

export interface Churn {
  /** 0 to 1; 1 of a lead that is cold. */
  readonly chance: number;
  /** The weeks that were asked for; the row of the one that weighs most is what an explanation is of. */
  readonly weeks: readonly { readonly week: number; readonly hazard: number; readonly row: Float64Array }[];
}

/**
 * @param hazardOf the calibrated chance of a row, of the scorer's own model
 * @returns undefined where the row does not say how long the lead has been idle
 */
export function openChurn(
  { model, days }: ChurnScorer,
  hazardOf: (row: Row) => number,
): (row: Row) => Churn | undefined {
  const week = placeOf(model, "week");
  const idle = placeOf(model, "idleDays");
  return (row) => {
    const idleDays = row[idle] ?? Number.NaN;
    if (Number.isNaN(idleDays)) return undefined;
    if (idleDays >= COLD_DAYS) return { chance: 1, weeks: [] };
    const weeks = weeksAtRisk(idleDays, days).map((ahead) => {
      const cells = Float64Array.from(row);
      cells[week] = ahead;
      return { week: ahead, hazard: hazardOf(cells), row: cells };
    });
    return { chance: 1 - weeks.reduce((stays, { hazard }) => stays * (1 - hazard), 1), weeks };
  };
}

function placeOf(model: Model, name: string): number {
  const place = model.columns.findIndex((column) => column.name === name);
  if (place < 0) throw new Defect(`a churn model without the column ${name}`);
  return place;
}

// Rules that hold from a day, or until one: which rows of a data file are in force. Source: compliance facts 10.

/** ISO dates; `effectiveTo` is the first day on which the row no longer holds. Absent or null: always. */
export interface Dated {
  readonly effectiveFrom?: string | null;
  readonly effectiveTo?: string | null;
}

/** Whether a row holds on a day, as `YYYY-MM-DD`. */
export const inForceOn = ({ effectiveFrom, effectiveTo }: Dated, date: string): boolean =>
  (effectiveFrom ?? "") <= date && date < (effectiveTo ?? "9");

/** The day of an instant in Greenwich: for rules that know no place. */
export const dateOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** The row in force that says what `rule` is; undefined where none does. */
export function ruleAt<Row extends Dated & { readonly rule: string }>(
  rows: readonly Row[],
  rule: Row["rule"],
  at: number,
): Row | undefined {
  const date = dateOf(at);
  return rows.find((row) => row.rule === rule && inForceOn(row, date));
}

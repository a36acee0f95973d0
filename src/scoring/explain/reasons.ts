// An explanation in plain words: contributions of columns that say nearly the same are told of together, strongest first,
// with the lead's own figures. The words say what goes with a higher or a lower score, never what would raise it: that
// is for an experiment to find out.

import type { Column, Row } from "../learn/model.ts";
import type { Explanation } from "./additive.ts";

/** How people are told of a column; the registry of features has it. */
export interface Told {
  readonly group: string;
  /** Within a sentence: "3 property views in 7 days". The name of the level for a category; undefined: not known. */
  say(value: number | string | undefined): string;
}

/** Of a column by its name. One that nobody has words for stands for itself. */
export type Words = (column: string) => Told | undefined;

export interface GroupReason {
  /** Its key in the registry's `GROUPS`, which has words for it; the name of a column that nobody has words for. */
  readonly group: string;
  /** The figures that carry it, in plain words: "3 property views in 7 days". */
  readonly text: string;
  readonly direction: "higher" | "lower";
  /** Of the whole group, six decimals; with the base, the groups add up to the raw log-odds but for rounding. */
  readonly logOdds: number;
  /** Strongest first. */
  readonly columns: readonly {
    readonly column: string;
    readonly text: string;
    readonly value: number | string | undefined;
    readonly logOdds: number;
  }[];
}

/** A second figure is named with the first where it weighs at least this share of it. */
const ALSO = 0.5;

/** What moved it, by group, strongest first; what did not is left out. */
export function reasonsOf(
  columns: readonly Column[],
  row: Row,
  { contributions }: Explanation,
  words: Words,
): GroupReason[] {
  const groups = new Map<string, GroupReason["columns"][number][]>();
  for (const [place, column] of columns.entries()) {
    const logOdds = contributions[place]!;
    if (round6(logOdds) === 0) continue;
    const value = figureOf(column, row[place]!);
    const told = words(column.name) ?? bare(column.name);
    const group = groups.get(told.group) ?? [];
    groups.set(told.group, group);
    group.push({ column: column.name, text: told.say(value), value, logOdds });
  }
  return [...groups]
    .map(([group, told]) => reasonOf(group, told))
    .filter(({ logOdds }) => logOdds !== 0)
    .sort((a, b) => Math.abs(b.logOdds) - Math.abs(a.logOdds) || (a.group < b.group ? -1 : 1));
}

/** "3 property views in 7 days: goes with a higher score". */
export const sentenceOf = ({ text, direction }: Pick<GroupReason, "text" | "direction">, of = "score"): string =>
  `${text}: goes with a ${direction} ${of}`;

function reasonOf(group: string, told: GroupReason["columns"]): GroupReason {
  const sum = told.reduce((total, { logOdds }) => total + logOdds, 0);
  const columns = told
    .toSorted((a, b) => Math.abs(b.logOdds) - Math.abs(a.logOdds) || (a.column < b.column ? -1 : 1))
    .map((one) => ({ ...one, logOdds: round6(one.logOdds) }));
  // only figures that point where the whole group points are named for it
  const [first, second] = columns.filter(({ logOdds }) => logOdds > 0 === sum > 0);
  const also = second !== undefined && Math.abs(second.logOdds) >= ALSO * Math.abs(first!.logOdds);
  return {
    group,
    text: also ? `${first!.text}, ${second.text}` : (first?.text ?? ""),
    direction: sum > 0 ? "higher" : "lower",
    logOdds: round6(sum),
    columns,
  };
}

function figureOf(column: Column, cell: number): number | string | undefined {
  if (Number.isNaN(cell)) return undefined;
  return column.kind === "category" ? column.levels[cell] : cell;
}

const bare = (name: string): Told => ({
  group: name,
  say: (value) => `${name} ${value === undefined ? "is not known" : `is ${value}`}`,
});

/** `+ 0` makes a negative zero plain. */
const round6 = (value: number): number => Math.round(value * 1e6) / 1e6 + 0;

// Of an audit, what may be shown from then on: figures alone. No lead is in them and no group's name, so that nothing of
// the auditor's file is kept.

import type { Interval } from "../learn/intervals.ts";
import type { FairnessReport } from "./report.ts";

export interface AuditFigures {
  /** What scored most of the leads that were audited. */
  readonly model: string;
  /** Leads whose group was known, and how many groups they are of. */
  readonly n: number;
  readonly groups: number;
  /** By cut-off: the lowest group's share of chosen over the highest's; absent: too few to say. */
  readonly cuts: readonly {
    readonly name: string;
    readonly ratio?: Interval;
    /** Under four fifths, and the interval all on one side of it. */
    readonly below?: boolean;
    readonly sure?: boolean;
  }[];
  /** Groups with enough known outcomes, and those of them whose chances come true as they are said. */
  readonly calibrated: { readonly groups: number; readonly asSaid: number };
  /** Features that stand in for a group by themselves; absent: the rows that were scored were not at hand. */
  readonly standIns?: number;
  /** Groups for which all features together stand in; absent: not asked, or too few of each group. */
  readonly together?: number;
  /** Leads asked about, and the share whose tier changes with what tells the group; absent: not asked. */
  readonly flips?: { readonly n: number; readonly changed?: Interval };
}

/** @returns undefined where no groups were brought: nothing was measured of them */
export function figuresOf({ models, groups }: FairnessReport): AuditFigures | undefined {
  if (groups === undefined) return undefined;
  const { n, impact, calibrations, proxies, flips } = groups;
  const known = calibrations.filter(({ verdict }) => verdict !== undefined);
  const telling = new Set(
    proxies.flatMap(({ columns }) => columns.filter(({ verdict }) => verdict === "stands in").map(({ name }) => name)),
  );
  const joint = proxies.flatMap(({ together }) => together ?? []);
  return {
    model: models.reduce((a, b) => (b.leads > a.leads ? b : a), { id: "", leads: 0 }).id,
    n,
    groups: calibrations.length,
    cuts: impact.cuts.map(({ name, ratios }) => {
      const told = ratios.flatMap(({ ratio, below = false, sure = false }) =>
        ratio === undefined ? [] : [{ ratio, below, sure }],
      );
      const [first, ...others] = told;
      if (first === undefined) return { name };
      return { name, ...others.reduce((a, b) => (b.ratio.value < a.ratio.value ? b : a), first) };
    }),
    calibrated: { groups: known.length, asSaid: known.filter(({ verdict }) => verdict === "as said").length },
    ...(proxies.length === 0 ? {} : { standIns: telling.size }),
    ...(joint.length === 0 ? {} : { together: joint.filter(({ verdict }) => verdict === "stands in").length }),
    ...(flips === undefined
      ? {}
      : { flips: { n: flips.n, ...(flips.changed === undefined ? {} : { changed: flips.changed }) } }),
  };
}

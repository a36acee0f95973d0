// The audit as one document: what scores, what it reads, what it may not read, what it does to groups, and what is not known.

import type { Aim } from "../../kernel/aim.ts";
import type { Instant } from "../../kernel/time.ts";
import type { FieldsSeen } from "./fields.ts";
import { type Flips, flips } from "./flips.ts";
import {
  type Audited,
  type Cut,
  calibrations,
  type GroupCalibration,
  type Impact,
  impact,
  type ScoreSpread,
  spreads,
} from "./impact.ts";
import { LAW, LAW_AS_OF, type Standing } from "./law.ts";
import { type AuditRows, type Learner, PROXY_FROM, type ProxyTest, proxyTest, STRONGEST } from "./proxies.ts";
import { type GroupTreatment, type Treated, treatments } from "./treatment.ts";

/** What is audited, without any group. */
export interface Subject {
  readonly location: string;
  readonly at: Instant;
  readonly models: readonly ModelSeen[];
  readonly features: readonly FeatureUse[];
  readonly fields: FieldsSeen;
  readonly denied: readonly DeniedEntry[];
  /** Whether a column says what is denied by another name: those features that would be refused today. */
  readonly refused: readonly string[];
  readonly leads: Leads;
  readonly cuts: readonly Cut[];
}

export interface Leads {
  readonly scored: number;
  /** Instants of the oldest and the newest score. */
  readonly from?: Instant;
  readonly until?: Instant;
  /** By tier. */
  readonly tiers: Readonly<Record<string, number>>;
}

export interface ModelSeen {
  readonly id: string;
  /** Whom it has scored; 0: it is live, and no lead has had a turn since. */
  readonly leads: number;
  /** What taught it; absent: rules, or it is no longer kept. */
  readonly learned?: {
    /** What its chance is of. */
    readonly aim: Aim;
    readonly rows: number;
    readonly positives: number;
    /** When the leads it learned from were looked at, first and last. */
    readonly from: Instant;
    readonly until: Instant;
  };
}

export interface FeatureUse {
  readonly name: string;
  /** Who reads it: the rules, or models by their names; empty: audits alone. */
  readonly readBy: readonly string[];
  /** What it may be used for. */
  readonly use: readonly string[];
  /** What it says of some lead. */
  readonly example?: string;
}

export interface DeniedEntry {
  readonly terms: readonly string[];
  readonly why: string;
  readonly source: string;
}

/** What the one who audits has brought: a group for some of the leads, and the rows that their scores were made of. */
export interface Sample {
  readonly people: readonly (Audited & Treated)[];
  /** The file of groups. */
  readonly file?: GroupsFile;
  /** Lines of the file that name no lead of the location. */
  readonly unknown: number;
  /** In the order of `people`. */
  readonly rows?: AuditRows;
  readonly learner: Learner;
  /** Scores a row as the live model does; absent: it cannot be asked. */
  readonly score?: (row: Float64Array) => number;
  readonly seed: number;
}

export interface FairnessReport extends Subject {
  readonly law: { readonly asOf: string; readonly standings: readonly Standing[] };
  readonly groups?: GroupFindings;
  readonly unknown: readonly string[];
}

/** By which it can be told later which groups were meant. */
export interface GroupsFile {
  readonly name: string;
  readonly sha256: string;
}

export interface GroupFindings {
  readonly n: number;
  readonly file?: GroupsFile;
  readonly unmatched: number;
  readonly impact: Impact;
  readonly spreads: readonly ScoreSpread[];
  readonly calibrations: readonly GroupCalibration[];
  readonly treatments: readonly GroupTreatment[];
  readonly proxies: readonly ProxyTest[];
  readonly flips?: Flips;
}

export function fairnessReport(subject: Subject, sample?: Sample): FairnessReport {
  const groups = sample === undefined ? undefined : findings(subject.cuts, sample);
  return {
    ...subject,
    law: { asOf: LAW_AS_OF, standings: LAW },
    ...(groups === undefined ? {} : { groups }),
    unknown: notKnown(subject, sample, groups),
  };
}

function findings(cuts: readonly Cut[], { people, file, unknown, rows, learner, score, seed }: Sample): GroupFindings {
  const groups = people.map(({ group }) => group);
  const proxies =
    rows === undefined
      ? []
      : [...new Set(groups)].sort().map((group) => proxyTest(rows, groups, group, { learner, seed }));
  const linked = [...new Set(proxies.flatMap(linkedIn))];
  const flipped =
    rows === undefined || score === undefined ? undefined : flips(rows, groups, linked, { score, cuts, seed });
  return {
    n: people.length,
    ...(file === undefined ? {} : { file }),
    unmatched: unknown,
    impact: impact(people, cuts),
    spreads: spreads(people, seed),
    calibrations: calibrations(people),
    treatments: treatments(people, seed),
    proxies,
    ...(flipped === undefined ? {} : { flips: flipped }),
  };
}

/** Columns that tell a group: by themselves, or the strongest of those that tell it only together. */
function linkedIn({ columns, together }: ProxyTest): readonly string[] {
  const alone = columns.filter(({ auc }) => auc.value > PROXY_FROM);
  const telling = alone.length === 0 && together?.verdict === "stands in" ? columns.slice(0, STRONGEST) : alone;
  return telling.map(({ name }) => name);
}

function notKnown(subject: Subject, sample: Sample | undefined, found: GroupFindings | undefined): readonly string[] {
  const always = [
    "Whether a score causes what follows it: every figure here is about who was chosen, not about why.",
    "Groups that nobody asked about, and people who are in several of them at once.",
  ];
  if (sample === undefined || found === undefined) {
    return [
      "Everything about groups: no file of groups was given (--groups FILE.csv, with the columns contact and group).",
      ...always,
    ];
  }
  const few = found.impact.cuts[0]?.groups.filter(({ n }) => n < 30).map(({ group, n }) => `${group} (${n})`) ?? [];
  const uncalibrated = found.calibrations.filter(({ said }) => said === undefined).map(({ group }) => group);
  return [
    `The ${subject.leads.scored - sample.people.length} scored leads of whom the file has no group; a sample that was not drawn at random speaks for itself alone.`,
    ...(few.length === 0 ? [] : [`Groups of fewer than 30 leads: ${few.join(", ")}.`]),
    ...(uncalibrated.length === 0
      ? []
      : [
          `Whether chances come true for ${uncalibrated.join(", ")}: fewer than 200 of them have a chance whose time is over.`,
        ]),
    ...(sample.rows === undefined
      ? [
          "Whether the features tell the group, and what would change without them: the rows that were scored are not at hand.",
        ]
      : []),
    ...always,
  ];
}

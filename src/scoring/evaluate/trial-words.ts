// A trial for people: every figure with its n, its base rate and its interval.

import { noAuc } from "../learn/auc-words.ts";
import type { Interval } from "../learn/intervals.ts";
import { wilson } from "../learn/metrics.ts";
import type { Labeled } from "./csv.ts";
import type { Telling } from "./telling.ts";
import type { Copies, Seen, Split, Trial } from "./trial.ts";

const figure = (value: number): string => (Number.isNaN(value) ? "none" : value.toFixed(3));
const percent = (share: number): string => (Number.isNaN(share) ? "none" : `${(100 * share).toFixed(1)} %`);
const aucOf = (auc: Interval): string => {
  const why = noAuc(auc);
  return why === undefined ? within(auc) : `none: ${why}`;
};
const within = ({ value, low, high }: Interval): string =>
  `${figure(value)} (95 % interval ${figure(low)} to ${figure(high)})`;

/** Of rows, or of leads where the file says whose they are: a lead's rows are right or wrong together. */
const shareOf = (share: number, { n, leads = n }: Seen): string => {
  const { low, high } = wilson(share * leads, leads);
  return `${percent(share)} (95 % interval ${percent(low)} to ${percent(high)})`;
};

const testOf = (split: Split): string =>
  split.kind === "temporal" ? "the last fifth of the file" : `fold ${split.fold} of 5`;

const seen = ({ n, leads, baseRate }: Seen): string =>
  `${n} rows${leads === undefined ? "" : ` of ${leads} leads`}, base rate ${percent(baseRate)}`;

type Read = Trial["columns"]["read"];

/** More names than these are in --json alone. */
const MOST_NAMES = 12;

function columnLines(read: Read): string[] {
  const named = (as: Read[number]["as"], say: (column: Read[number]) => string) => {
    const all = read.filter((column) => column.as === as);
    const more = all.length > MOST_NAMES ? `, and ${all.length - MOST_NAMES} more (--json has all)` : "";
    return all.length === 0 ? [] : [`${all.slice(0, MOST_NAMES).map(say).join(", ")}${more}`];
  };
  return [
    ...named("number", ({ name }) => name).map((names) => `  as numbers     ${names}`),
    ...named("category", ({ name, values }) => `${name} (${values})`).map((names) => `  as categories  ${names}`),
  ];
}

/** What is odd about a column, each in a sentence. */
function notesOf({ name, as, why, known, values, words, infinite, strange, within }: Read[number]): string[] {
  const isSlip = words > 0 && 2 * words < known;
  const remedy = isSlip ? "; leave such cells empty to have numbers" : "";
  if (as === "left out") return [`${name} is left out: ${why}${remedy}.`];
  const missing = (n: number, what: string) =>
    n === 0 ? [] : [`${name}: ${n} ${n === 1 ? "cell is" : "cells are"} ${what}, and taken for missing.`];
  return [
    ...(isSlip ? [`${name} is read as words: ${why}${remedy}.`] : []),
    ...(known === 0 ? [`${name}: no cell is known in the rows to learn from, so it says nothing.`] : []),
    ...(values === 1 ? [`${name}: the known cells are all the same in the rows to learn from.`] : []),
    ...missing(infinite, "infinite"),
    ...missing(strange, "no number, only in rows that taught nothing"),
    ...(within === undefined
      ? []
      : [`${name}: some numbers are out of all scale; the logistic holds them within ${within[0]} and ${within[1]}.`]),
  ];
}

const seenBefore = ({ tested, share }: Copies): string =>
  `Warning: ${tested} of the rows tested on (${percent(share)}) stand among those learned from, cell by cell. Where they are one thing written twice, the figures above are better than they would be on rows that are new: --unique leaves copies out.`;

/** Of rows that all went one way. */
const oneSided = (split: Split): string =>
  `Warning: the rows tested on all went one way, so they cannot tell whether anything was foretold${split.kind === "temporal" ? ": --split temporal takes the file in its order, and this one looks ordered by its outcome" : ""}.`;

const tells = ({ name, auc }: Telling): string =>
  `Warning: ${name} by itself ranks the rows tested on with an AUC of ${within(auc)}: it all but says the outcome. Where it is filled in after the outcome, or is the outcome in other words, the figures above say nothing of rows whose outcome is to come: --drop ${shown(name)} leaves it out.`;
/** As a shell takes it. */
const shown = (name: string): string => (/^[\w.-]+$/.test(name) ? name : `"${name}"`);

export function trialText(
  file: string,
  label: string,
  { positive, repeated, unlabeled }: Labeled,
  trial: Trial,
): string {
  const { measures, raw, model, columns, learnedFrom, testedOn, copies, recalibrated } = trial;
  const parts = model.parts.map(({ kind, weight, trees }) =>
    kind === "boosted"
      ? `${trees} trees (${percent(weight)})`
      : `${kind === "linear" ? "logistic" : "rate"} (${percent(weight)})`,
  );
  const notes = [
    repeated > 0 ? `${repeated} rows repeat an earlier one and were left out.` : "",
    unlabeled > 0 ? `${unlabeled} rows have no label and were left out.` : "",
    ...trial.telling.map(tells),
    testedOn.baseRate === 0 || testedOn.baseRate === 1 ? oneSided(trial.split) : "",
    copies.tested === 0 ? "" : seenBefore(copies),
    testedOn.leads === undefined ? "" : "Intervals take the rows of a lead together.",
    ...columns.read.flatMap(notesOf),
    model.parts[0]?.kind === "rate"
      ? "Too little to learn from, or nothing that foretells it: every row has the rate."
      : "",
  ];
  const lines = [
    `${file}: ${label} is ${positive}; tested on ${testOf(trial.split)}`,
    `  learned from   ${seen(learnedFrom)}; ${columns.numbers} numbers, ${columns.categories} categories`,
    ...columnLines(columns.read),
    `  model          ${parts.join(", ")}; calibration ${model.calibration}`,
    `  tested on      ${seen(testedOn)}`,
    `  copies         ${copies.rows === 1 ? "1 row repeats" : `${copies.rows} rows repeat`} an earlier one; ${percent(copies.share)} of the rows tested on were learned from`,
    `  AUC            ${aucOf(trial.auc)}`,
    `  log loss       ${within(trial.logLoss)}, ${figure(raw.logLoss)} before calibration`,
    `  ECE            ${figure(measures.calibrationError)}, ${figure(raw.calibrationError)} before calibration (15 bins)`,
    `  Brier          ${figure(measures.brier)}`,
    `  accuracy       ${shareOf(measures.accuracy, testedOn)}; the majority's answer for everybody: ${percent(measures.majority)}`,
    `  top 10 %       ${Number.isNaN(measures.liftTop10) ? "none came true" : `${measures.liftTop10.toFixed(1)} times the base rate`}`,
    `  top 20 %       holds ${percent(measures.capturedTop20)} of those that came true`,
  ];
  if (recalibrated !== undefined) {
    const { measures: moving, gain, window } = recalibrated;
    lines.push(
      `  recalibrated   intercept from the ${window} newest outcomes: log loss ${figure(moving.logLoss)}, ECE ${figure(moving.calibrationError)}, AUC ${figure(moving.auc)}`,
      `                 log loss ${within(gain)} against the frozen model`,
    );
  }
  return [...lines, ...notes.filter((note) => note !== "")].join("\n");
}

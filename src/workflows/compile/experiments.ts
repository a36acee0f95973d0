// `experiments`: variants, what is measured, and when it stops. Their state is kept elsewhere and always live.

import { DAY } from "../../kernel/time.ts";
import type { Experiment, Metric } from "../plan.ts";
import { conditionOf } from "./conditions.ts";
import { didYouMean } from "./diagnostic.ts";
import { parseShare } from "./duration.ts";
import { compileEvents, narrowed } from "./events.ts";
import type { Library } from "./library.ts";
import { type NamedExperiment, type Scope, scopeOf } from "./names.ts";
import { asMap, checkId, checkKeys, claimId, given, millisOf, textOf, wordOf } from "./shape.ts";
import { type Entry, entryOf, type MapNode, type Node, shown } from "./source.ts";
import { expectedList } from "./tests.ts";

const KEYS = [
  "name",
  "about",
  "hypothesis",
  "variants",
  "control",
  "metric",
  "also",
  "guardrails",
  "holdout",
  "minimum_effect",
  "assign",
  "stop",
];
const MOST_VARIANTS = 10;
const MOST_METRICS = 10;
/** What stands where nothing is said. */
const EFFECT = 0.03;
const STOP: Experiment["stop"] = { least: 300, latest: 60 * DAY, then: "winner", ifUndecided: "control" };

/** First pass: ids and variants, which tests name. */
export function declareExperiments(section: Node, { report, names }: Library): void {
  const map = asMap(section, '"experiments"', report);
  for (const entry of map?.entries ?? []) {
    const { key, place, value } = entry;
    if (!checkId(key, place, report) || !claimId("experiment", entry, names.experiments, report)) continue;
    const experiment = asMap(value, `experiment "${key}"`, report);
    const variants = experiment === undefined ? undefined : entryOf(experiment, "variants");
    names.experiments.set(key, {
      place,
      variants: variants?.value.kind === "map" ? variants.value.entries.map((variant) => variant.key) : [],
      variantsPlace: variants?.value.place ?? place,
      holdout: experiment === undefined ? 0 : (shareOf(entryOf(experiment, "holdout"), report) ?? 0),
      steps: [],
    });
  }
}

export interface CompiledExperiment {
  readonly experiment: Experiment;
  readonly scope: Scope;
}

export function compileExperiments(section: Node, { report, names }: Library): CompiledExperiment[] {
  if (section.kind !== "map") return [];
  const own = section.entries.filter(({ key, place }) => names.experiments.get(key)?.place === place);
  return own.flatMap((entry) => {
    const scope = scopeOf("enroll", report, names);
    const experiment = compileExperiment(entry, names.experiments.get(entry.key) as NamedExperiment, scope);
    return experiment === undefined ? [] : [{ experiment, scope }];
  });
}

function compileExperiment({ key: id, place, value }: Entry, named: NamedExperiment, scope: Scope) {
  const { report } = scope;
  if (value.kind !== "map") return undefined;
  checkKeys(value, "an experiment", KEYS, report);
  const metricEntry = entryOf(value, "metric");
  if (metricEntry === undefined) report.error("no-metric", place, 'an experiment needs "metric", what is measured.');
  const metric = metricEntry === undefined ? undefined : metricOf(metricEntry.value, "metric", named, scope);
  const variants = variantsOf(entryOf(value, "variants"), place, scope);
  const control = controlOf(entryOf(value, "control"), named, scope);
  const also = metricsOf(entryOf(value, "also"), named, scope).map(({ metric: one }) => one);
  const guardrails = metricsOf(entryOf(value, "guardrails"), named, scope).map(({ metric: one, map }) => ({
    ...one,
    worseBy: worseBy(map, scope),
  }));
  const stop = stopOf(entryOf(value, "stop"), scope);
  const effect = shareOf(entryOf(value, "minimum_effect"), report) ?? EFFECT;
  if (effect === 0) report.error("out-of-range", place, '"minimum_effect" is more than nothing, such as 3%.');
  if (metric === undefined || variants === undefined || control === undefined) return undefined;
  const experiment: Experiment = {
    id,
    name: textOf(entryOf(value, "name"), report)?.value ?? id,
    ...given<Pick<Experiment, "hypothesis">>({ hypothesis: textOf(entryOf(value, "hypothesis"), report)?.value }),
    variants,
    control,
    metric,
    also,
    guardrails,
    holdout: named.holdout,
    minimumEffect: effect,
    assign: wordOf(entryOf(value, "assign"), ["fixed", "bandit"] as const, report) ?? "fixed",
    stop,
  };
  return experiment;
}

function variantsOf(entry: Entry | undefined, place: Entry["place"], scope: Scope): Experiment["variants"] | undefined {
  const { report } = scope;
  if (entry === undefined) {
    return report.error("no-variants", place, 'an experiment needs "variants": { plain: 50, question: 50 }');
  }
  const map = asMap(entry.value, '"variants"', report);
  if (map === undefined) return undefined;
  const variants = map.entries.map(({ key, place: at, value }) => {
    const weight = value.kind === "scalar" && typeof value.value === "number" ? value.value : undefined;
    if (!checkId(key, at, report)) return undefined;
    if (key === "none") return report.error("bad-id", at, '"none" is what the held-out see. Choose another id.');
    if (weight === undefined || weight <= 0) {
      return report.error("bad-weights", value.place, `a weight is a number above 0, not ${shown(value)}.`);
    }
    return { id: key, weight };
  });
  if (map.entries.length < 2 || map.entries.length > MOST_VARIANTS) {
    return report.error("bad-weights", map.place, `an experiment has 2 to ${MOST_VARIANTS} variants.`);
  }
  if (!variants.every((variant) => variant !== undefined)) return undefined;
  const sum = Math.round(variants.reduce((total, { weight }) => total + weight, 0) * 1e6) / 1e6;
  if (sum !== 100) return report.error("bad-weights", map.place, `weights add up to ${sum}, not 100.`);
  return variants.map(({ id, weight }) => ({ id, share: Math.round(weight * 1e4) / 1e6 }));
}

function controlOf(entry: Entry | undefined, named: NamedExperiment, scope: Scope): string | undefined {
  const { report } = scope;
  if (entry === undefined) {
    const first = named.variants[0] ?? "plain";
    return report.error("no-control", named.place, `say which variant is today's way: control: ${first}`);
  }
  const text = textOf(entry, report);
  if (text === undefined || named.variants.includes(text.value)) return text?.value;
  const message = `"${text.value}" is not a variant of this experiment.${didYouMean(text.value, named.variants)}`;
  return report.error("variant-mismatch", text.place, message);
}

// What is measured -----------------------------------------------------------------------------------------------

function metricsOf(entry: Entry | undefined, named: NamedExperiment, scope: Scope) {
  if (entry === undefined) return [];
  if (entry.value.kind !== "list") {
    expectedList(entry.key, entry.value, scope);
    return [];
  }
  if (entry.value.items.length > MOST_METRICS) {
    scope.report.error("too-many-metrics", entry.value.place, `"${entry.key}" has at most ${MOST_METRICS}.`);
  }
  return entry.value.items.flatMap((item) => {
    const metric = metricOf(item, entry.key, named, scope);
    return metric === undefined || item.kind !== "map" ? [] : [{ metric, map: item }];
  });
}

function metricOf(node: Node, key: string, named: NamedExperiment, scope: Scope): Metric | undefined {
  const { report } = scope;
  const map = asMap(node, `"${key}"`, report);
  if (map === undefined) return undefined;
  const known = ["when", "if", "of", "within", ...(key === "guardrails" ? ["worse_by"] : [])];
  checkKeys(map, `"${key}"`, known, report);
  const when = entryOf(map, "when");
  if (when === undefined) return report.error("no-when", map.place, `"${key}" needs "when", the event that counts.`);
  const places = compileEvents("when", when.value, scope);
  const condition = conditionOf(entryOf(map, "if"), scope);
  const withinEntry = entryOf(map, "within");
  const within = millisOf(withinEntry, report);
  if (withinEntry === undefined) {
    return report.error("no-window", map.place, `"${key}" needs "within", how long after it was seen.`);
  }
  const of = textOf(entryOf(map, "of"), report);
  if (of !== undefined) named.steps.push({ id: of.value, place: of.place });
  if (places === undefined || within === undefined) return undefined;
  const matches = narrowed(
    places.map(({ match }) => match),
    condition,
  );
  return { when: matches, within, ...given<Pick<Metric, "of">>({ of: of?.value }) };
}

function worseBy(map: MapNode, { report }: Scope): number {
  const entry = entryOf(map, "worse_by");
  const share = shareOf(entry, report);
  if (entry === undefined) report.error("no-limit", map.place, 'a guardrail needs "worse_by", such as 0.5%.');
  return share ?? 0;
}

// When it stops --------------------------------------------------------------------------------------------------

function stopOf(entry: Entry | undefined, scope: Scope): Experiment["stop"] {
  const { report } = scope;
  const map = entry === undefined ? undefined : asMap(entry.value, '"stop"', report);
  if (map === undefined) return STOP;
  checkKeys(map, '"stop"', ["when", "least", "latest", "then", "if_undecided"], report);
  wordOf(entryOf(map, "when"), ["decided"] as const, report);
  return {
    least: leastOf(entryOf(map, "least"), scope) ?? STOP.least,
    latest: millisOf(entryOf(map, "latest"), report) ?? STOP.latest,
    then: wordOf(entryOf(map, "then"), ["winner", "report"] as const, report) ?? STOP.then,
    ifUndecided: wordOf(entryOf(map, "if_undecided"), ["control", "continue"] as const, report) ?? STOP.ifUndecided,
  };
}

/** `300 per variant`. */
function leastOf(entry: Entry | undefined, { report }: Scope): number | undefined {
  if (entry === undefined) return undefined;
  const match = entry.value.kind === "scalar" ? /^(\d{1,9}) per variant$/.exec(entry.value.text.trim()) : null;
  if (match !== null && Number(match[1]) > 0) return Number(match[1]);
  return report.error("bad-value", entry.value.place, '"least" takes a number of leads: 300 per variant.');
}

export function shareOf(entry: Entry | undefined, report: Scope["report"]): number | undefined {
  if (entry === undefined) return undefined;
  const share = entry.value.kind === "scalar" ? parseShare(entry.value.text) : undefined;
  return share ?? report.error("bad-value", entry.value.place, `"${entry.key}" takes a share, such as 25%.`);
}

// Ranking, drift and fairness in the town, whose truth is known: what `test/ranking.bars.test.ts` holds, in figures, at more
// leads, beside the oracle. The town is plausible, not calibrated: every figure is "town, assumed", never one about real leads.
//
//   npm run bench ranking        some minutes; TOWN_LEADS=20000 FAIR_LEADS=8000

import { birth, type Truth } from "../simulator/town/birth.ts";
import { climateOf } from "../simulator/town/climate.ts";
import { learn, type Table } from "../src/scoring/index.ts";
import { aucDifference, aucInterval, type Interval } from "../src/scoring/learn/intervals.ts";
import { auc, calibrationError, lift } from "../src/scoring/learn/metrics.ts";
import { countsLike, psi, shapeOfLevels } from "../src/scoring/lifecycle/drift.ts";
import {
  at,
  bornOf,
  chancesOf,
  FROM,
  oracleOf,
  type Ranked,
  rulesOf,
  shuffled,
  type TownRows,
  type Windows,
  windowsOf,
} from "../test/ranking.ts";

const LEADS = Number(process.env["TOWN_LEADS"] ?? 20_000);
const FAIR = Number(process.env["FAIR_LEADS"] ?? 8_000);
const DAY = 86_400_000;
const seconds = () => process.cpuUsage().user / 1e6;
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
const told = ({ value, low, high }: Interval) => `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
const percent = (value: number) => `${(100 * value).toFixed(2)} %`;
const say = (what: string, figures: Record<string, string | number>) =>
  process.stdout.write(
    `${what.padEnd(30)} ${Object.entries(figures)
      .map(([name, value]) => `${name} ${typeof value === "number" ? value.toFixed(2) : value}`)
      .join(" · ")}\n`,
  );

/** Learns from a town of so many leads and ranks its later month. */
function ranked(town: TownRows) {
  const before = seconds();
  const windows = windowsOf(town);
  const between = seconds();
  const model = learn(windows.learned, { seed: 1 });
  const after = seconds();
  const chances = chancesOf(model, windows.later);
  const rules = rulesOf(windows.ranked);
  const { labels } = windows.later;
  say(`${town.leads} leads, ${windows.learned.rows} rows`, {
    "later, one row a lead": `${windows.later.rows}, ${percent(mean(labels))} book`,
    "lived in CPU s": between - before,
    "lead-days/s": Math.round(windows.lived.leadDays / (between - before)).toString(),
    "learned in CPU s": after - between,
    parts: model.parts.map(({ weight, part }) => `${part.kind} ${weight.toFixed(2)}`).join(" + "),
  });
  say("  rule score", { AUC: told(aucInterval(rules, labels)), "lift in the top tenth": lift(rules, labels) });
  say("  learned", {
    AUC: told(aucInterval(chances, labels)),
    "lift in the top tenth": lift(chances, labels),
    "mean chance": percent(mean(chances)),
    ECE: percent(calibrationError(chances, labels)),
  });
  say("  learned less rules", { AUC: told(aucDifference(chances, rules, labels)) });
  return { windows, model, chances, rules };
}

function bySource({ ranked: rows, later }: Windows, chances: Float64Array) {
  for (const source of ["portal", "idx", "facebook", "referral", "open_house"]) {
    const places = rows.flatMap(({ told: { lead } }, place) => (lead.source === source ? [place] : []));
    const of = (values: ArrayLike<number>) => places.map((place) => values[place] as number);
    const labels = of(later.labels);
    if (mean(labels) > 0)
      say(`  learned, within ${source}`, { n: String(places.length), AUC: auc(of(chances), labels) });
  }
}

process.stdout.write("Town, assumed: plausible, not calibrated. AUC with 95 % intervals (DeLong).\n\n");
ranked({ leads: 2_000, seed: 1 });
const town = { leads: LEADS, seed: 1 };
const { windows, model, chances } = ranked(town);
bySource(windows, chances);
const best = oracleOf(windows.ranked.slice(0, 10_000), town, 8);
say("  oracle, of 10,000 at most", {
  AUC: told(aucInterval(best.chances, best.labels)),
  "less learned": told(aucDifference(best.chances, at(chances, best.place), best.labels)),
  "mean chance": percent(mean(best.chances)),
  rate: percent(mean(best.labels)),
});
const nothing = chancesOf(learn(shuffled(windows.learned, 5), { seed: 1 }), windows.later);
say("  learned of shuffled labels", { AUC: told(aucInterval(nothing, windows.later.labels)) });

for (const isShocked of [false, true]) {
  const climate = climateOf({ since: FROM, shockAt: isShocked ? FROM : Number.POSITIVE_INFINITY });
  const next = windowsOf({ leads: FAIR, seed: 2, climate, onlyLater: true });
  const said = chancesOf(model, next.later);
  const place = model.columns.findIndex(({ name }) => name === "source");
  const column = model.columns[place];
  const shape = shapeOfLevels(
    column?.kind === "category" ? column.levels.length : 0,
    windows.later.cells[place] as Float64Array,
  );
  say(isShocked ? "frozen, after the shock" : "frozen, another calm town", {
    n: String(next.later.rows),
    "mean chance": percent(mean(said)),
    rate: percent(mean(next.later.labels)),
    ratio: mean(said) / mean(next.later.labels),
    AUC: told(aucInterval(said, next.later.labels)),
    "PSI of source": psi(shape.counts, countsLike(shape, next.later.cells[place] as Float64Array)) ?? Number.NaN,
  });
}

/** With what stands in for a group: the share of its postal code, and what a reader of names makes of its name. */
function withProxies(table: Table, truths: readonly Truth[]): Table {
  const cell = (read: (truth: Truth) => number) => Float64Array.from(truths, read);
  return {
    ...table,
    columns: [...table.columns, { name: "zip", kind: "number" }, { name: "name", kind: "number" }],
    cells: [...table.cells, cell(({ zipShare }) => zipShare), cell(({ nameScore }) => nameScore)],
  };
}

/** Of the best fifth by chance: how often group G is chosen, over how often the others are. */
function selection(said: Float64Array, rows: readonly Ranked[]): number {
  const cut = [...said].sort((a, b) => b - a)[Math.floor(said.length / 5)] as number;
  const share = (isGroup: boolean) => {
    const places = rows.flatMap(({ told: { lead } }, place) => (lead.truth.group === isGroup ? [place] : []));
    return places.filter((place) => (said[place] as number) > cut).length / places.length;
  };
  return share(true) / share(false);
}

function fairness(world: string, biases: NonNullable<TownRows["biases"]>) {
  const options = { leads: FAIR, seed: 3, biases };
  const { learned, later, ranked: rows } = windowsOf(options);
  const keyOf = (name: string) => Number(name.slice("lead-".length, "lead-".length + 6));
  const truths = new Map<number, Truth>();
  const truthOf = (key: number) => {
    const known = truths.get(key) ?? birth(3, key, bornOf(key, FAIR, 3), "America/Chicago").truth;
    truths.set(key, known);
    return known;
  };
  const learnedTruths = Array.from({ length: learned.rows }, (_, row) =>
    truthOf(keyOf(learned.leads[learned.lead[row] as number] as string)),
  );
  const laterTruths = rows.map((row) => row.told.lead.truth);
  const true_ = rows.map(({ told: { standing }, at: when }) =>
    standing.booked !== undefined && standing.booked > when && standing.booked <= when + 30 * DAY ? 1 : 0,
  );
  for (const proxies of [false, true]) {
    const table = proxies ? withProxies(learned, learnedTruths) : learned;
    const asked = proxies ? withProxies(later, laterTruths) : later;
    const said = chancesOf(learn(table, { seed: 1 }), asked);
    say(`${world}, ${proxies ? "with" : "without"} zip, name`, {
      n: String(rows.length),
      "chosen, G over others": selection(said, rows),
      "AUC on records": told(aucInterval(said, later.labels)),
      "on the truth": told(aucInterval(said, true_)),
    });
  }
  const median = (isGroup: boolean) => {
    const all = rows
      .filter(({ told: { lead } }) => lead.truth.group === isGroup)
      .map(({ told: { plan } }) => plan.answer);
    return (all.sort((a, b) => a - b)[Math.floor(all.length / 2)] as number) / 60_000;
  };
  say(`${world}, treatment`, { "median answer, G, min": median(true), "others, min": median(false) });
}

process.stdout.write("\n");
fairness("no bias", {});
fairness("record bias", { record: true });
fairness("treatment bias", { treatment: true });

// Going cold in the town: a model trained and judged as a location's is, on an earlier and a later window, beside what needs no
// learning. The town is plausible, not calibrated: every figure is "town, assumed", never one about real leads.
//
//   npm run bench going-cold        some minutes; TOWN_LEADS=20000 TOWN_SEED=1

import { DAY } from "../src/kernel/time.ts";
import { COMPARED, type ColdMetrics } from "../src/scoring/churn/comparison.ts";
import { COLD_DAYS } from "../src/scoring/churn/weeks.ts";
import { openWeeks } from "../src/scoring/features/examples.ts";
import { learn, measured } from "../src/scoring/index.ts";
import { teach } from "../src/scoring/lifecycle/teach.ts";
import { eventsOf, FROM, READING, toldOf } from "../test/ranking.ts";

const LEADS = Number(process.env["TOWN_LEADS"] ?? 20_000);
const SEED = Number(process.env["TOWN_SEED"] ?? 1);
const DAYS = 180;
const NAMES = { model: "model", silences: "Kaplan-Meier by segment", bgNbd: "BG/NBD" } as const;
const seconds = () => process.cpuUsage().user / 1e6;
const say = (text: string) => process.stdout.write(`${text}\n`);
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const day = (at: number) => ((at - FROM) / DAY).toFixed(0);
const told = ({ value, low, high }: { value: number; low: number; high: number }, digits = 4) =>
  `${value.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;

async function trained(leads: number): Promise<void> {
  const began = seconds();
  const weeks = openWeeks({ until: FROM + DAYS * DAY, seed: "town", most: Number.POSITIVE_INFINITY });
  for (let key = 1; key <= leads; key += 1)
    for (const one of toldOf(key, { leads, seed: SEED })) weeks.add(one.id, eventsOf(one), READING);
  const examples = weeks.table();
  const lost = weeks.lost();
  const read = seconds();
  const made = await teach({
    ...{ kind: "churn", seed: 1, examples, current: examples, horizon: COLD_DAYS * DAY, data: "", features: "" },
    ...{ followed: { lost, stories: weeks.stories }, learn, measure: measured },
  });
  const ended = seconds();
  say(`${leads} leads, seed ${SEED}: ${examples.rows} looks with an outcome, ${lost.rows} lost from sight before it`);
  say(`  read in ${(read - began).toFixed(0)} CPU s, learned and judged in ${(ended - read).toFixed(0)}`);
  if (made.outcome === "too_little") {
    say(`  refused: ${made.detail}\n`);
    return;
  }
  const { learned, metrics, verdict, body } = made.model;
  say(`  learned from ${learned.rows} looks of days ${day(learned.from)} to ${day(learned.until)}, judged after them`);
  say(`  ${body.model.parts.map(({ weight, part }) => `${part.kind} ${weight.toFixed(2)}`).join(" + ")}`);
  if (metrics.cold !== undefined) compared(metrics.cold);
  for (const { bar, outcome, says } of verdict?.bars ?? []) say(`  bar ${bar}: ${outcome}; ${says}`);
  say(`  ${verdict?.promoted === true ? "it scores" : "it does not score: silences go on answering"}\n`);
}

function compared({ from, until, horizons, integratedBrier, bgNbd }: ColdMetrics): void {
  say(`  judged on looks of days ${day(from)} to ${day(until)}; intervals 95 %, by lead`);
  for (const { days, looks, leads, cold, rate, brierOfRate, by, less } of horizons) {
    say(
      `  within ${days} days, of who can: ${looks} looks at ${leads} leads, ${cold} seen to go cold, ${percent(rate)}`,
    );
    for (const one of COMPARED) {
      const { auc, brier } = by[one];
      const worse = one === "model" ? "" : ` · above the model by ${told(less[one])}`;
      say(`    ${NAMES[one].padEnd(24)} AUC ${auc && told(auc, 3)} · Brier ${told(brier)}${worse}`);
    }
    say(`    ${"the rate for everybody".padEnd(24)} Brier ${brierOfRate.toFixed(4)}`);
  }
  say(
    `  integrated Brier score: ${COMPARED.map((one) => `${NAMES[one]} ${integratedBrier[one].toFixed(4)}`).join(", ")}`,
  );
  const { r, alpha, a, b } = bgNbd;
  say(`  BG/NBD of active days: r ${r.toFixed(3)}, alpha ${alpha.toFixed(3)}, a ${a.toFixed(3)}, b ${b.toFixed(3)}`);
}

say("Town, assumed: plausible, not calibrated.\n");
for (const leads of new Set([1_000, LEADS])) await trained(leads);

// The chance of a deal won in the town: a model trained and judged as a location's is, held against the rules. The town is
// plausible, not calibrated: every figure is "town, assumed", never one about real leads.
//
//   npm run bench won        some minutes; TOWN_LEADS=20000 TOWN_SEED=1 WON_DAYS=180

import { chanceOf } from "../simulator/chance.ts";
import { tellLead } from "../simulator/town/told.ts";
import { type Aim, aimAt, aimWords } from "../src/kernel/aim.ts";
import { DAY, type Instant } from "../src/kernel/time.ts";
import { type Examples, learn, measured, openExamples, platt, sigmoid } from "../src/scoring/index.ts";
import { teach } from "../src/scoring/lifecycle/teach.ts";
import { eventsOf, FROM, READING, ruleScore } from "../test/ranking.ts";

const LEADS = Number(process.env["TOWN_LEADS"] ?? 20_000);
const SEED = Number(process.env["TOWN_SEED"] ?? 1);
const AIM = aimAt("won", Number(process.env["WON_DAYS"] ?? 180)) as Aim;
/** As long as the log is kept for it. */
const DAYS = 4 * AIM.days;
const UNTIL = FROM + DAYS * DAY;
/** Leads whose rows teach the rules' scaling. */
const SCALING = 3_000;
const seconds = () => process.cpuUsage().user / 1e6;
const say = (text: string) => process.stdout.write(`${text}\n`);
const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
const day = (at: number) => ((at - FROM) / DAY).toFixed(0);

/** They come evenly as long as the town is lived. */
const bornOf = (key: number, leads: number): Instant =>
  FROM + Math.floor(((key - 0.5 + (chanceOf(SEED, key).u("born") - 0.5) * 0.9) / leads) * DAYS * DAY);

const toldOf = (key: number, leads: number) =>
  tellLead(key, bornOf(key, leads), { seed: SEED, zone: "America/Chicago", until: UNTIL, doubles: true });

/** Log-odds of the rules at rows, of at most so many leads; each lead is lived again. */
function rulesOf(rows: Examples, leads: number, most: number): (number | undefined)[] {
  const byLead = new Map<string, number[]>();
  for (let row = 0; row < rows.rows; row += 1) {
    const name = rows.leads[rows.lead[row] as number] as string;
    byLead.set(name, [...(byLead.get(name) ?? []), row]);
  }
  const each = Math.max(1, Math.ceil(byLead.size / most));
  const wanted = new Map([...byLead].filter((_, at) => at % each === 0));
  const found: (number | undefined)[] = Array.from({ length: rows.rows }, () => undefined);
  for (let key = 1; key <= leads; key += 1) {
    if (![...namesOf(key)].some((name) => wanted.has(name))) continue;
    for (const told of toldOf(key, leads)) {
      const events = eventsOf(told);
      for (const row of wanted.get(told.id) ?? []) {
        const score = ruleScore(events, told.plan.entered, rows.at[row] as number);
        found[row] = Math.log(score / (1 - score));
      }
    }
  }
  return found;
}

const namesOf = (key: number): readonly string[] => {
  const name = `lead-${String(key).padStart(6, "0")}`;
  return [name, `${name}-b`];
};

async function trained(leads: number): Promise<void> {
  const began = seconds();
  const maker = openExamples({ until: UNTIL, seed: "town", most: Number.POSITIVE_INFINITY, aim: AIM });
  const wins = new Set<string>();
  for (let key = 1; key <= leads; key += 1)
    for (const told of toldOf(key, leads)) {
      const events = eventsOf(told);
      if (events.some(({ type }) => type === "opportunity.won")) wins.add(told.id);
      maker.add(told.id, events, READING);
    }
  const examples = maker.table();
  const read = seconds();
  say(`${leads} leads over ${DAYS} days, seed ${SEED}: ${wins.size} came to a won deal; ${aimWords(AIM)}`);
  say(`  ${examples.rows} looks with an outcome, of ${new Set(examples.lead).size} leads`);
  const made = await teach({
    ...{ kind: "chance", aim: AIM, seed: 1, examples, current: examples, horizon: AIM.days * DAY },
    ...{ data: "", features: "", learn, measure: measured },
    rules: async (teaching, judging) => {
      const taught = rulesOf(teaching, leads, SCALING).flatMap((logOdds, row) =>
        logOdds === undefined ? [] : [{ logOdds, label: teaching.labels[row] as number }],
      );
      const { intercept, slope } = platt({
        logOdds: taught.map(({ logOdds }) => logOdds),
        labels: Uint8Array.from(taught, ({ label }) => label),
      });
      return Float64Array.from(rulesOf(judging, leads, Number.POSITIVE_INFINITY), (logOdds) =>
        sigmoid(intercept + slope * (logOdds ?? 0)),
      );
    },
  });
  say(`  read in ${(read - began).toFixed(0)} CPU s, learned and judged in ${(seconds() - read).toFixed(0)}`);
  if (made.outcome === "too_little") {
    say(`  refused: ${made.detail}\n`);
    return;
  }
  const { learned, metrics, verdict, body } = made.model;
  const { auc, logLoss, baseLogLoss, ece, rows, positives } = metrics;
  say(
    `  learned from ${learned.rows} looks (${learned.positives} before a win) of days ${day(learned.from)} to ${day(learned.until)}`,
  );
  say(`  ${body.model.parts.map(({ weight, part }) => `${part.kind} ${weight.toFixed(2)}`).join(" + ")}`);
  say(
    `  judged on days ${day(metrics.from)} to ${day(metrics.until)}, a look of each of ${rows} leads; ${positives} won, ${percent(positives / rows)}`,
  );
  say(`  AUC ${auc.value.toFixed(3)} [${auc.low.toFixed(3)}, ${auc.high.toFixed(3)}]`);
  say(
    `  log loss ${logLoss.value.toFixed(4)} [${logLoss.low.toFixed(4)}, ${logLoss.high.toFixed(4)}], base rate ${baseLogLoss.toFixed(4)}`,
  );
  say(`  calibration error ${ece.value.toFixed(4)} [${ece.low.toFixed(4)}, ${ece.high.toFixed(4)}]`);
  for (const { bar, outcome, says } of verdict.bars) say(`  bar ${bar}: ${outcome}; ${says}`);
  say(`  ${verdict.promoted ? "it scores" : "it does not score"}\n`);
}

say(`town, assumed. ${new Date().toISOString().slice(0, 10)}, node ${process.version}`);
await trained(LEADS);

// Explanations for a terminal: one figure a line, in log-odds, the sum and what it was checked against below them.

import type { LeadExplanation, Silence } from "../app/explaining.ts";
import { aimWords } from "../kernel/aim.ts";
import {
  type Account,
  ADDS_UP,
  type ChanceAccount,
  groupWords,
  type RiskAccount,
  type Suggestion,
  sentenceOf,
} from "../scoring/index.ts";

/** @param of what is higher or lower by it */
export function accountLines({ base, reasons, logOdds, said, off }: Account, of: string, from: string): string[] {
  return [
    line(base, from),
    ...reasons.map((reason) => line(reason.logOdds, sentenceOf(reason, of))),
    line(logOdds, `together; the model itself says ${signed(said)}: ${off <= ADDS_UP ? "the same" : `off by ${off}`}`),
  ];
}

export function explainedText(told: LeadExplanation): string {
  const { lead, asOf, score, tier, model, gone, rules, chance, risk, silence, note } = told;
  return [
    `${lead} scored ${score} (${tier}) on ${asOf} by ${model}.`,
    ...(gone === true ? ["That model is not kept any more: there is nothing to explain by."] : []),
    ...(rules === undefined ? [] : rulesLines(rules)),
    ...(chance === undefined ? [] : chanceLines(chance)),
    ...(risk === undefined ? [] : riskLines(risk)),
    ...(silence === undefined ? [] : silenceLines(silence)),
    note,
  ].join("\n");
}

/** What rules say of a lead of whom nothing is known; a model begins at the average of its rows. */
const NOBODY = "a lead of whom nothing is known";
const AVERAGE = "the average of what it learned from";

const nobodyOf = ({ against }: Pick<ChanceAccount, "against">): string =>
  against === undefined ? AVERAGE : `the mean of ${against.leads} leads of this location, as known on ${against.asOf}`;

const rulesLines = ({ base, reasons }: NonNullable<LeadExplanation["rules"]>): string[] => [
  "The score, by rules. Log-odds:",
  line(base, NOBODY),
  ...reasons.map(({ logOdds, text }) => line(logOdds, text)),
  line(
    reasons.reduce((sum, { logOdds }) => sum + logOdds, base),
    "together",
  ),
];

function chanceLines(account: ChanceAccount): string[] {
  const { foretells, chance, location, agent, shifted, borrowed } = account;
  return [
    `The chance of ${aimWords(foretells)}. Log-odds:`,
    ...(borrowed === true ? ["  (by all locations' model, not yet judged on your leads)"] : []),
    ...accountLines(account, "score", nobodyOf(account)),
    `After calibration: ${percent(chance)}. Then, by outcomes of this team:`,
    line(location.logOdds, `the location, from ${location.n} outcomes against a prior worth ${location.k}`),
    ...(agent === undefined
      ? []
      : [line(agent.logOdds, `the lead's agent, from ${agent.n} outcomes against a prior worth ${agent.k}`)]),
    `In all: ${percent(shifted)}.`,
  ];
}

function riskLines({ chance, days, level, week, suggestions }: RiskAccount): string[] {
  return [
    `The risk of going cold within ${days} days: ${percent(chance)} (${level}).`,
    ...(week === undefined
      ? []
      : [
          `Most of it is in week ${week.week + 1} from then: ${percent(week.hazard)}. Log-odds:`,
          ...accountLines(week, "risk", nobodyOf(week)),
        ]),
    ...suggestionLines(suggestions),
  ];
}

function silenceLines({ idleDays, coldDays, rate, suggestions }: Silence): string[] {
  const quiet = Math.floor(idleDays);
  const days = quiet === 0 ? "less than a day" : quiet === 1 ? "1 day" : `${quiet} days`;
  const idle = `No model speaks of going cold. Quiet for ${days}`;
  if (idleDays >= coldDays) return [`${idle}: it has gone cold.`];
  if (rate === null) return [`${idle}; too few leads of this location tell how that goes on.`];
  const whose = rate.of === "segment" ? "leads that came the same way" : "leads of this location";
  return [
    `${idle}. Of ${whose}, ${percent(rate.value)} of such silences came to ${coldDays} days (95 %: ${percent(rate.low)} to ${percent(rate.high)}; ${rate.leads} leads).`,
    ...suggestionLines(suggestions ?? []),
  ];
}

const suggestionLines = (suggestions: readonly Suggestion[]): string[] =>
  suggestions.map(
    ({ words, priority, because, effect }) =>
      `  - ${words} (${priority}${because === undefined ? "" : `, for ${groupWords(because)}`}); its effect: ${effectText(effect)}`,
  );

function effectText(effect: Suggestion["effect"]): string {
  if (effect === "not measured") return effect;
  const { metric, value, low, high, experiment } = effect;
  const points = (share: number) => `${share < 0 ? "-" : "+"}${Math.abs(100 * share).toFixed(1)}`;
  return `${points(value)} points of ${metric} (${points(low)} to ${points(high)}), by ${experiment}`;
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
const signed = (value: number): string => `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(4)}`;
const line = (value: number, words: string): string => `  ${signed(value).padStart(9)}  ${words}`;

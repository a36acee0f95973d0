// `latchkey train`, `models`, `promote` and `rollback`: what the HTTP doors answer, for a terminal.

import { writeFile } from "node:fs/promises";
import { openLearning } from "../app/learning.ts";
import type { Premises } from "../app/premises.ts";
import { readConfig } from "../config.ts";
import { type Aim, APPOINTMENT, aimAt, OUTCOMES, WON_DAYS } from "../kernel/aim.ts";
import { InvalidInput } from "../kernel/errors.ts";
import { openFacts } from "../kernel/facts.ts";
import {
  aucWords,
  coldSentences,
  type ExportedModel,
  isBorrowed,
  KINDS,
  type Kind,
  type ModelsView,
  type ModelView,
  readGroups,
  type TrainingView,
} from "../scoring/index.ts";
import { textOf, unwritable } from "./fairness.ts";
import { domainClock, onlyLocation } from "./house.ts";
import { hereOrThere } from "./remote.ts";
import { type Said, said, visible, type Where } from "./said.ts";

interface Asked extends Where {
  readonly kind: string | undefined;
  readonly seed: string | undefined;
  /** What the chance is to foretell from now on, and how many days ahead. */
  readonly outcome: string | undefined;
  readonly days: string | undefined;
  /** A CSV with the columns `contact` and `group`, to judge by. */
  readonly groups: string | undefined;
  readonly reason: string | undefined;
  readonly anyway: boolean;
}

const BY = "command line";
const POLL_MS = 1_000;
const TELL_MS = 5_000;

/** @param given the location that was named, if one was */
async function learningAt(premises: Premises, given: string | undefined) {
  const { database, databaseUrl, installations } = premises;
  const at = onlyLocation(premises, given);
  const learning = openLearning({
    ...{ database, databaseUrl, clock: await domainClock(premises, at) },
    facts: openFacts(),
    locations: () => installations.list().map(({ location }) => location),
    changed: () => undefined, // a running Latchkey looks within seconds
  });
  return { ...learning, at };
}

/** One that runs may be older than this. */
interface Chosen {
  readonly warnings?: readonly string[];
}
/** At once: a training takes its time. */
const warn = (warnings: readonly string[]) => {
  for (const one of warnings) process.stderr.write(`${visible(one)}\n`);
};

/** Trains, and waits for the end. Exit 1 where nothing came of it. */
export async function train({ json, location, kind, seed, outcome, days, groups: file }: Asked): Promise<Said> {
  const asked = { kind: kindOf(kind) ?? "chance", seed: seedOf(seed) };
  const aim = aimOf(outcome, days);
  if (aim !== undefined && asked.kind === "churn")
    throw new InvalidInput("--outcome: going cold has none of its own. Leave out --kind churn.");
  const text = file === undefined ? undefined : await textOf(file);
  const groups = text === undefined ? {} : { groups: readGroups(text) };
  const ended = await hereOrThere<TrainingView>(
    readConfig(process.env),
    async (premises) => {
      const { at, ...learning } = await learningAt(premises, location);
      try {
        const choice = aim === undefined ? {} : { choice: learning.aims.choice(at, aim, BY) };
        const { id, warnings } = await learning.trainer.begin(at, { ...asked, ...groups, ...choice, by: BY });
        warn(warnings);
        return await untilEnded(
          () => learning.models.training(at, id),
          () => learning.trainer.cancel(at, id, BY),
          learning.trainer.end(id),
        );
      } finally {
        await learning.close();
      }
    },
    async (ask, at) => {
      const there = `/v1/locations/${await at(location)}`;
      const body = { ...asked, groups: text, foretells: aim };
      const { id, warnings = [] } = await ask<TrainingView & Chosen>(`${there}/models/train`, body);
      warn(warnings);
      return untilEnded(
        () => ask<TrainingView>(`${there}/trainings/${id}`),
        () => ask(`${there}/trainings/${id}/cancel`, {}),
      );
    },
  );
  const good = ended.outcome === "trained" || ended.outcome === "same";
  return said(json, ended, ended.detail ?? "The training has not been heard of for a minute.", good ? 0 : 1);
}

/** Says how far it is, and cancels it where this command is ended. @param ended where this process runs it: its end */
async function untilEnded(
  look: () => Promise<TrainingView>,
  cancel: () => Promise<unknown>,
  ended?: Promise<void>,
): Promise<TrainingView> {
  const stop = () => void cancel().catch(() => undefined); // it may have ended by itself meanwhile
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const tell = toldOfTraining();
  try {
    for (;;) {
      const training = await look();
      if (training.state !== "running") return training;
      tell(training.progress);
      await Promise.race([
        new Promise((resolve) => setTimeout(resolve, POLL_MS)),
        ...(ended === undefined ? [] : [ended]),
      ]);
    }
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

/** A line where it comes to something else, and every five seconds. */
function toldOfTraining(): (progress: TrainingView["progress"]) => void {
  let [phase, last] = ["", 0];
  return (progress) => {
    const at = performance.now();
    if (progress.phase === phase && at - last < TELL_MS) return;
    [phase, last] = [progress.phase, at];
    process.stderr.write(`${progressLine(progress)}\n`);
  };
}

export function progressLine({ phase, events = 0, leads = 0, rows = 0, share }: TrainingView["progress"]): string {
  const count = (n: number, noun: string) => `${n.toLocaleString("en-US")} ${noun}`;
  if (phase === "waiting") return "Waiting for its turn";
  if (phase === "reading") return `Reading: ${count(events, "events")} of ${count(leads, "leads")}`;
  const done = share === undefined ? "" : `, ${Math.round(100 * share)} %`;
  return phase === "learning" ? `Learning from ${count(rows, "rows")}${done}` : "Judging it on later leads";
}

interface Listing extends Asked {
  /** Where an exported model goes. */
  readonly out: string | undefined;
}

/** The list, or one model as a file. */
export async function models([act, id]: readonly string[], asked: Listing): Promise<Said> {
  if (act === undefined) return listed(asked);
  if (act !== "export" || id === undefined)
    throw new InvalidInput("Expected: models, or models export MODEL [--out FILE]");
  return exportModel(id, asked);
}

async function exportModel(id: string, { json, location, out }: Listing): Promise<Said> {
  const model = await hereOrThere<ExportedModel>(
    readConfig(process.env),
    async (premises) => {
      const { at, models } = await learningAt(premises, location);
      return models.export(at, id);
    },
    async (ask, at) => ask(`/v1/locations/${await at(location)}/models/${id}/export`),
  );
  if (out === undefined) return said(true, model, "");
  await writeFile(out, `${JSON.stringify(model)}\n`, { mode: 0o600 }).catch(unwritable(out));
  return said(json, { file: out, model: model.id }, `${out} is written: model ${shown(model.id)}.`);
}

async function listed({ json, location, kind }: Asked): Promise<Said> {
  const which = kindOf(kind);
  const view = await hereOrThere<ModelsView>(
    readConfig(process.env),
    async (premises) => {
      const { at, models } = await learningAt(premises, location);
      return models.list(at, which);
    },
    async (ask, at) => ask(`/v1/locations/${await at(location)}/models${which === undefined ? "" : `?kind=${which}`}`),
  );
  const lines = view.items.map(lineOf);
  const scores = `Chance, asked to be of ${view.foretells.text}: ${shown(view.scores.chance)}. Going cold: ${shown(view.scores.churn)}.`;
  return said(json, view, [scores, ...lines, ...lastTrainings(view.trainings)].join("\n"));
}

/** What came of the latest of each figure. @param trainings newest first */
export const lastTrainings = (trainings: readonly Pick<TrainingView, "kind" | "detail">[]): readonly string[] =>
  KINDS.flatMap((kind) => {
    const detail = trainings.find((one) => one.kind === kind)?.detail;
    return detail === undefined
      ? []
      : [`Last training of ${kind === "churn" ? "going cold" : "the chance"}: ${detail}`];
  });

/** Exit 2 where the bars refuse it and `--anyway` was not said. */
export async function promote([id]: readonly string[], { json, location, reason, anyway }: Asked): Promise<Said> {
  if (id === undefined || !isReason(reason)) throw new InvalidInput("Expected: promote MODEL --reason TEXT [--anyway]");
  const model = await hereOrThere<{ readonly id: string }>(
    readConfig(process.env),
    async (premises) => {
      const { at, promotion } = await learningAt(premises, location);
      return promotion.promote(at, id, { by: BY, why: reason, anyway });
    },
    async (ask, at) => ask(`/v1/locations/${await at(location)}/models/${id}/promote`, { reason, anyway }),
  );
  return said(json, { scores: model.id }, `Model ${shown(model.id)} scores now.`);
}

export async function rollback({ json, location, kind, reason }: Asked): Promise<Said> {
  if (!isReason(reason)) throw new InvalidInput("Expected: rollback --reason TEXT [--kind chance|churn]");
  const which = kindOf(kind) ?? "chance";
  const { scores } = await hereOrThere<{ readonly scores: string }>(
    readConfig(process.env),
    async (premises) => {
      const { at, promotion } = await learningAt(premises, location);
      const back = await promotion.rollback(at, which, { by: BY, why: reason });
      return { scores: back?.id ?? "rules" };
    },
    async (ask, at) => ask(`/v1/locations/${await at(location)}/models/rollback`, { kind: which, reason }),
  );
  return said(json, { scores }, scores === "rules" ? "The rules score now." : `Model ${shown(scores)} scores now.`);
}

/** It stays in the audit: nothing in words is none. */
const isReason = (text: string | undefined): text is string => text !== undefined && text.trim() !== "";

function kindOf(text: string | undefined): Kind | undefined {
  const kind = KINDS.find((one) => one === text);
  if (text !== undefined && kind === undefined) throw new InvalidInput(`--kind: expected ${KINDS.join(" or ")}`);
  return kind;
}

/** @returns undefined: it stays what it is */
function aimOf(outcome: string | undefined, days: string | undefined): Aim | undefined {
  if (outcome === undefined && days === undefined) return undefined;
  const asked = OUTCOMES.find((one) => one === outcome);
  if (outcome === undefined) throw new InvalidInput("--days: says how far --outcome won looks ahead. Give both.");
  if (asked === undefined) throw new InvalidInput(`--outcome: expected ${OUTCOMES.join(" or ")}`);
  const aim = aimAt(asked, days === undefined ? undefined : Number(days));
  if (aim !== undefined) return aim;
  const { least, most } = WON_DAYS;
  const expected =
    asked === "won" ? `a whole number from ${least} to ${most}` : `${APPOINTMENT.days}, of an appointment`;
  throw new InvalidInput(`--days: expected ${expected}`);
}

function seedOf(text: string | undefined): number {
  if (text === undefined) return 1;
  const seed = Number(text);
  if (Number.isInteger(seed) && seed >= 0 && seed <= 4_294_967_295) return seed;
  throw new InvalidInput("--seed: expected a whole number from 0 to 4294967295");
}

const shown = (id: string): string => (id === "rules" || id === "nobody" ? id : id.slice(0, 12));

export function lineOf({ id, kind, foretells, state, trained_at, metrics, learned, verdict }: ModelView): string {
  const { auc, logLoss, baseLogLoss, baseRate, rows } = metrics;
  const loss = `${logLoss.value.toFixed(4)} (${logLoss.low.toFixed(4)} to ${logLoss.high.toFixed(4)})`;
  const judged = `of ${rows} later leads ${(100 * baseRate).toFixed(1)} % ${kind === "churn" ? "went cold" : "came"}`;
  const figures = `AUC ${aucWords(auc)}, log loss ${loss}, the rate for everybody ${baseLogLoss.toFixed(4)}; ${judged}`;
  const cold = metrics.cold === undefined ? [] : coldSentences(metrics.cold);
  const line = `${shown(id)}  ${kind}  ${state.padEnd(10)}  ${trained_at.slice(0, 16)}  ${learned.rows} rows  ${figures}`;
  const borrowed = isBorrowed(verdict)
    ? [`  Not yet judged on your leads: these figures are of all ${learned.locations} locations.`]
    : [];
  const of = foretells === undefined ? [] : [`  Of ${foretells.text}.`];
  return [line, ...of, ...borrowed, ...cold.map((sentence) => `  ${sentence}`)].join("\n");
}

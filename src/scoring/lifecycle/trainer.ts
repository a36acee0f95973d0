// Runs trainings, one at a time in this process, each in a thread of its own, and keeps what comes of them: the model,
// its promotion and the end of the training in one transaction. A training that is killed leaves nothing else behind.

import { type Aim, APPOINTMENT, aimWords, sameAim } from "../../kernel/aim.ts";
import { Conflict, InvalidInput } from "../../kernel/errors.ts";
import type { Facts } from "../../kernel/facts.ts";
import { newId } from "../../kernel/ids.ts";
import type { Database, Sql } from "../../kernel/sql.ts";
import { type Clock, type Instant, type Millis, SECOND } from "../../kernel/time.ts";
import type { AuditEntry } from "../../tenancy/index.ts";
import { COMPARED_WORDS } from "../churn/comparison-words.ts";
import { lastAudit } from "../fairness/last-audit.ts";
import type { Aims, Choice } from "./aims.ts";
import type { Contradicted } from "./borrow.ts";
import type { Groups } from "./fair.ts";
import { aimOfPool, isBorrowed, isPool, type Kind, short, type Verdict } from "./kept.ts";
import { replace } from "./promotion.ts";
import {
  forgetWithdrawn,
  keepChallenger,
  lockChampion,
  type NewModel,
  saysTheSame,
  type Throne,
  withdraw,
} from "./store.ts";
import { cancelTraining, endTraining, keepTraining, openTraining, type Progress, type Training } from "./trainings.ts";

/** What the thread is asked for. */
export interface Task {
  readonly do?: "train";
  readonly location: string;
  readonly kind: Kind;
  /** What a chance is to foretell; absent: an appointment within 30 days. */
  readonly aim?: Aim;
  readonly seed: number;
  /** Domain time: outcomes are known up to here. */
  readonly now: Instant;
  /** Of the pooled model: all whose logs teach it. */
  readonly locations: readonly string[];
  /** The groups of leads that are known of one, by contact: brought for the judging, and kept nowhere. */
  readonly groups?: Groups;
}

export type Made =
  | ({ readonly outcome: "trained"; readonly model: NewModel } & Contradicted)
  | { readonly outcome: "too_little"; readonly detail: string };

/** Does a task elsewhere, telling how far it is. Ends at once when the signal says so. @throws what went wrong there */
export type Thread = (task: Task, tell: (progress: Progress) => void, signal: AbortSignal) => Promise<Made>;

export interface TrainerNeeds {
  readonly database: Database;
  readonly clock: Clock;
  readonly facts: Facts;
  readonly thread: Thread;
  /** All locations that Latchkey works for: those that ask for the same teach a pooled model. */
  locations(): readonly string[];
  /** What the chance of each of these locations is asked to foretell. */
  readonly aims: Aims["of"];
  audit(sql: Sql, entry: AuditEntry): Promise<void>;
  /** People of the team are told, within the transaction that keeps what came of a training. */
  tell(sql: Sql, location: string, notice: { readonly message: string; readonly at: Instant }): Promise<void>;
  /** After the commit: who scores at a location has changed. */
  changed(location: string): void;
}

export interface TrainingAsked {
  readonly kind: Kind;
  readonly by: string;
  readonly seed: number;
  readonly groups?: Groups;
  /** What a chance is to foretell from now on. */
  readonly choice?: Choice;
}

export interface Trainer {
  /**
   * Begins a training and comes back. A choice is kept with it, or not at all.
   *
   * @throws Conflict where one of this kind is under way here
   */
  begin(location: string, asked: TrainingAsked): Promise<Training & { readonly warnings: readonly string[] }>;
  /** Its end, of one that this process runs. */
  end(id: string): Promise<void>;
  /** @throws InvalidInput where it is not under way */
  cancel(location: string, id: string, by: string): Promise<void>;
  /** Ends what is under way, as cancelled. */
  close(): Promise<void>;
}

const HEARTBEAT: Millis = 2 * SECOND;

export function openTrainer(needs: TrainerNeeds): Trainer {
  const { database, clock, facts } = needs;
  const under = new Map<string, { readonly abort: AbortController; readonly ended: Promise<void> }>();
  let last: Promise<unknown> = Promise.resolve();

  /** What is asked for at a location, and who else asks for it. */
  async function aimAt(location: string): Promise<{ readonly aim: Aim; readonly locations: readonly string[] }> {
    const all = needs.locations();
    const aims = await needs.aims(isPool(location) ? all : [location]);
    const aim = isPool(location) ? aimOfPool(location) : (aims.get(location) ?? APPOINTMENT);
    return { aim, locations: isPool(location) ? all.filter((one) => sameAim(aims.get(one), aim)) : all };
  }

  async function train(
    location: string,
    id: string,
    asked: TrainingAsked & Awaited<ReturnType<typeof aimAt>>,
    abort: AbortController,
  ): Promise<void> {
    const started = clock.elapsed();
    let progress: Progress = { phase: "waiting" };
    const beat = setInterval(() => {
      database
        .transaction([location], (sql) => keepTraining(sql, location, id, { progress, real: clock.real() }))
        .then((goOn) => goOn || abort.abort())
        .catch(() => undefined); // the next beat tries again; silent for a minute, it is dead
    }, HEARTBEAT);
    const turn = last;
    try {
      const work = turn.then(() => {
        abort.signal.throwIfAborted();
        const { kind, seed, groups, aim, locations } = asked;
        const about = { location, kind, seed, now: clock.now(), locations };
        const task = {
          do: "train",
          ...about,
          ...(kind === "chance" ? { aim } : {}),
          ...(groups === undefined ? {} : { groups }),
        } as const;
        return needs.thread(
          task,
          (told) => {
            progress = told;
          },
          abort.signal,
        );
      });
      last = work.catch(() => undefined);
      const made = await work;
      const isAsked = sameAim((await aimAt(location)).aim, asked.aim) || asked.kind !== "chance";
      const outcome = await keep(needs, location, id, made, { by: asked.by, isAsked });
      if (outcome.changed) needs.changed(location);
      facts.emit("training_ended", {
        location,
        kind: asked.kind,
        outcome: outcome.outcome,
        took_ms: Math.round(clock.elapsed() - started),
      });
    } catch (error) {
      const outcome = abort.signal.aborted ? "cancelled" : "failed";
      const detail = abort.signal.aborted ? "Cancelled; nothing of it was kept." : reasonOf(error);
      await database.transaction([location], (sql) =>
        endTraining(sql, location, id, { outcome, detail, now: clock.now() }),
      );
      const { kind } = asked;
      facts.emit("training_ended", { location, kind, outcome, took_ms: Math.round(clock.elapsed() - started) });
    } finally {
      clearInterval(beat);
      under.delete(id);
    }
  }

  return {
    async begin(location, asked) {
      const id = newId(clock.real());
      const { kind, by, choice } = asked;
      const stands = await aimAt(location);
      const what = { ...stands, aim: choice?.aim ?? stands.aim };
      const aim = kind === "chance" ? what.aim : undefined;
      const warnings = await database.transaction([location], async (sql) => {
        const lost = (await choice?.keep(sql)) ?? [];
        const opened = { id, kind, aim, by, now: clock.now(), real: clock.real() };
        if (await openTraining(sql, location, opened)) return lost;
        throw new Conflict("A training of this kind is under way here. Wait for its end, or cancel it.");
      });
      if (choice !== undefined) needs.changed(location);
      const abort = new AbortController();
      const ended = train(location, id, { ...asked, ...what }, abort).catch((error) =>
        facts.emit("loop_failed", { loop: "training", reason: String(error) }),
      );
      under.set(id, { abort, ended });
      const now = clock.now();
      return { id, kind, askedBy: by, askedAt: now, aliveAt: clock.real(), progress: { phase: "waiting" }, warnings };
    },
    end: async (id) => under.get(id)?.ended,
    async cancel(location, id, by) {
      const asked = await database.transaction([location], (sql) => cancelTraining(sql, location, id, by));
      if (!asked) throw new InvalidInput("There is no such training under way here.", "not-found");
      under.get(id)?.abort.abort();
    },
    async close() {
      for (const { abort } of under.values()) abort.abort();
      await Promise.all([...under.values()].map(({ ended }) => ended));
    },
  };
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

/** Keeps what a training made, all or nothing. */
async function keep(
  { database, clock, audit, tell }: TrainerNeeds,
  location: string,
  training: string,
  made: Made,
  { by, isAsked }: { readonly by: string; readonly isAsked: boolean },
): Promise<{ readonly outcome: "trained" | "same" | "too_little"; readonly changed: boolean }> {
  return database.transaction([location], async (sql) => {
    const now = clock.now();
    const end = async (outcome: "trained" | "same" | "too_little", detail: string, model?: string) => {
      const lives = await endTraining(sql, location, training, {
        ...{ outcome, detail, now },
        ...(model === undefined ? {} : { model }),
      });
      // taken for dead, or cancelled by its end: another may be under way, so nothing is kept
      if (!lives) throw new Conflict("This training was taken for dead; nothing of it was kept.");
      return outcome;
    };
    if (made.outcome === "too_little") return { outcome: await end("too_little", made.detail), changed: false };
    const { kind } = made.model.body;
    const throne = await lockChampion(sql, location, kind);
    const { champion } = throne;
    const judged = standing(made.model.verdict, champion?.id);
    const waits = !judged.promoted
      ? undefined
      : isAsked
        ? await waitsFor(sql, location, judged, throne)
        : "what the chance is to foretell was changed while it was learned.";
    const verdict = waits === undefined ? judged : { ...judged, promoted: false };
    const { body, learned } = made.model;
    const isOwn = champion !== undefined && learned.source === "own";
    const kept =
      isOwn && (await saysTheSame(sql, location, champion.id, body))
        ? { id: champion.id, isNew: false }
        : await keepChallenger(sql, location, { ...made.model, verdict }, now);
    if (!kept.isNew || !verdict.promoted) {
      const said = !kept.isNew ? SAME : waits === undefined ? unpromoted(verdict) : `${waiting(verdict)} ${waits}`;
      const gone = withdrawalOf(made, champion);
      if (gone !== undefined) {
        const { id, why } = gone;
        await withdraw(sql, location, id, { by: `training (${by})`, why, now });
        const data = { why, kind, to: "rules" };
        await audit(sql, { location, at: now, who: `training (${by})`, act: "model.withdraw", subject: id, data });
        await tell(sql, location, { message: `${withdrawn(id, why)} Models has the figures.`, at: now });
      }
      const detail = gone === undefined ? said : `${said} ${withdrawn(gone.id, gone.why)}`;
      return { outcome: await end(kept.isNew ? "trained" : "same", detail, kept.id), changed: gone !== undefined };
    }
    const why = whyOf(made.model);
    if (!isBorrowed(verdict)) await forgetWithdrawn(sql, location, kind);
    await replace(sql, location, { id: kept.id }, champion?.id, { by: `training (${by})`, why, now });
    const data = { why, replaced: champion?.id ?? "rules", kind };
    await audit(sql, { location, at: now, who: `training (${by})`, act: "model.promote", subject: kept.id, data });
    return { outcome: await end("trained", `Model ${short(kept.id)} scores now: ${why}.`, kept.id), changed: true };
  });
}

const SAME = "The same outcomes under the same seed made the same model as before.";

const unpromoted = ({ bars }: Verdict): string => {
  const failed = bars.filter(({ outcome }) => outcome === "failed").map(({ says }) => says);
  return `Kept as a challenger: ${failed.join("; ")}.`;
};

/** Trainings take back what a training promoted: what a person promoted is that person's. */
function withdrawalOf(
  { contradicted }: Extract<Made, { outcome: "trained" }>,
  champion: Throne["champion"],
): { readonly id: string; readonly why: string } | undefined {
  if (contradicted === undefined || champion?.id !== contradicted.id || champion.byPerson) return undefined;
  return { id: champion.id, why: contradicted.says.join("; ") };
}

const withdrawn = (id: string, why: string): string =>
  `Model ${short(id)}, which is all locations', does not hold on your own leads, and was withdrawn: ${why}. The rules score now, until a model has passed its bars here.`;

const waiting = (verdict: Verdict): string => {
  const how = isBorrowed(verdict) ? "is all locations' and was not judged here" : "passed its bars";
  return `Kept as a challenger. It ${how}, and waits for a person to promote it:`;
};

/** Why a model scores by itself. */
const whyOf = ({ verdict, learned, body }: NewModel): string => {
  const nobody = body.kind === "churn" ? COMPARED_WORDS.silences : "the rules";
  const why = isBorrowed(verdict)
    ? `it is that of ${learned.locations} locations, shifted to this one, and not yet judged on your leads`
    : `it passed its bars against ${verdict.against === "rules" ? nobody : short(verdict.against)}`;
  return sameAim(learned.aim, APPOINTMENT) ? why : `${why}; it foretells ${aimWords(learned.aim)}`;
};

/** Why a training promotes nobody by itself; undefined: it may. */
async function waitsFor(
  sql: Sql,
  location: string,
  { bars }: Verdict,
  { takenBack, withdrawn: isWithdrawn }: Throne,
): Promise<string | undefined> {
  if (isWithdrawn && isBorrowed({ bars }))
    return "the last one that was lent did not hold on your own leads, and none has passed its bars here since.";
  if (takenBack) return "somebody took a model back, and nobody has promoted one since.";
  const isUnmeasured = bars.some(({ bar, outcome }) => bar === "fair" && outcome === "unmeasured");
  if (isUnmeasured && (await lastAudit(sql, location)) !== undefined)
    return "this team audits by groups, and whether it is as fair was not measured (train --groups).";
  return undefined;
}

/** A verdict against somebody who no longer is the champion promotes nobody. */
function standing(verdict: Verdict, champion: string | undefined): Verdict {
  if ((verdict.instead ?? verdict.against) === (champion ?? "rules")) return verdict;
  const says = "the champion was changed while it was judged";
  return { ...verdict, promoted: false, bars: [...verdict.bars, { bar: "better", outcome: "failed", says }] };
}

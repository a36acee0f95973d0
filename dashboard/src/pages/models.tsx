// Models: can the score be trusted, what was it learned from, does it still hold, and who scores.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { APPOINTMENT, sameAim } from "../../../src/kernel/aim.ts";
import { coldSentences } from "../../../src/scoring/churn/comparison-words.ts";
import type { ModelsView, ModelView, TrainingView } from "../../../src/scoring/index.ts";
import { aucWords } from "../../../src/scoring/learn/auc-words.ts";
import { isBorrowed } from "../../../src/scoring/lifecycle/kept.ts";
import { useHouse, useLive, useNow } from "../data.tsx";
import { full, moment, number } from "../format.ts";
import { type Marked, reduceModels } from "../live/reduce.ts";
import {
  aucOf,
  dotsOf,
  driftOf,
  driversOf,
  fairOf,
  type Kind,
  measure,
  progressOf,
  short,
  taughtBy,
  trustOf,
} from "../models.ts";
import { Glyph } from "../parts/marks.tsx";
import { Bones, Empty, Failed } from "../parts/states.tsx";
import { Track } from "../parts/track.tsx";
import { TrainForm } from "../parts/train.tsx";
import { Head } from "../shell.tsx";
import { answerOf } from "../training.ts";
import { WORDS } from "../words.ts";

const KINDS: readonly Kind[] = ["chance", "churn"];

export function ModelsPage() {
  const { api } = useHouse();
  const [kind, setKind] = useState<Kind>("chance");
  const query = useLive<ModelsView & Marked>(["models", api.location], "models", api.models, reduceModels);
  const view = query.data;
  const live = view?.items.find((one) => one.kind === kind && one.state === "champion");
  const proven = live !== undefined && !isBorrowed(live.verdict);
  return (
    <>
      <Head title={WORDS.models} />
      <div className="page">
        <fieldset className="segments spans" aria-label={WORDS.models}>
          {KINDS.map((one) => (
            <button key={one} type="button" aria-pressed={kind === one} onClick={() => setKind(one)}>
              {one === "churn" ? WORDS.coldModels : WORDS.chanceModels(view?.foretells ?? APPOINTMENT)}
            </button>
          ))}
        </fieldset>
        {view === undefined ? (
          <section className="card">
            {query.error ? (
              <Failed what="the models" error={query.error} again={() => void query.refetch()} />
            ) : (
              <Bones rows={6} />
            )}
          </section>
        ) : (
          <>
            <section className={`card verdict verdict-${proven ? "good" : "watch"}`}>
              <Glyph status={proven ? "done" : "held"} label="" />
              <h2>{trustOf(view, kind)}</h2>
            </section>
            {live?.foretells === undefined || sameAim(live.foretells, view.foretells) ? null : (
              <p className="note pad">{WORDS.earlierAim(view.foretells.text, live.foretells.text)}</p>
            )}
            {live === undefined ? null : <Live model={live} />}
            {live === undefined ? null : <Drivers model={live} />}
            {kind === "chance" ? <Fair view={view} live={live} /> : null}
            <Versions items={view.items.filter((one) => one.kind === kind)} kind={kind} />
            <Trainings key={kind} view={view} kind={kind} />
          </>
        )}
      </div>
    </>
  );
}

function Live({ model }: { model: ModelView }) {
  const { api } = useHouse();
  const whole = useQuery({ queryKey: ["model", api.location, model.id], queryFn: () => api.model(model.id) });
  const { metrics, learned } = model;
  return (
    <section className="card" aria-labelledby="honest">
      <header className="card-head">
        <h2 id="honest">{WORDS.honest}</h2>
        <span className="grow" />
        <code className="note">{short(model.id)}</code>
      </header>
      {whole.data?.broken === undefined ? null : (
        <p className="note pad bad" role="alert">
          {WORDS.brokenModel(whole.data.broken)}
        </p>
      )}
      {isBorrowed(model.verdict) ? <p className="note pad">{WORDS.notJudgedHere(learned.locations)}</p> : null}
      <Curve model={model} />
      <dl className="figures asides tabular">
        {[
          ["Ranks them right (AUC)", ...aucOf(metrics.auc)],
          ["Log loss", metrics.logLoss.value.toFixed(3), `the base rate alone: ${metrics.baseLogLoss.toFixed(3)}`],
          [
            "Brier",
            metrics.brier.value.toFixed(3),
            `95%: ${metrics.brier.low.toFixed(3)} to ${metrics.brier.high.toFixed(3)}`,
          ],
          [
            "Calibration error",
            metrics.ece.value.toFixed(3),
            `95%: ${metrics.ece.low.toFixed(3)} to ${metrics.ece.high.toFixed(3)}`,
          ],
          ["Judged on", number(metrics.rows), `leads after it learned; ${number(metrics.positives)} came`],
        ].map(([name, figure, note]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="figure">{figure}</dd>
            <dd className="note">{note}</dd>
          </div>
        ))}
      </dl>
      {metrics.cold === undefined ? null : (
        <ul className="note pad tabular" aria-label={WORDS.besideBaselines}>
          {coldSentences(metrics.cold).map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      )}
      <p className="note pad">
        {whole.data?.team === undefined ? null : `${taughtBy(whole.data.team)} `}
        {WORDS.taught(
          number(learned.rows),
          number(learned.positives),
          WORDS.before[model.foretells?.outcome ?? "churn"],
          learned.from.slice(0, 10),
          learned.until.slice(0, 10),
        )}{" "}
        {learned.source === "pooled" ? WORDS.pooled(learned.locations) : null}
      </p>
      <p className="note pad">
        {WORDS.drift}: {driftOf(model)}
      </p>
    </section>
  );
}

function Drivers({ model }: { model: ModelView }) {
  const drivers = driversOf(model);
  return (
    <section className="card" aria-labelledby="drivers">
      <header className="card-head">
        <h2 id="drivers">{WORDS.drivers}</h2>
      </header>
      {drivers.length === 0 ? <Empty>{WORDS.noDrivers}</Empty> : null}
      <ul>
        {drivers.map(({ text, share, word }) => (
          <li key={text} className="row two">
            <p className="row-text">
              <span className="name">{text}</span>
              <Track share={share} />
            </p>
            <span className="note">{word}</span>
          </li>
        ))}
      </ul>
      {drivers.length === 0 ? null : <p className="note pad">{WORDS.driversRead}</p>}
    </section>
  );
}

/** Of the last audit for which somebody brought groups: figures alone. */
function Fair({ view: { fairness }, live }: { view: ModelsView; live: ModelView | undefined }) {
  const now = useNow();
  const other = live !== undefined && fairness !== undefined && !fairness.model.includes(short(live.id));
  return (
    <section className="card" aria-labelledby="fair">
      <header className="card-head">
        <h2 id="fair">{WORDS.fair}</h2>
      </header>
      {fairness === undefined ? (
        <p className="pad note">
          {WORDS.notAudited} <code>latchkey audit fairness --groups FILE.csv</code>
        </p>
      ) : (
        <>
          <ul>
            {fairOf(fairness).map(({ name, figure, note, mark }) => (
              <li key={name} className="row two">
                <Glyph status={mark} />
                <p className="row-text">
                  <span className="name">{name}</span>
                  <span className="note">{note}</span>
                </p>
                <span className="tabular">{figure}</span>
              </li>
            ))}
          </ul>
          <p className="note pad">
            {WORDS.audited(moment(Date.parse(fairness.at), now), number(fairness.n), fairness.groups)}{" "}
            {other ? WORDS.auditedOther : null}
          </p>
        </>
      )}
    </section>
  );
}

const SIZE = 220;

/** Ten bins with their intervals against the line where chances come true. */
function Curve({ model }: { model: ModelView }) {
  const { dots, most } = dotsOf(model.metrics.reliability);
  const [x, y] = [(at: number) => 30 + at * (SIZE - 40), (at: number) => SIZE - 24 - at * (SIZE - 40)];
  return (
    <figure className="pad">
      <svg
        viewBox={`0 0 ${SIZE} ${SIZE}`}
        width={SIZE}
        height={SIZE}
        role="img"
        aria-label={WORDS.curve(dots.map(({ says }) => says))}
      >
        <g stroke="currentColor" fill="none">
          <path d={`M${x(0)} ${y(1)}V${y(0)}H${x(1)}`} opacity={0.4} />
          <path d={`M${x(0)} ${y(0)}L${x(1)} ${y(1)}`} opacity={0.4} strokeDasharray="3 3" />
          {dots.map((dot) => (
            <path key={dot.says} d={`M${x(dot.x)} ${y(dot.low)}V${y(dot.high)}`} opacity={0.6} />
          ))}
        </g>
        {dots.map((dot) => (
          <circle key={dot.says} cx={x(dot.x)} cy={y(dot.y)} r={3.5} fill="var(--accent)">
            <title>{dot.says}</title>
          </circle>
        ))}
        <g className="note" fill="currentColor" fontSize={10}>
          <text x={x(0)} y={SIZE - 8}>
            0%
          </text>
          <text x={x(1)} y={SIZE - 8} textAnchor="end">
            {most}
          </text>
        </g>
      </svg>
      <figcaption className="note">{WORDS.curveReads}</figcaption>
    </figure>
  );
}

function Versions({ items, kind }: { items: readonly ModelView[]; kind: Kind }) {
  const { session } = useHouse();
  const now = useNow();
  const owner = session.role === "owner";
  return (
    <section className="card" aria-labelledby="versions">
      <header className="card-head">
        <h2 id="versions">{WORDS.versions}</h2>
      </header>
      {items.length === 0 ? <p className="pad note">{WORDS.noModels}</p> : null}
      <ul>
        {items.map((model) => (
          <li key={model.id} className="row two flow">
            <Glyph
              status={model.state === "champion" ? "done" : model.state === "challenger" ? "asked" : "off"}
              label=""
            />
            <div className="row-text">
              <span className="name">
                {WORDS.modelStates[model.state]} <code>{short(model.id)}</code>
              </span>
              <p className="note tabular">
                AUC {aucWords(model.metrics.auc)} · log loss {measure(model.metrics.logLoss)} ·{" "}
                {number(model.metrics.rows)} leads
              </p>
              {isBorrowed(model.verdict) ? (
                <p className="note">{WORDS.notJudgedHere(model.learned.locations)}</p>
              ) : null}
              {model.why === undefined ? null : <p className="note">{model.why}</p>}
              <Bars model={model} />
            </div>
            <time className="row-time tabular" dateTime={model.trained_at} title={full(Date.parse(model.trained_at))}>
              {moment(Date.parse(model.trained_at), now)}
            </time>
            {!owner ? null : model.state === "champion" ? (
              <Act kind={kind} act="rollback" model={model} />
            ) : (
              <Act kind={kind} act="promote" model={model} />
            )}
          </li>
        ))}
      </ul>
      {owner || items.length === 0 ? null : <p className="note pad">{WORDS.ownersDecide}</p>}
    </section>
  );
}

function Bars({ model: { verdict } }: { model: ModelView }) {
  return (
    <details>
      <summary>{WORDS.bars}</summary>
      <ul>
        {verdict.bars.map((bar) => (
          <li key={`${bar.bar} ${bar.says}`} className="note">
            <Glyph
              status={bar.outcome === "passed" ? "done" : bar.outcome === "failed" ? "failed" : "off"}
              label={bar.outcome}
            />{" "}
            {bar.says}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Asks for the reason first; against the bars it takes a second word. */
function Act({ act, model, kind }: { act: "promote" | "rollback"; model: ModelView; kind: Kind }) {
  const { api } = useHouse();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [refused, setRefused] = useState<string>();
  const [busy, setBusy] = useState(false);
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const reason = String(form.get("reason") ?? "");
    setBusy(true);
    const asked =
      act === "promote"
        ? api.promote(model.id, { reason, anyway: form.get("anyway") !== null })
        : api.rollback({ kind, reason });
    const failed = await asked.then(
      () => undefined,
      (error: Error) => error.message,
    );
    setBusy(false);
    setRefused(failed);
    if (failed === undefined) setOpen(false);
    await client.invalidateQueries({ queryKey: ["models", api.location] });
  };
  if (!open)
    return (
      <button type="button" className="button" onClick={() => setOpen(true)}>
        {WORDS.modelActs[act]}
      </button>
    );
  return (
    <form className="flow-acts" onSubmit={(event) => void send(event)}>
      <label className="note">
        {WORDS.reason} <input name="reason" required maxLength={300} />
      </label>
      {act === "promote" && !model.verdict.promoted ? (
        <label className="note">
          <input type="checkbox" name="anyway" /> {WORDS.anyway}
        </label>
      ) : null}
      <button type="button" className="button" disabled={busy} onClick={() => setOpen(false)}>
        {WORDS.keep}
      </button>
      <button type="submit" className="button primary" disabled={busy}>
        {WORDS.modelActs[act]}
      </button>
      {refused === undefined ? null : (
        <p className="note" role="alert">
          {WORDS.refused(refused)}
        </p>
      )}
    </form>
  );
}

function Trainings({ view, kind }: { view: ModelsView; kind: Kind }) {
  const { api, session } = useHouse();
  const client = useQueryClient();
  const [refused, setRefused] = useState<string>();
  const [choosing, setChoosing] = useState(false);
  const [begun, setBegun] = useState<string>();
  const may = session.role === "owner" || session.role === "manager";
  const items = view.trainings.filter((one) => one.kind === kind);
  const mayBegin = may && !items.some((one) => one.state === "running");
  const ask = async (asked: Promise<unknown>) => {
    setRefused(
      await asked.then(
        () => undefined,
        (error: Error) => error.message,
      ),
    );
    await client.invalidateQueries({ queryKey: ["models", api.location] });
  };
  return (
    <section className="card" aria-labelledby="trainings">
      <header className="card-head">
        <h2 id="trainings">{WORDS.trainings}</h2>
        <span className="grow" />
        {mayBegin ? (
          <>
            <button type="button" className="button" aria-expanded={choosing} onClick={() => setChoosing(!choosing)}>
              {WORDS.trainChoosing}
            </button>
            <button type="button" className="button" onClick={() => void ask(api.train({ kind }))}>
              {WORDS.trainNow}
            </button>
          </>
        ) : null}
      </header>
      {mayBegin && choosing ? (
        <TrainForm
          kind={kind}
          foretells={view.foretells}
          close={() => setChoosing(false)}
          begun={(id) => {
            setBegun(id);
            setChoosing(false);
          }}
        />
      ) : null}
      <div role="status">
        {begun === undefined ? null : <p className="note pad">{answerOf(items.find(({ id }) => id === begun))}</p>}
      </div>
      {refused === undefined ? null : (
        <p className="note pad" role="alert">
          {WORDS.refused(refused)}
        </p>
      )}
      {items.length === 0 ? <p className="pad note">{WORDS.noTrainings}</p> : null}
      <ul>
        {items.map((one) => (
          <TrainingRow
            key={one.id}
            training={one}
            cancel={may ? () => void ask(api.cancelTraining(one.id)) : undefined}
          />
        ))}
      </ul>
    </section>
  );
}

const MARKS = {
  trained: "done",
  same: "done",
  too_little: "held",
  cancelled: "off",
  failed: "failed",
  died: "failed",
} as const;

function TrainingRow({ training, cancel }: { training: TrainingView; cancel: (() => void) | undefined }) {
  const now = useNow();
  const { words, share } = progressOf(training);
  const asked = Date.parse(training.asked_at);
  return (
    <li className="row two">
      <Glyph
        status={training.outcome === undefined ? "run" : MARKS[training.outcome]}
        label={training.outcome === undefined ? "" : WORDS.trainingOutcomes[training.outcome]}
      />
      <p className="row-text">
        <span className="name">{words}</span>
        <span className="note">
          by <bdi>{training.asked_by}</bdi>
          {sameAim(training.foretells, APPOINTMENT) ? null : ` · ${training.foretells?.text}`}
        </span>
        {share === undefined ? null : <Track share={share} />}
      </p>
      <time className="row-time tabular" dateTime={training.asked_at} title={full(asked)}>
        {moment(asked, now)}
      </time>
      {training.state !== "running" || cancel === undefined ? null : (
        <button type="button" className="button" onClick={cancel}>
          {WORDS.cancelTraining}
        </button>
      )}
    </li>
  );
}

// Where a lead stands, what it is likely to do, and why: figures with their words, reasons as bars, and a line of days.

import { useQuery } from "@tanstack/react-query";
import type { LeadView } from "../../../src/insights/index.ts";
import { useHouse } from "../data.tsx";
import { linePath, pointsOf } from "../score-line.ts";
import { WORDS } from "../words.ts";
import { Track } from "./track.tsx";
import { Bars } from "./why.tsx";

type Scored = NonNullable<LeadView["score"]>;

export function Score({ lead }: { lead: LeadView }) {
  const { score } = lead;
  return (
    <section className="card pad" aria-labelledby="score">
      <h2 id="score">{WORDS.score}</h2>
      {score === undefined ? <p className="note">{WORDS.unscored}</p> : <Figures score={score} lead={lead.id} />}
      {lead.engagement === undefined ? null : (
        <p className="meter">
          <span>{WORDS.engagement}</span>
          <Track share={lead.engagement} />
          <span className="tabular">{Math.round(lead.engagement * 100)}</span>
        </p>
      )}
    </section>
  );
}

function Figures({ score, lead }: { score: Scored; lead: string }) {
  const learned = score.source === "model";
  return (
    <>
      <p className="hero">
        <span className="tabular">{Math.round(score.value * 100)}</span>
        <span className="note">
          {WORDS.ofHundred}
          {score.tier === undefined ? null : ` · ${WORDS.tiers[score.tier]}`}
        </span>
      </p>
      {score.says === undefined ? null : <p>{score.says}</p>}
      <p className="note">{learned ? WORDS.standing : WORDS.fromRules}</p>
      <Bars reasons={score.reasons.slice(0, 5).map((reason) => ({ text: reason.text, logOdds: reason.weight }))} />
      {score.reasons.length > 0 ? <p className="note">{WORDS.notCause}</p> : null}
      {learned && score.chance !== undefined && score.reasons.length === 0 ? (
        <p className="note">{WORDS.earlierModel}</p>
      ) : null}
      <Days lead={lead} />
      {learned ? <p className="note">{modelWords(score)}</p> : null}
    </>
  );
}

function modelWords({ model, team }: Scored): string {
  const named = `Model ${model ?? "unknown"}`;
  if (team === undefined) return named;
  if (team.borrowed === true) return `${named} · ${WORDS.notJudged} · ${sharesOf(team)}`;
  if (team.weight === 1) return `${named} · learned from your team alone: ${team.outcomes} outcomes`;
  return `${named} · ${sharesOf(team)}`;
}

const sharesOf = ({ weight, outcomes }: NonNullable<Scored["team"]>): string =>
  `how likely at all: ${Math.round(weight * 100)} % by your team's ${outcomes} outcomes; what it looks for: all locations'`;

/** The score by day; with fewer than two days there is no line to draw. */
function Days({ lead }: { lead: string }) {
  const { api } = useHouse();
  const query = useQuery({ queryKey: ["scores", api.location, lead], queryFn: () => api.scores(lead) });
  const days = query.data?.days ?? [];
  const points = pointsOf(days);
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined || points.length < 2) return null;
  const label = `${WORDS.scoreDays}: ${Math.round(first.score * 100)} on ${first.day}, ${Math.round(last.score * 100)} on ${last.day}`;
  return (
    <figure className="score-line">
      <svg viewBox="0 0 240 48" role="img" aria-label={label} preserveAspectRatio="none">
        <path d={linePath(points, 240, 48)} fill="none" vectorEffect="non-scaling-stroke" />
      </svg>
      <figcaption className="note">
        {first.day} – {last.day}
      </figcaption>
    </figure>
  );
}

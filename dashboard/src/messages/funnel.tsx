// What became of messages: the way from decided to answered, what went otherwise, and the same by channel, workflow,
// template and day.

import { useState } from "react";
import type { Counted, MessagesView } from "../../../src/insights/index.ts";
import { number } from "../format.ts";
import { asidesOf, barsOf, CHANNEL_WORDS, failedOf, shareOf } from "../messages.ts";
import { Empty } from "../parts/states.tsx";
import { WORDS } from "../words.ts";

export function Funnel({ view }: { view: MessagesView }) {
  const bars = barsOf(view.counts, view.total);
  const most = Math.max(1, ...bars.map(({ n }) => n));
  return (
    <section className="card" aria-labelledby="funnel">
      <header className="card-head">
        <h2 id="funnel">{WORDS.becameOf[view.counts]}</h2>
      </header>
      <ul className="funnel">
        {bars.map((bar) => (
          <li key={bar.name}>
            <span>{bar.name}</span>
            <span className="track" aria-hidden="true">
              <span style={{ width: `${(bar.n / most) * 100}%` }} />
            </span>
            <span className="tabular funnel-n">{number(bar.n)}</span>
            <span className="note tabular">{shareOf(bar)}</span>
          </li>
        ))}
      </ul>
      <dl className="figures asides">
        {asidesOf(view.counts, view.total).map(([name, n, note]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="figure">{number(n)}</dd>
            <dd className="note">{note}</dd>
          </div>
        ))}
      </dl>
      <p className="note pad">
        {WORDS.countedAs[view.counts]}{" "}
        {view.total.machine_opened + view.total.machine_clicked === 0
          ? null
          : WORDS.machines(number(view.total.machine_opened), number(view.total.machine_clicked))}
      </p>
    </section>
  );
}

const SORTS = [
  ["channels", "Channel"],
  ["workflows", "Workflow"],
  ["templates", "Template"],
  ["days", "Day"],
] as const;

export function Breakdown({ view }: { view: MessagesView }) {
  const [by, setBy] = useState<(typeof SORTS)[number][0]>("channels");
  const rows: readonly Counted[] = view[by];
  const counts = by === "channels" ? "attempts" : view.counts;
  const nameOf = ({ key, name }: Counted) =>
    by === "channels" ? (CHANNEL_WORDS[key as keyof typeof CHANNEL_WORDS] ?? name) : name;
  return (
    <section className="card" aria-labelledby="breakdown">
      <header className="card-head tools">
        <h2 id="breakdown">{WORDS.broken}</h2>
        <span className="grow" />
        <fieldset className="segments" aria-label={WORDS.broken}>
          {SORTS.map(([key, word]) => (
            <button key={key} type="button" aria-pressed={by === key} onClick={() => setBy(key)}>
              {word}
            </button>
          ))}
        </fieldset>
      </header>
      {rows.length === 0 ? (
        <Empty>{WORDS.nothingSent}</Empty>
      ) : (
        <table className="tally tabular">
          <thead>
            <tr>
              <th scope="col">{SORTS.find(([key]) => key === by)?.[1]}</th>
              <th scope="col">{WORDS.sentAs[counts]}</th>
              <th scope="col">Delivered</th>
              <th scope="col">Answered</th>
              <th scope="col">Failed</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.key}>
                <th scope="row" className="clip" title={nameOf(row)}>
                  {nameOf(row)}
                </th>
                <td>{number(row.stages.accepted)}</td>
                <td>{number(row.stages.delivered)}</td>
                <td>{number(row.stages.replied)}</td>
                <td>{number(failedOf(counts, row.stages))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p className="note pad">{WORDS.countedAs[counts]}</p>
    </section>
  );
}

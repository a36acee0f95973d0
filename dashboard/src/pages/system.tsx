// System: is anything stuck, since when, and how old is the oldest waiting work.

import type { Status, SystemView } from "../../../src/insights/index.ts";
import { useHouse, useLive, useNow } from "../data.tsx";
import { bytes, length, moment, number } from "../format.ts";
import { reduceFigures } from "../live/reduce.ts";
import { Glyph } from "../parts/marks.tsx";
import { Bones, Failed } from "../parts/states.tsx";
import { Head } from "../shell.tsx";
import { WORDS } from "../words.ts";

const LEVEL: Readonly<Record<SystemView["verdict"]["level"], Status>> = { good: "done", watch: "held", bad: "failed" };

export function SystemPage() {
  const { api } = useHouse();
  const now = useNow(1_000);
  const query = useLive<SystemView>(["system", api.location], "system", api.system, reduceFigures);
  const system = query.data;
  return (
    <>
      <Head title={WORDS.system} />
      <div className="page">
        {system === undefined ? (
          <section className="card">
            {query.error ? (
              <Failed what="the state of things" error={query.error} again={() => void query.refetch()} />
            ) : (
              <Bones rows={5} />
            )}
          </section>
        ) : (
          <>
            <section className={`card verdict verdict-${system.verdict.level}`}>
              <Glyph status={LEVEL[system.verdict.level]} label={system.verdict.level} />
              <h2>{system.verdict.text}</h2>
            </section>
            <dl className="figures card">
              {figures(system, now).map(([label, value, note]) => (
                <div key={label}>
                  <dt>{label}</dt>
                  <dd className="figure">{value}</dd>
                  <dd className="note">{note}</dd>
                </div>
              ))}
            </dl>
            <section className="card" aria-labelledby="parts">
              <header className="card-head">
                <h2 id="parts">Parts</h2>
              </header>
              <ul>
                {system.parts.map((part) => (
                  <li key={part.name} className="row part">
                    <Glyph status={LEVEL[part.state]} label={part.state} />
                    <p className="row-text">
                      <span className="name">{part.name}</span>
                    </p>
                    <span className="note">{part.text}</span>
                  </li>
                ))}
              </ul>
            </section>
          </>
        )}
      </div>
    </>
  );
}

const upTo = (n: number) => (n > 1_000 ? "1,000+" : number(n));

function figures({ figures: f }: SystemView, now: number): readonly (readonly [string, string, string])[] {
  const heard = f.lastEventAt === undefined ? undefined : Date.parse(f.lastEventAt);
  return [
    [
      "Oldest waiting work",
      f.oldestDueMs === undefined ? "none" : length(f.oldestDueMs),
      `${upTo(f.dueLeads)} leads due, ${upTo(f.mail)} letters`,
    ],
    [
      "Last heard",
      heard === undefined ? "never" : moment(heard, now),
      heard === undefined ? "no event yet" : "from the CRM or the site",
    ],
    ["Messages to go", upTo(f.queued), f.unconfirmed === 0 ? "none unconfirmed" : `${upTo(f.unconfirmed)} unconfirmed`],
    [
      "Stopped leads",
      upTo(f.parkedLeads),
      f.failedRuns === 0 ? "no failed runs this week" : `${upTo(f.failedRuns)} failed runs this week`,
    ],
    ...(f.diskBytes === undefined ? [] : [["Disk", bytes(f.diskBytes), "used by the data folder"] as const]),
  ];
}

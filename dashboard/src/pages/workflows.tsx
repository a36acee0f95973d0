// Workflows: which run, how many people are in each and where, and what a person asked of all of them.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { FilesView, WorkflowView } from "../../../src/insights/index.ts";
import type { Job } from "../../../src/workflows/index.ts";
import { useHouse, useNow } from "../data.tsx";
import { full, moment, number } from "../format.ts";
import { Glyph } from "../parts/marks.tsx";
import { Bones, Empty, Failed } from "../parts/states.tsx";
import { Track } from "../parts/track.tsx";
import { Head } from "../shell.tsx";
import { WORDS } from "../words.ts";
import { askedOf, type Control, controlsOf, progressOf, questionOf, stateOf, wrongFiles } from "../workflows.ts";

export function WorkflowsPage() {
  const { api } = useHouse();
  const query = useQuery({
    queryKey: ["workflows", api.location],
    queryFn: api.workflows,
    refetchInterval: 15_000,
    refetchOnWindowFocus: true,
  });
  const items = query.data?.items;
  return (
    <>
      <Head title={WORDS.flows} />
      <div className="page">
        <WrongFiles files={query.data} />
        <section className="card" aria-label={WORDS.flows}>
          {items === undefined ? (
            query.error ? (
              <Failed what="workflows" error={query.error} again={() => void query.refetch()} />
            ) : (
              <Bones rows={6} height={72} />
            )
          ) : items.length === 0 ? (
            <Empty>{WORDS.flowsEmpty}</Empty>
          ) : (
            <ul>
              {items.map((item) => (
                <Workflow key={item.id} item={item} />
              ))}
            </ul>
          )}
        </section>
        <Jobs names={new Map(items?.map((item) => [item.id, item.name]))} />
      </div>
    </>
  );
}

/** What somebody wrote and does not run, above what runs: nobody else says so. */
function WrongFiles({ files }: { files: FilesView | undefined }) {
  const wrong = files === undefined ? [] : wrongFiles(files);
  if (wrong.length === 0) return null;
  return (
    <section className="card" aria-labelledby="wrong-files">
      <header className="card-head">
        <h2 id="wrong-files">{WORDS.wrongFiles}</h2>
        <span className="count tabular">{wrong.length}</span>
      </header>
      <ul>
        {wrong.map(({ file, words, errors }) => (
          <li key={file} className="row flow">
            <Glyph status="failed" />
            <div className="row-text">
              <span className="name">
                <code>{file}</code>
              </span>
              <p className="note">{words}</p>
              {errors.map((error) => (
                <p key={error} className="note bad">
                  <bdi>{error}</bdi>
                </p>
              ))}
              {errors.length === 0 ? <p className="note">{WORDS.fileWaits}</p> : null}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Workflow({ item }: { item: WorkflowView }) {
  const { session } = useHouse();
  const { mark, word } = stateOf(item);
  const controls = session.role === "owner" || session.role === "manager" ? controlsOf(item) : [];
  return (
    <li className="row flow">
      <Glyph status={mark} />
      <div className="row-text">
        <h2>{item.name}</h2>
        {item.about === undefined ? null : <p className="note">{item.about}</p>}
        <p className="note tabular">
          {word} · {WORDS.underWay(item.active)}
          {item.failed === 0 ? null : <span className="bad"> · {WORDS.notDone(item.failed)}</span>} · version{" "}
          <code>{item.version}</code>
        </p>
        <Steps item={item} />
      </div>
      {controls.length === 0 ? null : <Controls item={item} controls={controls} />}
    </li>
  );
}

function Controls({ item, controls }: { item: WorkflowView; controls: readonly Control[] }) {
  const { api } = useHouse();
  const client = useQueryClient();
  const [asking, setAsking] = useState<Control>();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string>();
  const box = useRef<HTMLFieldSetElement>(null);
  const was = useRef<Control>(undefined);
  // asked: the reader stands on the harmless answer; answered: back at the buttons
  useEffect(() => {
    if (asking !== was.current) box.current?.querySelector<HTMLElement>("[data-stand]")?.focus();
    was.current = asking;
  }, [asking]);
  const act = async (control: Control) => {
    setBusy(true);
    setRefused(
      await api.control(item.id, control).then(
        () => undefined,
        (error: Error) => error.message,
      ),
    );
    await client.invalidateQueries({ queryKey: ["workflows", api.location] });
    await client.invalidateQueries({ queryKey: ["jobs", api.location] });
    setBusy(false);
    setAsking(undefined);
  };
  return (
    <fieldset
      ref={box}
      className="flow-acts"
      aria-label={asking === undefined ? item.name : questionOf(asking, item)}
      onKeyDown={(event) => event.key === "Escape" && setAsking(undefined)}
    >
      {asking === undefined ? (
        <>
          {controls.map((control, at) => (
            <button
              key={control}
              type="button"
              className="button"
              data-stand={at === 0 ? "" : undefined}
              aria-label={`${WORDS[control]}: ${item.name}`}
              onClick={() => setAsking(control)}
            >
              {WORDS[control]}
            </button>
          ))}
          {refused === undefined ? null : (
            <p className="note" role="alert">
              {WORDS.refused(refused)}
            </p>
          )}
        </>
      ) : (
        <>
          <p>{questionOf(asking, item)}</p>
          <button type="button" className="button" data-stand="" disabled={busy} onClick={() => setAsking(undefined)}>
            {WORDS.keep}
          </button>
          <button type="button" className="button primary" disabled={busy} onClick={() => void act(asking)}>
            {WORDS.yes[asking]}
          </button>
        </>
      )}
    </fieldset>
  );
}

function Steps({ item }: { item: WorkflowView }) {
  const { api } = useHouse();
  const [open, setOpen] = useState(false);
  const [drawn, setDrawn] = useState(true);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{WORDS.steps}</summary>
      {item.standing.length === 0 ? (
        <p className="note">{WORDS.nobodyIn}</p>
      ) : (
        <ul className="standing tabular">
          {item.standing.map((step) => (
            <li key={step.path}>
              <span className="clip">{step.name}</span> {number(step.count)}
            </li>
          ))}
        </ul>
      )}
      {!open ? null : drawn ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
        <section className="drawing" tabIndex={0} aria-label={`Steps of ${item.name}`}>
          <img
            src={`${api.graph(item.id)}?version=${item.version}`}
            alt={`The steps of ${item.name}, drawn`}
            onError={() => setDrawn(false)}
          />
        </section>
      ) : (
        <p className="note">{WORDS.noDrawing}</p>
      )}
    </details>
  );
}

function Jobs({ names }: { names: ReadonlyMap<string, string> }) {
  const { api } = useHouse();
  const now = useNow();
  const query = useQuery({
    queryKey: ["jobs", api.location],
    queryFn: api.jobs,
    refetchInterval: ({ state }) => (state.data?.items.some((job) => job.outcome === undefined) ? 3_000 : 15_000),
  });
  const items = query.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <section className="card" aria-labelledby="jobs">
      <header className="card-head">
        <h2 id="jobs">{WORDS.jobs}</h2>
      </header>
      <ul>
        {items.map((job) => (
          <JobRow key={job.id} job={job} now={now} names={names} />
        ))}
      </ul>
    </section>
  );
}

function JobRow({ job, now, names }: { job: Job; now: number; names: ReadonlyMap<string, string> }) {
  const { mark, words, share } = progressOf(job);
  const workflow = job.workflow === undefined ? "" : `: ${names.get(job.workflow) ?? job.workflow}`;
  return (
    <li className="row two">
      <Glyph status={mark} label="" />
      <p className="row-text">
        <span className="name clip">
          {askedOf(job)}
          {workflow}
        </span>
        <span className="note tabular">
          {words} · by <bdi>{job.askedBy}</bdi>
        </span>
        {share === undefined ? null : <Track share={share} />}
      </p>
      <time className="row-time tabular" dateTime={new Date(job.askedAt).toISOString()} title={full(job.askedAt)}>
        {moment(job.askedAt, now)}
      </time>
    </li>
  );
}

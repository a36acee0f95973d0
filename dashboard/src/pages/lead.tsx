// A lead: who they are, whether we may write, what happened and what comes next.

import { useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Fragment, memo, useMemo, useRef, useState } from "react";
import { folded } from "../../../src/insights/fold.ts";
import type { ChannelView, ItemKind, LeadView, RunView, TimelineItem } from "../../../src/insights/index.ts";
import { useHouse, useLive, useNow } from "../data.tsx";
import { clock, day, full, moment } from "../format.ts";
import { type LeadPage, merged, reduceLead } from "../live/reduce.ts";
import { Lift } from "../parts/lift.tsx";
import { Glyph, Icon } from "../parts/marks.tsx";
import { Reopen } from "../parts/reopen.tsx";
import { Risk } from "../parts/risk.tsx";
import { useRowKeys, useStill } from "../parts/rows.tsx";
import { Score } from "../parts/score.tsx";
import { Bones, Empty, Failed } from "../parts/states.tsx";
import { Unclear } from "../parts/unclear.tsx";
import { WhyLink } from "../parts/why-link.tsx";
import { Head } from "../shell.tsx";
import { WORDS } from "../words.ts";
import { outcomeWords } from "../workflows.ts";

export function LeadPageView() {
  const { lead } = useParams({ from: "/leads/$lead" });
  const { api } = useHouse();
  const key = useMemo(() => ["lead", api.location, lead], [api.location, lead]);
  const query = useLive<LeadPage>(
    key,
    `lead:${lead}`,
    async () => {
      // the head first: its mark is the older one, so that nothing falls between the two answers
      const head = await api.lead(lead);
      const page = await api.timeline(head.id);
      return { ...page, lead: head, ...(head.live === undefined ? {} : { live: head.live }) };
    },
    reduceLead,
  );
  const page = query.data;
  return (
    <>
      <Head
        back
        title={<bdi title={page?.lead.name}>{page?.lead.name ?? WORDS.leads}</bdi>}
        context={page === undefined ? undefined : <Context lead={page.lead} />}
      />
      {page !== undefined ? (
        <div className="page lead">
          <div className="lead-side">
            {page.lead.parked === undefined ? null : <Parked lead={page.lead} />}
            <Score lead={page.lead} />
            <Risk lead={page.lead} />
            <Channels lead={page.lead} />
            <Runs runs={page.lead.runs} />
          </div>
          <TimelineCard page={page} queryKey={key} />
          <Actions lead={page.lead} />
        </div>
      ) : (
        <div className="page">
          <section className="card">
            {query.error ? (
              <Failed what="this lead" none={WORDS.noLead} error={query.error} again={() => void query.refetch()} />
            ) : (
              <Bones rows={8} />
            )}
          </section>
        </div>
      )}
    </>
  );
}

function Context({ lead }: { lead: LeadView }) {
  const parts = [lead.city, lead.owner === undefined ? undefined : `owner ${lead.owner}`, lead.phone, lead.email];
  return <bdi>{parts.filter((part) => part !== undefined).join(" · ")}</bdi>;
}

function Parked({ lead }: { lead: LeadView }) {
  const { api } = useHouse();
  const client = useQueryClient();
  const [asked, setAsked] = useState(false);
  return (
    <section className="card warn">
      <p>
        <Glyph status="failed" /> {WORDS.stopped}
      </p>
      <p className="note">{lead.parked?.why}</p>
      <button
        type="button"
        className="button"
        disabled={asked}
        onClick={() => {
          setAsked(true);
          void api
            .retry(lead.id)
            .finally(() => client.invalidateQueries({ queryKey: ["lead", api.location, lead.id] }));
        }}
      >
        {WORDS.retry}
      </button>
    </section>
  );
}

const CHANNEL_STATUS: Readonly<Record<ChannelView["state"], "done" | "held" | "off">> = {
  ok: "done",
  held: "held",
  off: "off",
};
const CHANNEL_WORD: Readonly<Record<ChannelView["state"], string>> = { ok: "open", held: "held", off: "closed" };

function Channels({ lead }: { lead: LeadView }) {
  return (
    <section className="card pad" aria-labelledby="contact">
      <h2 id="contact">{WORDS.contact}</h2>
      <ul className="channels">
        {lead.channels.map((channel) => (
          <li key={channel.channel}>
            <Glyph status={CHANNEL_STATUS[channel.state]} label={CHANNEL_WORD[channel.state]} />
            <span className="channel-name">
              <Icon name={channel.channel} />
              {channel.text}
            </span>
            {channel.state === "ok" ? null : <span className="note">{channel.reason}</span>}
            {channel.closed === undefined ? null : <Reopen lead={lead.id} family={channel.closed} />}
          </li>
        ))}
      </ul>
      {lead.unclear?.map((words) => (
        // what is said while somebody judges is another question
        <Unclear key={`${words.family} ${words.seen}`} lead={lead.id} words={words} />
      ))}
      {lead.optOuts?.map((optOut) => (
        <Lift key={optOut.family} lead={lead.id} optOut={optOut} />
      ))}
      <p className="note">{WORDS.checkedAgain}</p>
    </section>
  );
}

const RUN_STATUS: Readonly<Record<string, "run" | "held" | "done" | "failed" | "off">> = {
  pending: "run",
  waiting: "run",
  paused: "held",
  completed: "done",
  failed: "failed",
  stopped: "off",
};

function Runs({ runs }: { runs: readonly RunView[] }) {
  const now = useNow();
  const under = runs.filter((run) => run.endedAt === undefined);
  const ended = runs.filter((run) => run.endedAt !== undefined).slice(0, 3);
  return (
    <section className="card pad" aria-labelledby="runs">
      <h2 id="runs">{WORDS.workflows}</h2>
      {under.length === 0 ? <p className="note">{WORDS.noRuns}</p> : null}
      <ul className="runs">
        {[...under, ...ended].map((run) => (
          <li key={run.id} data-ended={run.endedAt !== undefined}>
            <Glyph status={run.held === undefined ? (RUN_STATUS[run.status] ?? "run") : "held"} label={run.status} />
            <span className="run-name">
              {run.workflow.name}
              {run.step === undefined || run.endedAt !== undefined ? null : (
                <span className="note"> at {run.step.name}</span>
              )}
            </span>
            <span className="note">{runNote(run, now)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function runNote(run: RunView, now: number): string {
  if (run.endedAt !== undefined)
    return `${outcomeWords(run.outcome ?? run.status)} · ${moment(Date.parse(run.endedAt), now)}`;
  const until = run.held?.until ?? run.dueAt;
  const waits = run.held === undefined ? `waits for ${run.waitsFor ?? "its time"}` : run.held.reason;
  return until === undefined ? waits : `${waits}, to ${moment(Date.parse(until), now)}`;
}

const KINDS: readonly { kind: ItemKind | undefined; word: string }[] = [
  { kind: undefined, word: "All" },
  { kind: "message", word: "Messages" },
  { kind: "decision", word: "Decisions" },
  { kind: "behavior", word: "Behavior" },
];

function TimelineCard({ page, queryKey }: { page: LeadPage; queryKey: readonly string[] }) {
  const { api } = useHouse();
  const client = useQueryClient();
  const now = useNow();
  const box = useRef<HTMLDivElement>(null);
  const still = useStill(page.items, box);
  useRowKeys(box, still.show);
  const [kind, setKind] = useState<ItemKind>();
  const [older, setOlder] = useState(false);
  const rows = useMemo(
    () => folded(still.shown.filter((item) => kind === undefined || item.kind === kind)),
    [still.shown, kind],
  );
  const more = async () => {
    if (page.next === undefined) return;
    setOlder(true);
    const next = await api.timeline(page.lead.id, page.next).finally(() => setOlder(false));
    client.setQueryData<LeadPage>(queryKey, (known) => {
      if (known === undefined) return known;
      const { next: _, ...rest } = known;
      return {
        ...rest,
        items: merged(known.items, next.items, []),
        ...(next.next === undefined ? {} : { next: next.next }),
      };
    });
  };
  return (
    <section className="card timeline" aria-labelledby="timeline">
      <header className="card-head">
        <h2 id="timeline">{WORDS.timeline}</h2>
        {still.waiting > 0 ? (
          <button type="button" className="pill" onClick={still.show}>
            {WORDS.fresh(still.waiting)}
          </button>
        ) : null}
        <span className="grow" />
        <fieldset className="segments" aria-label="Kinds">
          {KINDS.map((one) => (
            <button key={one.word} type="button" aria-pressed={kind === one.kind} onClick={() => setKind(one.kind)}>
              {one.word}
            </button>
          ))}
        </fieldset>
      </header>
      <Next runs={page.lead.runs} now={now} />
      {rows.length === 0 ? (
        <Empty>{kind === undefined ? WORDS.timelineEmpty : WORDS.timelineNone}</Empty>
      ) : (
        <div ref={box} {...still.pointer}>
          <Days rows={rows} now={now} />
        </div>
      )}
      {page.next === undefined ? null : (
        <button type="button" className="more" disabled={older} onClick={() => void more()}>
          {WORDS.older}
        </button>
      )}
    </section>
  );
}

/** What comes next, on top, in the future tense. */
function Next({ runs, now }: { runs: readonly RunView[]; now: number }) {
  const next = runs
    .filter((run) => run.endedAt === undefined && (run.dueAt !== undefined || run.held?.until !== undefined))
    .sort((a, b) => Date.parse(a.held?.until ?? a.dueAt ?? "") - Date.parse(b.held?.until ?? b.dueAt ?? ""))[0];
  if (next === undefined) return null;
  const at = Date.parse(next.held?.until ?? next.dueAt ?? "");
  return (
    <div className="row two next">
      <Glyph status={next.held === undefined ? "run" : "held"} label={WORDS.next} />
      <p className="row-text">
        <span className="name">
          {next.held === undefined ? `Waits for ${next.waitsFor ?? "its time"}` : "A message is held"}
        </span>
        <span className="note clip">
          {next.workflow.name}
          {next.step === undefined ? "" : `, at ${next.step.name}`}
        </span>
      </p>
      <span className="row-side">
        <time className="row-time tabular" dateTime={new Date(at).toISOString()} title={full(at)}>
          {at > now ? `to ${moment(at, now)}` : "any moment"}
        </time>
      </span>
    </div>
  );
}

type FoldedItem = TimelineItem & { readonly count?: number };

function Days({ rows, now }: { rows: readonly FoldedItem[]; now: number }) {
  const days: { day: string; rows: FoldedItem[] }[] = [];
  for (const row of rows) {
    const name = day(Date.parse(row.at), now);
    const last = days.at(-1);
    if (last?.day === name) last.rows.push(row);
    else days.push({ day: name, rows: [row] });
  }
  return days.map((one, place) => (
    <Fragment key={`${one.day} ${one.rows[0]?.at}`}>
      <h3 className="day">{one.day}</h3>
      <ol>
        {one.rows.map((row, at) => (
          <Row key={row.id} item={row} first={place === 0 && at === 0} />
        ))}
      </ol>
    </Fragment>
  ));
}

const Row = memo(function Row({ item, first }: { item: FoldedItem; first: boolean }) {
  const at = Date.parse(item.at);
  const title = (
    <>
      <bdi>{item.title}</bdi>
      {item.count === undefined || item.count < 2 ? null : <span className="times tabular"> ×{item.count}</span>}
    </>
  );
  return (
    <li className={item.detail === undefined ? "row" : "row two"} data-row="">
      <Glyph status={item.status} label="" />
      <p className="row-text">
        <span className={item.kind === "message" ? "name clip" : "clip"} title={item.title}>
          {title}
        </span>
        {item.detail === undefined ? null : (
          <span className="note clip" title={item.detail}>
            <bdi>{item.detail}</bdi>
          </span>
        )}
      </p>
      <span className="row-side">
        <time className="row-time tabular" dateTime={item.at} title={full(at)}>
          {clock(at)}
        </time>
        <WhyLink decision={item.decision} about={item.title} stretched opens tabIndex={first ? 0 : -1} />
      </span>
    </li>
  );
});

/** On a phone, under the thumb. */
function Actions({ lead }: { lead: LeadView }) {
  const phone = lead.phone !== undefined && !lead.phone.includes("•") ? lead.phone : undefined;
  if (phone === undefined) return null;
  return (
    <div className="actions">
      <a className="button primary" href={`tel:${phone}`}>
        <Icon name="voice" />
        {WORDS.call}
      </a>
    </div>
  );
}

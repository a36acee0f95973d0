// Now: who needs a person, today's figures, and what is happening this minute.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { memo, useCallback, useMemo, useRef, useState } from "react";
import { folded } from "../../../src/insights/fold.ts";
import type { AttentionItem, FeedItem, TodayView } from "../../../src/insights/index.ts";
import { useHealth, useHouse, useLive, useNow } from "../data.tsx";
import { feedTime, full, length, number } from "../format.ts";
import { type Feed, merged, reduceFeed, reduceFigures, WINDOW } from "../live/reduce.ts";
import { Glyph } from "../parts/marks.tsx";
import { Notices } from "../parts/notices.tsx";
import { useRowKeys, useStill } from "../parts/rows.tsx";
import { Bones, Empty, Failed } from "../parts/states.tsx";
import { WhyLink } from "../parts/why-link.tsx";
import { asking } from "../search.ts";
import { Head } from "../shell.tsx";
import { WORDS } from "../words.ts";

export function NowPage() {
  return (
    <>
      <Head title={WORDS.now} />
      <div className="page now">
        <Figures />
        <Attention />
        <Notices />
        <FeedCard />
      </div>
    </>
  );
}

function Figures() {
  const { api } = useHouse();
  const { health, asOf } = useHealth();
  const query = useLive<TodayView>(["today", api.location], "today", api.today, reduceFigures);
  const { messages } = query.data ?? {};
  const figures = [
    [WORDS.out, messages?.out, WORDS.today],
    [WORDS.held, messages?.held, WORDS.waitingNow],
    [WORDS.notSent, messages?.notSent, WORDS.today],
    [WORDS.failed, messages?.failed, WORDS.today],
  ] as const;
  return (
    <dl className="figures card" aria-label={WORDS.today}>
      {figures.map(([label, value, of]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd className={value !== undefined && value > 0 && label === WORDS.failed ? "figure bad" : "figure"}>
            {value === undefined ? "–" : number(value)}
          </dd>
          <dd className="note">{health === "stale" ? `as of ${feedTime(asOf)}` : of}</dd>
        </div>
      ))}
    </dl>
  );
}

function Attention() {
  const { api, live } = useHouse();
  const now = useNow();
  const query = useQuery({
    queryKey: ["attention", api.location],
    queryFn: api.attention,
    refetchInterval: 15_000,
  });
  const items = query.data?.items ?? [];
  return (
    <section className="card" aria-labelledby="attention">
      <header className="card-head">
        <h2 id="attention">{WORDS.attention}</h2>
        {query.data === undefined ? null : <span className="count tabular">{items.length}</span>}
        <span className="grow" />
        {items.length < 2 ? null : <span className="note">{WORDS.longestFirst}</span>}
      </header>
      {query.error && query.data === undefined ? (
        <Failed what="who needs a person" error={query.error} again={() => void query.refetch()} />
      ) : query.data === undefined ? (
        <Bones rows={1} height={56} />
      ) : items.length === 0 ? (
        <p className="pad note">{WORDS.nobodyWaits}</p>
      ) : (
        <ul>
          {items.map((item) => (
            <AttentionRow key={item.id} item={item} now={Math.max(now, live.now())} />
          ))}
        </ul>
      )}
    </section>
  );
}

function AttentionRow({ item, now }: { item: AttentionItem; now: number }) {
  const { api } = useHouse();
  const client = useQueryClient();
  const [asked, setAsked] = useState(false);
  const retry = async () => {
    setAsked(true);
    await api.retry(item.lead.id).finally(() => client.invalidateQueries({ queryKey: ["attention", api.location] }));
    setAsked(false);
  };
  return (
    <li className="row two">
      <Glyph
        status={item.reason === "undecided" || item.reason === "unclear" ? "asked" : "failed"}
        label={item.reason}
      />
      <p className="row-text">
        <Link to="/leads/$lead" params={{ lead: item.lead.id }} search={{}} className="name stretched">
          <bdi>{item.lead.name}</bdi>
        </Link>
        <span className="note clip">
          <bdi>{item.text}</bdi>
        </span>
      </p>
      <time className="row-time tabular" dateTime={item.since}>
        {length(Math.max(0, now - Date.parse(item.since)))}
      </time>
      <span className="row-act">
        {item.actions.includes("retry") ? (
          <button type="button" className="button above" disabled={asked} onClick={() => void retry()}>
            {WORDS.retry}
          </button>
        ) : item.decision === undefined ? null : (
          <Link to="." search={asking(item.decision)} className="why-link above" resetScroll={false}>
            {WORDS.why}
          </Link>
        )}
      </span>
    </li>
  );
}

function FeedCard() {
  const { api } = useHouse();
  const key = useMemo(() => ["feed", api.location], [api.location]);
  const query = useLive<Feed>(key, "feed", () => api.feed(), reduceFeed);
  return (
    <section className="card" aria-labelledby="feed">
      {query.data !== undefined ? (
        <FeedList feed={query.data} queryKey={key} />
      ) : (
        <>
          <header className="card-head">
            <h2 id="feed">{WORDS.happening}</h2>
          </header>
          {query.error ? (
            <Failed what="what is happening" error={query.error} again={() => void query.refetch()} />
          ) : (
            <Bones rows={12} height={40} />
          )}
        </>
      )}
    </section>
  );
}

function FeedList({ feed, queryKey }: { feed: Feed; queryKey: readonly string[] }) {
  const { api } = useHouse();
  const client = useQueryClient();
  const box = useRef<HTMLDivElement>(null);
  const still = useStill(feed.items, box);
  useRowKeys(box, still.show);
  const [older, setOlder] = useState(false);
  const rows = useMemo(() => folded(still.shown), [still.shown]);

  const more = useCallback(async () => {
    if (feed.next === undefined) return;
    setOlder(true);
    const page = await api.feed(feed.next).finally(() => setOlder(false));
    client.setQueryData<Feed>(queryKey, (now) => {
      if (now === undefined) return now;
      const { next: _, ...rest } = now;
      const items = merged(now.items, page.items, []);
      const full = items.length >= WINDOW;
      return {
        ...rest,
        items,
        ...(page.next === undefined || full ? {} : { next: page.next }),
        ...(full ? { cut: true } : {}),
      };
    });
  }, [api, client, queryKey, feed.next]);

  return (
    <>
      <header className="card-head">
        <h2 id="feed">{WORDS.happening}</h2>
        {still.waiting > 0 ? (
          <button type="button" className="pill" onClick={still.show}>
            {WORDS.fresh(still.waiting)}
          </button>
        ) : null}
        <span className="grow" />
        {feed.perMin === undefined || feed.perMin === 0 ? null : (
          <span className="note tabular rate">{WORDS.perMinute(feed.perMin)}</span>
        )}
      </header>
      {rows.length === 0 ? (
        <Empty>{WORDS.feedEmpty}</Empty>
      ) : (
        <div ref={box} role="log" aria-live="off" aria-labelledby="feed" {...still.pointer}>
          <ol>
            {rows.map((item, at) => (
              <FeedRow key={item.id} item={item} first={at === 0} />
            ))}
          </ol>
        </div>
      )}
      {feed.next !== undefined ? (
        <button type="button" className="more" disabled={older} onClick={() => void more()}>
          {WORDS.older}
        </button>
      ) : rows.length > 0 ? (
        <p className="more-note">{feed.cut ? WORDS.cutOff : WORDS.noOlder}</p>
      ) : null}
    </>
  );
}

const FeedRow = memo(function FeedRow({ item, first }: { item: FeedItem; first: boolean }) {
  const at = Date.parse(item.at);
  const tab = first ? 0 : -1;
  const whole = item.text.map((part) => part.t).join("");
  return (
    <li className="row feed-row" data-row="">
      <Glyph status={item.status} label="" />
      <p className="row-text clamp" title={whole}>
        {item.text.map((part, place) =>
          part.ref === undefined ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text keep their places
            <span key={place}>
              <bdi>{part.t}</bdi>
            </span>
          ) : (
            <Link
              // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text keep their places
              key={place}
              to="/leads/$lead"
              params={{ lead: part.ref }}
              search={{}}
              className={item.decision === undefined ? "name stretched" : "name above"}
              tabIndex={tab}
              data-open=""
            >
              <bdi>{part.t}</bdi>
            </Link>
          ),
        )}
        {item.count === undefined || item.count < 2 ? null : <span className="times tabular"> ×{item.count}</span>}
      </p>
      <span className="row-side">
        <time className="row-time tabular" dateTime={item.at} title={full(at)}>
          {feedTime(at)}
        </time>
        <WhyLink decision={item.decision} about={whole} stretched tabIndex={tab} />
      </span>
    </li>
  );
});

// Every message, newest first, by what the reader asks for; each opens to the channels it took and who said so.

import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useRef } from "react";
import type { MessageView } from "../../../src/insights/index.ts";
import { useHouse } from "../data.tsx";
import { full, moment } from "../format.ts";
import { byWords, CHANNEL_WORDS, CHANNELS, LEG_WORDS, STATES, TOLD_WORDS, wayOf } from "../messages.ts";
import { Glyph } from "../parts/marks.tsx";
import { useRowKeys } from "../parts/rows.tsx";
import { Bones, Empty, Failed } from "../parts/states.tsx";
import { WhyLink } from "../parts/why-link.tsx";
import { type Search, without } from "../search.ts";
import { WORDS } from "../words.ts";

export function MessageList({ now, workflows }: { now: number; workflows: ReadonlyMap<string, string> }) {
  const { api } = useHouse();
  const { state, channel, workflow, verdict, check } = useSearch({ from: "/messages" });
  const box = useRef<HTMLDivElement>(null);
  useRowKeys(box);
  const query = useInfiniteQuery({
    queryKey: ["messages", api.location, state, channel, workflow, verdict, check],
    queryFn: ({ pageParam }) =>
      api.messages({ state, channel, workflow, verdict, check, ...(pageParam === "" ? {} : { before: pageParam }) }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    refetchInterval: 10_000,
  });
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="card" aria-labelledby="list" aria-busy={query.isFetching}>
      <header className="card-head tools">
        <h2 id="list">{WORDS.messages}</h2>
        <span className="grow" />
        <Filters workflows={workflows} />
      </header>
      {query.error && rows.length === 0 ? (
        <Failed what="messages" error={query.error} again={() => void query.refetch()} />
      ) : query.data === undefined ? (
        <Bones rows={8} height={56} />
      ) : rows.length === 0 ? (
        <Empty>{WORDS.noMessages}</Empty>
      ) : (
        <div ref={box}>
          <ul>
            {rows.map((item) => (
              <Row key={item.id} item={item} now={now} workflows={workflows} />
            ))}
          </ul>
        </div>
      )}
      {query.hasNextPage ? (
        <button
          type="button"
          className="more"
          disabled={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {WORDS.older}
        </button>
      ) : null}
    </section>
  );
}

function Filters({ workflows }: { workflows: ReadonlyMap<string, string> }) {
  const navigate = useNavigate();
  const search: Search = useSearch({ from: "/messages" });
  const choose = (key: "state" | "channel" | "workflow") => (event: { target: { value: string } }) => {
    const { value } = event.target;
    void navigate({
      to: "/messages",
      search: (old: Search) => (value === "" ? without(old, key) : { ...old, [key]: value }),
      replace: true,
      resetScroll: false,
    });
  };
  const field = (
    key: "state" | "channel" | "workflow",
    all: string,
    options: readonly (readonly [string, string])[],
  ) => (
    <label>
      <span className="hidden">{WORDS.filters[key]}</span>
      <select className="select" value={search[key] ?? ""} onChange={choose(key)}>
        <option value="">{all}</option>
        {options.map(([value, word]) => (
          <option key={value} value={value}>
            {word}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <div className="filters">
      {search.verdict === undefined && search.check === undefined ? null : (
        <Link
          to="/messages"
          search={(old: Search) => without(without(old, "check"), "verdict")}
          replace
          resetScroll={false}
          className="button"
        >
          {WORDS.allRules(search.verdict)}
        </Link>
      )}
      {field("state", "Every state", Object.entries(STATES))}
      {field(
        "channel",
        "Every channel",
        CHANNELS.map((channel) => [channel, CHANNEL_WORDS[channel]] as const),
      )}
      {field("workflow", "Every workflow", [...workflows])}
    </div>
  );
}

function Row({ item, now, workflows }: { item: MessageView; now: number; workflows: ReadonlyMap<string, string> }) {
  const at = Date.parse(item.createdAt);
  const way = item.legs.length > 1 ? wayOf(item.legs) : CHANNEL_WORDS[item.channel].toLowerCase();
  const about = `${way}, ${item.lead.name}`;
  return (
    <li className="row two message" data-row="">
      <Glyph status={item.status} label={item.state} />
      <div className="row-text">
        <p className="clip">
          <Link
            to="/leads/$lead"
            params={{ lead: item.lead.id }}
            search={{}}
            className="name"
            data-open=""
            title={item.lead.name}
          >
            <bdi>{item.lead.name}</bdi>
          </Link>{" "}
          <span className="note">
            {way} · {STATE_WORDS[item.state]}
          </span>
        </p>
        {item.reason === undefined ? null : <p className="note clamp">{item.reason.line}</p>}
        <details>
          <summary className="note" aria-label={`${WORDS.details}: ${about}`}>
            {WORDS.details}
          </summary>
          <Legs
            item={item}
            workflow={item.workflow === undefined ? undefined : (workflows.get(item.workflow) ?? item.workflow)}
          />
        </details>
      </div>
      <span className="row-side">
        <time className="row-time tabular" dateTime={item.createdAt} title={full(at)}>
          {moment(at, now)}
        </time>
        <WhyLink decision={item.decision} about={about} />
      </span>
    </li>
  );
}

const STATE_WORDS: Readonly<Record<MessageView["state"], string>> = {
  queued: "about to go",
  sending: "going out",
  held: "held",
  unconfirmed: "unconfirmed",
  accepted: "sent",
  delivered: "delivered",
  failed: "failed",
  blocked: "refused",
  expired: "its time was over",
  withdrawn: "withdrawn",
  undecided: "undecided",
  shadow: "rehearsed, not sent",
};

function Legs({ item, workflow }: { item: MessageView; workflow: string | undefined }) {
  const from = [workflow, item.template === undefined ? undefined : `template ${item.template}`];
  return (
    <div className="legs">
      <p className="note">{from.filter((part) => part !== undefined).join(" · ")}</p>
      {item.legs.map((leg) => (
        <div key={leg.channel}>
          <p>
            {CHANNEL_WORDS[leg.channel]}: {LEG_WORDS[leg.state]}
          </p>
          <ul>
            {leg.facts.map((fact) => (
              <li key={fact.told} className="note tabular">
                <time dateTime={fact.at}>{full(Date.parse(fact.at))}</time>: {TOLD_WORDS[fact.told]} ({byWords(fact.by)}
                ){fact.detail === undefined ? null : <> · {fact.detail}</>}
              </li>
            ))}
          </ul>
        </div>
      ))}
    </div>
  );
}

// Leads: whoever was heard of last, or whoever the reader is looking for.

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import type { LeadRow } from "../../../src/insights/index.ts";
import { useHouse, useNow } from "../data.tsx";
import { full, moment } from "../format.ts";
import { Icon } from "../parts/marks.tsx";
import { useRowKeys } from "../parts/rows.tsx";
import { Bones, Empty, Failed } from "../parts/states.tsx";
import { type Search as Searched, without } from "../search.ts";
import { Head } from "../shell.tsx";
import { WORDS } from "../words.ts";

export function LeadsPage() {
  const { api } = useHouse();
  const now = useNow();
  const { q = "", sort = "recent" } = useSearch({ from: "/leads" });
  const box = useRef<HTMLDivElement>(null);
  useRowKeys(box);
  const query = useInfiniteQuery({
    queryKey: ["leads", api.location, q, sort],
    queryFn: ({ pageParam }) => api.leads({ q, sort, ...(pageParam === "" ? {} : { after: pageParam }) }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    refetchInterval: sort === "recent" && q === "" ? 15_000 : false,
  });
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <Head title={WORDS.leads} />
      <div className="page">
        <section className="card" aria-label={WORDS.leads} aria-busy={query.isFetching}>
          <header className="card-head tools">
            <Search />
            <fieldset className="segments" aria-label="Order">
              {(["recent", "name"] as const).map((order) => (
                <Link
                  key={order}
                  to="/leads"
                  search={q === "" ? { sort: order } : { q, sort: order }}
                  aria-pressed={sort === order}
                  role="button"
                >
                  {order === "recent" ? "Lately heard of" : "By name"}
                </Link>
              ))}
            </fieldset>
          </header>
          {query.error && rows.length === 0 ? (
            <Failed what="leads" error={query.error} again={() => void query.refetch()} />
          ) : query.data === undefined ? (
            <Bones rows={9} height={56} />
          ) : rows.length === 0 ? (
            q === "" ? (
              <Empty>{WORDS.leadsEmpty}</Empty>
            ) : (
              <Empty
                action={
                  <Link to="/leads" search={{}} className="button">
                    {WORDS.clear}
                  </Link>
                }
              >
                {WORDS.leadsNone(q)}
              </Empty>
            )
          ) : (
            <div ref={box}>
              <div className="columns" aria-hidden="true">
                <span>Name</span>
                <span>What happened last</span>
                <span>In</span>
                <span>Owner</span>
                <span className="right">Heard of</span>
              </div>
              <ul>
                {rows.map((row, at) => (
                  <Row key={row.id} row={row} now={now} first={at === 0} />
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
              {WORDS.moreLeads}
            </button>
          ) : null}
        </section>
      </div>
    </>
  );
}

function Row({ row, now, first }: { row: LeadRow; now: number; first: boolean }) {
  const runs = row.runs.map((run) => run.workflow.name);
  return (
    <li className="row lead-row" data-row="">
      <Link
        to="/leads/$lead"
        params={{ lead: row.id }}
        search={{}}
        className="name stretched clip"
        data-open=""
        tabIndex={first ? 0 : -1}
        title={row.name}
      >
        <bdi>{row.name}</bdi>
      </Link>
      <span className="lead-act clip">{row.lastAct?.text ?? "Nothing yet"}</span>
      <span className="lead-in clip" title={runs.join(", ")}>
        {runs.length === 0 ? "" : runs.length === 1 ? runs[0] : `${runs[0]} and ${runs.length - 1} more`}
      </span>
      <span className="lead-owner clip">{row.owner ?? ""}</span>
      <time
        className="row-time tabular"
        dateTime={row.lastSeenAt}
        title={row.lastSeenAt === undefined ? "" : full(Date.parse(row.lastSeenAt))}
      >
        {row.lastSeenAt === undefined ? "–" : moment(Date.parse(row.lastSeenAt), now)}
      </time>
    </li>
  );
}

/** What is typed is asked for 200 ms after typing stops, and lives in the address. */
function Search() {
  const navigate = useNavigate();
  const { q = "" } = useSearch({ from: "/leads" });
  const [text, setText] = useState(q);
  useEffect(() => setText(q), [q]);
  useEffect(() => {
    if (text === q) return;
    const timer = setTimeout(() => {
      void navigate({
        to: "/leads",
        search: (old: Searched) => (text === "" ? without(old, "q") : { ...old, q: text }),
        replace: true,
      });
    }, 200);
    return () => clearTimeout(timer);
  }, [text, q, navigate]);
  return (
    <label className="search">
      <Icon name="search" />
      <span className="hidden">{WORDS.search}</span>
      <input
        type="search"
        placeholder={WORDS.search}
        value={text}
        autoComplete="off"
        spellCheck={false}
        maxLength={100}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
      />
    </label>
  );
}

// Messages: are they arriving, what is held and until when, what must a person settle. Each section is a component of its
// own under ../messages, in the order in which one asks.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { useHouse, useNow } from "../data.tsx";
import { Breakdown, Funnel } from "../messages/funnel.tsx";
import { Held } from "../messages/held.tsx";
import { KeptBackByRule } from "../messages/kept-back.tsx";
import { MessageList } from "../messages/list.tsx";
import { Refused } from "../messages/refused.tsx";
import { Unsettled } from "../messages/unsettled.tsx";
import { DAYS, SPANS } from "../messages.ts";
import { Bones, Failed } from "../parts/states.tsx";
import type { Search } from "../search.ts";
import { Head } from "../shell.tsx";
import { WORDS } from "../words.ts";

export function MessagesPage() {
  const { api } = useHouse();
  const now = useNow();
  const { span = "1d", channel, workflow }: Search = useSearch({ from: "/messages" });
  const query = useQuery({
    queryKey: ["message-figures", api.location, span, channel, workflow],
    queryFn: () => api.messageFigures({ days: DAYS[span], channel, workflow }),
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  });
  const known = useQuery({ queryKey: ["workflows", api.location], queryFn: api.workflows, staleTime: 60_000 });
  const workflows = new Map(known.data?.items.map(({ id, name }) => [id, name]));
  const view = query.data;
  return (
    <>
      <Head title={WORDS.messages} />
      <div className="page">
        <fieldset className="segments spans" aria-label={WORDS.span}>
          {SPANS.map((one) => (
            <Link
              key={one}
              to="/messages"
              search={(old: Search) => ({ ...old, span: one })}
              replace
              resetScroll={false}
              role="button"
              aria-pressed={span === one}
            >
              {WORDS.spans[one]}
            </Link>
          ))}
        </fieldset>
        <Unsettled now={now} />
        <Refused now={now} />
        {view === undefined ? (
          <section className="card">
            {query.error ? (
              <Failed what="how messages fare" error={query.error} again={() => void query.refetch()} />
            ) : (
              <Bones rows={6} />
            )}
          </section>
        ) : (
          <>
            <Funnel view={view} />
            <Held held={view.held} now={now} />
            <KeptBackByRule from={view.from} to={view.to} />
            <Breakdown view={view} />
          </>
        )}
        <MessageList now={now} workflows={workflows} />
      </div>
    </>
  );
}

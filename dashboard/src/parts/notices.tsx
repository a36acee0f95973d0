// What people of the team were told, by workflows and of the models, and nobody has read yet.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Page } from "../../../src/insights/index.ts";
import type { NoticeView } from "../../../src/outreach/index.ts";
import { useHouse, useNow } from "../data.tsx";
import { full, moment } from "../format.ts";
import { toldTo, unfolded } from "../notices.ts";
import { WORDS } from "../words.ts";
import { Glyph } from "./marks.tsx";

export function Notices() {
  const { api } = useHouse();
  const client = useQueryClient();
  const now = useNow();
  const [all, setAll] = useState(false);
  const [failed, setFailed] = useState(false);
  const queryKey = ["notices", api.location];
  const query = useQuery({ queryKey, queryFn: api.notices, refetchInterval: 15_000, refetchOnWindowFocus: true });
  const items = query.data?.items ?? [];
  if (items.length === 0) return null;

  const { shown, more } = unfolded(items, all);
  const count = `${items.length}${query.data?.next === undefined ? "" : "+"}`;
  const read = async (id: string) => {
    await client.cancelQueries({ queryKey });
    client.setQueryData<Page<NoticeView>>(queryKey, (page) =>
      page === undefined ? page : { ...page, items: page.items.filter((item) => item.id !== id) },
    );
    setFailed(
      await api.readNotice(id).then(
        () => false,
        () => true,
      ),
    );
    await client.invalidateQueries({ queryKey });
  };
  return (
    <section className="card" aria-labelledby="notices">
      <header className="card-head">
        <h2 id="notices">{WORDS.notices}</h2>
        <span className="count tabular">{count}</span>
        <span className="grow" />
        <span className="note">newest first</span>
      </header>
      {failed ? (
        <p className="more-note" role="alert">
          {WORDS.notRead}
        </p>
      ) : null}
      <ul>
        {shown.map((item) => (
          <Row key={item.id} item={item} now={now} read={read} />
        ))}
      </ul>
      {more === 0 ? null : (
        <button type="button" className="more" onClick={() => setAll(true)}>
          {WORDS.allNotices(count)}
        </button>
      )}
    </section>
  );
}

function Row({ item, now, read }: { item: NoticeView; now: number; read: (id: string) => Promise<void> }) {
  const { session } = useHouse();
  const at = Date.parse(item.at);
  const from = item.workflow === undefined ? "" : ` · ${item.workflow.name}`;
  return (
    <li className="row two notice">
      <Glyph status="event" />
      <p className="row-text">
        {item.lead === undefined ? (
          <Link to="/models" search={{}} className="name stretched clip">
            {WORDS.models}
          </Link>
        ) : (
          <Link to="/leads/$lead" params={{ lead: item.lead.id }} search={{}} className="name stretched clip">
            <bdi>{item.lead.name}</bdi>
          </Link>
        )}
        <span className="notice-text">
          <bdi>{item.message}</bdi>
        </span>
        <span className="note clip">
          {toldTo(item, session.name)}
          {from}
        </span>
      </p>
      <time className="row-time tabular" dateTime={item.at} title={full(at)}>
        {moment(at, now)}
      </time>
      {session.role === "viewer" ? null : (
        <button
          type="button"
          className="button above"
          aria-label={`${WORDS.markRead}: ${item.lead?.name ?? WORDS.models}`}
          onClick={(event) => {
            passFocus(event.currentTarget);
            void read(item.id);
          }}
        >
          {WORDS.markRead}
        </button>
      )}
    </li>
  );
}

/** The row goes away with its button: a reader by keyboard goes on at the next one. */
function passFocus(button: HTMLElement): void {
  const row = button.closest("li");
  const next = (row?.nextElementSibling ?? row?.previousElementSibling)?.querySelector("button");
  (next ?? document.getElementById("main"))?.focus();
}

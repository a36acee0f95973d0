// Messages of which nobody knows whether they arrived: looked up by us, and then for a person to say.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { MessageView } from "../../../src/insights/index.ts";
import { useHouse } from "../data.tsx";
import { full, moment } from "../format.ts";
import { CHANNEL_WORDS } from "../messages.ts";
import { Glyph } from "../parts/marks.tsx";
import { asking } from "../search.ts";
import { WORDS } from "../words.ts";

export function Unsettled({ now }: { now: number }) {
  const { api } = useHouse();
  const query = useQuery({
    queryKey: ["unsettled", api.location],
    queryFn: async () => {
      const [undecided, unconfirmed] = await Promise.all([
        api.messages({ state: "undecided" }),
        api.messages({ state: "unconfirmed" }),
      ]);
      return [...undecided.items, ...unconfirmed.items];
    },
    refetchInterval: 10_000,
  });
  const items = query.data ?? [];
  if (items.length === 0) return null;
  return (
    <section className="card" aria-labelledby="unsettled">
      <header className="card-head">
        <h2 id="unsettled">{WORDS.unsettled}</h2>
        <span className="count tabular">{items.length}</span>
      </header>
      <p className="note pad">{WORDS.unsettledHow}</p>
      <ul>
        {items.map((item) => (
          <Row key={item.id} item={item} now={now} />
        ))}
      </ul>
    </section>
  );
}

function Row({ item, now }: { item: MessageView; now: number }) {
  const { api, session } = useHouse();
  const client = useQueryClient();
  const [said, setSaid] = useState<string>();
  const settle = async (as: "sent" | "not_sent") => {
    setSaid(WORDS.settling);
    const refused = await api.settle(item.id, as).then(
      () => undefined,
      (error: Error) => error.message,
    );
    if (refused === undefined) setSaid(as === "sent" ? WORDS.saidArrived : WORDS.saidNeverLeft);
    else setSaid(WORDS.refused(refused));
    await client.invalidateQueries({ queryKey: ["unsettled", api.location] });
  };
  const about = `${CHANNEL_WORDS[item.channel]} to ${item.lead.name}`;
  return (
    <li className="row two unsettled">
      <Glyph status={item.status} label={item.state} />
      <p className="row-text">
        <span className="clip">
          {CHANNEL_WORDS[item.channel]} to{" "}
          <Link to="/leads/$lead" params={{ lead: item.lead.id }} search={{}} className="name">
            <bdi>{item.lead.name}</bdi>
          </Link>
        </span>
        <span className="note">
          {item.state === "undecided" ? WORDS.nobodyKnows : WORDS.lookedUp} ·{" "}
          <time dateTime={item.createdAt} title={full(Date.parse(item.createdAt))}>
            {moment(Date.parse(item.createdAt), now)}
          </time>
          {item.decision === undefined ? null : (
            <>
              {" · "}
              <Link
                to="."
                search={asking(item.decision)}
                className="why-link"
                resetScroll={false}
                aria-label={`${WORDS.why}: ${about}`}
              >
                {WORDS.why}
              </Link>
            </>
          )}
        </span>
      </p>
      {session.role === "viewer" ? null : said !== undefined ? (
        <p className="note settled" role="status">
          {said}
        </p>
      ) : (
        <fieldset className="settle" aria-label={about}>
          <button
            type="button"
            className="button"
            aria-label={`${WORDS.arrived}: ${about}`}
            onClick={() => void settle("sent")}
          >
            {WORDS.arrived}
          </button>
          <button
            type="button"
            className="button"
            aria-label={`${WORDS.neverLeft}: ${about}`}
            onClick={() => void settle("not_sent")}
          >
            {WORDS.neverLeft}
          </button>
        </fieldset>
      )}
    </li>
  );
}

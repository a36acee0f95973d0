// Domains and channels of ours that are refused for the sender's sake: their marketing waits, and a manager who has seen to it lets it go again.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { RefusedSender } from "../api.ts";
import { useHouse } from "../data.tsx";
import { full, moment, number } from "../format.ts";
import { Glyph } from "../parts/marks.tsx";
import { WORDS } from "../words.ts";

export function Refused({ now }: { now: number }) {
  const { api } = useHouse();
  const query = useQuery({
    queryKey: ["refused-senders", api.location],
    queryFn: api.refusedSenders,
    refetchInterval: 30_000,
  });
  const items = query.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <section className="card" aria-labelledby="refused-senders">
      <header className="card-head">
        <h2 id="refused-senders">{WORDS.refusedSenders}</h2>
        <span className="count tabular">{items.length}</span>
      </header>
      <p className="note pad">{WORDS.refusedSendersHow}</p>
      <ul>
        {items.map((item) => (
          <Row key={item.domain} item={item} now={now} />
        ))}
      </ul>
    </section>
  );
}

function Row({ item, now }: { item: RefusedSender; now: number }) {
  const { api, session } = useHouse();
  const client = useQueryClient();
  const [said, setSaid] = useState<string>();
  const channels: Readonly<Record<string, string>> = WORDS.refusedChannel;
  const name = item.domain === "" ? WORDS.crmsChoice : (channels[item.domain] ?? item.domain);
  const lift = async () => {
    setSaid(WORDS.settling);
    const refused = await api.liftSender(item.domain).then(
      () => undefined,
      (error: Error) => error.message,
    );
    setSaid(refused === undefined ? WORDS.letGo : WORDS.refused(refused));
    await client.invalidateQueries({ queryKey: ["refused-senders", api.location] });
  };
  return (
    <li className="row two unsettled">
      <Glyph status="held" />
      <p className="row-text">
        <span className="clip name">{name}</span>
        <span className="note">
          {WORDS.refusedTimes(number(item.times), item.detail)} ·{" "}
          <time dateTime={item.until} title={full(Date.parse(item.until))}>
            {WORDS.waitsUntil(moment(Date.parse(item.until), now))}
          </time>
        </span>
      </p>
      {session.role !== "manager" && session.role !== "owner" ? null : said !== undefined ? (
        <p className="note settled" role="status">
          {said}
        </p>
      ) : (
        <fieldset className="settle" aria-label={name}>
          <button type="button" className="button" aria-label={`${WORDS.letItGo}: ${name}`} onClick={() => void lift()}>
            {WORDS.letItGo}
          </button>
        </fieldset>
      )}
    </li>
  );
}

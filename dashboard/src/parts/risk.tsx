// Going cold: how likely, what goes with it, and what there is to do about it.

import { useQuery } from "@tanstack/react-query";
import type { LeadView } from "../../../src/insights/index.ts";
import { useHouse, useNow } from "../data.tsx";
import { riskOf } from "../risk.ts";
import { WORDS } from "../words.ts";
import { Bars } from "./why.tsx";

/** Asked anew whenever the lead is scored anew. */
export function Risk({ lead }: { lead: LeadView }) {
  const { api } = useHouse();
  const now = useNow();
  const { score } = lead;
  const query = useQuery({
    queryKey: ["explanation", api.location, lead.id, score?.asOf],
    queryFn: () => api.explanation(lead.id),
    enabled: score !== undefined,
  });
  const told = query.data === undefined ? undefined : riskOf(query.data, now);
  if (told === undefined) return null;
  const { says, by, reasons, doing } = told;
  return (
    <section className="card pad" aria-labelledby="risk">
      <h2 id="risk">{WORDS.coldModels}</h2>
      <p>{says}</p>
      <Bars reasons={reasons} />
      {by === "" ? null : <p className="note">{by}</p>}
      {reasons.length === 0 ? null : <p className="note">{WORDS.notCause}</p>}
      {doing.length === 0 ? null : (
        <>
          <h3>{WORDS.toDo}</h3>
          <ul className="doing">
            {doing.map((one) => (
              <li key={one.key}>
                {one.words} <span className="note">{one.note}</span>
                <span className="note">{one.effect ?? WORDS.notMeasured}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

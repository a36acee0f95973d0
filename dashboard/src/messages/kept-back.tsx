// What rules made wait and what they stopped, over the span that is looked at: each rule once, the most first.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { KeptBack } from "../api.ts";
import { useHouse } from "../data.tsx";
import { number } from "../format.ts";
import { byRule } from "../messages.ts";
import { Glyph } from "../parts/marks.tsx";
import type { Search } from "../search.ts";
import { WORDS } from "../words.ts";

const STATUS = { held: "held", blocked: "off", expired: "failed" } as const satisfies Record<
  KeptBack["verdict"],
  string
>;

export function KeptBackByRule({ from, to }: { from: string; to: string }) {
  const { api } = useHouse();
  const query = useQuery({
    queryKey: ["kept-back", api.location, from.slice(0, 13), to.slice(0, 16)],
    queryFn: () => api.keptBack(from, to),
  });
  if (query.data === undefined) return null;
  const rules = byRule(query.data.items);
  return (
    <section className="card" aria-labelledby="kept-back">
      <header className="card-head">
        <h2 id="kept-back">{WORDS.keptBack}</h2>
      </header>
      {rules.length === 0 ? (
        <p className="pad note">{WORDS.nothingKeptBack}</p>
      ) : (
        <ul>
          {rules.map((rule) => (
            <li key={`${rule.verdict} ${rule.code}`} className="row">
              <Glyph status={STATUS[rule.verdict]} />
              <p className="row-text">
                <Link
                  to="/messages"
                  search={({ span }: Search) => ({
                    ...(span === undefined ? {} : { span }),
                    verdict: rule.verdict,
                    check: rule.code,
                  })}
                  hash="list"
                  className="name"
                >
                  {WORDS.keptBackAs[rule.verdict]}
                </Link>{" "}
                <span className="note">
                  {rule.check}: {rule.says}
                </span>
              </p>
              <span className="row-time tabular">{WORDS.messagesOf(number(rule.messages))}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

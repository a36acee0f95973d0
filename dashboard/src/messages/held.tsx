// What waits at this moment, for what, and until when.

import { Link } from "@tanstack/react-router";
import type { MessagesView } from "../../../src/insights/index.ts";
import { full, moment, number } from "../format.ts";
import { Glyph } from "../parts/marks.tsx";
import { WORDS } from "../words.ts";

export function Held({ held, now }: { held: MessagesView["held"]; now: number }) {
  return (
    <section className="card" aria-labelledby="held">
      <header className="card-head">
        <h2 id="held">{WORDS.heldNow}</h2>
        <span className="count tabular">{number(held.count)}</span>
        <span className="grow" />
        {held.count === 0 ? null : (
          <Link to="/messages" search={{ state: "held" }} className="why-link">
            {WORDS.showThem}
          </Link>
        )}
      </header>
      {held.reasons.length === 0 ? (
        <p className="pad note">{WORDS.nothingHeld}</p>
      ) : (
        <ul>
          {held.reasons.map((reason) => (
            <li key={reason.code} className="row">
              <Glyph status="held" />
              <p className="row-text">
                <span className="name">{reason.label}</span>{" "}
                <span className="note tabular">{number(reason.count)} waiting</span>
              </p>
              {reason.next === undefined ? null : (
                <time
                  className="row-time tabular"
                  dateTime={reason.next}
                  title={full(Date.parse(reason.next))}
                >{`next ${moment(Date.parse(reason.next), now)}`}</time>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

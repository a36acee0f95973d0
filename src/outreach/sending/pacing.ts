// Departures that were granted a little ahead, each let go at its instant. Until then their leads may write: what has
// mail by then does not leave, for a STOP that was committed is obeyed.

import type { Facts } from "../../kernel/facts.ts";
import type { Database } from "../../kernel/sql.ts";
import type { Clock, Millis } from "../../kernel/time.ts";
import type { Departure } from "./sending.ts";

export interface PacingNeeds {
  readonly database: Database;
  readonly clock: Clock;
  readonly facts: Facts;
}

export interface Pacing {
  /** Resolves at its instant with true; with false when its lead has written meanwhile, or everything ends. */
  wait(location: string, departure: Departure): Promise<boolean>;
  /** Lets nothing go any more. */
  close(): void;
}

interface Waiting {
  readonly location: string;
  readonly departure: Departure;
  readonly leave: (may: boolean) => void;
}

/** How long before they leave they are looked at again, all of them by one statement. */
const LOOK: Millis = 100;

export function openPacing({ database, clock, facts }: PacingNeeds): Pacing {
  let waiting: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const look = async (): Promise<void> => {
    const until = clock.real() + LOOK;
    const due = waiting.filter(({ departure }) => departure.leaveAt <= until);
    waiting = waiting.filter(({ departure }) => departure.leaveAt > until);
    if (due.length === 0) return;
    const written = await withMail(database, due).catch((error) => {
      facts.emit("loop_failed", { loop: "sender", reason: String(error) });
      return undefined; // nobody knows: none of them leaves
    });
    for (const { location, departure, leave } of due) {
      const may = written !== undefined && !written.has(`${location} ${departure.entry.row.lead}`);
      if (may) setTimeout(leave, departure.leaveAt - clock.real(), true);
      else leave(false);
    }
  };

  const run = (): void => {
    timer = setTimeout(async () => {
      timer = undefined;
      await look();
      if (waiting.length > 0 && timer === undefined) run();
    }, LOOK);
  };

  return {
    wait: (location, departure) =>
      new Promise((leave) => {
        const left = departure.leaveAt - clock.real();
        // checked a moment ago
        if (left <= LOOK) setTimeout(leave, left, true);
        else if (closed) leave(false);
        else {
          waiting.push({ location, departure, leave });
          if (timer === undefined) run();
        }
      }),
    close() {
      closed = true;
      clearTimeout(timer);
      for (const { leave } of waiting.splice(0)) leave(false);
    },
  };
}

/** `<location> <lead>` of those with mail that no turn has read. */
async function withMail(database: Database, due: readonly Waiting[]): Promise<ReadonlySet<string>> {
  const asked = due.filter(({ departure }) => departure.entry.row.kind === "message");
  if (asked.length === 0) return new Set();
  const locations = [...new Set(asked.map(({ location }) => location))];
  const { rows } = await database.transaction(locations, (sql) =>
    sql.query<{ key: string }>(
      `select a.location || ' ' || a.lead as key
         from unnest($1::text[], $2::text[]) as a (location, lead)
        where exists (select from mailbox as m where m.location_id = a.location and m.lead_id = a.lead)`,
      [asked.map(({ location }) => location), asked.map(({ departure }) => departure.entry.row.lead)],
    ),
  );
  return new Set(rows.map(({ key }) => key));
}

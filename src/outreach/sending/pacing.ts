// Departures on their way out, each let go at its instant: mass sends are granted a little ahead. Until then their leads
// may write: what has mail by then does not leave, for a STOP that was committed is obeyed.

import type { Facts } from "../../kernel/facts.ts";
import type { Database } from "../../kernel/sql.ts";
import type { Clock, Millis } from "../../kernel/time.ts";
import type { Departure } from "./sending.ts";
import { type Reached, withNews } from "./stop.ts";

export interface PacingNeeds {
  readonly database: Database;
  readonly clock: Clock;
  readonly facts: Facts;
}

export interface Pacing {
  /**
   * Of departures that are marked, whose marks are committed: each resolves at its instant with true; with false when its
   * lead has written meanwhile, or everything ends.
   */
  wait(location: string, departures: readonly Departure[]): readonly Promise<boolean>[];
  /** Lets nothing go any more. */
  close(): void;
}

interface Waiting {
  readonly location: string;
  readonly departure: Departure;
  readonly leave: (may: boolean) => void;
}

/** How long before they leave they are looked at, all of them by one statement. */
const LOOK: Millis = 100;

export function openPacing({ database, clock, facts }: PacingNeeds): Pacing {
  let waiting: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  /**
   * Whose leads have news. Asked once the marks are committed: whatever was committed before them, a STOP above all, is
   * seen here, however late.
   */
  const newsOf = async (due: readonly Waiting[]): Promise<(one: Reached) => boolean> => {
    const reached = due.flatMap((one) => reachedBy(one) ?? []);
    if (reached.length === 0) return () => false;
    const locations = [...new Set(reached.map(({ location }) => location))];
    const { news } = await database.transaction(locations, async (sql) => {
      const asked = withNews(sql, reached);
      sql.last(asked);
      return { news: asked };
    });
    return news;
  };

  const look = async (due: readonly Waiting[]): Promise<void> => {
    const news = await newsOf(due).catch((error) => {
      facts.emit("loop_failed", { loop: "sender", reason: String(error) });
      return undefined; // nobody knows: none of them leaves
    });
    for (const one of due) {
      const reached = reachedBy(one);
      const may = news !== undefined && (reached === undefined || !news(reached));
      if (may) setTimeout(one.leave, one.departure.leaveAt - clock.real(), true);
      else one.leave(false);
    }
  };

  const run = (): void => {
    timer = setTimeout(async () => {
      timer = undefined;
      const until = clock.real() + LOOK;
      const due = waiting.filter(({ departure }) => departure.leaveAt <= until);
      waiting = waiting.filter(({ departure }) => departure.leaveAt > until);
      await look(due);
      if (waiting.length > 0 && timer === undefined) run();
    }, LOOK);
  };

  return {
    wait(location, departures) {
      const now: Waiting[] = [];
      const until = clock.real() + LOOK;
      const promises = departures.map(
        (departure) =>
          new Promise<boolean>((leave) => {
            (departure.leaveAt <= until ? now : waiting).push({ location, departure, leave });
          }),
      );
      void look(now);
      if (closed) stop();
      else if (waiting.length > 0 && timer === undefined) run();
      return promises;
    },
    close() {
      closed = true;
      stop();
    },
  };

  function stop(): void {
    clearTimeout(timer);
    for (const { leave } of waiting.splice(0)) leave(false);
  }
}

/** What is no message goes whatever its lead has written. */
const reachedBy = ({ location, departure: { entry, channel } }: Waiting): Reached | undefined =>
  entry.row.kind === "message" ? { location, lead: entry.row.lead, channel } : undefined;

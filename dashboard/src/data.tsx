// Query data kept alive by the hub: fetched once by HTTP, then written by the reducers.

import { type QueryKey, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useRef, useState, useSyncExternalStore } from "react";
import type { Api, Session } from "./api.ts";
import type { Live } from "./live/client.ts";
import { lacksWords, type Marked, type Step, type TopicFrame, withWords } from "./live/reduce.ts";

export interface House {
  readonly api: Api;
  readonly live: Live;
  readonly session: Session;
  signOut(): void;
}

export const HouseContext = createContext<House | undefined>(undefined);

export function useHouse(): House {
  const house = useContext(HouseContext);
  if (house === undefined) throw new Error("a page was drawn outside the house");
  return house;
}

export function useHealth() {
  const { live } = useHouse();
  return useSyncExternalStore(live.subscribe, live.status);
}

/** The time by the server's clock, moving each ten seconds; where it runs fast, each second. */
export function useNow(every = 10_000): number {
  const { live, session } = useHouse();
  const tick = session.simulated === undefined ? every : Math.min(every, 1_000);
  const [now, setNow] = useState(() => live.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(live.now()), tick);
    return () => clearInterval(timer);
  }, [live, tick]);
  return now;
}

/** What people wrote is fetched this long after the first frame that left it out. */
const WORDS_MS = 500;

/** Fetches once, then follows the topic. While the hub is silent for too long, HTTP answers each 15 s instead. */
export function useLive<State extends Marked>(
  key: QueryKey,
  topic: string,
  fetch: () => Promise<State>,
  reduce: (state: State, frame: TopicFrame) => Step<State>,
) {
  const { live } = useHouse();
  const client = useQueryClient();
  const { health } = useHealth();
  const query = useQuery({
    queryKey: key,
    queryFn: fetch,
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: health === "stale" ? 15_000 : false,
  });
  const known = query.data?.live !== undefined;
  const latest = useRef({ key, reduce, fetch });
  latest.current = { key, reduce, fetch };

  useEffect(() => {
    if (!known) return;
    const { key } = latest.current;
    let asking: ReturnType<typeof setTimeout> | undefined;
    const askForWords = () => {
      asking = undefined;
      latest.current.fetch().then(
        (fetched) => client.setQueryData<State>(key, (held) => (held === undefined ? held : withWords(held, fetched))),
        () => undefined, // the rows stay without their words until the next frame asks again
      );
    };
    const unwatch = live.watch({
      topic,
      mark: () => client.getQueryData<State>(key)?.live,
      frames(frames) {
        const before = client.getQueryData<State>(key);
        if (before === undefined) return;
        let state = before;
        let ask: Step<State>["ask"];
        for (const frame of frames) {
          const step = latest.current.reduce(state, frame);
          state = step.state;
          ask = step.ask;
          if (ask !== undefined) break;
        }
        if (state !== before) client.setQueryData(key, state);
        if (lacksWords(state)) asking ??= setTimeout(askForWords, WORDS_MS);
        if (ask === "resub") live.resub(topic);
        if (ask === "refetch") void client.refetchQueries({ queryKey: key }).then(() => live.resub(topic));
      },
    });
    return () => {
      clearTimeout(asking);
      unwatch();
    };
  }, [topic, known, live, client]);

  return query;
}

/** How often a lead is asked for anew, ms, until its turn has taken what a person said of it. */
const AGAIN = 2_000;
/** A turn comes within seconds; what has not been taken after that is not waited for here, ms. */
const PATIENCE = 30_000;

/** Asks for the lead anew while `waits`, and calls `late` where that has gone on for too long. */
export function useTaking(lead: string, waits: boolean, late: () => void): void {
  const { api } = useHouse();
  const client = useQueryClient();
  const latest = useRef(late);
  latest.current = late;
  useEffect(() => {
    if (!waits) return;
    const timer = setInterval(() => void client.invalidateQueries({ queryKey: ["lead", api.location, lead] }), AGAIN);
    const end = setTimeout(() => latest.current(), PATIENCE);
    return () => {
      clearInterval(timer);
      clearTimeout(end);
    };
  }, [waits, client, api.location, lead]);
}

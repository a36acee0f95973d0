// What a process gets done, counted, so that its end can say what was finished on the way.

import type { FastifyInstance } from "fastify";
import type { Facts } from "../kernel/facts.ts";

export interface Finished {
  readonly turns_saved: number;
  /** Requests to send, answered or given up. */
  readonly sends_finished: number;
  readonly requests_answered: number;
}

/** Counts from now on. Answers what was finished since it was asked to begin again, or since now. */
export function openFinished(facts: Facts, app: FastifyInstance): { begin(): void; read(): Finished } {
  const nothing = { turns_saved: 0, sends_finished: 0, requests_answered: 0 };
  let done = { ...nothing };
  facts.on("turn_saved", ({ leads }) => {
    done.turns_saved += leads;
  });
  facts.on("message_sent", () => {
    done.sends_finished += 1;
  });
  app.addHook("onResponse", async () => {
    done.requests_answered += 1;
  });
  return {
    begin() {
      done = { ...nothing };
    },
    read: () => done,
  };
}

import type { Facts, LoopName } from "./facts.ts";
import type { Millis } from "./time.ts";

/** Runs something now and then, one at a time; what fails is told and tried again. Answers how to stop it. */
export function every(ms: Millis, facts: Facts, loop: LoopName, work: () => Promise<unknown>): () => Promise<void> {
  let stopped = false;
  let busy = false;
  let running: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    if (busy || stopped) return;
    busy = true;
    running = work()
      .catch((error) => facts.emit("loop_failed", { loop, reason: String(error) }))
      .finally(() => {
        busy = false;
      });
  }, ms);
  return async () => {
    stopped = true;
    clearInterval(timer);
    await running;
  };
}

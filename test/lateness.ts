import { quantile } from "./budget/judge.ts";

/** Starts watching a timer of 20 ms; answers how to stop, which answers by how many ms that part of its calls were late at most. */
export function watchTimers(part: number): () => number {
  const lates: number[] = [];
  let before = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    lates.push(Math.max(0, now - before - 20));
    before = now;
  }, 20);
  return () => {
    clearInterval(timer);
    return quantile(lates, part);
  };
}

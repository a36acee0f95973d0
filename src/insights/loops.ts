// Background work of this process that fails, for the page of the system: which loop, how often, since when, and why.

import type { Facts, LoopName } from "../kernel/facts.ts";
import { HOUR, type Instant, MINUTE } from "../kernel/time.ts";

export interface FailingLoop {
  readonly loop: LoopName;
  /** In the last hour. */
  readonly times: number;
  /** The first failure with none more than an hour after the one before, and the latest; real time. */
  readonly since: Instant;
  readonly last: Instant;
  /** What was said of the latest, without what it quoted. */
  readonly reason: string;
}

interface Kept {
  since: Instant;
  last: Instant;
  reason: string;
  /** Failures by minute of the epoch, those of the last hour. */
  readonly minutes: Map<number, number>;
}

/**
 * Listens from now on; what failed before is in the log alone.
 *
 * @param real real time
 * @returns what failed within the last hour, the latest first
 */
export function openFailingLoops(facts: Pick<Facts, "on">, real: () => Instant): () => readonly FailingLoop[] {
  const loops = new Map<LoopName, Kept>();
  const isOld = (at: Instant) => at <= real() - HOUR;
  facts.on("loop_failed", ({ loop, reason }) => {
    const now = real();
    const before = loops.get(loop);
    const kept =
      before === undefined || isOld(before.last) ? { since: now, last: now, reason, minutes: new Map() } : before;
    const minute = Math.floor(now / MINUTE);
    kept.minutes.set(minute, (kept.minutes.get(minute) ?? 0) + 1);
    for (const one of kept.minutes.keys()) if (isOld(one * MINUTE)) kept.minutes.delete(one);
    kept.last = now;
    kept.reason = withoutQuotes(reason);
    loops.set(loop, kept);
  });
  return () =>
    [...loops]
      .filter(([, { last }]) => !isOld(last))
      .map(([loop, { since, last, reason, minutes }]) => {
        const counted = [...minutes].filter(([minute]) => !isOld(minute * MINUTE));
        return { loop, since, last, reason, times: Math.max(1, sum(counted.map(([, n]) => n))) };
      })
      .sort((a, b) => b.last - a.last || (a.loop < b.loop ? -1 : 1));
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0);

const LONGEST = 160;

/** An error's first line for everybody's eyes: no address, number, id, link or quotation of what somebody wrote. */
export function withoutQuotes(reason: string): string {
  const line = (reason.split("\n")[0] ?? "").slice(0, 1_000);
  const told = line
    .replaceAll(/"[^"]*"?|“[^”]*”?|`[^`]*`?|(?<!\w)'[^']*'?/g, "…")
    .replaceAll(/[{[(].*[}\])]/g, "…")
    .replaceAll(/\b[a-z][a-z+.-]*:\/\/\S+/gi, "…")
    .replaceAll(/\S*@\S*/g, "…")
    .replaceAll(/\+?\d[\d().\s-]{5,}\d/g, "…")
    .replaceAll(/\b(?=[\w-]*\d)[\w-]{12,}/g, "…")
    .replaceAll(/ ?…\.$/g, "…")
    .trim();
  return told.length > LONGEST ? `${told.slice(0, LONGEST)}…` : told;
}

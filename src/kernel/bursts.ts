// The same said again and again is said once, and then with how often: what fails in a loop fails many times a second.

import { MINUTE, type Millis } from "./time.ts";

/** Of a key that is said anew, those like it are counted for so long. */
const TOGETHER: Millis = MINUTE;

export interface Bursts<Told> {
  /** The first at once; those like it within a minute together at its end, with how many they were. */
  say(key: string, told: Told): void;
}

/**
 * @param tell `times`: how many were like it since; absent: it is the first
 * @param later calls back once, after so long
 */
export function openBursts<Told>(
  tell: (told: Told, times?: number) => void,
  later: (work: () => void, ms: Millis) => void,
): Bursts<Told> {
  const under = new Map<string, { times: number; told: Told }>();
  const end = (key: string) => {
    const burst = under.get(key);
    under.delete(key);
    if (burst === undefined || burst.times === 0) return;
    tell(burst.told, burst.times);
    begin(key, burst.told);
  };
  // one that lasts is told once a minute
  const begin = (key: string, told: Told) => {
    under.set(key, { times: 0, told });
    later(() => end(key), TOGETHER);
  };
  return {
    say(key, told) {
      const burst = under.get(key);
      if (burst !== undefined) {
        burst.times += 1;
        burst.told = told;
        return;
      }
      tell(told);
      begin(key, told);
    },
  };
}

// A quantity that fades by itself, as excitement and fatigue do.

import { DAY, type Instant } from "../../src/kernel/time.ts";

export class Fading {
  readonly #perDay: number;
  #value: number;
  #since: Instant;
  // a day asks for the same instant several times
  #asked = Number.NaN;
  #answer = 0;

  /** @param perDay what is left after a day is e to the minus this */
  constructor(perDay: number, value: number, since: Instant) {
    this.#perDay = perDay;
    this.#value = value;
    this.#since = since;
  }
  /** As it was last set, not faded. */
  get last(): number {
    return this.#value;
  }
  at(at: Instant): number {
    if (this.#value === 0) return 0;
    if (at === this.#asked) return this.#answer;
    this.#asked = at;
    this.#answer = this.#value * Math.exp((-this.#perDay * (at - this.#since)) / DAY);
    return this.#answer;
  }
  set(value: number, at: Instant): void {
    this.#value = value;
    this.#since = at;
    this.#asked = at;
    this.#answer = value;
  }
}

// Chance as a pure function: every number is u(seed, lead, purpose, index). No shared stream, no draw order, so a
// new purpose, lead or message disturbs no other draw.

/**
 * Uniform in (0, 1), never 0 nor 1; a multiple of 2^-32 off by a half step.
 *
 * @param lead the lead's own number, never its place in a list
 * @param purpose a name such as `visit/20516` or `message/<id>/open`
 */
export function u(seed: number, lead: number, purpose: string, index = 0): number {
  return (bits(seed, lead, purpose, index) + 0.5) / 4_294_967_296;
}

/** 32 well-mixed bits of the four arguments, from two lanes of integer arithmetic. */
export function bits(seed: number, lead: number, purpose: string, index = 0): number {
  return laneOf(seed, lead).under(purpose).bits(index);
}

/** The draws of one purpose. */
export interface Draws {
  u(index?: number): number;
  /** Standard normal. */
  normal(index?: number): number;
  /** Exponential with mean 1. */
  exponential(index?: number): number;
  gamma(shape: number, mean: number): number;
  poisson(mean: number): number;
  pick<T>(list: readonly T[], index?: number): T;
  /** The draws of this purpose with more at its end. */
  under(more: string): Draws;
}

/** One lead's draws: the same functions with seed and lead bound. */
export interface Chance {
  u(purpose: string, index?: number): number;
  normal(purpose: string, index?: number): number;
  exponential(purpose: string, index?: number): number;
  gamma(purpose: string, shape: number, mean: number): number;
  poisson(purpose: string, mean: number): number;
  pick<T>(purpose: string, list: readonly T[], index?: number): T;
  /** All of one purpose, where there are many: its name is mixed in once. */
  of(purpose: string): Draws;
  /** The same functions, every purpose under a name: `future/3/`. */
  under(name: string): Chance;
}

/** Where the two lanes stand. The order of what is mixed in is the purpose: a prefix is mixed once and gone on from. */
class Lane implements Draws {
  readonly #a: number;
  readonly #b: number;
  constructor(a: number, b: number) {
    this.#a = a;
    this.#b = b;
  }
  word(word: number): Lane {
    const a = Math.imul(this.#a ^ word, 0x85ebca6b);
    const b = Math.imul(this.#b ^ word, 0xc2b2ae35);
    return new Lane(a ^ (a >>> 15), b ^ (b >>> 13));
  }
  under(more: string): Lane {
    let a = this.#a;
    let b = this.#b;
    for (let i = 0; i < more.length; i += 1) {
      const word = more.charCodeAt(i) + 1;
      a = Math.imul(a ^ word, 0x85ebca6b);
      a ^= a >>> 15;
      b = Math.imul(b ^ word, 0xc2b2ae35);
      b ^= b >>> 13;
    }
    return new Lane(a, b);
  }
  bits(index: number): number {
    let a = Math.imul(this.#a ^ index, 0x85ebca6b);
    a ^= a >>> 15;
    let b = Math.imul(this.#b ^ index, 0xc2b2ae35);
    b ^= b >>> 13;
    a = Math.imul(a ^ (a >>> 16), 0x7feb352d) ^ Math.imul(b ^ (b >>> 15), 0x846ca68b);
    a = Math.imul(a ^ (a >>> 15), 0x2c1b3c6d);
    return (a ^ (a >>> 16)) >>> 0;
  }
  u(index = 0): number {
    return (this.bits(index) + 0.5) / 4_294_967_296;
  }
  normal(index = 0): number {
    return Math.sqrt(-2 * Math.log(this.u(2 * index))) * Math.cos(2 * Math.PI * this.u(2 * index + 1));
  }
  exponential(index = 0): number {
    return -Math.log(this.u(index));
  }
  gamma(shape: number, mean: number): number {
    return (standardGamma(shape, this, 0) * mean) / shape;
  }
  poisson(mean: number): number {
    const u = this.u();
    // (1 - m) e^m is never above 1: mostly that is enough to know
    if (u <= 1 - mean) return 0;
    // inversion; means here stay below 40
    let rest = u * Math.exp(mean);
    let term = 1;
    let count = 0;
    while (rest > term && count < 200) {
      rest -= term;
      count += 1;
      term *= mean / count;
    }
    return count;
  }
  pick<T>(list: readonly T[], index = 0): T {
    const item = list[Math.floor(this.u(index) * list.length)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }
}

const laneOf = (seed: number, lead: number): Lane =>
  new Lane(seed ^ 0x9e3779b9, ~seed ^ 0x41c6ce57).word(lead | 0).word(Math.floor(lead / 4_294_967_296) | 0);

export const chanceOf = (seed: number, lead: number): Chance => chanceFrom(laneOf(seed, lead));

function chanceFrom(root: Lane): Chance {
  return {
    u: (purpose, index) => root.under(purpose).u(index),
    normal: (purpose, index) => root.under(purpose).normal(index),
    exponential: (purpose, index) => root.under(purpose).exponential(index),
    gamma: (purpose, shape, mean) => root.under(purpose).gamma(shape, mean),
    poisson: (purpose, mean) => root.under(purpose).poisson(mean),
    pick: (purpose, list, index) => root.under(purpose).pick(list, index),
    of: (purpose) => root.under(purpose),
    under: (name) => chanceFrom(root.under(name)),
  };
}

/** Marsaglia and Tsang (2000), with the boost for shapes below one. */
function standardGamma(shape: number, draws: Draws, from: number): number {
  if (shape < 1) return standardGamma(shape + 1, draws, from + 1) * draws.u(from) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (let i = from; i < from + 300; i += 3) {
    const x = Math.sqrt(-2 * Math.log(draws.u(i))) * Math.cos(2 * Math.PI * draws.u(i + 1));
    const t = 1 + c * x;
    if (t <= 0) continue;
    const v = t * t * t;
    const u = draws.u(i + 2);
    // within their squeeze, which is nearly always, the logarithms say the same
    if (u < 1 - 0.0331 * x * x * x * x || Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
  return d;
}

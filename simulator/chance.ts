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
  let a = seed ^ 0x9e3779b9;
  let b = ~seed ^ 0x41c6ce57;
  const mix = (word: number) => {
    a = Math.imul(a ^ word, 0x85ebca6b);
    a ^= a >>> 15;
    b = Math.imul(b ^ word, 0xc2b2ae35);
    b ^= b >>> 13;
  };
  mix(lead | 0);
  mix(Math.floor(lead / 4_294_967_296) | 0);
  for (let i = 0; i < purpose.length; i += 1) mix(purpose.charCodeAt(i) + 1);
  mix(index | 0);
  a = Math.imul(a ^ (a >>> 16), 0x7feb352d) ^ Math.imul(b ^ (b >>> 15), 0x846ca68b);
  a = Math.imul(a ^ (a >>> 15), 0x2c1b3c6d);
  return (a ^ (a >>> 16)) >>> 0;
}

/** One lead's draws: the same functions with seed and lead bound. */
export interface Chance {
  u(purpose: string, index?: number): number;
  /** Standard normal. */
  normal(purpose: string, index?: number): number;
  /** Exponential with mean 1. */
  exponential(purpose: string, index?: number): number;
  gamma(purpose: string, shape: number, mean: number): number;
  poisson(purpose: string, mean: number): number;
  pick<T>(purpose: string, list: readonly T[], index?: number): T;
}

export function chanceOf(seed: number, lead: number): Chance {
  const draw = (purpose: string, index = 0) => u(seed, lead, purpose, index);
  const normal = (purpose: string, index = 0) =>
    Math.sqrt(-2 * Math.log(draw(purpose, 2 * index))) * Math.cos(2 * Math.PI * draw(purpose, 2 * index + 1));
  return {
    u: draw,
    normal,
    exponential: (purpose, index = 0) => -Math.log(draw(purpose, index)),
    gamma(purpose, shape, mean) {
      return (standardGamma(shape, (i) => draw(purpose, i)) * mean) / shape;
    },
    poisson(purpose, mean) {
      // inversion; means here stay below 40
      let rest = draw(purpose) * Math.exp(mean);
      let term = 1;
      let count = 0;
      while (rest > term && count < 200) {
        rest -= term;
        count += 1;
        term *= mean / count;
      }
      return count;
    },
    pick(purpose, list, index = 0) {
      const item = list[Math.floor(draw(purpose, index) * list.length)];
      if (item === undefined) throw new RangeError(`nothing to pick from for ${purpose}`);
      return item;
    },
  };
}

/** Marsaglia and Tsang (2000), with the boost for shapes below one. */
function standardGamma(shape: number, draw: (index: number) => number): number {
  if (shape < 1) return standardGamma(shape + 1, (i) => draw(i + 1)) * draw(0) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (let i = 0; i < 300; i += 3) {
    const x = Math.sqrt(-2 * Math.log(draw(i))) * Math.cos(2 * Math.PI * draw(i + 1));
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(draw(i + 2)) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
  return d;
}

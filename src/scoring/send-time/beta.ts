// A draw from a beta distribution, out of numbers between 0 and 1: two gamma draws.

/** @source Marsaglia, Tsang 2000, ACM TOMS 26:363; below 1 as they say in part 6 */
function gamma(shape: number, next: () => number): number {
  if (shape < 1) return gamma(shape + 1, next) * next() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(next);
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    const u = 1 - next();
    if (Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Box and Muller's. */
const normal = (next: () => number): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());

/** Both above 0. */
export function drawBeta(a: number, b: number, next: () => number): number {
  const one = gamma(a, next);
  return one / (one + gamma(b, next));
}

// Gauss-Legendre on 0..1: n points integrate a polynomial of degree up to 2n-1 exactly.

/** Points are taken three at a time, written out: as many as paths of six columns need, and a loop over three costs a quarter more. */
export const TAKEN = 3;

export interface Quadrature {
  readonly at: Float64Array;
  readonly weight: Float64Array;
}

/** The roots by Newton's method on the three-term recurrence: to the last bits in a handful of steps. */
export function quadrature(points: number): Quadrature {
  const at = new Float64Array(points);
  const weight = new Float64Array(points);
  for (let place = 0; place < points; place++) {
    let root = Math.cos((Math.PI * (place + 0.75)) / (points + 0.5));
    let slope = 1;
    for (let step = 0; step < 20; step++) {
      let before = 1;
      let value = root;
      for (let degree = 2; degree <= points; degree++) {
        const next = ((2 * degree - 1) * root * value - (degree - 1) * before) / degree;
        before = value;
        value = next;
      }
      slope = (points * (before - root * value)) / (1 - root * root);
      const move = value / slope;
      root -= move;
      if (Math.abs(move) < 1e-16) break;
    }
    at[place] = (1 + root) / 2;
    weight[place] = 1 / ((1 - root * root) * slope * slope);
  }
  return { at, weight };
}

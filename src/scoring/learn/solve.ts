// Cholesky: solves A x = b for a symmetric positive definite A, of which the lower half is given, row by row.

/** Overwrites `a`. A pivot that rounding has taken to 0 is lifted a little: the step is shorter there, not wild. */
export function solve(a: Float64Array, b: Float64Array, n: number): Float64Array {
  for (let j = 0; j < n; j += 1) {
    let pivot = a[j * n + j] as number;
    const floor = 1e-14 * Math.max(1, pivot);
    for (let k = 0; k < j; k += 1) pivot -= (a[j * n + k] as number) ** 2;
    const root = Math.sqrt(Math.max(pivot, floor));
    a[j * n + j] = root;
    for (let i = j + 1; i < n; i += 1) {
      let sum = a[i * n + j] as number;
      const [row, other] = [i * n, j * n];
      for (let k = 0; k < j; k += 1) sum -= (a[row + k] as number) * (a[other + k] as number);
      a[row + j] = sum / root;
    }
  }
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i += 1) {
    let sum = x[i] as number;
    for (let k = 0; k < i; k += 1) sum -= (a[i * n + k] as number) * (x[k] as number);
    x[i] = sum / (a[i * n + i] as number);
  }
  for (let i = n - 1; i >= 0; i -= 1) {
    let sum = x[i] as number;
    for (let k = i + 1; k < n; k += 1) sum -= (a[k * n + i] as number) * (x[k] as number);
    x[i] = sum / (a[i * n + i] as number);
  }
  return x;
}

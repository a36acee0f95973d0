// Chance that repeats: numbers drawn from a seed, and which fold a row is in. Nothing here reads a clock.

/** murmur3's finalizer: a 32-bit number in, a well-mixed 32-bit number out. */
export function mixed(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const GOLDEN = 0x9e3779b9;

/** Uniform in [0, 1), 32 bits fine; the same seed gives the same numbers. */
export function draws(seed: number): () => number {
  let state = mixed(seed);
  return () => {
    state = (state + GOLDEN) >>> 0;
    return mixed(state) / 2 ** 32;
  };
}

/**
 * The fold of a row by its place in the file, counted from 0, in whatever language it is computed.
 * @source docs/scoring.md, "Folds"
 */
export const foldOfRow = (row: number, folds = 5): number => mixed((row + GOLDEN) >>> 0) % folds;

/**
 * Folds for cross-fitting: each class is dealt out in a shuffled order, so that every fold has its share of both. Equal
 * rows are kept together by `groups`, so that no fold is asked about a row that another has shown it.
 */
export function dealtFolds(
  labels: Uint8Array,
  { folds, seed, groups }: { readonly folds: number; readonly seed: number; readonly groups?: Int32Array },
): Uint8Array {
  const next = draws(seed);
  const first = new Map<number, number>();
  const members: number[][] = [];
  for (let row = 0; row < labels.length; row += 1) {
    const group = groups?.[row] ?? row;
    const known = first.get(group);
    if (known === undefined) {
      first.set(group, members.length);
      members.push([row]);
    } else (members[known] as number[]).push(row);
  }
  for (let last = members.length - 1; last > 0; last -= 1) {
    const other = Math.floor(next() * (last + 1));
    const kept = members[last] as number[];
    members[last] = members[other] as number[];
    members[other] = kept;
  }
  const result = new Uint8Array(labels.length);
  const dealt = [0, 0];
  for (const rows of members) {
    const label = labels[rows[0] as number] === 1 ? 1 : 0;
    const fold = (dealt[label] as number) % folds;
    dealt[label] = fold + 1;
    for (const row of rows) result[row] = fold;
  }
  return result;
}

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

export interface Dealing {
  readonly folds: number;
  readonly seed: number;
  /** Rows of one number stay together, so that no fold is asked about somebody whom another has shown it. */
  readonly groups?: Int32Array | undefined;
}

/**
 * Folds for cross-fitting: those who came and those who never did are dealt out in a shuffled order, so that every fold has
 * its share of both.
 */
export function dealtFolds(labels: Uint8Array, { folds, seed, groups }: Dealing): Uint8Array {
  const members = membersOf(labels.length, groups);
  shuffle(members, draws(seed));
  const result = new Uint8Array(labels.length);
  const dealt = { came: 0, not: 0 };
  for (const rows of members) {
    const kind = rows.some((row) => labels[row] === 1) ? "came" : "not";
    const fold = dealt[kind] % folds;
    dealt[kind] += 1;
    for (const row of rows) result[row] = fold;
  }
  return result;
}

/** The rows of each group, in the order in which groups are first met. */
function membersOf(rows: number, groups: Int32Array | undefined): number[][] {
  if (groups === undefined) return Array.from({ length: rows }, (_, row) => [row]);
  const members = new Map<number, number[]>();
  for (const [row, group] of groups.entries()) {
    const others = members.get(group);
    if (others === undefined) members.set(group, [row]);
    else others.push(row);
  }
  return [...members.values()];
}

/** Fisher and Yates's. */
function shuffle<T>(list: T[], next: () => number): void {
  for (let last = list.length - 1; last > 0; last -= 1) {
    const other = Math.floor(next() * (last + 1));
    [list[last], list[other]] = [list[other] as T, list[last] as T];
  }
}

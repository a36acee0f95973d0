// Chance from a seed: the same seed, the same numbers, on every machine.

/** Numbers from 0 up to, never at, 1. A counter through a 32-bit mixer (the finalizer of MurmurHash3). */
export function random(seed: number): () => number {
  let state = (seed ^ 0x6a09e667) | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 4_294_967_296;
  };
}

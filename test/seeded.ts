/** For property tests: fast-check prints the seed of a failure, and `SEED=` replays it. */
export const seeded: { readonly seed?: number } =
  process.env["SEED"] === undefined ? {} : { seed: Number(process.env["SEED"]) };

/** Random numbers that are the same for the same seed, whatever else draws numbers: every part of a simulation has its own. */
export interface Random {
  /** From 0 to below 1. */
  next(): number;
  /** @param median of a log-normal distribution; its logarithm has the deviation `spread` */
  around(median: number, spread: number): number;
  /** How many of rare, independent things happen, where it is `mean` on average (Poisson). */
  count(mean: number): number;
}

/** @param parts of the seed: a number and names. FNV-1a of them starts a mulberry32. */
export function randomOf(...parts: readonly (string | number)[]): Random {
  let state = 0x81_1c_9d_c5;
  for (const byte of Buffer.from(parts.join("\0"))) state = Math.imul(state ^ byte, 0x01_00_01_93);
  const next = (): number => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    next,
    around: (median, spread) => median * Math.exp(spread * normal()),
    count: (mean) => {
      // Knuth: fine for the few a day that are wanted here.
      const limit = Math.exp(-mean);
      let product = next();
      let found = 0;
      while (product > limit) {
        product *= next();
        found++;
      }
      return found;
    },
  };
}

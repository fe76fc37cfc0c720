import { nearest } from "../config/index.ts";
import { BOOT_TIMES, type BootTimes, PHASE_NAMES, type PhaseName, type PhaseTime } from "./boot-times.ts";

/** Something in the options that cannot be meant. */
export class SimulationError extends Error {}

/** Times that were given, for all leaves and for single ones. */
export interface GivenTimes {
  readonly all: Partial<Record<PhaseName, number>>;
  readonly leaves: ReadonlyMap<string, Partial<Record<PhaseName, number>>>;
}

/**
 * Reads `instance=60s,healthy=45s` and `minecraft.healthy=2m`.
 * @throws SimulationError
 */
export function readBootTimes(texts: readonly string[], leafNames: readonly string[]): GivenTimes {
  const all: Partial<Record<PhaseName, number>> = {};
  const leaves = new Map<string, Partial<Record<PhaseName, number>>>();
  for (const text of texts.flatMap((one) => one.split(",")).map((one) => one.trim())) {
    const [, leaf, phase, amount, unit] = /^(?:([a-z0-9-]+)\.)?([a-z]+)=(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
    if (phase === undefined)
      throw new SimulationError(`--boot takes times such as instance=60s or minecraft.healthy=2m, not ${JSON.stringify(text)}`);
    if (!isPhase(phase))
      throw new SimulationError(`--boot knows no step ${phase}${meant(phase, PHASE_NAMES)}; the steps are ${PHASE_NAMES.join(", ")}`);
    if (leaf !== undefined && !leafNames.includes(leaf))
      throw new SimulationError(`--boot names a leaf that is not there: ${leaf}${meant(leaf, leafNames)}`);
    const seconds = Number(amount) * { ms: 0.001, s: 1, m: 60 }[unit as "ms" | "s" | "m"];
    if (leaf === undefined) all[phase] = seconds;
    else leaves.set(leaf, { ...leaves.get(leaf), [phase]: seconds });
  }
  return { all, leaves };
}

const isPhase = (name: string): name is PhaseName => (PHASE_NAMES as readonly string[]).includes(name);

function meant(word: string, words: readonly string[]): string {
  const near = nearest(word, [...words]);
  return near === undefined ? "" : `; did you mean ${near}?`;
}

/** The times of a leaf: those given for it, for all, or the defaults. Spreads stay. */
export function timesOf(leaf: string, given: GivenTimes): BootTimes {
  const own = { ...given.all, ...given.leaves.get(leaf) };
  return Object.fromEntries(
    PHASE_NAMES.map((name): [string, PhaseTime] => {
      const seconds = own[name];
      return [name, seconds === undefined ? BOOT_TIMES[name] : { ...BOOT_TIMES[name], seconds, source: "--boot" }];
    }),
  ) as unknown as BootTimes;
}

import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { simulate, type SimulationInput, type SimulationRun } from "./simulate.ts";

/** What a shard's thread tells. */
export type FromShard = { readonly day: number } | { readonly run: SimulationRun } | { readonly error: string };
export type ShardInput = Omit<SimulationInput, "onDay" | "atEnd">;

/**
 * MiB of the generation of new objects. Answers of the AWS API live for a moment; with V8's 16 to 32 MiB an eighth of the time
 * went into moving them about.
 */
const YOUNG_GENERATION_MB = 192;
/** More do not pay: each has a cloud and the functions' code of its own. */
const MOST_SHARDS = 4;
/** Leaves that are worth a thread of their own. */
const LEAST_LEAVES = 4;

/** Where the build puts the thread's program. Absent where the sources run as they are, in tests: then there is one shard, in this thread. */
const program = (): string | undefined => {
  const path = fileURLToPath(new URL("simulate-shard.js", import.meta.url));
  return existsSync(path) ? path : undefined;
};

/**
 * Simulates leaves in several threads, each with its own cloud: leaves know nothing of each other, and every one of them draws its own
 * random numbers, so that the result is the same. Engines stay together: events and schedules may start several of them.
 */
export async function simulateInShards(input: SimulationInput, most = availableParallelism()): Promise<SimulationRun> {
  const file = program();
  if (file === undefined) return simulate(input);
  const shards = shardsOf(input, Math.min(most, MOST_SHARDS));
  const days = shards.map(() => 0);
  const { onDay, atEnd: _atEnd, ...plain } = input;
  const runs = await Promise.all(
    shards.map((leaves, index) =>
      runShard(file, { ...plain, leaves }, (day) => {
        days[index] = day;
        onDay?.(Math.min(...days));
      }),
    ),
  );
  const byName = new Map(runs.flatMap(({ leaves }) => leaves.map((leaf) => [leaf.name, leaf])));
  return {
    leaves: input.leaves.flatMap((name) => byName.get(name) ?? []),
    invocations: {
      count: runs.reduce((sum, { invocations }) => sum + invocations.count, 0),
      functions: runs.reduce((sum, { invocations }) => sum + invocations.functions, 0),
    },
    lines: runs.flatMap(({ lines }) => lines),
  };
}

/** Names of leaves, as evenly as their visits allow. */
export function shardsOf({ project, leaves, visits }: Pick<ShardInput, "project" | "leaves" | "visits">, most: number): string[][] {
  const kinds = new Map(project.leaves.map(({ name, kind }) => [name, kind]));
  const count = (name: string): number => visits.filter(({ leaf }) => leaf === name).length;
  const engines = leaves.filter((name) => kinds.get(name) === "engine");
  const units = [...(engines.length > 0 ? [engines] : []), ...leaves.filter((name) => kinds.get(name) !== "engine").map((name) => [name])];
  const weighed = units
    .map((names) => ({ names, weight: names.reduce((sum, name) => sum + 1 + count(name), 0) }))
    .sort((a, b) => b.weight - a.weight);
  const shards = Array.from({ length: Math.max(1, Math.min(most, Math.floor(leaves.length / LEAST_LEAVES))) }, () => ({
    names: [] as string[],
    weight: 0,
  }));
  for (const { names, weight } of weighed) {
    const lightest = shards.reduce((least, shard) => (shard.weight < least.weight ? shard : least));
    lightest.names.push(...names);
    lightest.weight += weight;
  }
  return shards.map(({ names }) => names);
}

function runShard(file: string, input: ShardInput, onDay: (day: number) => void): Promise<SimulationRun> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, {
      workerData: input,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB, maxOldGenerationSizeMb: 3072 },
    });
    worker.on("message", (message: FromShard) => {
      if ("day" in message) onDay(message.day);
      else if ("run" in message) resolve(message.run);
      else reject(new Error(message.error));
    });
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the simulation's thread ended (${code})`)));
  });
}

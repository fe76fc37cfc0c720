/**
 * Memory of a Fargate task (MiB) by its CPU units: from, to, in steps of. Source: Amazon ECS developer guide, "Troubleshoot Amazon
 * ECS task definition invalid CPU or memory errors", the table of valid combinations.
 */
const MEMORY: Readonly<Record<number, readonly [from: number, to: number, step: number]>> = {
  512: [1024, 4096, 1024],
  1024: [2048, 8192, 1024],
  2048: [4096, 16_384, 1024],
  4096: [8192, 30_720, 1024],
  8192: [16_384, 61_440, 4096],
  16_384: [32_768, 122_880, 8192],
};

export const FARGATE_CPU = 256;

/** All memory sizes (MiB) that a task with so many CPU units may have; none for a number of units that there is not. */
export function fargateMemory(cpu: number): number[] {
  if (cpu === FARGATE_CPU) return [512, 1024, 2048];
  const sizes = MEMORY[cpu];
  if (!sizes) return [];
  const [from, to, step] = sizes;
  return Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);
}

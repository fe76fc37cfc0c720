import type { ContainerDefinition, PortMapping, Resource, TaskDefinition } from "@aws-sdk/client-ecs";
import type { Scope } from "../../../core/scope.ts";
import type { Store } from "../../../core/store.ts";
import { type ContainerInstanceRow, occupies, tasks } from "../state.ts";

/** Ports that every ECS instance keeps for itself: SSH, Docker, the agent (API_ContainerInstance, `remainingResources`). */
const RESERVED = ["22", "2376", "2375", "51678", "51679"];

/** GiB of memory for each vCPU, by the letter of an instance family (EC2 instance types). */
const GIB_PER_VCPU: Record<string, number> = { c: 2, m: 4, r: 8, x: 16, t: 4, i: 8, g: 4, d: 8, h: 8, z: 8 };
const VCPUS: Record<string, number> = { medium: 1, large: 2, xlarge: 4 };
/** Burstable sizes do not follow the rule: vCPUs and GiB of t3, t3a and t4g. */
const BURSTABLE: Record<string, [number, number]> = {
  nano: [2, 0.5],
  micro: [2, 1],
  small: [2, 2],
  medium: [2, 4],
  large: [2, 8],
  xlarge: [4, 16],
  "2xlarge": [8, 32],
};
const T2_VCPUS: Record<string, number> = { nano: 1, micro: 1, small: 1 };

/** CPU units and MiB that an instance of a type registers: the agent sees somewhat less memory than the type's figure. */
export function capacityOf(instanceType: string): { cpu: number; memory: number } {
  const [family = "m5", size = "large"] = instanceType.split(".");
  const [vcpus, gib] = family.startsWith("t") && BURSTABLE[size] ? BURSTABLE[size] : regular(family, size);
  const mib = gib * 1024;
  return { cpu: (family === "t2" ? (T2_VCPUS[size] ?? vcpus) : vcpus) * 1024, memory: Math.floor(mib - 40 - mib * 0.035) };
}

function regular(family: string, size: string): [number, number] {
  const multiple = /^(\d+)xlarge$/.exec(size);
  const vcpus = multiple ? 4 * Number(multiple[1]) : (VCPUS[size] ?? 2);
  return [vcpus, vcpus * (GIB_PER_VCPU[family[0] ?? "m"] ?? 4)];
}

export const registeredResources = (cpu: number, memory: number): Resource[] => resources(cpu, memory, RESERVED, []);

function resources(cpu: number, memory: number, tcp: string[], udp: string[]): Resource[] {
  const numbers = { doubleValue: 0, longValue: 0 };
  return [
    { name: "CPU", type: "INTEGER", ...numbers, integerValue: cpu },
    { name: "MEMORY", type: "INTEGER", ...numbers, integerValue: memory },
    { name: "PORTS", type: "STRINGSET", ...numbers, integerValue: 0, stringSetValue: tcp },
    { name: "PORTS_UDP", type: "STRINGSET", ...numbers, integerValue: 0, stringSetValue: udp },
  ];
}

/** What the tasks on an instance leave free. */
export function freeOn(store: Store, scope: Scope, instance: ContainerInstanceRow): { cpu: number; memory: number; ports: Set<string> } {
  const ports = new Set(RESERVED.map((port) => `${port}/tcp`));
  let { cpu, memory } = instance;
  for (const row of tasks(store, scope).filter((task) => task.containerInstanceId === instance.id && occupies(task))) {
    cpu -= row.cpu;
    memory -= row.memory;
    for (const port of row.hostPorts) ports.add(port);
  }
  return { cpu, memory, ports };
}

export function remainingResources(store: Store, scope: Scope, instance: ContainerInstanceRow): Resource[] {
  const { cpu, memory, ports } = freeOn(store, scope, instance);
  const of = (protocol: string): string[] => [...ports].filter((port) => port.endsWith(`/${protocol}`)).map((port) => port.split("/")[0]!);
  return resources(cpu, memory, of("tcp"), of("udp"));
}

/** What a task of a definition takes: its own size if it has one, else what its containers ask for. */
export function sizeOf(definition: TaskDefinition): { cpu: number; memory: number } {
  const sum = (value: (container: ContainerDefinition) => number | undefined): number =>
    (definition.containerDefinitions ?? []).reduce((total, container) => total + (value(container) ?? 0), 0);
  return {
    cpu: definition.cpu ? Number(definition.cpu) : sum(({ cpu }) => cpu),
    memory: definition.memory ? Number(definition.memory) : sum(({ memory, memoryReservation }) => memoryReservation ?? memory),
  };
}

/** Port mappings as they take effect: in the modes host and awsvpc a container port is the host's. `hostPort` 0 means any. */
export function effectivePorts(
  definition: TaskDefinition,
  container: ContainerDefinition,
): Required<Pick<PortMapping, "containerPort" | "hostPort" | "protocol">>[] {
  if (definition.networkMode === "none") return [];
  return (container.portMappings ?? []).map(({ containerPort, hostPort, protocol }) => ({
    containerPort: containerPort!,
    hostPort: definition.networkMode === "host" || definition.networkMode === "awsvpc" ? containerPort! : (hostPort ?? 0),
    protocol: protocol ?? "tcp",
  }));
}

/** The fixed ports of its instance that a definition takes, `<port>/<protocol>`. A task with an interface of its own takes none. */
export function fixedHostPorts(definition: TaskDefinition): string[] {
  if (definition.networkMode === "awsvpc") return [];
  return (definition.containerDefinitions ?? []).flatMap((container) =>
    effectivePorts(definition, container)
      .filter(({ hostPort }) => hostPort !== 0)
      .map(({ hostPort, protocol }) => `${hostPort}/${protocol}`),
  );
}

/** Why a task of a definition has no room on an instance, as ECS names it in failures (API failure reasons); undefined when it has. */
export function lacks(store: Store, scope: Scope, instance: ContainerInstanceRow, definition: TaskDefinition): string | undefined {
  const free = freeOn(store, scope, instance);
  const size = sizeOf(definition);
  if (size.cpu > free.cpu) return "RESOURCE:CPU";
  if (size.memory > free.memory) return "RESOURCE:MEMORY";
  if (fixedHostPorts(definition).some((port) => free.ports.has(port))) return "RESOURCE:PORTS";
  if (definition.networkMode === "awsvpc" && freeInterfaces(store, scope, instance) <= 0) return "RESOURCE:ENI";
  return undefined;
}

/** Network interfaces by size of an instance type (EC2 User Guide, "Maximum IP addresses per network interface"; M, C and R families). */
const INTERFACES: Record<string, number> = {
  nano: 2,
  micro: 2,
  medium: 2,
  small: 3,
  large: 3,
  xlarge: 4,
  "2xlarge": 4,
  "4xlarge": 8,
  "8xlarge": 8,
  "9xlarge": 8,
  "12xlarge": 8,
};
const MOST_INTERFACES = 15;

/** How many more tasks with `awsvpc` an instance takes: its own interface is one of its type's (there is no ENI trunking). */
function freeInterfaces(store: Store, scope: Scope, instance: ContainerInstanceRow): number {
  const [family = "", size = ""] = instance.instanceType.split(".");
  const most = family.startsWith("t") && size === "medium" ? 3 : (INTERFACES[size] ?? MOST_INTERFACES);
  const used = tasks(store, scope).filter((task) => task.containerInstanceId === instance.id && task.network !== undefined && occupies(task)).length;
  return most - 1 - used;
}

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VirtualClock } from "../../core/clock.ts";
import { AwsError } from "../../core/errors.ts";
import { seededIds } from "../../core/ids.ts";
import type { InstanceView, RegistryImage } from "../../core/ports.ts";
import type { Scope } from "../../core/scope.ts";
import type { Call } from "../../core/service.ts";
import { Store } from "../../core/store.ts";
import type { ContainerExit, ContainerRuntime, ContainerSpec, RunningContainer } from "../../machines/runtime.ts";
import { createEcs } from "./index.ts";
import { type FakeTargetGroups, fakeTargetGroups } from "./testing-targets.ts";
import type { EcsDeps, LifecycleWait } from "./index.ts";

export const scope: Scope = { account: "000000000000", region: "us-west-2" };
export const call: Call = { ...scope, principal: { kind: "root", arn: "arn:aws:iam::000000000000:root", account: scope.account }, requestId: "r" };

/** A container that a test controls. */
export interface FakeContainer {
  spec: ContainerSpec;
  signals: string[];
  exit(exit: ContainerExit): void;
  ended: boolean;
}

export interface FakeRuntime extends ContainerRuntime {
  containers: FakeContainer[];
  /** Whether SIGTERM ends a container, with exit code 0. */
  obedient: boolean;
  /** Fails the next images or starts with this. */
  fail?: Error;
  /** What health checks answer. */
  check: number | undefined;
}

export function fakeRuntime(): FakeRuntime {
  const fake: FakeRuntime = {
    kind: "process",
    description: "fake",
    containers: [],
    obedient: true,
    check: 0,
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    ensureImage: () => (fake.fail ? Promise.reject(fake.fail) : Promise.resolve()),
    build: () => Promise.resolve(),
    imageInfo: () => Promise.resolve(undefined),
    run: (spec) => {
      let settle: (exit: ContainerExit) => void = () => {};
      const exited = new Promise<ContainerExit>((resolve) => (settle = resolve));
      const container: FakeContainer = { spec, signals: [], ended: false, exit: (exit) => ((container.ended = true), settle(exit)) };
      fake.containers.push(container);
      const running: RunningContainer = {
        id: `c${fake.containers.length}`,
        endpoints: new Map(spec.ports.map(({ containerPort, protocol }) => [`${containerPort}/${protocol}`, { host: "127.0.0.1", port: 1 }])),
        proxied: false,
        exited,
        terminate: async () => {
          container.signals.push("TERM");
          if (fake.obedient) container.exit({ exitCode: 0 });
        },
        kill: async () => {
          container.signals.push("KILL");
          container.exit({ exitCode: 137 });
        },
        exec: () => Promise.resolve(fake.check),
        stats: () => Promise.resolve({ cpuSeconds: 1, memoryBytes: 64 * 1024 * 1024 }),
      };
      return Promise.resolve(running);
    },
  };
  return fake;
}

export interface Told {
  source: string;
  detailType: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- events are looked into freely by tests
  detail: any;
  resources?: string[];
}

export interface Harness {
  ecs: ReturnType<typeof createEcs>;
  store: Store;
  clock: VirtualClock;
  runtime: FakeRuntime;
  events: Told[];
  logs: { group: string; stream: string; message: string }[];
  said: string[];
  /** Interfaces of tasks that are there, and what listens behind them and their instances': `<interface>:<port>/<protocol>`. */
  interfaces: Set<string>;
  published: Map<string, { host: string; port: number }>;
  metrics: { name: string; value: number; dimensions: Record<string, string> }[];
  apiCalls: { service: string; operation: string; input: Record<string, unknown> }[];
  targetGroups: FakeTargetGroups;
  /** What the roles may do. */
  allowed: (action: string) => boolean;
  setAllowed(allowed: (action: string) => boolean): void;
  /** Calls an operation. */
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are looked into freely by tests
  run(operation: string, input?: object): Promise<any>;
  /** Puts an instance into a state, and tells ECS. */
  instance(id: string, state: InstanceView["state"], more?: Partial<InstanceView>): Promise<void>;
  lifecycle(wait: Partial<LifecycleWait> & { instanceId: string }): Promise<void>;
}

export interface HarnessOptions {
  runtime?: ContainerRuntime;
  store?: Store;
  clock?: VirtualClock;
  /** What names of images stand for in ECR. */
  images?: Record<string, RegistryImage>;
}

/** ECS with fake neighbours; it is stopped by the caller (`harness.ecs.stop`). */
export async function harness(options: HarnessOptions = {}): Promise<Harness> {
  const clock = options.clock ?? new VirtualClock();
  const store = options.store ?? new Store();
  const instances = new Map<string, InstanceView>();
  let onChange: Parameters<EcsDeps["instances"]["onChange"]>[0] = () => {};
  let onLifecycle: Parameters<EcsDeps["lifecycle"]["onLifecycle"]>[0] = () => {};
  let allowed = (_action: string): boolean => true;
  const self: Omit<Harness, "ecs"> = {
    store,
    clock,
    runtime: (options.runtime ?? fakeRuntime()) as FakeRuntime,
    events: [],
    logs: [],
    said: [],
    metrics: [],
    interfaces: new Set(),
    published: new Map(),
    apiCalls: [],
    targetGroups: fakeTargetGroups(clock),
    allowed: (action) => allowed(action),
    setAllowed: (next) => (allowed = next),
    run: async (operation, input = {}) => ecs.operations[operation]!(input, call),
    instance: async (id, state, more = {}) => {
      const view: InstanceView = { ...defaults(id), ...instances.get(id), ...more, state };
      instances.set(id, view);
      await onChange(scope, view);
      await clock.settle();
    },
    lifecycle: async (wait) => {
      await onLifecycle(scope, { ...WAIT, ...wait });
      await clock.settle();
    },
  };
  const ecs = createEcs({
    store,
    clock,
    ids: seededIds(7),
    api: {
      call: async (service, operation, input) => {
        self.apiCalls.push({ service, operation, input: input as Record<string, unknown> });
        if (service === "elasticloadbalancing") self.targetGroups.call(operation, input);
        return {} as never;
      },
    },
    targetGroups: self.targetGroups,
    events: { emit: (_scope, event) => void self.events.push(event) },
    metrics: { put: (_scope, _namespace, data) => void self.metrics.push(...data) },
    logs: { write: (_scope, group, stream, lines) => void self.logs.push(...lines.map(({ message }) => ({ group, stream, message }))) },
    instances: {
      get: (_scope, id) => instances.get(id),
      onChange: (listener) => ((onChange = listener), () => {}),
      allowsIngress: () => true,
      onRulesChange: () => () => {},
      countTraffic: () => {},
    },
    network: fakeNetwork(self),
    iam: {
      issue: (roleArn) => ({ accessKeyId: "ASIA", secretAccessKey: "s", sessionToken: roleArn, expiresAt: clock.now() + 3_600_000 }),
      canAssume: (roleArn) => !roleArn.endsWith("/distrusted"),
    },
    registry: {
      resolve: (image) => options.images?.[image],
      credentials: (roleArn) => ({ username: "AWS", password: roleArn }),
    },
    endpoint: () => "http://127.0.0.1:4590",
    lifecycle: { onLifecycle: (listener) => ((onLifecycle = listener), () => {}) },
    volumes: { mount: () => ({ hostPath: "/tmp", fileSystemArn: "arn:aws:elasticfilesystem:us-west-2:000000000000:file-system/fs-1" }) },
    asRole: (arn) => ({ kind: "assumed-role", arn, account: scope.account }),
    authorize: (_role, needs) => {
      const missing = needs.find(({ action }) => !allowed(action));
      return missing ? { allowed: false, reason: `no statement allows ${missing.action}` } : { allowed: true };
    },
    runtime: self.runtime,
    dataDir: mkdtempSync(join(tmpdir(), "rouse-ecs-")),
    log: (line) => void self.said.push(line),
  });
  await ecs.start!();
  return { ...self, ecs };
}

/** Subnets `subnet-a` and `subnet-b` of `vpc-1`, in two zones; groups `sg-…`. */
function fakeNetwork({ published, interfaces }: Pick<Harness, "published" | "interfaces">): EcsDeps["network"] {
  const known = { "subnet-a": "us-west-2a", "subnet-b": "us-west-2b", "subnet-full": "us-west-2a" } as Record<string, string>;
  let made = 0;
  const missing = (code: string, what: string, id: string): AwsError => new AwsError(code, `The ${what} '${id}' does not exist`);
  return {
    subnets: (_scope, ids) =>
      ids.map((subnetId) => {
        const availabilityZone = known[subnetId];
        if (!availabilityZone) throw missing("InvalidSubnetID.NotFound", "subnet ID", subnetId);
        return { subnetId, vpcId: "vpc-1", availabilityZone };
      }),
    securityGroups: (_scope, ids) =>
      ids.map((groupId) => {
        if (!groupId.startsWith("sg-")) throw missing("InvalidGroup.NotFound", "security group", groupId);
        return { groupId, vpcId: groupId === "sg-foreign" ? "vpc-2" : "vpc-1" };
      }),
    createInterface: (_scope, { subnetId, securityGroupIds, publicIp }) => {
      if (subnetId === "subnet-full") throw new AwsError("InsufficientFreeAddressesInSubnet", "no address is free");
      const n = ++made;
      const networkInterfaceId = `eni-${n}`;
      interfaces.add(networkInterfaceId);
      return {
        networkInterfaceId,
        subnetId,
        vpcId: "vpc-1",
        availabilityZone: known[subnetId]!,
        privateIp: `10.0.0.${n + 3}`,
        macAddress: `02:00:00:00:00:0${n}`,
        securityGroupIds: [...securityGroupIds],
        ...(publicIp ? { publicIp: "127.0.0.1" } : {}),
      };
    },
    deleteInterface: (_scope, id) => void interfaces.delete(id),
    publish: (_scope, id, port, protocol, to) => {
      const key = `${id}:${port}/${protocol}`;
      published.set(key, to);
      return () => void published.delete(key);
    },
  };
}

const WAIT = {
  autoScalingGroupName: "asg",
  lifecycleHookName: "ecs-managed-draining-termination-hook",
  lifecycleActionToken: "token",
  transition: "autoscaling:EC2_INSTANCE_TERMINATING",
};

const defaults = (instanceId: string): InstanceView => ({
  instanceId,
  state: "pending",
  publicIp: "127.0.0.1",
  privateIp: "10.0.0.5",
  networkInterfaceId: `eni-${instanceId}`,
  userData: Buffer.from("#!/bin/bash\necho ECS_CLUSTER=arcade >> /etc/ecs/ecs.config").toString("base64"),
  roleArn: "arn:aws:iam::000000000000:role/instance",
  launchTime: 0,
  subnetId: "subnet-1",
  vpcId: "vpc-1",
  availabilityZone: "us-west-2a",
  securityGroupIds: ["sg-1"],
  instanceType: "m5.large",
  tags: { "aws:autoscaling:groupName": "asg" },
  detailedMonitoring: true,
});

/** A cluster `arcade` with a daemon service `hello`; `container` changes its one container. */
export async function daemon(h: Harness, container: object = {}, service: object = {}): Promise<void> {
  await h.run("CreateCluster", { clusterName: "arcade" });
  await define(h, container);
  await h.run("CreateService", { cluster: "arcade", serviceName: "hello", taskDefinition: "hello", schedulingStrategy: "DAEMON", ...service });
}

export async function define(h: Harness, container: object = {}): Promise<void> {
  await h.run("RegisterTaskDefinition", {
    family: "hello",
    networkMode: "bridge",
    containerDefinitions: [{ name: "web", image: "hello:1", memory: 512, ...container }],
  });
}

/** A cluster `arcade` with Fargate, and a definition `auth` for it; `container` and `definition` change them. */
export async function fargate(h: Harness, container: object = {}, definition: object = {}): Promise<void> {
  await h.run("CreateCluster", { clusterName: "arcade", capacityProviders: ["FARGATE", "FARGATE_SPOT"] });
  await h.run("RegisterTaskDefinition", {
    family: "auth",
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    cpu: "256",
    memory: "512",
    containerDefinitions: [{ name: "web", image: "auth:1", portMappings: [{ containerPort: 8080 }], ...container }],
    ...definition,
  });
}

export const VPC = { awsvpcConfiguration: { subnets: ["subnet-a", "subnet-b"], securityGroups: ["sg-1"] } };

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VirtualClock } from "../../core/clock.ts";
import { seededIds } from "../../core/ids.ts";
import type { InstanceView } from "../../core/ports.ts";
import type { Scope } from "../../core/scope.ts";
import type { Call, Service } from "../../core/service.ts";
import { Store } from "../../core/store.ts";
import type { ContainerExit, ContainerRuntime, ContainerSpec, RunningContainer } from "../../machines/runtime.ts";
import { createEcs } from "./index.ts";
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
    hasImage: () => Promise.resolve(true),
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
  ecs: Service;
  store: Store;
  clock: VirtualClock;
  runtime: FakeRuntime;
  events: Told[];
  logs: { group: string; stream: string; message: string }[];
  said: string[];
  metrics: { name: string; value: number; dimensions: Record<string, string> }[];
  apiCalls: { service: string; operation: string; input: Record<string, unknown> }[];
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

/** ECS with fake neighbours; it is stopped by the caller (`harness.ecs.stop`). */
export async function harness(options: { runtime?: ContainerRuntime; store?: Store; clock?: VirtualClock } = {}): Promise<Harness> {
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
    apiCalls: [],
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
        return {} as never;
      },
    },
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
    lifecycle: { onLifecycle: (listener) => ((onLifecycle = listener), () => {}) },
    volumes: { mount: () => ({ hostPath: "/tmp", fileSystemArn: "arn:aws:elasticfilesystem:us-west-2:000000000000:file-system/fs-1" }) },
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

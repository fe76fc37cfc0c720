import type { Activity, AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import type { RunInstancesRequest } from "@aws-sdk/client-ec2";
import { VirtualClock } from "../../core/clock.ts";
import { AwsError } from "../../core/errors.ts";
import { seededIds } from "../../core/ids.ts";
import type { Api, EventsPort, InstancesPort, InstanceView } from "../../core/ports.ts";
import type { Scope } from "../../core/scope.ts";
import type { Call } from "../../core/service.ts";
import { Store } from "../../core/store.ts";
import { createAutoScaling } from "./index.ts";
import type { AutoScalingPorts } from "./index.ts";

export const scope: Scope = { account: "000000000000", region: "us-west-2" };
const call: Call = { ...scope, principal: { kind: "root", arn: "arn:aws:iam::000000000000:root", account: scope.account }, requestId: "request" };

type Emitted = Parameters<EventsPort["emit"]>[1];

/** EC2 as Auto Scaling sees it: instances take a second to come up and a second to go down, on the clock. */
export class FakeEc2 implements Api, Pick<InstancesPort, "get" | "onChange"> {
  readonly views = new Map<string, InstanceView>();
  readonly requests: RunInstancesRequest[] = [];
  /** What DescribeInstances answers. */
  described: object[] = [];
  /** Set to let launches fail. */
  failure: Error | undefined;
  private readonly listeners = new Set<Parameters<InstancesPort["onChange"]>[0]>();
  private readonly clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.clock = clock;
  }

  get(_scope: Scope, id: string): InstanceView | undefined {
    return this.views.get(id);
  }

  onChange(listener: Parameters<InstancesPort["onChange"]>[0]): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  call<O>(_service: string, operation: string, input: object): Promise<O> {
    const answer = this.answer(operation, input);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer as O);
  }

  /** Moves an instance to a state, as if by itself. */
  move(id: string, state: InstanceView["state"]): void {
    const view = { ...this.views.get(id)!, state };
    this.views.set(id, view);
    for (const listener of this.listeners) void listener(scope, view);
  }

  get running(): string[] {
    return [...this.views.values()].filter(({ state }) => state === "running").map(({ instanceId }) => instanceId);
  }

  private answer(operation: string, input: object): unknown {
    switch (operation) {
      case "DescribeSubnets":
        return {
          Subnets: (input as { SubnetIds: string[] }).SubnetIds.map((SubnetId) => ({ SubnetId, AvailabilityZone: `us-west-2${SubnetId.at(-1)}` })),
        };
      case "DescribeLaunchTemplateVersions":
        return { LaunchTemplateVersions: [{ LaunchTemplateId: "lt-1", LaunchTemplateName: "template", VersionNumber: 7, LaunchTemplateData: {} }] };
      case "RunInstances":
        return this.run(input as RunInstancesRequest);
      case "TerminateInstances":
        return this.end((input as { InstanceIds: string[] }).InstanceIds[0]!);
      case "DescribeInstances":
        return { Reservations: [{ Instances: this.described }] };
      case "DescribeAlarms":
        return { MetricAlarms: [] };
      default:
        return new AwsError("InvalidAction", operation);
    }
  }

  private run(request: RunInstancesRequest): unknown {
    this.requests.push(request);
    if (this.failure) return this.failure;
    const instanceId = `i-${this.requests.length}`;
    const view = { instanceId, state: "pending", subnetId: request.SubnetId, tags: {} } as unknown as InstanceView;
    this.views.set(instanceId, view);
    this.clock.setTimer(1000, () => {
      if (this.views.get(instanceId)?.state === "pending") this.move(instanceId, "running");
    });
    return { Instances: [{ InstanceId: instanceId, InstanceType: "t4g.small", ImageId: "ami-1" }] };
  }

  private end(id: string): unknown {
    this.move(id, "shutting-down");
    this.clock.setTimer(1000, () => this.move(id, "terminated"));
    return {};
  }
}

/** Auto Scaling with a fake EC2 and a virtual clock. `op` calls an operation as the account's root. */
export function createHarness(store = new Store(), clock = new VirtualClock()) {
  const ec2 = new FakeEc2(clock);
  const events: Emitted[] = [];
  const messages: { topic: string; subject?: string; body: Record<string, unknown> }[] = [];
  const metrics: { name: string; value: number; at?: number }[] = [];
  const ports: AutoScalingPorts = {
    store,
    clock,
    ids: seededIds(),
    api: ec2,
    instances: ec2 as unknown as InstancesPort,
    events: { emit: (_scope, event) => void events.push(event) },
    sns: {
      publish: (topic, { subject, body }) => {
        messages.push({ topic, subject, body: JSON.parse(body) as Record<string, unknown> });
        return Promise.resolve();
      },
    },
    metrics: { put: (_scope, _namespace, data) => void metrics.push(...data) },
  };
  const service = createAutoScaling(ports);
  const op = async <O = Record<string, never>>(operation: string, input: object): Promise<O> => {
    const result = (await service.operations[operation]!(input, call)) as O;
    await clock.settle();
    return result;
  };
  /** Creates a group "g" with one subnet. */
  const createGroup = (input: object = {}): Promise<unknown> =>
    op("CreateAutoScalingGroup", {
      AutoScalingGroupName: "g",
      LaunchTemplate: { LaunchTemplateId: "lt-1", Version: "$Latest" },
      MinSize: 0,
      MaxSize: 4,
      VPCZoneIdentifier: "subnet-a",
      ...input,
    });
  return { store, clock, ec2, events, messages, metrics, service, op, createGroup };
}

export type Harness = ReturnType<typeof createHarness>;

export async function started(input: object = {}): Promise<Harness> {
  const harness = createHarness();
  await harness.service.start?.();
  await harness.createGroup(input);
  return harness;
}

export async function group({ op }: Harness): Promise<AutoScalingGroup> {
  const { AutoScalingGroups } = await op<{ AutoScalingGroups: AutoScalingGroup[] }>("DescribeAutoScalingGroups", { AutoScalingGroupNames: ["g"] });
  return AutoScalingGroups[0]!;
}

export const states = async (harness: Harness): Promise<string[]> =>
  ((await group(harness))?.Instances ?? []).map(({ InstanceId, LifecycleState }) => `${InstanceId} ${LifecycleState}`);
export const activities = async ({ op }: Harness): Promise<Activity[]> =>
  (await op<{ Activities: Activity[] }>("DescribeScalingActivities", { AutoScalingGroupName: "g" })).Activities;
export const desire = ({ op }: Harness, DesiredCapacity: number): Promise<unknown> =>
  op("SetDesiredCapacity", { AutoScalingGroupName: "g", DesiredCapacity });
export const kinds = ({ events }: Harness): string[] => events.map(({ detailType }) => detailType);

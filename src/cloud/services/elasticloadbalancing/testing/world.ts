import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { VirtualClock } from "../../../core/clock.ts";
import { seededIds } from "../../../core/ids.ts";
import type { CertificatesPort, InstanceView, NetworkPort, Route } from "../../../core/ports.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { Store } from "../../../core/store.ts";
import type { ElbPorts } from "../deps.ts";
import type { DataPlane, ListenerPlan, TargetGroupPlan } from "../engine/model.ts";
import { createElb } from "../index.ts";

/** A world of Elastic Load Balancing alone: what it needs of other services are fakes; targets are real servers. */

export const scope: Scope = { account: "000000000000", region: "us-west-2" };
export const call: Call = {
  ...scope,
  principal: { kind: "root", arn: "arn:aws:iam::000000000000:root", account: "000000000000" },
  requestId: "r",
};

export const CERTIFICATE = "arn:aws:acm:us-west-2:000000000000:certificate/one";
export const FUNCTION = "arn:aws:lambda:us-west-2:000000000000:function:doorman";

/** Records what it is told; opens no ports, and finds those of `taken` in use. */
export class FakeDataPlane implements DataPlane {
  readonly listeners = new Map<string, { plan: ListenerPlan; port: number }>();
  readonly groups = new Map<string, TargetGroupPlan>();
  readonly taken = new Set<number>();
  private free = 50_000;

  async setListener(plan: ListenerPlan, { port }: { host: string; port: number }): Promise<{ port: number }> {
    const known = this.listeners.get(plan.arn);
    const others = [...this.listeners.values()].filter((one) => one !== known).map((one) => one.port);
    if (port !== 0 && known?.port !== port && (this.taken.has(port) || others.includes(port)))
      throw Object.assign(new Error(`listen EADDRINUSE ${port}`), { code: "EADDRINUSE" });
    const open = port === 0 ? this.free++ : port;
    this.listeners.set(plan.arn, { plan, port: open });
    return { port: open };
  }
  async removeListener(arn: string): Promise<void> {
    this.listeners.delete(arn);
  }
  setTargetGroup(plan: TargetGroupPlan): void {
    this.groups.set(plan.arn, plan);
  }
  removeTargetGroup(arn: string): void {
    this.groups.delete(arn);
  }
  inFlight(): number {
    return 0;
  }
  async stop(): Promise<void> {
    this.listeners.clear();
  }
}

const SUBNETS = [
  { SubnetId: "subnet-a", VpcId: "vpc-1", AvailabilityZone: "us-west-2a", CidrBlock: "10.1.0.0/24" },
  { SubnetId: "subnet-b", VpcId: "vpc-1", AvailabilityZone: "us-west-2b", CidrBlock: "10.1.1.0/24" },
  { SubnetId: "subnet-b2", VpcId: "vpc-1", AvailabilityZone: "us-west-2b", CidrBlock: "10.1.2.0/24" },
  { SubnetId: "subnet-c", VpcId: "vpc-1", AvailabilityZone: "us-west-2c", CidrBlock: "10.1.3.0/24" },
];

interface Asked {
  SubnetIds?: string[];
  GroupIds?: string[];
  VpcIds?: string[];
}

function ec2(operation: string, input: Asked): object {
  switch (operation) {
    case "DescribeSubnets":
      return { Subnets: SUBNETS.filter(({ SubnetId }) => !input.SubnetIds || input.SubnetIds.includes(SubnetId)) };
    case "DescribeVpcs":
      return { Vpcs: input.VpcIds?.[0] === "vpc-1" ? [{ VpcId: "vpc-1", CidrBlock: "10.1.0.0/16" }] : [] };
    case "DescribeSecurityGroups":
      return { SecurityGroups: (input.GroupIds ?? ["sg-default"]).map((GroupId) => ({ GroupId, VpcId: "vpc-1" })) };
    case "DescribeInternetGateways":
      return { InternetGateways: [{ InternetGatewayId: "igw-1" }] };
    default:
      throw new Error(`the fake EC2 has no ${operation}`);
  }
}

export function createWorld(options: Partial<ElbPorts> = {}) {
  const store = options.store ?? new Store();
  const clock = (options.clock as VirtualClock | undefined) ?? new VirtualClock();
  const dataPlane = new FakeDataPlane();
  const lines: string[] = [];
  const metrics: { name: string; dimensions: Record<string, string>; value: number }[] = [];
  const routes = new Map<string, ReturnType<NetworkPort["route"]>>();
  const instances = new Map<string, InstanceView>();
  const invocations: unknown[] = [];
  const world = {
    functionAnswer: { statusCode: 200 } as unknown,
    functionPolicy: "{}" as string | undefined,
    policyAllows: true,
  };
  const certificates = new Map([[CERTIFICATE, { key: "KEY", cert: "CERT" }]]);
  let certificateChanged: (arn: string) => void = () => {};
  let instanceChanged: (scope: Scope, instance: InstanceView) => void = () => {};
  const certificatesPort: CertificatesPort = {
    tls: (arn) => certificates.get(arn),
    onChange: (listener) => ((certificateChanged = listener), () => {}),
  };
  const elb = createElb({
    store,
    clock,
    ids: seededIds(),
    api: {
      call: async (service, operation, input) =>
        (service === "ec2" ? ec2(operation, input) : { Policy: operation === "GetPolicy" ? world.functionPolicy : undefined }) as never,
    },
    metrics: { put: (_scope, _namespace, data) => void metrics.push(...data) },
    lambda: {
      invokeAsync: async () => {},
      invokeSync: async (_arn, payload) => (invocations.push(payload), { payload: world.functionAnswer }),
    },
    instances: {
      get: (_scope, id) => instances.get(id),
      onChange: (listener) => ((instanceChanged = (...told) => void listener(...told)), () => {}),
    },
    network: { route: (_scope, { address, port }) => routes.get(`${address}:${port}`) ?? "no-address" },
    certificates: certificatesPort,
    policyAllows: () => world.policyAllows,
    dataPlane,
    log: (line) => void lines.push(line),
    quick: { heldForMs: 0 },
    ...options,
  });
  const run = async <T = Record<string, never>>(operation: string, input: object): Promise<T> => (await elb.operations[operation]!(input, call)) as T;
  return Object.assign(world, {
    elb,
    run,
    store,
    clock,
    dataPlane,
    lines,
    metrics,
    routes,
    instances,
    invocations,
    certificates,
    certificateChanged: (arn: string) => certificateChanged(arn),
    instanceChanged: (view: InstanceView) => instanceChanged(scope, view),
  });
}

export type World = ReturnType<typeof createWorld>;

/** A load balancer with a listener on port 80 that answers 404, and an ip target group that no rule uses. */
export async function basics(world: World, group: object = {}) {
  const lbs = await world.run<{ LoadBalancers: { LoadBalancerArn: string; DNSName: string }[] }>("CreateLoadBalancer", {
    Name: "shared",
    Subnets: ["subnet-a", "subnet-b"],
    SecurityGroups: ["sg-lb"],
  });
  const lb = lbs.LoadBalancers[0]!.LoadBalancerArn;
  const listeners = await world.run<{ Listeners: { ListenerArn: string }[] }>("CreateListener", {
    LoadBalancerArn: lb,
    Port: 80,
    Protocol: "HTTP",
    DefaultActions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "404" } }],
  });
  const groups = await world.run<{ TargetGroups: { TargetGroupArn: string }[] }>("CreateTargetGroup", {
    Name: "auth",
    TargetType: "ip",
    Protocol: "HTTP",
    Port: 8080,
    VpcId: "vpc-1",
    ...group,
  });
  return { lb, dnsName: lbs.LoadBalancers[0]!.DNSName, listener: listeners.Listeners[0]!.ListenerArn, group: groups.TargetGroups[0]!.TargetGroupArn };
}

export const forwardTo = (TargetGroupArn: string): object[] => [{ Type: "forward", TargetGroupArn }];
export const path = (pattern: string): object[] => [{ Field: "path-pattern", Values: [pattern] }];

export async function createRule(world: World, ListenerArn: string, group: string, Priority = 10): Promise<string> {
  const { Rules } = await world.run<{ Rules: { RuleArn: string }[] }>("CreateRule", {
    ListenerArn,
    Priority,
    Conditions: path(`/api/${Priority}/*`),
    Actions: forwardTo(group),
  });
  return Rules[0]!.RuleArn;
}

export interface Described {
  Target: { Id: string; Port?: number; AvailabilityZone?: string };
  HealthCheckPort?: string;
  TargetHealth: { State: string; Reason?: string; Description?: string };
}

export async function health(world: World, TargetGroupArn: string, Targets?: object[]): Promise<Described[]> {
  const answer = await world.run<{ TargetHealthDescriptions: Described[] }>("DescribeTargetHealth", {
    TargetGroupArn,
    ...(Targets ? { Targets } : {}),
  });
  return answer.TargetHealthDescriptions;
}

/** A target on this machine. `status` may be changed; its requests are kept. */
export async function startTarget(): Promise<{
  route: Route;
  status: number;
  requests: { url: string; headers: Record<string, unknown> }[];
  server: Server;
}> {
  const requests: { url: string; headers: Record<string, unknown> }[] = [];
  const target = { route: { host: "127.0.0.1", port: 0 }, status: 200, requests, server: undefined as unknown as Server };
  target.server = createServer((request, response) => {
    requests.push({ url: request.url!, headers: request.headers });
    response.writeHead(target.status).end();
  });
  await new Promise<void>((resolve) => target.server.listen(0, "127.0.0.1", resolve));
  target.route.port = (target.server.address() as AddressInfo).port;
  return target;
}

import { type Agent, type IncomingMessage, type RequestListener, type Server, createServer, request } from "node:http";
import { type AddressInfo, type Socket, connect, createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { afterEach } from "vitest";
import type { Action, RuleCondition } from "@aws-sdk/client-elastic-load-balancing-v2";
import { RealClock, VirtualClock, type Clock } from "../../../../core/clock.ts";
import { seededIds } from "../../../../core/ids.ts";
import type { LambdaPort, MetricsPort, NetworkPort } from "../../../../core/ports.ts";
import { hostSleep } from "../../../../machines/host-time.ts";
import type { DataPlane, ListenerPlan, RulePlan, TargetGroupPlan, TargetPlan } from "../model.ts";
import { createDataPlane } from "./index.ts";

export const scope = { account: "000000000000", region: "us-west-2" };
export const LOAD_BALANCER = "app/web/50dc6c495c0c9188";
export const GROUP = "targetgroup/web/73e2d6bc24d8a067";

export type Datum = Parameters<MetricsPort["put"]>[2][number];
type Invoke = LambdaPort["invokeSync"];

export interface World {
  plane: DataPlane;
  clock: VirtualClock;
  metrics: Datum[];
  said: string[];
  port: number;
  /** Where addresses inside the VPC lead; others are nobody's. */
  routes: Map<string, ReturnType<NetworkPort["route"]>>;
  onInvoke: (invoke: Invoke) => void;
  group(change: Partial<TargetGroupPlan>): void;
  listener(change: Partial<ListenerPlan>): Promise<void>;
  /** A metric's sum of the load balancer or, where told, of the group behind it. */
  sum(name: string, group?: string): number;
  stop(): Promise<void>;
}

export const forward = (arn = "group"): Action[] => [{ Type: "forward", TargetGroupArn: arn }];

export const rule = (priority: RulePlan["priority"], actions: Action[], ...conditions: RuleCondition[]): RulePlan => ({
  arn: `rule-${priority}`,
  priority,
  conditions,
  actions,
});

/** A proxy with one listener (HTTP, port 80) that forwards to one group with these targets, each at its port of this machine. */
export async function world(targets: number[] = [], options: { real?: boolean; loadBalancer?: Record<string, string> } = {}): Promise<World> {
  const clock = new VirtualClock();
  const metrics: Datum[] = [];
  const said: string[] = [];
  let invoke: Invoke = () => Promise.reject(new Error("no function"));
  const routes: World["routes"] = new Map();
  const used: Clock = options.real ? new RealClock() : clock;
  const plane = createDataPlane({
    clock: used,
    ids: seededIds(),
    network: { publish: () => () => {}, route: (_scope, to) => routes.get(to.address) ?? "no-address" },
    lambda: { invokeAsync: () => Promise.resolve(), invokeSync: (...args) => invoke(...args) },
    metrics: { put: (_scope, _namespace, data) => void metrics.push(...data) },
    log: (line) => void said.push(line),
  });
  const healthy = targets.map((port, i): TargetPlan => {
    routes.set(`10.0.0.${i}`, { host: "127.0.0.1", port });
    return { id: `10.0.0.${i}`, port: 8080, state: "healthy" };
  });
  let group: TargetGroupPlan = {
    arn: "group",
    scope,
    fullName: GROUP,
    targetType: "ip",
    protocol: "HTTP",
    port: 8080,
    vpcId: "vpc-1",
    attributes: {},
    targets: healthy,
  };
  let listener: ListenerPlan = {
    arn: "listener",
    scope,
    port: 80,
    protocol: "HTTP",
    certificates: [],
    attributes: {},
    loadBalancer: {
      arn: "lb",
      name: "web",
      fullName: LOAD_BALANCER,
      dnsName: "web.elb",
      vpcId: "vpc-1",
      securityGroupIds: ["sg-1"],
      attributes: options.loadBalancer ?? {},
    },
    rules: [rule("default", forward())],
  };
  plane.setTargetGroup(group);
  const self: World = {
    plane,
    clock,
    metrics,
    said,
    routes,
    port: (await plane.setListener(listener, { host: "127.0.0.1", port: 0 })).port,
    onInvoke: (next) => (invoke = next),
    group: (change) => plane.setTargetGroup((group = { ...group, ...change })),
    listener: async (change) => {
      listener = { ...listener, ...change };
      self.port = (await plane.setListener(listener, { host: "127.0.0.1", port: 0 })).port;
    },
    sum: (name, inGroup) =>
      metrics
        .filter((datum) => datum.name === name && datum.dimensions["TargetGroup"] === inGroup && "LoadBalancer" in datum.dimensions)
        .reduce((sum, { value, count = 1 }) => sum + value * count, 0),
    stop: () => plane.stop(),
  };
  return self;
}

/** A target: an HTTP server at a free port. */
export async function target(listener: RequestListener): Promise<{ server: Server; port: number; close(): void }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    server,
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A target that says what a test tells it to, byte by byte. */
export async function rawTarget(onConnection: (socket: Socket) => void): Promise<{ server: TcpServer; port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    server,
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

export interface Answer {
  status: number;
  reason: string;
  headers: IncomingMessage["headers"];
  rawHeaders: string[];
  body: string;
  trailers: NodeJS.Dict<string>;
}

export interface Ask {
  method?: string;
  path?: string;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
  agent?: Agent;
}

/** A request and its answer. @throws Error when the connection breaks */
export function ask(port: number, { method = "GET", path = "/", headers = {}, body, agent }: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = request({ host: "127.0.0.1", port, method, path, headers, agent: agent ?? false }, (res) => {
      const pieces: Buffer[] = [];
      res.on("data", (piece: Buffer) => pieces.push(piece));
      res.on("error", reject);
      res.on("end", () =>
        resolve({
          status: res.statusCode!,
          reason: res.statusMessage!,
          headers: res.headers,
          rawHeaders: res.rawHeaders,
          body: Buffer.concat(pieces).toString(),
          trailers: res.trailers,
        }),
      );
    });
    req.on("error", reject);
    req.end(body);
  });
}

/** Sends bytes as they are, and resolves with all that comes until the connection ends. */
export function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text, "latin1"));
    let all = "";
    socket.on("data", (bytes) => (all += bytes.toString("latin1")));
    socket.on("error", reject);
    socket.on("close", () => resolve(all));
  });
}

/** What a test makes, ended behind it. */
export function harness() {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });
  const ended = async <T>(made: Promise<T>, end: (made: T) => unknown): Promise<T> => {
    const one = await made;
    ends.push(() => end(one));
    return one;
  };
  const serve = (listener: RequestListener): ReturnType<typeof target> => ended(target(listener), (made) => made.close());
  return {
    ends,
    serve,
    create: (...args: Parameters<typeof world>): Promise<World> => ended(world(...args), (made) => made.stop()),
    say: (onConnection: (socket: Socket) => void): ReturnType<typeof rawTarget> => ended(rawTarget(onConnection), (made) => made.close()),
    /** A target that says what it was asked. */
    echo: (): ReturnType<typeof target> =>
      serve((req, res) => {
        let body = "";
        req.on("data", (piece) => (body += piece));
        req.on("end", () => {
          const { method, url, headers, rawHeaders, trailers } = req;
          res.end(JSON.stringify({ method, url, headers, rawHeaders, body, trailers }));
        });
      }),
  };
}

export interface Told {
  method: string;
  url: string;
  headers: Record<string, string>;
  rawHeaders: string[];
  body: string;
  trailers: object;
}

/** What the target of `echo` was asked. */
export const told = (answer: { body: string }): Told => JSON.parse(answer.body) as Told;

/** Until so many requests are under way to the first target. */
export async function inFlight(made: World, count: number): Promise<void> {
  while (made.plane.inFlight("group", { id: "10.0.0.0", port: 8080 }) !== count) await hostSleep(2);
}

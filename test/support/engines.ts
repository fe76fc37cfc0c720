import {
  DescribeRulesCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { DescribeTasksCommand, ECSClient, ListTasksCommand, type Task } from "@aws-sdk/client-ecs";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { VirtualClock } from "../../src/cloud/core/clock.ts";
import type { CloudOptions } from "../../src/cloud/index.ts";
import type { TestClock } from "../../src/cloud/testing/with-cloud.ts";
import { type Deployed, deployed } from "./deployed.ts";

/** Engines for tests: what they share, one of them, and what the tests look at. */

export const ENGINE_BASE = `
name: arcade
region: us-west-2
vpc: { maxAzs: 2 }
alerts: { email: [admin@example.com] }
environments: { local: {} }
`;

export const AUTH = `
wake: [event, http]
image: auth
ports: [8080/tcp]
compute: { on: fargate, cpu: 256, memory: 512 }
route: /api/auth/*
health: { path: /health }
process: { command: [node, ../engine.cjs] }
drain: 10s
watchdog: { idle: { requests: none, for: 5m } }
alerts: { email: [friend@example.com] }
`;

/** Answers with its process, the method, the address and the body; slow to start, crashing or ending as its environment says. */
export const ENGINE = `
const http = require("node:http");
if (process.env.CRASH) { console.log("no database"); process.exit(3); }
const server = http.createServer((req, res) => {
  if (req.url === "/health") return res.end("ok");
  if (req.url.endsWith("/exit")) process.exit(0);
  let body = "";
  req.on("data", (chunk) => (body += chunk));
  req.on("end", () => res.end(JSON.stringify({ pid: process.pid, method: req.method, url: req.url, body, headers: req.headers })));
});
server.on("upgrade", (req, socket) => {
  const accept = require("node:crypto").createHash("sha1").update(req.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
  socket.write("HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: " + accept + "\\r\\n\\r\\n");
  socket.on("data", () => {});
  socket.on("error", () => {});
});
setTimeout(() => server.listen(Number(process.env.PORT), "127.0.0.1"), Number(process.env.BOOT_MS ?? 0));
process.on("SIGTERM", () => process.exit(0));
`;

/** @param leaves by name; `auth` unless told */
export function enginesWorld<C extends TestClock>(
  leaves: Record<string, string>,
  more: Record<string, string>,
  options: Partial<CloudOptions> & { clock: C },
): Promise<Deployed<C>>;
export function enginesWorld(
  leaves?: Record<string, string>,
  more?: Record<string, string>,
  options?: Partial<CloudOptions> & { clock?: VirtualClock },
): Promise<Deployed>;
export function enginesWorld(
  leaves: Record<string, string> = { auth: AUTH },
  more: Record<string, string> = {},
  options: Partial<CloudOptions> = {},
): Promise<Deployed<TestClock>> {
  return deployed(
    {
      "rouse.yaml": ENGINE_BASE,
      "engine.cjs": ENGINE,
      ...Object.fromEntries(Object.entries(leaves).map(([name, text]) => [`leaves/${name}.yaml`, text])),
      ...more,
    },
    { ...options, clock: (options.clock as TestClock | undefined) ?? new VirtualClock() },
  );
}

export const urlOf = (world: Deployed<TestClock>, path: string): string => `${world.cloud.loadBalancers()[0]!.listeners[0]!.url}${path}`;

export interface Answer {
  status: number;
  headers: Headers;
  body: string;
  json: () => { pid: number; method: string; url: string; body: string; headers: Record<string, string> };
  /** Where it came from, after redirects. */
  url: string;
}

/** A request to the load balancer, with the virtual time that it takes. @param limitMs of the cloud's time */
export async function ask(world: Deployed<TestClock>, path: string, init: RequestInit = {}, limitMs = 600_000): Promise<Answer> {
  let done = false;
  const asking = fetch(urlOf(world, path), init)
    .then(async (response): Promise<Answer> => {
      const body = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body,
        url: response.url,
        json: () => JSON.parse(body) as ReturnType<Answer["json"]>,
      };
    })
    .finally(() => (done = true));
  asking.catch(() => {});
  await world.cloud.clock.advanceUntil(() => done, limitMs, `an answer to ${path}`);
  return asking;
}

/** Puts an event on the default bus. */
export async function putEvent(world: Deployed<TestClock>, detailType: string, detail: object): Promise<void> {
  const Entries = [{ Source: "custom.app", DetailType: detailType, Detail: JSON.stringify(detail) }];
  const { FailedEntryCount } = await world.cloud.client(EventBridgeClient).send(new PutEventsCommand({ Entries }));
  if (FailedEntryCount !== 0) throw new Error("the event was not taken");
}

/** Invokes a function and waits for its answer, on the cloud's time. */
export async function call<T>(world: Deployed<TestClock>, name: string, event: object, limitMs = 900_000): Promise<T> {
  let done = false;
  const calling = world.cloud
    .client(LambdaClient)
    .send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }))
    .finally(() => (done = true));
  calling.catch(() => {});
  await world.cloud.clock.advanceUntil(() => done, limitMs, `an answer of ${name}`);
  const answer = await calling;
  const text = Buffer.from(answer.Payload!).toString("utf8");
  if (answer.FunctionError) throw new Error(text);
  return JSON.parse(text) as T;
}

export async function tasksIn(world: Deployed<TestClock>, cluster: string, desiredStatus: "RUNNING" | "STOPPED" = "RUNNING"): Promise<Task[]> {
  const ecs = world.cloud.client(ECSClient);
  const { taskArns } = await ecs.send(new ListTasksCommand({ cluster, desiredStatus }));
  if (!taskArns?.length) return [];
  return (await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }))).tasks ?? [];
}

export async function targetGroupOf(world: Deployed<TestClock>, leaf: string): Promise<string> {
  const { TargetGroups = [] } = await world.cloud.client(ElasticLoadBalancingV2Client).send(new DescribeTargetGroupsCommand({}));
  return TargetGroups.find(({ TargetType, TargetGroupName }) => TargetType === "ip" && TargetGroupName!.toLowerCase().includes(leaf))!
    .TargetGroupArn!;
}

/** Registered targets of an engine's target group, `10.0.0.4:8080 healthy`; draining ones too. */
export async function targetsOf(world: Deployed<TestClock>, leaf: string): Promise<string[]> {
  const elb = world.cloud.client(ElasticLoadBalancingV2Client);
  const TargetGroupArn = await targetGroupOf(world, leaf);
  const { TargetHealthDescriptions = [] } = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
  return TargetHealthDescriptions.map(({ Target, TargetHealth }) => `${Target!.Id}:${Target!.Port} ${TargetHealth!.State}`);
}

/** Where the rule of an engine's route leads: `service` or `doorman`. */
export async function ruleOf(world: Deployed<TestClock>, route: string): Promise<"service" | "doorman"> {
  const elb = world.cloud.client(ElasticLoadBalancingV2Client);
  const [balancer] = world.cloud.loadBalancers();
  for (const { arn } of balancer!.listeners) {
    const { Rules = [] } = await elb.send(new DescribeRulesCommand({ ListenerArn: arn }));
    const rule = Rules.find(({ Conditions }) =>
      Conditions?.some(({ PathPatternConfig, Values }) => (PathPatternConfig?.Values ?? Values ?? []).includes(route)),
    );
    const group =
      rule?.Actions?.[0]?.ForwardConfig?.TargetGroups?.find(({ Weight }) => (Weight ?? 1) > 0)?.TargetGroupArn ?? rule?.Actions?.[0]?.TargetGroupArn;
    if (!group) continue;
    const { TargetGroups } = await elb.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [group] }));
    return TargetGroups![0]!.TargetType === "lambda" ? "doorman" : "service";
  }
  throw new Error(`no rule for ${route}`);
}

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DescribeServicesCommand,
  ECSClient,
  ListClustersCommand,
  ListServicesCommand,
  type Service,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { DescribeTargetGroupsCommand, DescribeTargetHealthCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { App, Duration, Stack } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as ecs from "aws-cdk-lib/aws-ecs";
import * as elb from "aws-cdk-lib/aws-elasticloadbalancingv2";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { VirtualClock } from "../../core/clock.ts";
import type { DeployResult } from "../../deploy/index.ts";
import { PassingClock } from "../../testing/passing-clock.ts";
import { type TestClock, type TestCloud, withCloud } from "../../testing/with-cloud.ts";

/** An always-on service as CDK's own constructs write it, deployed again and again while clients ask it. */

const folder = mkdtempSync(join(tmpdir(), "rouse-always-on-"));
const account = "000000000000";

beforeAll(() => {
  // It answers slowly, so that there are always requests under way, and does not know how to end well.
  writeFileSync(
    join(folder, "server.mjs"),
    `import { createServer } from "node:http";
    const server = createServer((question, response) => {
      if (question.url === "/health") return response.writeHead(Number(process.env.HEALTH ?? 200)).end();
      setTimeout(() => response.end(process.env.VERSION), 60);
    }).listen(process.env.PORT);
    server.keepAliveTimeout = 60_000;`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A cloud with the first version of the service. */
async function start<C extends TestClock>(clock: C): Promise<TestCloud<C>> {
  const cloud = await withCloud({ clock });
  onTestFinished(() => cloud.end());
  expect(outcome(await deploy(cloud, "1"))).toEqual(["created", undefined]);
  return cloud;
}

const outcome = ({ stacks: [stack] }: DeployResult): unknown[] => [stack!.result, stack!.reason];

let count = 0;
function synth(VERSION: string, environment: Record<string, string>): string {
  const app = new App({
    outdir: join(folder, String(count++)),
    analyticsReporting: false,
    treeMetadata: false,
    builtinCloudFormationValidation: false,
    context: { "@aws-cdk/core:target-partitions": ["aws"] },
  });
  const stack = new Stack(app, "Shop", { env: { account, region: "us-west-2" } });
  const vpc = new ec2.Vpc(stack, "Vpc", {
    availabilityZones: ["us-west-2a", "us-west-2b"],
    subnetConfiguration: [{ name: "public", subnetType: ec2.SubnetType.PUBLIC }],
    natGateways: 0,
    restrictDefaultSecurityGroup: false,
  });
  const cluster = new ecs.Cluster(stack, "Cluster", { vpc, clusterName: "shop" });
  const taskDefinition = new ecs.FargateTaskDefinition(stack, "Task");
  taskDefinition.addContainer("web", {
    image: ecs.ContainerImage.fromRegistry("web"),
    portMappings: [{ containerPort: 8080 }],
    environment: { VERSION, ...environment },
    dockerLabels: { "dev.rouse.process": JSON.stringify({ command: [process.execPath, "server.mjs"], directory: folder }) },
  });
  const service = new ecs.FargateService(stack, "Service", {
    cluster,
    taskDefinition,
    assignPublicIp: true,
    circuitBreaker: { rollback: true },
    healthCheckGracePeriod: Duration.seconds(5),
    minHealthyPercent: 100,
  });
  const listener = new elb.ApplicationLoadBalancer(stack, "Balancer", { vpc, internetFacing: true }).addListener("Http", { port: 80 });
  listener.addTargets("Web", {
    port: 8080,
    protocol: elb.ApplicationProtocol.HTTP,
    targets: [service],
    deregistrationDelay: Duration.seconds(2),
    healthCheck: { path: "/health", interval: Duration.seconds(5), timeout: Duration.seconds(2), unhealthyThresholdCount: 2 },
  });
  return app.synth().directory;
}

async function deploy(cloud: TestCloud<TestClock>, version: string, environment: Record<string, string> = {}): Promise<DeployResult> {
  let done = false;
  const result = cloud.deploy(synth(version, environment)).finally(() => (done = true));
  await cloud.clock.advanceUntil(() => done, 3_600_000, "the end of the deployment");
  return result;
}

async function described(cloud: TestCloud<TestClock>): Promise<Service> {
  const ecsClient = cloud.client(ECSClient);
  const { serviceArns } = await ecsClient.send(new ListServicesCommand({ cluster: "shop" }));
  return (await ecsClient.send(new DescribeServicesCommand({ cluster: "shop", services: serviceArns! }))).services![0]!;
}

/** Asks over 16 connections, with what a load balancer may not send again, until `work` is done: how often each answer came. */
async function underLoad(url: string, work: (answers: Readonly<Record<string, number>>) => Promise<unknown>): Promise<Record<string, number>> {
  const answers: Record<string, number> = {};
  const agent = new Agent({ keepAlive: true });
  const ask = (): Promise<string> =>
    new Promise((resolve) =>
      request(url, { agent, method: "POST" }, (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.on("end", () => resolve(response.statusCode === 200 ? text : String(response.statusCode)));
        response.on("error", (error) => resolve(error.message));
      })
        .on("error", (error) => resolve(error.message))
        .end(),
    );
  const state = { over: false };
  const client = async (): Promise<void> => {
    while (!state.over) {
      const answer = await ask();
      answers[answer] = (answers[answer] ?? 0) + 1;
    }
  };
  const clients = Array.from({ length: 16 }, client);
  await work(answers).finally(() => (state.over = true));
  await Promise.all(clients);
  agent.destroy();
  return answers;
}

test("a deployment under load loses no request, in real time", async () => {
  const cloud = await start(new PassingClock());
  const { url } = cloud.loadBalancers()[0]!.listeners[0]!;
  const answers = await underLoad(url, async (soFar) => {
    const many = (version: string): Promise<void> =>
      vi.waitFor(() => expect(soFar[version] ?? 0).toBeGreaterThan(20), { timeout: 20_000, interval: 5 });
    await many("1");
    expect(outcome(await deploy(cloud, "2"))).toEqual(["updated", undefined]);
    await many("2");
  });
  expect(Object.keys(answers).toSorted()).toEqual(["1", "2"]);
});

const BROKEN =
  /Resource handler returned message: "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'\." \(RequestToken: [0-9a-f-]{36}, HandlerErrorCode: GeneralServiceException\)/;

test("a first deployment that fails its checks fails the stack, and nothing of it stays", async () => {
  const cloud = await withCloud();
  onTestFinished(() => cloud.end());
  const [result, reason] = outcome(await deploy(cloud, "1", { HEALTH: "500" }));
  expect(result).toBe("failed");
  expect(reason).toMatch(BROKEN);
  const { clusterArns } = await cloud.client(ECSClient).send(new ListClustersCommand({}));
  expect(clusterArns).toEqual([]);
});

test("a deployment that fails its checks is rolled back, CloudFormation says so; a scaled count stays over deployments", async () => {
  const cloud = await start(new VirtualClock());
  const failed = await deploy(cloud, "2", { HEALTH: "500" });
  expect(failed.stacks[0]!.result).toBe("failed");
  expect(failed.stacks[0]!.reason).toMatch(BROKEN);
  const before = await described(cloud);
  expect(before.deployments).toMatchObject([{ status: "PRIMARY", rolloutState: "COMPLETED", runningCount: 1 }]);
  expect(before.events!.some(({ message }) => message!.includes("due to (reason Health checks failed with these codes: [500])."))).toBe(true);
  await cloud.client(ECSClient).send(new UpdateServiceCommand({ cluster: "shop", service: before.serviceName!, desiredCount: 3 }));
  expect(outcome(await deploy(cloud, "3"))).toEqual(["updated", undefined]);
  const after = await described(cloud);
  expect([after.desiredCount, after.runningCount]).toEqual([3, 3]);
  expect(after.taskDefinition).not.toBe(before.taskDefinition);
});

test("after a restart with kept state the service runs again, and only what runs is in its target group", async () => {
  const kept = { persistent: true, dataDir: join(folder, "kept") };
  const before = await withCloud(kept);
  expect(outcome(await deploy(before, "1"))).toEqual(["created", undefined]);
  await before.end();
  const cloud = await withCloud({ ...kept, clock: new VirtualClock({ start: before.clock.now() }) });
  onTestFinished(() => cloud.end());
  const elbClient = cloud.client(ElasticLoadBalancingV2Client);
  const { TargetGroups } = await elbClient.send(new DescribeTargetGroupsCommand({}));
  const states = async (): Promise<unknown[]> => {
    const { TargetHealthDescriptions } = await elbClient.send(new DescribeTargetHealthCommand({ TargetGroupArn: TargetGroups![0]!.TargetGroupArn! }));
    return TargetHealthDescriptions!.map(({ TargetHealth }) => TargetHealth!.State);
  };
  await cloud.clock.advanceUntil(async () => (await states()).join() === "healthy", 60_000, "one target, healthy");
  expect(await described(cloud)).toMatchObject({ runningCount: 1, desiredCount: 1 });
});

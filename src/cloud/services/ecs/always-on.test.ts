import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeServicesCommand, ECSClient, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { App, CfnOutput, Duration, Stack } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as ecs from "aws-cdk-lib/aws-ecs";
import * as elb from "aws-cdk-lib/aws-elasticloadbalancingv2";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DeployResult } from "../../deploy/index.ts";
import { hostSleep } from "../../machines/host-time.ts";
import { type TestCloud, withCloud } from "../../testing/with-cloud.ts";

/** An always-on service as CDK's own constructs write it, deployed again and again while clients ask it. */

const folder = mkdtempSync(join(tmpdir(), "rouse-always-on-"));
const account = "000000000000";
let cloud: TestCloud;
let url: string;
let names: Record<string, string>;

beforeAll(async () => {
  // It answers slowly, so that there are always requests under way, and ends its connections when it is told to stop.
  writeFileSync(
    join(folder, "server.mjs"),
    `import { createServer } from "node:http";
    const server = createServer((request, response) => {
      if (request.url === "/health") return response.writeHead(Number(process.env.HEALTH ?? 200)).end();
      setTimeout(() => response.end(process.env.VERSION), 20);
    }).listen(process.env.PORT);
    process.on("SIGTERM", () => server.close(() => process.exit(0)));`,
  );
  cloud = await withCloud();
  const first = await deploy("1");
  expect(first.stacks.map(({ result, reason }) => [result, reason])).toEqual([["created", undefined]]);
  names = first.stacks[0]!.outputs;
  url = cloud.loadBalancers()[0]!.listeners[0]!.url;
});
afterAll(async () => {
  await cloud?.end();
  rmSync(folder, { recursive: true });
});

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
  const cluster = new ecs.Cluster(stack, "Cluster", { vpc });
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
    deregistrationDelay: Duration.seconds(5),
    healthCheck: { path: "/health", interval: Duration.seconds(5), timeout: Duration.seconds(2), unhealthyThresholdCount: 2 },
  });
  const output = (name: string, value: string): CfnOutput => new CfnOutput(stack, name, { value });
  output("ClusterName", cluster.clusterName);
  output("ServiceName", service.serviceName);
  return app.synth().directory;
}

async function deploy(version: string, environment: Record<string, string> = {}): Promise<DeployResult> {
  let done = false;
  const result = cloud.deploy(synth(version, environment)).finally(() => (done = true));
  await cloud.clock.advanceUntil(() => done, 3_600_000, "the end of the deployment");
  return result;
}

const described = async () =>
  (await cloud.client(ECSClient).send(new DescribeServicesCommand({ cluster: names["ClusterName"]!, services: [names["ServiceName"]!] })))
    .services![0]!;

/** Asks from several connections, one request after the other, until `work` is done: how often each answer came. */
async function underLoad(work: () => Promise<unknown>, clientCount = 8): Promise<Record<string, number>> {
  const answers: Record<string, number> = {};
  const agent = new Agent({ keepAlive: true });
  const ask = (): Promise<string> =>
    new Promise((resolve) =>
      get(url, { agent }, (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.on("end", () => resolve(response.statusCode === 200 ? text : String(response.statusCode)));
        response.on("error", (error) => resolve(error.message));
      }).on("error", (error) => resolve(error.message)),
    );
  let over = false;
  const client = async (): Promise<void> => {
    while (!over) {
      const answer = await ask();
      answers[answer] = (answers[answer] ?? 0) + 1;
      await hostSleep(2);
    }
  };
  const clients = Array.from({ length: clientCount }, client);
  await work().finally(() => (over = true));
  await Promise.all(clients);
  agent.destroy();
  return answers;
}

test("a deployment under load loses no request", async () => {
  const answers = await underLoad(async () => {
    await hostSleep(200);
    const result = await deploy("2");
    expect(result.stacks.map(({ result: what, reason }) => [what, reason])).toEqual([["updated", undefined]]);
    await hostSleep(200);
  });
  expect(Object.keys(answers).toSorted()).toEqual(["1", "2"]);
  expect(answers["1"]).toBeGreaterThan(20);
  expect(answers["2"]).toBeGreaterThan(20);
});

test("one that fails its health checks is rolled back, CloudFormation says so, and no request is lost", async () => {
  let result: DeployResult | undefined;
  const answers = await underLoad(async () => void (result = await deploy("3", { HEALTH: "500" })), 2);
  expect(Object.keys(answers)).toEqual(["2"]);
  expect(result!.stacks[0]).toMatchObject({ result: "failed" });
  expect(result!.stacks[0]!.reason).toMatch(
    /Resource handler returned message: "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'\." \(RequestToken: [0-9a-f-]{36}, HandlerErrorCode: GeneralServiceException\)/,
  );
  const service = await described();
  expect(service.deployments).toMatchObject([{ status: "PRIMARY", rolloutState: "COMPLETED", runningCount: 1 }]);
  expect(service.events!.some(({ message }) => message!.includes("due to (reason Health checks failed with these codes: [500])."))).toBe(true);
});

test("a deployment leaves a scaled count alone", async () => {
  const client = cloud.client(ECSClient);
  await client.send(new UpdateServiceCommand({ cluster: names["ClusterName"]!, service: names["ServiceName"]!, desiredCount: 3 }));
  expect((await deploy("4")).stacks[0]!.result).toBe("updated");
  const service = await described();
  expect([service.desiredCount, service.runningCount]).toEqual([3, 3]);
});

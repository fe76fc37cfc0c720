import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand, UpdateStackCommand } from "@aws-sdk/client-cloudformation";
import { engineProject } from "./engine-support.mjs";
import { pause, report, up } from "./support.mjs";

const RATE = 500;
const ROUNDS = 5;

/** It answers after 10 ms, so that requests are under way at every moment, and does not know how to end well. */
const SERVER = `require("http").createServer((q, r) => {
  if (q.url === "/health") return r.end();
  setTimeout(() => r.end(process.env.VERSION), 10);
}).listen(process.env.PORT).keepAliveTimeout = 60000;`;

/** Deployments of an always-on service of two tasks (child processes), at 500 requests a second through its load balancer: how many fail. */
export async function run() {
  const { directory, remove } = engineProject();
  const folder = mkdtempSync(join(tmpdir(), "rouse-bench-"));
  writeFileSync(join(folder, "server.cjs"), SERVER);
  const cloud = await up(directory, ["--runtime", "process"]);
  const cfn = new CloudFormationClient({
    endpoint: cloud.endpoints.api,
    region: "us-west-2",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  try {
    await cfn.send(new CreateStackCommand({ StackName: "rolling", TemplateBody: template(folder, 0) }));
    await until(cfn, "CREATE_COMPLETE");
    const balancers = /** @type {{name: string, listeners: {url: string}[]}[]} */ (
      await (await fetch(`${cloud.endpoints.api}/_cloud/load-balancers`)).json()
    );
    const url = balancers.find(({ name }) => name === "rolling")?.listeners[0]?.url ?? "";
    /** @type {number[]} */
    const seconds = [];
    /** @type {Record<string, number>} */
    const answers = {};
    for (let round = 1; round <= ROUNDS; round++) {
      await load(url, answers, async () => {
        await pause(500);
        const began = performance.now();
        await cfn.send(new UpdateStackCommand({ StackName: "rolling", TemplateBody: template(folder, round) }));
        await until(cfn, "UPDATE_COMPLETE");
        seconds.push((performance.now() - began) / 1000);
        await pause(500);
      });
    }
    const total = Object.values(answers).reduce((sum, count) => sum + count, 0);
    const failed = Object.entries(answers).filter(([answer]) => !/^v\d+$/.test(answer));
    report("rolling.failed", [failed.reduce((sum, [, count]) => sum + count, 0)], {
      unit: "requests",
      atMost: 0,
      note: `of ${total} POSTs at ${RATE}/s during ${ROUNDS} deployments${failed.length > 0 ? `: ${JSON.stringify(Object.fromEntries(failed))}` : ""}`,
    });
    report("rolling.update", seconds, { unit: "s", note: "UpdateStack to UPDATE_COMPLETE; 2 s of it is the deregistration delay" });
  } finally {
    cfn.destroy();
    await cloud.stop();
    remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {CloudFormationClient} cfn @param {string} wanted */
async function until(cfn, wanted) {
  for (let i = 0; i < 6000; i++) {
    const { Stacks } = await cfn.send(new DescribeStacksCommand({ StackName: "rolling" }));
    const { StackStatus: status, StackStatusReason: reason } = Stacks?.[0] ?? {};
    if (status === wanted) return;
    if (/FAILED|ROLLBACK/.test(status ?? "")) throw new Error(`${status}: ${reason}`);
    await pause(50);
  }
  throw new Error(`the stack did not become ${wanted}`);
}

/**
 * Requests at a steady rate, until `work` is done; a load balancer may not send a POST again. Adds to how often each answer came.
 * @param {string} url @param {Record<string, number>} answers @param {() => Promise<void>} work
 */
async function load(url, answers, work) {
  const agent = new Agent({ keepAlive: true });
  const state = { over: false };
  let sent = 0;
  /** @type {Set<Promise<void>>} */
  const underWay = new Set();
  const ended = work().finally(() => (state.over = true));
  const began = performance.now();
  while (!state.over) {
    while (sent < ((performance.now() - began) * RATE) / 1000) {
      sent++;
      const one = count(ask(url, agent), answers);
      underWay.add(one);
      void one.finally(() => underWay.delete(one));
    }
    await pause(1);
  }
  await ended;
  await Promise.all(underWay);
  agent.destroy();
}

/** @param {Promise<string>} asked @param {Record<string, number>} answers */
async function count(asked, answers) {
  const answer = await asked;
  answers[answer] = (answers[answer] ?? 0) + 1;
}

/** @param {string} url @param {Agent} agent @returns {Promise<string>} */
function ask(url, agent) {
  return new Promise((resolve) => {
    request(url, { agent, method: "POST" }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += String(chunk)));
      response.on("end", () => resolve(response.statusCode === 200 ? text : String(response.statusCode)));
      response.on("error", (error) => resolve(error.message));
    })
      .on("error", (error) => resolve(error.message))
      .end();
  });
}

/** @param {string} directory @param {number} version */
function template(directory, version) {
  const ref = (/** @type {string} */ Ref) => ({ Ref });
  const subnet = (/** @type {string} */ zone, /** @type {number} */ n) => ({
    Type: "AWS::EC2::Subnet",
    Properties: { VpcId: ref("Vpc"), CidrBlock: `10.0.${n}.0/24`, AvailabilityZone: `us-west-2${zone}` },
  });
  const group = (/** @type {object[]} */ SecurityGroupIngress) => ({
    Type: "AWS::EC2::SecurityGroup",
    Properties: { GroupDescription: "bench", VpcId: ref("Vpc"), SecurityGroupIngress },
  });
  const health = { HealthCheckPath: "/health", HealthCheckIntervalSeconds: 5, HealthCheckTimeoutSeconds: 2 };
  return JSON.stringify({
    Resources: {
      Vpc: { Type: "AWS::EC2::VPC", Properties: { CidrBlock: "10.0.0.0/16" } },
      Gateway: { Type: "AWS::EC2::InternetGateway" },
      Attachment: { Type: "AWS::EC2::VPCGatewayAttachment", Properties: { VpcId: ref("Vpc"), InternetGatewayId: ref("Gateway") } },
      A: subnet("a", 0),
      B: subnet("b", 1),
      Front: group([{ IpProtocol: "tcp", FromPort: 8079, ToPort: 8079, CidrIp: "0.0.0.0/0" }]),
      Back: group([{ IpProtocol: "tcp", FromPort: 8080, ToPort: 8080, SourceSecurityGroupId: { "Fn::GetAtt": ["Front", "GroupId"] } }]),
      Balancer: {
        Type: "AWS::ElasticLoadBalancingV2::LoadBalancer",
        DependsOn: "Attachment",
        Properties: { Name: "rolling", Subnets: [ref("A"), ref("B")], SecurityGroups: [ref("Front")], Scheme: "internet-facing" },
      },
      Listener: {
        Type: "AWS::ElasticLoadBalancingV2::Listener",
        Properties: {
          LoadBalancerArn: ref("Balancer"),
          Port: 8079,
          Protocol: "HTTP",
          DefaultActions: [{ Type: "forward", TargetGroupArn: ref("Group") }],
        },
      },
      Group: {
        Type: "AWS::ElasticLoadBalancingV2::TargetGroup",
        Properties: {
          VpcId: ref("Vpc"),
          TargetType: "ip",
          Port: 8080,
          Protocol: "HTTP",
          TargetGroupAttributes: [{ Key: "deregistration_delay.timeout_seconds", Value: "2" }],
          ...health,
        },
      },
      Cluster: { Type: "AWS::ECS::Cluster" },
      Definition: {
        Type: "AWS::ECS::TaskDefinition",
        Properties: {
          Family: "rolling",
          NetworkMode: "awsvpc",
          RequiresCompatibilities: ["FARGATE"],
          Cpu: "256",
          Memory: "512",
          ContainerDefinitions: [
            {
              Name: "web",
              Image: "web",
              Environment: [{ Name: "VERSION", Value: `v${version}` }],
              PortMappings: [{ ContainerPort: 8080 }],
              DockerLabels: { "dev.rouse.process": JSON.stringify({ command: [process.execPath, "server.cjs"], directory }) },
            },
          ],
        },
      },
      Service: {
        Type: "AWS::ECS::Service",
        DependsOn: "Listener",
        Properties: {
          Cluster: ref("Cluster"),
          DesiredCount: 2,
          TaskDefinition: ref("Definition"),
          LaunchType: "FARGATE",
          LoadBalancers: [{ TargetGroupArn: ref("Group"), ContainerName: "web", ContainerPort: 8080 }],
          NetworkConfiguration: { AwsvpcConfiguration: { Subnets: [ref("A"), ref("B")], SecurityGroups: [ref("Back")] } },
        },
      },
    },
  });
}

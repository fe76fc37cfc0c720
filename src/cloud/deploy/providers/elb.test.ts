import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Resolver } from "node:dns/promises";
import { App, CfnOutput, Duration, Stack, Tags } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as elb from "aws-cdk-lib/aws-elasticloadbalancingv2";
import * as route53 from "aws-cdk-lib/aws-route53";
import { LoadBalancerTarget } from "aws-cdk-lib/aws-route53-targets";
import {
  DescribeLoadBalancerAttributesCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
  RegisterTargetsCommand,
  DescribeTargetHealthCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestCloud, withCloud } from "../../testing/with-cloud.ts";
import type { DeployResult } from "../index.ts";

/** A CDK app with one Application Load Balancer, its rules and a DNS name, deployed, changed and destroyed. */

const folder = mkdtempSync(join(tmpdir(), "rouse-elb-"));
const account = "000000000000";
let cloud: TestCloud;
let client: ElasticLoadBalancingV2Client;
beforeAll(async () => {
  cloud = await withCloud();
  cloud.seedHostedZone("example.com", "Z123412341234");
  client = cloud.client(ElasticLoadBalancingV2Client);
});
afterAll(async () => {
  await cloud.end();
  rmSync(folder, { recursive: true });
});

function synth(name: string, options: { priority: number; healthPath: string; idle?: number; extra?: boolean }): string {
  const context = { "@aws-cdk/core:target-partitions": ["aws"] };
  const app = new App({
    outdir: join(folder, name),
    analyticsReporting: false,
    treeMetadata: false,
    builtinCloudFormationValidation: false,
    context,
  });
  Tags.of(app).add("build", name);
  const stack = new Stack(app, "Shared", { env: { account, region: "us-west-2" } });
  const vpc = new ec2.Vpc(stack, "Vpc", {
    availabilityZones: ["us-west-2a", "us-west-2b"],
    natGateways: 0,
    subnetConfiguration: [{ name: "public", subnetType: ec2.SubnetType.PUBLIC }],
  });
  const balancer = new elb.ApplicationLoadBalancer(stack, "Balancer", {
    vpc,
    internetFacing: true,
    idleTimeout: Duration.seconds(options.idle ?? 60),
  });
  const listener = balancer.addListener("Http", { port: 80, defaultAction: elb.ListenerAction.fixedResponse(404) });
  const group = new elb.ApplicationTargetGroup(stack, "Auth", {
    vpc,
    port: 8080,
    protocol: elb.ApplicationProtocol.HTTP,
    targetType: elb.TargetType.IP,
    deregistrationDelay: Duration.seconds(5),
    healthCheck: { path: options.healthPath, interval: Duration.seconds(10), timeout: Duration.seconds(2) },
  });
  const rule = new elb.ApplicationListenerRule(stack, "Rule", {
    listener,
    priority: options.priority,
    conditions: [elb.ListenerCondition.pathPatterns(["/api/auth/*"])],
    action: elb.ListenerAction.forward([group]),
  });
  if (options.extra) {
    const conditions = [elb.ListenerCondition.hostHeaders(["old.example.com"]), elb.ListenerCondition.httpRequestMethods(["GET"])];
    listener.addAction("Old", { priority: 50, conditions, action: elb.ListenerAction.redirect({ host: "new.example.com", permanent: true }) });
  }
  const zone = route53.HostedZone.fromHostedZoneAttributes(stack, "Zone", { hostedZoneId: "Z123412341234", zoneName: "example.com" });
  const target = route53.RecordTarget.fromAlias(new LoadBalancerTarget(balancer));
  const alias = new route53.ARecord(stack, "Alias", { zone, recordName: "api", target });
  const outputs = {
    Alias: alias.domainName,
    Name: balancer.loadBalancerDnsName,
    Arn: balancer.loadBalancerArn,
    FullName: balancer.loadBalancerFullName,
    Zone: balancer.loadBalancerCanonicalHostedZoneId,
    Rule: rule.listenerRuleArn,
    Group: group.targetGroupArn,
    GroupFullName: group.targetGroupFullName,
  };
  const output = (id: string, value: string): CfnOutput => new CfnOutput(stack, `Out${id}`, { value });
  for (const [id, value] of Object.entries(outputs)) output(id, value);
  return app.synth().directory;
}

async function run(work: Promise<DeployResult>): Promise<Record<string, string>> {
  let done = false;
  void work.finally(() => (done = true));
  await cloud.clock.advanceUntil(() => done, 3_600_000, "the end of the deployment");
  const [stack] = (await work).stacks;
  expect(stack!.reason).toBeUndefined();
  return Object.fromEntries(Object.entries(stack!.outputs).map(([name, value]) => [name.slice(3), value]));
}

const rulesOf = async (RuleArns: string[]): Promise<[string, string | undefined, string | undefined][]> =>
  (await client.send(new DescribeRulesCommand({ RuleArns }))).Rules!.map((one) => [
    one.Priority!,
    one.Actions![0]!.Type,
    one.Conditions![0]!.PathPatternConfig?.Values?.join(),
  ]);

test("a load balancer with its listener, rules, target group and alias record", async () => {
  const first = await run(cloud.deploy(synth("one", { priority: 10, healthPath: "/health", idle: 120 })));
  expect(first["Name"]).toMatch(/^Shared-[\w-]+-\d{10}\.us-west-2\.elb\.amazonaws\.com$/);
  expect(first["FullName"]).toBe(first["Arn"]!.split(":loadbalancer/")[1]);
  expect(first["Zone"]).toBe("Z1H1FL5HABSF5");
  expect(first["GroupFullName"]).toMatch(/^targetgroup\//);
  expect(await rulesOf([first["Rule"]!])).toEqual([["10", "forward", "/api/auth/*"]]);
  const { Attributes } = await client.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: first["Arn"] }));
  expect(Attributes).toContainEqual({ Key: "idle_timeout.timeout_seconds", Value: "120" });
  expect(cloud.loadBalancers()).toMatchObject([{ arn: first["Arn"], dnsName: first["Name"], listeners: [{ port: 80, protocol: "HTTP" }] }]);
  const seen = await fetch(`${cloud.url}/_cloud/load-balancers`);
  expect(await seen.json()).toEqual(cloud.loadBalancers());

  const resolver = new Resolver();
  resolver.setServers([`${cloud.dns.host}:${cloud.dns.port}`]);
  expect(await resolver.resolve4("api.example.com", { ttl: true })).toEqual([{ address: "127.0.0.1", ttl: 60 }]);
  expect(await resolver.resolve4(first["Name"]!)).toEqual(["127.0.0.1"]);
  await expect(resolver.resolve6("api.example.com")).rejects.toMatchObject({ code: "ENODATA" });

  // What a function does while the stack stands: it points the rule elsewhere and registers a target.
  const Actions = [{ Type: "fixed-response" as const, FixedResponseConfig: { StatusCode: "503" } }];
  await client.send(new ModifyRuleCommand({ RuleArn: first["Rule"], Actions }));
  await client.send(new RegisterTargetsCommand({ TargetGroupArn: first["Group"], Targets: [{ Id: "10.0.0.9" }] }));

  // A change of something else leaves it, and so does one of the rule's priority.
  const second = await run(cloud.deploy(synth("two", { priority: 10, healthPath: "/ready", extra: true })));
  expect(second["Rule"]).toBe(first["Rule"]);
  expect(await rulesOf([first["Rule"]!])).toEqual([["10", "fixed-response", "/api/auth/*"]]);
  const { TargetGroups } = await client.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [first["Group"]!] }));
  expect(TargetGroups![0]).toMatchObject({ HealthCheckPath: "/ready", HealthCheckIntervalSeconds: 10 });
  const { TargetHealthDescriptions } = await client.send(new DescribeTargetHealthCommand({ TargetGroupArn: first["Group"] }));
  expect(TargetHealthDescriptions!.map(({ Target }) => Target!.Id)).toEqual(["10.0.0.9"]);
  await run(cloud.deploy(synth("three", { priority: 20, healthPath: "/ready", extra: true })));
  expect(await rulesOf([first["Rule"]!])).toEqual([["20", "fixed-response", "/api/auth/*"]]);

  // Its tags were changed each time, with those of the whole app.
  const { TagDescriptions } = await client.send(new DescribeTagsCommand({ ResourceArns: [first["Rule"]!] }));
  expect(TagDescriptions![0]!.Tags).toContainEqual({ Key: "build", Value: "three" });

  await run(cloud.destroy(synth("four", { priority: 20, healthPath: "/ready", extra: true })));
  expect(cloud.loadBalancers()).toEqual([]);
  await expect(resolver.resolve4(first["Name"]!)).rejects.toMatchObject({ code: "EREFUSED" });
});

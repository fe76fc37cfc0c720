import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:net";
import { CreateInternetGatewayCommand, CreateSubnetCommand, CreateVpcCommand, AttachInternetGatewayCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  AddTagsCommand,
  CertificateNotFoundException,
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DescribeTagsCommand,
  DescribeTargetHealthCommand,
  DuplicateListenerException,
  ElasticLoadBalancingV2Client,
  PriorityInUseException,
  RegisterTargetsCommand,
  waitUntilLoadBalancerAvailable,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { expect, onTestFinished, test } from "vitest";
import { type TestCloud, withCloud } from "../../testing/with-cloud.ts";

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "rouse-elb-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function network(cloud: TestCloud) {
  const ec2 = cloud.client(EC2Client);
  const VpcId = (await ec2.send(new CreateVpcCommand({ CidrBlock: "10.1.0.0/16" }))).Vpc!.VpcId!;
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
  const subnet = async (CidrBlock: string, AvailabilityZone: string): Promise<string> =>
    (await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock, AvailabilityZone }))).Subnet!.SubnetId!;
  const Subnets = [await subnet("10.1.0.0/24", "us-west-2a"), await subnet("10.1.1.0/24", "us-west-2b")];
  const attach = (): Promise<unknown> => ec2.send(new AttachInternetGatewayCommand({ VpcId, InternetGatewayId: InternetGateway!.InternetGatewayId }));
  return { VpcId, Subnets, attach };
}

test("the SDK's client makes a load balancer that is still there, on its port, after a restart", async () => {
  const dataDir = folder();
  const cloud = await withCloud({ dataDir, persistent: true });
  let running = true;
  onTestFinished(async () => void (running && (await cloud.end())));
  const { VpcId, Subnets, attach } = await network(cloud);
  const elb = cloud.client(ElasticLoadBalancingV2Client);
  const create = new CreateLoadBalancerCommand({ Name: "shared", Subnets });
  await expect(elb.send(create)).rejects.toMatchObject({ name: "InvalidSubnetException", message: `VPC ${VpcId} has no internet gateway` });
  await attach();
  const LoadBalancerArn = (await elb.send(create)).LoadBalancers![0]!.LoadBalancerArn!;
  await waitUntilLoadBalancerAvailable({ client: elb, maxWaitTime: 60 }, { LoadBalancerArns: [LoadBalancerArn] });
  const fixed = (StatusCode: string) => [{ Type: "fixed-response" as const, FixedResponseConfig: { StatusCode } }];
  const listen = { LoadBalancerArn, Port: 80, Protocol: "HTTP" as const };
  const { Listeners } = await elb.send(new CreateListenerCommand({ ...listen, DefaultActions: fixed("404") }));
  const ListenerArn = Listeners![0]!.ListenerArn!;
  await expect(elb.send(new CreateListenerCommand({ ...listen, DefaultActions: fixed("403") }))).rejects.toBeInstanceOf(DuplicateListenerException);
  const tls = {
    ...listen,
    Port: 443,
    Protocol: "HTTPS" as const,
    Certificates: [{ CertificateArn: "arn:aws:acm:us-west-2:000000000000:certificate/x" }],
  };
  await expect(elb.send(new CreateListenerCommand({ ...tls, DefaultActions: fixed("404") }))).rejects.toBeInstanceOf(CertificateNotFoundException);
  const { TargetGroups } = await elb.send(
    new CreateTargetGroupCommand({ Name: "auth", TargetType: "ip", Protocol: "HTTP", Port: 8080, VpcId, Matcher: { HttpCode: "200-299" } }),
  );
  const TargetGroupArn = TargetGroups![0]!.TargetGroupArn!;
  const rule = new CreateRuleCommand({
    ListenerArn,
    Priority: 10,
    Conditions: [{ Field: "path-pattern", PathPatternConfig: { Values: ["/api/auth/*"] } }],
    Actions: [{ Type: "forward", TargetGroupArn }],
    Tags: [{ Key: "leaf", Value: "auth" }],
  });
  const RuleArn = (await elb.send(rule)).Rules![0]!.RuleArn!;
  await expect(elb.send(rule)).rejects.toBeInstanceOf(PriorityInUseException);
  await elb.send(new AddTagsCommand({ ResourceArns: [RuleArn], Tags: [{ Key: "more", Value: "1" }] }));
  await elb.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: "10.1.0.9" }] }));
  const { TargetHealthDescriptions } = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
  expect(TargetHealthDescriptions).toMatchObject([
    { Target: { Id: "10.1.0.9", Port: 8080, AvailabilityZone: "us-west-2a" }, TargetHealth: { State: "initial" } },
  ]);
  const [view] = cloud.loadBalancers();
  expect((await fetch(view!.listeners[0]!.url)).status).toBeGreaterThan(0);
  await cloud.end();
  running = false;

  const again = await withCloud({ dataDir, persistent: true });
  onTestFinished(() => again.end());
  expect(again.loadBalancers()).toEqual([view]);
  expect((await fetch(view!.listeners[0]!.url)).status).toBeGreaterThan(0);
  const tags = await again.client(ElasticLoadBalancingV2Client).send(new DescribeTagsCommand({ ResourceArns: [RuleArn] }));
  expect(tags.TagDescriptions![0]!.Tags).toEqual([
    { Key: "leaf", Value: "auth" },
    { Key: "more", Value: "1" },
  ]);
});

test("a port that another program has is left to it", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void other.close());
  const { port } = other.address() as { port: number };
  const cloud = await withCloud({ loadBalancerPorts: { http: port, others: "any" } });
  onTestFinished(() => cloud.end());
  const { Subnets, attach } = await network(cloud);
  await attach();
  const elb = cloud.client(ElasticLoadBalancingV2Client);
  const { LoadBalancers } = await elb.send(new CreateLoadBalancerCommand({ Name: "shared", Subnets }));
  const DefaultActions = [{ Type: "fixed-response" as const, FixedResponseConfig: { StatusCode: "404" } }];
  const { LoadBalancerArn } = LoadBalancers![0]!;
  await elb.send(new CreateListenerCommand({ LoadBalancerArn, Port: 80, Protocol: "HTTP", DefaultActions }));
  const { url } = cloud.loadBalancers()[0]!.listeners[0]!;
  expect(url).not.toBe(`http://127.0.0.1:${port}`);
  expect(cloud.lines).toEqual([
    `rouse: listener HTTP 80 of load balancer shared listens on ${url.slice("http://".length)}, because another program has port ${port}`,
  ]);
});

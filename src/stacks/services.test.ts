import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Project } from "../config/schema.ts";
import { everyService, testEngine, testEngines, testService, testServiceWorker } from "./testing.ts";
import { idsOf, type Json, onlyOf, propertiesOf, synthesizeTemplates, type Template } from "./testing-templates.ts";

const folder = mkdtempSync(join(tmpdir(), "rouse-services-"));
afterAll(() => rmSync(folder, { recursive: true }));

const synthesize = (name: string, project: Project): Record<string, Template> => synthesizeTemplates(folder, name, project);

const ELB = "AWS::ElasticLoadBalancingV2::";
const SERVICE = "AWS::ECS::Service";
const TARGET = "AWS::ApplicationAutoScaling::ScalableTarget";
const POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy";

let all: Record<string, Template>;
beforeAll(() => {
  all = synthesize("all", everyService());
});

describe("the service", () => {
  test("has no desired count that a deployment would reset, in any shape", () => {
    for (const name of ["Orders", "Shop", "Box", "Spot", "Stock", "Prices", "Worker"])
      expect(onlyOf(all[`Arcade-${name}`], SERVICE)).not.toHaveProperty("DesiredCount");
  });

  test("is replaced task by task, and rolled back where the new ones do not stay up", () => {
    expect(onlyOf(all["Arcade-Orders"], SERVICE).DeploymentConfiguration).toEqual({
      MinimumHealthyPercent: 100,
      MaximumPercent: 200,
      DeploymentCircuitBreaker: { Enable: true, Rollback: true },
    });
  });

  test("has its tasks registered by address, and is given time before its checks count", () => {
    const service = onlyOf(all["Arcade-Orders"], SERVICE);
    expect(service.LoadBalancers).toEqual([{ ContainerName: "orders", ContainerPort: 8080, TargetGroupArn: { Ref: expect.any(String) } }]);
    expect(service.HealthCheckGracePeriodSeconds).toBe(60);
    expect(service).toMatchObject({ EnableECSManagedTags: true, PropagateTags: "SERVICE" });
    expect(service.NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp).toBe("ENABLED");
  });

  test("comes after its rule, its capacity, its roles' policies, and who tells of its failures", () => {
    const template = all["Arcade-Orders"]!;
    const [service] = idsOf(template, SERVICE);
    const after = template.Resources[service!]!.DependsOn;
    const needed = [`${ELB}ListenerRule`, "AWS::ECS::ClusterCapacityProviderAssociations", "AWS::IAM::Policy", "AWS::Events::Rule"];
    for (const type of needed) expect(after).toEqual(expect.arrayContaining(idsOf(template, type)));
  });

  test("names its capacity by a strategy, which can be changed in place", () => {
    const strategy = (name: string) => onlyOf(all[`Arcade-${name}`], SERVICE).CapacityProviderStrategy;
    expect(strategy("Orders")).toEqual([{ CapacityProvider: "FARGATE", Weight: 1 }]);
    expect(strategy("Box")).toEqual([{ CapacityProvider: { Ref: expect.any(String) }, Weight: 1 }]);
    for (const name of ["Orders", "Box", "Spot"]) expect(onlyOf(all[`Arcade-${name}`], SERVICE)).not.toHaveProperty("LaunchType");
  });

  test("keeps one task on demand on Spot, where there are two or more", () => {
    expect(onlyOf(all["Arcade-Spot"], SERVICE).CapacityProviderStrategy).toEqual([
      { CapacityProvider: "FARGATE", Base: 1, Weight: 0 },
      { CapacityProvider: "FARGATE_SPOT", Weight: 1 },
    ]);
    expect(onlyOf(all["Arcade-Worker"], SERVICE).CapacityProviderStrategy).toEqual([{ CapacityProvider: "FARGATE_SPOT", Weight: 1 }]);
  });

  test("on instances shares their addresses, and has room for a deployment", () => {
    const box = all["Arcade-Box"];
    expect(onlyOf(box, SERVICE)).not.toHaveProperty("NetworkConfiguration");
    expect(onlyOf(box, `${ELB}TargetGroup`).TargetType).toBe("instance");
    const group = onlyOf(box, "AWS::AutoScaling::AutoScalingGroup");
    expect([group.MinSize, group.MaxSize]).toEqual(["0", "20"]);
    expect(group).not.toHaveProperty("DesiredCapacity");
  });

  test("without ports is reached by nobody", () => {
    const worker = all["Arcade-Worker"]!;
    const service = onlyOf(worker, SERVICE);
    expect(service).not.toHaveProperty("LoadBalancers");
    expect(service).not.toHaveProperty("HealthCheckGracePeriodSeconds");
    expect(Object.values(worker.Resources).filter(({ Type }) => Type.startsWith(ELB))).toEqual([]);
    expect(onlyOf(worker, "AWS::EC2::SecurityGroup")).not.toHaveProperty("SecurityGroupIngress");
    expect(propertiesOf(worker, "AWS::EC2::SecurityGroupIngress")).toEqual([]);
  });

  test("has the ids of other kinds where a leaf that changes its kind keeps things", () => {
    const volumes = { data: { paths: ["/data"], backups: true, keepOnDelete: true } };
    const engine = synthesize("engine", testEngines([testEngine("orders", { volumes })]))["Arcade-Orders"]!;
    const [before, after] = [engine.Resources, all["Arcade-Orders"]!.Resources];
    const kept = ["AWS::SNS::Topic", "AWS::EC2::SecurityGroup", "AWS::CloudFormation::Stack", "AWS::ECS::Cluster", `${ELB}ListenerRule`];
    for (const type of kept) expect(idsOf({ Resources: before }, type)).toEqual(idsOf({ Resources: after }, type));
    const groupOf = (resources: Template["Resources"]) =>
      Object.entries(resources).find(([, { Type, Properties }]) => Type === `${ELB}TargetGroup` && Properties.TargetType === "ip")!;
    const [[beforeId, beforeGroup], [afterId, afterGroup]] = [groupOf(before), groupOf(after)];
    expect(beforeId).toBe(afterId);
    expect(beforeGroup.Properties.Name).toBe(afterGroup.Properties.Name);
  });
});

describe("the count", () => {
  test("has one writer also where nothing is scaled: registering the target brings the minimum up", () => {
    const shop = all["Arcade-Shop"];
    expect(onlyOf(shop, TARGET)).toMatchObject({
      MinCapacity: 1,
      MaxCapacity: 1,
      ScalableDimension: "ecs:service:DesiredCount",
      ServiceNamespace: "ecs",
    });
    expect(propertiesOf(shop, POLICY)).toEqual([]);
  });

  test("follows CPU, memory and requests, with the cool-downs of the leaf", () => {
    const policies = propertiesOf(all["Arcade-Orders"], POLICY);
    expect(policies.map(({ PolicyType, PolicyName }) => [PolicyType, PolicyName])).toEqual([
      ["TargetTrackingScaling", "arcade-orders-cpu"],
      ["TargetTrackingScaling", "arcade-orders-memory"],
      ["TargetTrackingScaling", "arcade-orders-requests"],
    ]);
    const [cpu, memory, requests] = policies.map(({ TargetTrackingScalingPolicyConfiguration }) => TargetTrackingScalingPolicyConfiguration);
    expect(cpu).toEqual({
      PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" },
      TargetValue: 75,
      ScaleInCooldown: 60,
      ScaleOutCooldown: 60,
    });
    expect([memory.TargetValue, requests.TargetValue]).toEqual([80, 1000]);
    // `app/…/…` of the base, a slash, `targetgroup/…/…` of the leaf.
    const label = requests.PredefinedMetricSpecification.ResourceLabel["Fn::Join"][1];
    expect(JSON.stringify(label[0])).toContain("LoadBalancerFullName");
    expect([label[1], label[2]["Fn::GetAtt"][1]]).toEqual(["/", "TargetGroupFullName"]);
  });
});

describe("the load balancers", () => {
  const base = () => all["Arcade-Base"]!;
  const listener = (port: number, scheme: string) => {
    const resources = base().Resources;
    const [balancer] = Object.entries(resources).find(([, { Type, Properties }]) => Type === `${ELB}LoadBalancer` && Properties.Scheme === scheme)!;
    return Object.entries(resources).find(
      ([, { Type, Properties }]) => Type === `${ELB}Listener` && Properties.Port === port && Properties.LoadBalancerArn.Ref === balancer,
    );
  };

  test("are one for everybody and one for the network, each only where a leaf needs it", () => {
    expect(propertiesOf(base(), `${ELB}LoadBalancer`).map(({ Scheme }) => Scheme)).toEqual(["internet-facing", "internal"]);
    const schemes = (name: string, leaves: Project["leaves"]) =>
      propertiesOf(synthesize(name, testEngines(leaves))["Arcade-Base"], `${ELB}LoadBalancer`).map(({ Scheme }) => Scheme);
    expect(schemes("worker-only", [testServiceWorker("worker")])).toEqual([]);
    expect(schemes("internal-only", [testService("stock", { route: { visibility: "internal" } })])).toEqual(["internal"]);
    expect(schemes("public-only", [testService("orders")])).toEqual(["internet-facing"]);
  });

  test("the internal one lets in the network's own addresses and nobody else", () => {
    const groups = propertiesOf(base(), "AWS::EC2::SecurityGroup");
    const internal = groups.find(({ GroupDescription }) => GroupDescription.includes("internal"));
    expect(internal.SecurityGroupIngress.map(({ CidrIp, FromPort }: Json) => [CidrIp, FromPort])).toEqual(
      [80, 443].map((port) => [{ "Fn::GetAtt": [expect.stringContaining("Vpc"), "CidrBlock"] }, port]),
    );
    const open = groups.find((group) => group !== internal);
    expect(open.SecurityGroupIngress.map(({ CidrIp, FromPort }: Json) => [CidrIp, FromPort])).toEqual([
      ["0.0.0.0/0", 80],
      ["0.0.0.0/0", 443],
    ]);
  });

  test("have a certificate for each name, validated in the zone and chosen by the name", () => {
    const certificates = propertiesOf(base(), "AWS::CertificateManager::Certificate");
    expect(certificates.map(({ DomainName }) => String(DomainName)).toSorted((a, b) => a.localeCompare(b))).toEqual([
      "prices.example.com",
      "shop.example.com",
    ]);
    for (const { DomainName, ValidationMethod, DomainValidationOptions } of certificates)
      expect([ValidationMethod, DomainValidationOptions]).toEqual(["DNS", [{ DomainName, HostedZoneId: "Z1234567890" }]]);
    expect(propertiesOf(base(), `${ELB}ListenerCertificate`)).toHaveLength(2);
    const [, https] = listener(443, "internet-facing")!;
    expect(https.Properties.SslPolicy).toBe("ELBSecurityPolicy-TLS13-1-2-Res-2021-06");
  });

  test("a name of the load balancer's own has the default certificate", () => {
    const project = everyService();
    const named = synthesize("named", { ...project, base: { ...project.base, loadBalancer: { idleTimeout: 60, domain: "api.example.com" } } });
    const template = named["Arcade-Base"]!;
    const certificate = idsOf(template, "AWS::CertificateManager::Certificate").find(
      (id) => template.Resources[id]!.Properties.DomainName === "api.example.com",
    );
    const https = propertiesOf(template, `${ELB}Listener`).filter(({ Protocol }) => Protocol === "HTTPS");
    expect(https.map(({ Certificates }) => Certificates[0].CertificateArn.Ref === certificate)).toEqual([true, false]);
    // HTTP redirects everything then.
    expect(propertiesOf(named["Arcade-Shop"], `${ELB}ListenerRule`)).toHaveLength(1);
    // The internal one has no such name.
    expect(propertiesOf(named["Arcade-Prices"], `${ELB}ListenerRule`)).toHaveLength(2);
  });

  test("export what leaves refer to, whether one does or not", () => {
    const exported = (template: Template | undefined) =>
      Object.values(template?.Outputs ?? {}).flatMap(({ Export }) => (Export ? [Export.Name] : []));
    const some = synthesize("some", testEngines([testService("orders", { route: { domain: "orders.example.com" } })]));
    const names = exported(some["Arcade-Base"]).join("\n");
    for (const what of ["LoadBalancerHttp", "LoadBalancerHttps", "DNSName", "CanonicalHostedZoneID", "LoadBalancerFullName", "SecurityGroup"])
      expect(names).toContain(what);
  });
});

describe("the rules", () => {
  test("without a name: by path, on the listener that engines use", () => {
    const rule = onlyOf(all["Arcade-Orders"], `${ELB}ListenerRule`);
    expect(rule.Conditions).toEqual([{ Field: "path-pattern", PathPatternConfig: { Values: ["/api/orders/*"] } }]);
    expect(rule.ListenerArn["Fn::ImportValue"]).toContain("LoadBalancerHttp");
    expect(rule.ListenerArn["Fn::ImportValue"]).not.toContain("LoadBalancerHttps");
  });

  test.each([
    ["Shop", "shop.example.com", "Base:ExportsOutputRefLoadBalancerHttps"],
    ["Prices", "prices.example.com", "Base:ExportsOutputRefInternalLoadBalancerHttps"],
  ])("with a name: %s by host and path over HTTPS, a redirect, and the record", (stack, host, listener) => {
    const [redirect, rule] = propertiesOf(all[`Arcade-${stack}`], `${ELB}ListenerRule`).toSorted((a, b) => a.Conditions.length - b.Conditions.length);
    expect(rule.Conditions.map(({ Field }: Json) => Field)).toEqual(["host-header", "path-pattern"]);
    expect(rule.ListenerArn["Fn::ImportValue"]).toContain(listener);
    expect(redirect.Conditions).toEqual([{ Field: "host-header", HostHeaderConfig: { Values: [host] } }]);
    expect(redirect.Actions).toEqual([{ Type: "redirect", RedirectConfig: { Protocol: "HTTPS", Port: "443", StatusCode: "HTTP_301" } }]);
    const record = onlyOf(all[`Arcade-${stack}`], "AWS::Route53::RecordSet");
    expect(record).toMatchObject({ Name: `${host}.`, Type: "A", HostedZoneId: "Z1234567890" });
    expect(record.AliasTarget.DNSName["Fn::ImportValue"]).toContain("DNSName");
  });

  test("a target group is checked and drained as the leaf says", () => {
    expect(onlyOf(all["Arcade-Orders"], `${ELB}TargetGroup`)).toMatchObject({
      TargetType: "ip",
      HealthCheckPath: "/health",
      HealthCheckIntervalSeconds: 10,
      HealthCheckTimeoutSeconds: 5,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 3,
      Matcher: { HttpCode: "200-399" },
      TargetGroupAttributes: [{ Key: "deregistration_delay.timeout_seconds", Value: "30" }],
    });
  });
});

test("who tells of failures may read its own service, and hears of it alone", () => {
  const template = all["Arcade-Worker"]!;
  const rules = propertiesOf(template, "AWS::Events::Rule");
  expect(rules.map(({ EventPattern }) => EventPattern["detail-type"][0])).toEqual([
    "ECS Deployment State Change",
    "ECS Service Action",
    "ECS Task State Change",
  ]);
  expect(JSON.stringify(rules[0].EventPattern.resources)).toContain("service/arcade-worker/arcade-worker");
  const role = propertiesOf(template, "AWS::IAM::Role").find(({ AssumeRolePolicyDocument }) =>
    JSON.stringify(AssumeRolePolicyDocument).includes("lambda"),
  );
  const actions = role.Policies[0].PolicyDocument.Statement.flatMap(({ Action }: Json) => Action);
  expect(actions).not.toContain("ecs:UpdateService");
});

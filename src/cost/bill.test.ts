import { describe, expect, test } from "vitest";
import { DEFAULTS } from "./assumptions.ts";
import { billOf, type LeafCost } from "./bill.ts";
import { merged, pricesOf, readPrices } from "./price-table.ts";
import type { PricedStack, PricedTemplate } from "./resource.ts";

type Resources = NonNullable<PricedTemplate["Resources"]>;

const stack = (leaf: string | undefined, resources: Resources, region = "us-west-2"): PricedStack => ({
  name: `Arcade-${leaf ?? "Base"}`,
  region,
  leaf,
  template: { Resources: resources },
  nested: new Map(),
});

const bill = (stacks: PricedStack[], kind: LeafCost["kind"] = "dns", assume = DEFAULTS) =>
  billOf({ stacks, leaves: [...new Set(stacks.flatMap(({ leaf }) => leaf ?? []))].map((name) => ({ name, kind })), assume, pricesOf });

const only = (resources: Resources, kind: LeafCost["kind"] = "dns", region?: string): LeafCost =>
  bill([stack("one", resources, region)], kind).leaves[0]!;

const instance = (instanceType: string) => ({
  Type: "AWS::EC2::LaunchTemplate",
  Properties: {
    LaunchTemplateData: {
      InstanceType: instanceType,
      BlockDeviceMappings: [{ Ebs: { VolumeSize: 30, VolumeType: "gp3" } }],
      NetworkInterfaces: [{ AssociatePublicIpAddress: true }],
      Monitoring: { Enabled: true },
    },
  },
});

const fargate = (cpu: number, memory: number, architecture = "X86_64") => ({
  Type: "AWS::ECS::TaskDefinition",
  Properties: { RequiresCompatibilities: ["FARGATE"], Cpu: String(cpu), Memory: String(memory), RuntimePlatform: { CpuArchitecture: architecture } },
});

const service = (strategy: object[]) => ({
  Type: "AWS::ECS::Service",
  Properties: { CapacityProviderStrategy: strategy, NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: "ENABLED" } } },
});

const scale = (min: number) => ({
  Type: "AWS::ApplicationAutoScaling::ScalableTarget",
  Properties: { ServiceNamespace: "ecs", MinCapacity: min, MaxCapacity: 10 },
});

const metric = (Namespace: string, MetricName: string) => ({ MetricStat: { Metric: { Namespace, MetricName, Dimensions: [] } } });

describe("an hour awake", () => {
  test("of an instance: the instance, its disk, its address, its seven metrics", () => {
    // 0.096 + 30 x 0.08 / 730 + 0.005 + 7 x 0.30 / 730
    expect(only({ Template: instance("m5.large") }).hour).toBeCloseTo(0.1071644, 7);
  });

  test("of a task on Fargate: its vCPU, its memory, and its address where it has one", () => {
    const parameter = { Type: "AWS::SSM::Parameter", Properties: { Value: { "Fn::Join": ["", ['{"publicIp":true}']] } } };
    // 0.25 x 0.04048 + 0.5 x 0.004445
    expect(only({ Task: fargate(256, 512) }).hour).toBeCloseTo(0.0123425, 7);
    expect(only({ Task: fargate(256, 512), parameter }).hour).toBeCloseTo(0.0173425, 7);
  });

  test("of a task on ARM and Spot: by what is assumed of Spot", () => {
    const parameter = { Type: "AWS::SSM::Parameter", Properties: { Value: '{"providers":[{"name":"FARGATE_SPOT"}]}' } };
    // (0.5 x 0.03238 + 1 x 0.00356) x 0.3
    expect(only({ Task: fargate(512, 1024, "ARM64"), parameter }, "engine", "us-east-1").hour).toBeCloseTo(0.005925, 7);
  });

  test("a cluster that may use Spot does not: what starts tasks decides", () => {
    const cluster = { Type: "AWS::ECS::ClusterCapacityProviderAssociations", Properties: { CapacityProviders: ["FARGATE", "FARGATE_SPOT"] } };
    expect(only({ Task: fargate(256, 512), cluster }).hour).toBeCloseTo(0.0123425, 7);
  });

  test("of a service: its tasks at the least, those of the base on demand and the others on Spot, all month", () => {
    const strategy = [
      { CapacityProvider: "FARGATE", Base: 1, Weight: 0 },
      { CapacityProvider: "FARGATE_SPOT", Weight: 1 },
    ];
    const cost = only({ Task: fargate(256, 512), service: service(strategy), scale: scale(3) }, "service");
    // (1 + 2 x 0.3) x 0.0123425 + 3 x 0.005
    expect(cost.hour).toBeCloseTo(0.034748, 7);
    expect(cost).toMatchObject({ tasks: 3, hours: 730 });
    expect(cost.month).toBeCloseTo(730 * 0.034748, 4);
    expect(cost.month).toBe(cost.always);
  });

  test("of a scheduled task: as many as its schedules come due", () => {
    const schedule = (expression: string, State = "ENABLED") => ({
      Type: "AWS::Scheduler::Schedule",
      Properties: { ScheduleExpression: expression, State },
    });
    const both = {
      Task: fargate(256, 512),
      a: schedule("cron(0 * * * ? *)"),
      b: schedule("rate(1 day)"),
      off: schedule("rate(1 minute)", "DISABLED"),
    };
    const cost = only(both, "task");
    // 730 runs an hour apart, and 365 / 12 a day apart, of 5 minutes each.
    expect(cost.runs).toBeCloseTo(730 + 365 / 12, 5);
    expect(cost.hours).toBeCloseTo((730 + 365 / 12) / 12, 5);

    const often = { Task: fargate(256, 512), a: schedule("rate(2 minutes)") };
    const skips = { Type: "AWS::SSM::Parameter", Properties: { Value: '{"overlap":"skip"}' } };
    expect(only(often, "task").hours).toBeCloseTo(1825, 5);
    expect(only({ ...often, skips }, "task").hours).toBe(730);
  });
});

describe("asleep", () => {
  test("a zone, alarms by their metrics, a dashboard; their sum is what is there", () => {
    const cost = only({
      Zone: { Type: "AWS::Route53::HostedZone" },
      Idle: {
        Type: "AWS::CloudWatch::Alarm",
        Properties: { Metrics: [metric("AWS/EC2", "NetworkIn"), metric("Rouse", "DnsHits"), { Expression: "a + b" }] },
      },
      LeftUp: { Type: "AWS::CloudWatch::Alarm", Properties: { Metrics: [metric("Rouse", "DnsHits")] } },
      Queue: { Type: "AWS::CloudWatch::Alarm", Properties: { Namespace: "AWS/SQS", MetricName: "Visible" } },
      Page: { Type: "AWS::CloudWatch::Dashboard" },
    });
    // 0.50 + (2 + 1 + 1) x 0.10 + 3.00
    expect(cost.asleep).toBeCloseTo(3.9, 7);
    // The metric of Rouse's own has values while awake only, and two alarms look at the same: 0.30 / 730.
    expect(cost.hour).toBeCloseTo(0.3 / 730, 9);
  });

  test("alarms that exist only while the leaf is awake cost nothing asleep, and their metrics by the hour awake", () => {
    const cost = only({
      Alarms: {
        Type: "Custom::WatchdogAlarms",
        Properties: {
          Alarms: [
            { AlarmName: "idle", Metrics: [metric("AWS/EC2", "NetworkIn"), metric("Rouse", "DnsHits"), { Expression: "a + b" }] },
            { AlarmName: "left-up", Metrics: [metric("Rouse", "DnsHits")] },
          ],
        },
      },
    });
    expect(cost.asleep).toBe(0);
    // Three metrics of two alarms, and one of Rouse's own, which both look at.
    expect(cost.hour).toBeCloseTo((3 * 0.1 + 0.3) / 730, 9);
    expect(cost.notPriced).toEqual([]);
  });

  test("volumes by what is assumed to be in them; backups have no price here, and are told", () => {
    const cost = only({
      Data: { Type: "AWS::EFS::FileSystem", Properties: { BackupPolicy: { Status: "ENABLED" } } },
      Template: instance("m5.large"),
    });
    expect(cost.storage).toBeCloseTo(5 * 0.3, 7);
    expect(cost.notPriced).toEqual([
      { what: "backups of EFS (AWS Backup, warm) (efs-backup-gb-month) in us-west-2", resources: ["Data of Arcade-one"] },
    ]);
  });

  test("resources of nested stacks count, and a nested stack that is not there is an error", () => {
    const hash = "a".repeat(64);
    const outer = stack("one", {
      Nested: { Type: "AWS::CloudFormation::Stack", Properties: { TemplateURL: { "Fn::Join": ["", ["x/", `${hash}.json`]] } } },
    });
    const nested = new Map([[hash, { Resources: { Page: { Type: "AWS::CloudWatch::Dashboard" } } }]]);
    expect(bill([{ ...outer, nested }]).leaves[0]!.asleep).toBe(3);
    expect(() => bill([outer])).toThrow("the template of the nested stack Nested is not in the assembly");
  });
});

test("what has no price is told and never free: a type, an instance, a price of the region", () => {
  const { notPriced, hour, asleep } = only({ Gateway: { Type: "AWS::EC2::NatGateway" }, Template: instance("u7i-12tb.224xlarge") });
  expect(notPriced.map(({ what }) => what)).toEqual(["AWS::EC2::NatGateway", "an hour of u7i-12tb.224xlarge (instances) in us-west-2"]);
  expect([asleep, hour]).toEqual([0, expect.closeTo(0.0111644, 7)]);
});

test("a leaf whose task is in no template is not told to cost nothing", () => {
  expect(only({ Topic: { Type: "AWS::SNS::Topic" } }, "engine").notPriced).toContainEqual({
    what: "a task whose definition is in no template",
    resources: ["one"],
  });
});

test("one load balancer for five services, and one for each of them", () => {
  const balancer = { Type: "AWS::ElasticLoadBalancingV2::LoadBalancer", Properties: { Scheme: "internet-facing", Subnets: ["a", "b"] } };
  const rule = {
    Type: "AWS::ElasticLoadBalancingV2::ListenerRule",
    Properties: { ListenerArn: { "Fn::ImportValue": "Arcade-Base:LoadBalancerHttp" } },
  };
  const leaves = ["auth", "batch", "fa", "pdf", "users"].map((name) => stack(name, { rule }, "us-east-2"));
  const { balancers } = bill([stack(undefined, { LoadBalancer: balancer }, "us-east-2"), ...leaves], "engine");
  // One: 730 x (0.0225 + 2 x 0.005) = 23.725, and 0.1 LCU: 730 x 0.1 x 0.008 = 0.584. The traffic does not become more by five.
  expect(balancers).toEqual({ here: 1, perService: 5, month: expect.closeTo(24.309, 6), perServiceMonth: expect.closeTo(5 * 23.725 + 0.584, 6) });
});

describe("prices", () => {
  test("of the regions that are known: each has a source with a date", () => {
    for (const region of ["us-east-1", "us-east-2", "us-west-2", "eu-central-1", "eu-west-1"]) {
      const { prices, instances } = pricesOf(region)!;
      expect(instances.get("t4g.nano")).toMatchObject({ source: { url: expect.stringContaining("https://") } });
      for (const price of prices.values())
        expect(price).toMatchObject({ offer: expect.any(String), usage: expect.any(String), source: { date: expect.any(String) } });
    }
    expect(pricesOf("ap-south-1")).toBeUndefined();
  });

  test("of one's own count for their region before what is known, and may be numbers alone", () => {
    const own = readPrices({
      region: "us-west-2",
      prices: { "efs-backup-gb-month": 0.05, "ebs-gp3-gb-month": { usd: 0.07 } },
      instances: { "m5.large": 0.05 },
    });
    const table = pricesOf("us-west-2", own)!;
    expect([table.prices.get("efs-backup-gb-month")?.usd, table.prices.get("ebs-gp3-gb-month")?.usd, table.prices.get("efs-gb-month")?.usd]).toEqual([
      0.05, 0.07, 0.3,
    ]);
    expect([table.instances.get("m5.large")?.usd, table.instances.get("t3.nano")?.usd]).toEqual([0.05, 0.0052]);
    expect(pricesOf("us-east-1", own)!.prices.get("efs-backup-gb-month")).toBeUndefined();
    expect(pricesOf("ap-south-1", merged(own, { ...own, region: "ap-south-1" }))!.prices.get("hosted-zone-month")?.usd).toBe(0.5);
  });

  test("in a wrong file: what is wrong with it", () => {
    expect(() => readPrices({ region: "us-west-2", prices: { "efs-month": 1 } })).toThrow(
      /efs-month: no price has that name; there are\n {2}fargate/,
    );
    expect(() => readPrices({ region: "us-west-2", prices: { "efs-gb-month": "cheap" } })).toThrow("prices.efs-gb-month");
    expect(() => readPrices({ region: "us-west-2", prices: { "efs-gb-month": { usd: 1, source: "x" } } })).toThrow("source x is not among");
  });
});

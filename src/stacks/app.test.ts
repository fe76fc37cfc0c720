import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Project } from "../config/schema.ts";
import { buildApp } from "./app.ts";
import { functionName } from "./names.ts";
import { functionsDir, testLeaf, testOwnZone, testProject } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "rouse-stacks-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Resource {
  readonly Type: string;
  // Templates are JSON; the assertions below are what checks their shape.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly Properties: any;
  readonly DeletionPolicy?: string;
}
interface Template {
  readonly Resources: Record<string, Resource>;
  readonly Outputs?: object;
}

/** All templates of a project's assembly, by the file's name without its hash. */
function synthesize(name: string, project: Project): Record<string, Template> {
  const outdir = join(folder, name);
  buildApp(project, { outdir, functionsDir: functionsDir(folder) }).synth();
  const files = readdirSync(outdir).filter((file) => file.endsWith(".template.json"));
  return Object.fromEntries(
    files.map((file) => [
      file.replace(/([0-9A-F]{8})?(\.nested)?\.template\.json$/, ""),
      JSON.parse(readFileSync(join(outdir, file), "utf8")) as Template,
    ]),
  );
}

const of = (template: Template | undefined, type: string): Resource[] => Object.values(template?.Resources ?? {}).filter(({ Type }) => Type === type);
const all = (templates: Record<string, Template>, type: string): Resource[] => Object.values(templates).flatMap((template) => of(template, type));
const only = (template: Template | undefined, type: string): Resource["Properties"] => {
  const found = of(template, type);
  expect(found).toHaveLength(1);
  return found[0]!.Properties;
};

let prod: Record<string, Template>;
/** The same two leaves, each with a zone of its own. */
let apart: Record<string, Template>;
beforeAll(() => {
  apart = synthesize("apart", testProject([testOwnZone("minecraft"), testOwnZone("plain")]));
  prod = synthesize("prod", testProject([testLeaf("minecraft"), testLeaf("plain", { volumes: {}, ports: [{ port: 8080, protocol: "tcp" }] })]));
});

describe("an application", () => {
  test("has a base, a base for DNS, and three stacks and seven nested stacks per leaf (six without volumes)", () => {
    const nested = ["SecurityGroups", "Container", "Volumes", "EcsAsg", "Watchdog", "AsgStateChangeHook", "Dashboard"];
    const leaf = (name: string) => [
      `Arcade-${name}`,
      `Arcade-${name}-Domain`,
      `Arcade-${name}-StartSystem`,
      ...nested.filter((stack) => name === "Minecraft" || stack !== "Volumes").map((stack) => `Arcade${name}${stack}`),
    ];
    expect(Object.keys(prod).toSorted()).toEqual(["Arcade-Base", "Arcade-BaseDns", ...leaf("Minecraft"), ...leaf("Plain")].toSorted());
  });

  test("has no dashboard unless rouse.yaml asks for one", () => {
    const project = testProject([testLeaf("minecraft")]);
    const plain = synthesize("no-dashboard", { ...project, base: { ...project.base, dashboard: false } });
    expect(all(plain, "AWS::CloudWatch::Dashboard")).toEqual([]);
    expect(plain).not.toHaveProperty("ArcadeMinecraftDashboard");
    expect(all(prod, "AWS::CloudWatch::Dashboard")).toHaveLength(2);
  });

  test("tags what it makes with application, environment and leaf", () => {
    for (const type of ["AWS::ECS::Cluster", "AWS::Lambda::Function", "AWS::SNS::Topic", "AWS::Logs::LogGroup", "AWS::IAM::Role"]) {
      for (const { Properties } of [
        ...of(prod["ArcadeMinecraftWatchdog"], type),
        ...of(prod["ArcadeMinecraftEcsAsg"], type),
        ...of(prod["Arcade-Minecraft"], type),
      ]) {
        if (Properties.Tags === undefined) continue;
        expect(Object.fromEntries(Properties.Tags.map((tag: { Key: string; Value: string }) => [tag.Key, tag.Value]))).toMatchObject({
          "rouse:application": "arcade",
          "rouse:environment": "prod",
          "rouse:leaf": "minecraft",
        });
      }
    }
  });

  test("has one policy for the query logs of all leaves, and no NAT gateway", () => {
    expect(all(prod, "AWS::Logs::ResourcePolicy")).toHaveLength(1);
    expect(all(prod, "AWS::EC2::NatGateway")).toEqual([]);
  });

  test.each(["base", "base-dns"])("a leaf cannot be named %s, as a stack of the application is", (name) => {
    expect(() => synthesize("taken", testProject([testLeaf(name)]))).toThrow(`leaf ${name}: its stack would be named`);
  });

  test("an address that is given twice is subscribed once", () => {
    const leaf = testLeaf("minecraft", { alerts: { email: ["friend@example.com", "friend@example.com"] } });
    expect(of(synthesize("twice", testProject([leaf]))["Arcade-Minecraft"], "AWS::SNS::Subscription")).toHaveLength(1);
  });

  test("needs no lookup, no credentials and no context to be synthesized", () => {
    const manifest = JSON.parse(readFileSync(join(folder, "prod", "manifest.json"), "utf8")) as { missing?: unknown[] };
    expect(manifest.missing ?? []).toEqual([]);
  });
});

describe("the security groups", () => {
  test("open the leaf's ports to everybody, and nothing else", () => {
    const groups = of(prod["ArcadeMinecraftSecurityGroups"], "AWS::EC2::SecurityGroup").map(({ Properties }) => Properties);
    const rules = groups.flatMap(({ SecurityGroupIngress }) => SecurityGroupIngress ?? []);
    expect(rules.map(({ CidrIp, IpProtocol, FromPort, ToPort }) => [CidrIp, IpProtocol, FromPort, ToPort])).toEqual([
      ["0.0.0.0/0", "tcp", 25_565, 25_565],
      ["0.0.0.0/0", "udp", 19_132, 19_132],
    ]);
  });

  test("open SSH to whom the base says", () => {
    const project = testProject([testLeaf("minecraft")]);
    const templates = synthesize("ssh", { ...project, base: { ...project.base, ssh: { from: ["203.0.113.0/24"] } } });
    expect(JSON.stringify(templates["ArcadeMinecraftSecurityGroups"])).toContain('"CidrIp":"203.0.113.0/24","Description":"SSH","FromPort":22');
  });

  test("let only the instance's group reach the volumes", () => {
    const rule = only(prod["ArcadeMinecraftSecurityGroups"], "AWS::EC2::SecurityGroupIngress");
    expect(rule).toMatchObject({
      IpProtocol: "tcp",
      FromPort: 2049,
      ToPort: 2049,
      SourceSecurityGroupId: { "Fn::GetAtt": [expect.stringContaining("Instance"), "GroupId"] },
    });
    expect(rule.CidrIp).toBeUndefined();
  });
});

describe("the group and the service", () => {
  test("have no desired count that a deploy would reset", () => {
    const group = only(prod["ArcadeMinecraftEcsAsg"], "AWS::AutoScaling::AutoScalingGroup");
    expect(group).toMatchObject({ MinSize: "0", MaxSize: "1" });
    expect(group).not.toHaveProperty("DesiredCapacity");
    const service = only(prod["ArcadeMinecraftEcsAsg"], "AWS::ECS::Service");
    expect(service).toMatchObject({ SchedulingStrategy: "DAEMON", DeploymentConfiguration: { MinimumHealthyPercent: 0, MaximumPercent: 100 } });
    expect(service).not.toHaveProperty("DesiredCount");
  });

  test("drain an instance before it goes, and let nobody but the watchdog scale", () => {
    expect(only(prod["ArcadeMinecraftEcsAsg"], "AWS::ECS::CapacityProvider").AutoScalingGroupProvider).toMatchObject({
      ManagedDraining: "ENABLED",
      ManagedScaling: { Status: "DISABLED" },
      ManagedTerminationProtection: "DISABLED",
    });
  });

  test("launch with IMDSv2 out of the container's reach, detailed monitoring and an encrypted disk", () => {
    expect(only(prod["ArcadeMinecraftEcsAsg"], "AWS::EC2::LaunchTemplate").LaunchTemplateData).toMatchObject({
      MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1 },
      Monitoring: { Enabled: true },
      BlockDeviceMappings: [{ Ebs: { Encrypted: true } }],
    });
  });

  test("run the image of the instance type's processor", () => {
    const arm = testLeaf("minecraft", { compute: { on: "ec2", instanceType: "t4g.small", architecture: "arm64" } });
    expect(JSON.stringify(synthesize("arm", testProject([arm]))["ArcadeMinecraftEcsAsg"])).toContain("amazon-linux-2023/arm64/recommended/image_id");
    expect(JSON.stringify(prod["ArcadeMinecraftEcsAsg"])).toContain("amazon-linux-2023/recommended/image_id");
  });
});

describe("the volumes", () => {
  test("are encrypted, take TLS only, are backed up and kept", () => {
    const [fileSystem] = of(prod["ArcadeMinecraftVolumes"], "AWS::EFS::FileSystem");
    expect(fileSystem).toMatchObject({ DeletionPolicy: "Retain", Properties: { Encrypted: true, BackupPolicy: { Status: "ENABLED" } } });
    expect(fileSystem!.Properties.FileSystemPolicy.Statement).toEqual([
      expect.objectContaining({ Effect: "Deny", Action: "*", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
    ]);
  });

  test("are thrown away and not backed up where the leaf says so", () => {
    const leaf = testLeaf("minecraft", { volumes: { data: { paths: ["/data"], backups: false, keepOnDelete: false } } });
    const [fileSystem] = of(synthesize("thrown", testProject([leaf]))["ArcadeMinecraftVolumes"], "AWS::EFS::FileSystem");
    expect(fileSystem).toMatchObject({ DeletionPolicy: "Delete", Properties: { BackupPolicy: { Status: "DISABLED" } } });
  });

  test("are mounted with IAM, and the task's role gets no further than its access points", () => {
    const [volume] = only(prod["ArcadeMinecraftContainer"], "AWS::ECS::TaskDefinition").Volumes;
    expect(volume.EFSVolumeConfiguration).toMatchObject({ TransitEncryption: "ENABLED", AuthorizationConfig: { IAM: "ENABLED" } });
    const statements = of(prod["ArcadeMinecraftContainer"], "AWS::IAM::Policy").flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
    const mounts = statements.filter(({ Action }) => JSON.stringify(Action).includes("elasticfilesystem"));
    expect(mounts).toHaveLength(1);
    expect(Object.keys(mounts[0].Condition.StringEquals)).toEqual(["elasticfilesystem:AccessPointArn"]);
  });

  test("two paths that would share a folder are refused", () => {
    const leaf = testLeaf("minecraft", { volumes: { data: { paths: ["/a/b", "/a-b"], backups: true, keepOnDelete: true } } });
    expect(() => synthesize("clash", testProject([leaf]))).toThrow("would share a folder");
  });
});

describe("the watchdog", () => {
  const HOOK = "ArcadeMinecraftAsgStateChangeHook";
  const alarm = (id: string, templates = prod) =>
    of(templates[HOOK], "Custom::WatchdogAlarms")[0]!.Properties.Alarms.find(({ AlarmName }: { AlarmName: string }) => AlarmName.endsWith(id));

  test("judges all of the newest minutes, and takes no data for no idleness", () => {
    expect(alarm("/idle")).toMatchObject({
      ComparisonOperator: "LessThanThreshold",
      Threshold: 1175,
      EvaluationPeriods: 7,
      DatapointsToAlarm: 7,
      TreatMissingData: "notBreaching",
    });
  });

  test("returns one series, of metrics each minute, at most ten of them", () => {
    const metrics = alarm("/idle").Metrics as { ReturnData: boolean; MetricStat?: { Period: number } }[];
    expect(metrics.filter(({ ReturnData }) => ReturnData)).toHaveLength(1);
    const stats = metrics.filter(({ MetricStat }) => MetricStat);
    expect(stats.length).toBeLessThanOrEqual(10);
    expect(stats.every(({ MetricStat }) => MetricStat!.Period === 60)).toBe(true);
  });

  test("its policy sets the desired count to exactly 0, on either side of an alarm's threshold", () => {
    const policies = of(prod["ArcadeMinecraftWatchdog"], "AWS::AutoScaling::ScalingPolicy");
    expect(policies.map(({ Properties }) => [Properties.AdjustmentType, Properties.StepAdjustments])).toEqual([
      [
        "ExactCapacity",
        [
          { MetricIntervalUpperBound: 0, ScalingAdjustment: 0 },
          { MetricIntervalLowerBound: 0, ScalingAdjustment: 0 },
        ],
      ],
    ]);
  });

  test("its alarms are in no template as such, and the function may keep these two and no others", () => {
    expect(Object.values(prod).flatMap((template) => of(template, "AWS::CloudWatch::Alarm"))).toEqual([]);
    const statements = of(prod[HOOK], "AWS::IAM::Role").flatMap(({ Properties }) => Properties.Policies[0].PolicyDocument.Statement);
    const kept = statements.find(({ Sid }) => Sid === "KeepAlarms");
    expect(kept.Action).toEqual(["cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"]);
    expect(kept.Resource.map((arn: unknown) => JSON.stringify(arn).replaceAll(/.*:alarm:/g, ""))).toEqual([
      expect.stringMatching(/^arcade-minecraft\/idle"/),
      expect.stringMatching(/^arcade-minecraft\/left-up"/),
    ]);
    const permission = of(prod[HOOK], "AWS::Lambda::Permission").find(({ Properties }) => /alarms/.test(Properties.Principal))!.Properties;
    expect(permission).toMatchObject({ Principal: "lambda.alarms.cloudwatch.amazonaws.com", SourceAccount: expect.anything() });
    expect(JSON.stringify(permission.SourceArn)).toContain(":alarm:arcade-minecraft/left-up");
  });

  test("its alarms are deleted when nothing invokes the function any more that would make them again", () => {
    const resources = Object.entries(prod[HOOK]!.Resources) as [string, { Type: string; DependsOn?: string[] }][];
    const [alarms] = resources.find(([, { Type }]) => Type === "Custom::WatchdogAlarms")!;
    const rules = resources.filter(([, { Type }]) => Type === "AWS::Events::Rule");
    expect(rules.length).toBeGreaterThan(2);
    for (const [, { DependsOn }] of rules) expect(DependsOn).toContain(alarms);
  });

  test("what it watches for is in the template, so that a change is one of the template", () => {
    const leaf = testLeaf("minecraft");
    const stopping = synthesize("stopping", testProject([{ ...leaf, watchdog: { ...leaf.watchdog, leftUp: { after: 3600, stop: true } } }]));
    expect(alarm("/left-up", stopping)).toMatchObject({ EvaluationPeriods: 60, AlarmDescription: expect.stringContaining("Puts it to sleep") });
    expect(alarm("/left-up").AlarmDescription).not.toContain("Puts it to sleep");
  });

  test("the left-up alarm stays within a day, as CloudWatch asks of periods below an hour", () => {
    const { EvaluationPeriods, Metrics } = alarm("/left-up");
    expect(EvaluationPeriods * Metrics[0].MetricStat.Period).toBe(28_800);
    expect(EvaluationPeriods * Metrics[0].MetricStat.Period).toBeLessThanOrEqual(86_400);
  });
});

describe("the reconcile function's rules", () => {
  test("have it look once a day, whatever events were lost", () => {
    const schedules = of(prod["ArcadePlainAsgStateChangeHook"], "AWS::Events::Rule").flatMap(({ Properties }) => Properties.ScheduleExpression ?? []);
    expect(schedules).toEqual(["rate(1 day)"]);
  });

  test("tell it of health where the leaf has a health check, which no event of a task does", () => {
    const health = { command: ["CMD", "true"], interval: 30, timeout: 5, retries: 3, startPeriod: 0 };
    const templates = synthesize("health", testProject([testLeaf("plain"), testLeaf("checked", { health })]));
    const names = (template: string) =>
      of(templates[template], "AWS::Events::Rule").flatMap(
        ({ Properties }) => (Properties.EventPattern?.detail.eventName as string[] | undefined) ?? [],
      );
    expect([names("ArcadePlainAsgStateChangeHook"), names("ArcadeCheckedAsgStateChangeHook")]).toEqual([[], ["SERVICE_STEADY_STATE"]]);
  });
});

describe("functions", () => {
  test("run on the newest Node.js on arm64, with a log kept for a week and no managed policy", () => {
    const functions = all(prod, "AWS::Lambda::Function").filter(
      ({ Properties }) => Properties.Handler === "index.handler" && Properties.FunctionName,
    );
    expect(functions).toHaveLength(6);
    for (const { Properties } of functions) expect(Properties).toMatchObject({ Runtime: "nodejs24.x", Architectures: ["arm64"] });
    for (const { Properties } of all(prod, "AWS::Logs::LogGroup"))
      expect(Properties.RetentionInDays).toBe(String(Properties.LogGroupName).endsWith("/history") ? 90 : 7);
    // That of a reconcile function in the shared zone has one: dns-names.test.ts.
    const roles = ["Arcade-Minecraft-StartSystem", "ArcadeMinecraftWatchdog", "ArcadeMinecraftAsgStateChangeHook"].flatMap((name) =>
      of(apart[name], "AWS::IAM::Role"),
    );
    expect(roles).toHaveLength(3);
    for (const { Properties } of roles) expect(Properties.ManagedPolicyArns).toBeUndefined();
  });

  test("have names that Lambda takes, and different ones for leaves that differ at the end", () => {
    const long = "a".repeat(62);
    const names = ["x", "y"].map((end) => functionName("an-application-of-thirty-chars", `${long}${end}`, "break-crash-loop"));
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name).toMatch(/^[a-z0-9-]{1,64}$/);
  });
});

describe("the environment local", () => {
  const command = { command: ["node", "server.mjs"], directory: "/project/leaves/hello" };

  test("has its own account, and says how to run a leaf without a container engine", () => {
    const local = synthesize("local", testProject([testLeaf("hello", { process: command })], { environment: { name: "local" } }));
    expect(JSON.stringify(local["Arcade-BaseDns"])).toContain(":us-west-2:000000000000:");
    const [container] = only(local["ArcadeHelloContainer"], "AWS::ECS::TaskDefinition").ContainerDefinitions;
    expect(JSON.parse(container.DockerLabels["dev.rouse.process"])).toEqual(command);
  });

  test("is the only one with that label", () => {
    const other = synthesize("other", testProject([testLeaf("hello", { process: command })]));
    expect(JSON.stringify(other)).not.toContain("dev.rouse.process");
  });
});

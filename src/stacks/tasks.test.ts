import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildApp } from "./app.ts";
import { everyTask, functionsDir } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "rouse-tasks-"));
afterAll(() => rmSync(folder, { recursive: true }));

// Templates are JSON; the assertions below are what checks their shape.
// oxlint-disable-next-line typescript/no-explicit-any
type Json = any;
interface Template {
  readonly Resources: Record<string, { readonly Type: string; readonly Properties: Json; readonly DependsOn?: string[] }>;
}

let all: Record<string, Template>;
beforeAll(() => {
  const outdir = join(folder, "out");
  buildApp(everyTask(), { outdir, functionsDir: functionsDir(folder) }).synth();
  const files = readdirSync(outdir).filter((file) => file.endsWith(".template.json"));
  all = Object.fromEntries(
    files.map((file) => [file.replace(/([0-9A-F]{8})?(\.nested)?\.template\.json$/, ""), JSON.parse(readFileSync(join(outdir, file), "utf8"))]),
  );
});

const of = (leaf: string, type: string): Json[] =>
  Object.values(all[`Arcade-${leaf}`]!.Resources)
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => Properties);
const idsOf = (leaf: string, type: string): string[] =>
  Object.entries(all[`Arcade-${leaf}`]!.Resources).flatMap(([id, { Type }]) => (Type === type ? [id] : []));
const text = (value: Json): string => JSON.stringify(value);
const actions = (role: Json): string[] =>
  role.Policies.flatMap(({ PolicyDocument }: Json) => PolicyDocument.Statement).flatMap(({ Action }: Json) => Action);

describe("a scheduled task's stack", () => {
  test("has the ids that every kind of leaf has", () => {
    const [topic] = idsOf("Report", "AWS::SNS::Topic");
    expect(topic).toMatch(/^Topic[0-9A-F]{8}$/);
    const ids = Object.keys(all["Arcade-Report"]!.Resources);
    expect(ids.filter((id) => /^(FileSystems|VolumesNestedStack|ComputeCluster|ComputeTask)/.test(id)).length).toBeGreaterThanOrEqual(4);
  });

  test("has one schedule for each expression, in the leaf's group and zone, with retries and a dead-letter queue", () => {
    const schedules = of("Direct", "AWS::Scheduler::Schedule");
    expect(
      schedules.map(({ Name, ScheduleExpression, ScheduleExpressionTimezone, State }) => [
        Name,
        ScheduleExpression,
        ScheduleExpressionTimezone,
        State,
      ]),
    ).toEqual([
      ["run", "cron(0 7 ? * MON-FRI *)", "Europe/Berlin", "ENABLED"],
      ["run-2", "cron(0 9 ? * SAT *)", "Europe/Berlin", "ENABLED"],
    ]);
    expect(schedules[0].Target).toMatchObject({ RetryPolicy: { MaximumRetryAttempts: 2 }, DeadLetterConfig: { Arn: expect.anything() } });
    expect(of("Boxes", "AWS::Scheduler::Schedule").map(({ State }) => State)).toEqual(["DISABLED"]);
  });

  test.each([
    ["Report", true],
    ["Box", true],
    ["Spot", true],
    ["Rate", true],
    ["Direct", false],
    ["Boxes", false],
  ])("%s is started by a function: %s", (leaf, byFunction) => {
    const [{ Target }] = of(leaf, "AWS::Scheduler::Schedule");
    expect(Target.EcsParameters === undefined).toBe(byFunction);
    expect(
      of(leaf, "AWS::Lambda::Function")
        .map(({ FunctionName }) => FunctionName)
        .some((name) => name.endsWith("run-task")),
    ).toBe(byFunction);
  });

  test("lets Scheduler run its own task definition in its own cluster with its own roles, and nothing else", () => {
    const [role] = of("Direct", "AWS::IAM::Role").filter((one) => text(one).includes("ecs:RunTask"));
    expect(role.Policies.map(({ PolicyName }: Json) => PolicyName)).toEqual(["Events", "Letters"]);
    const [run, pass] = role.Policies[0].PolicyDocument.Statement;
    expect(role.Policies[0].PolicyDocument.Statement).toHaveLength(2);
    expect(run).toMatchObject({ Action: "ecs:RunTask", Condition: { ArnEquals: { "ecs:cluster": expect.anything() } } });
    expect(text(run.Resource)).toContain("task-definition/arcade-direct:*");
    expect(text(run.Condition)).toContain("cluster/arcade-direct");
    expect(pass).toMatchObject({ Action: "iam:PassRole", Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } } });
    expect(text(pass.Resource)).toContain("role/rouse/arcade/prod/direct/*");
    expect(role.AssumeRolePolicyDocument.Statement[0].Condition.StringEquals["aws:SourceAccount"]).toBeDefined();
  });

  test("gives each function what it needs, and no more of it than its leaf has", () => {
    const roleOf = (leaf: string, name: string): Json => {
      const lambda = of(leaf, "AWS::Lambda::Function").find(({ FunctionName }) => FunctionName.endsWith(name));
      return all[`Arcade-${leaf}`]!.Resources[lambda.Role["Fn::GetAtt"][0]]!.Properties;
    };
    expect(actions(roleOf("Rate", "run-task"))).toContain("scheduler:GetSchedule");
    expect(actions(roleOf("Report", "run-task"))).not.toContain("scheduler:GetSchedule");
    expect(actions(roleOf("Report", "watch-task"))).toContain("lambda:InvokeFunction");
    expect(actions(roleOf("Direct", "watch-task"))).not.toContain("lambda:InvokeFunction");
    expect(actions(roleOf("Report", "watch-task"))).not.toContain("ecs:RunTask");
  });

  test("keeps what could not be started in queues that are encrypted and take TLS only, for two weeks", () => {
    const queues = of("Report", "AWS::SQS::Queue");
    expect(queues.map(({ SqsManagedSseEnabled, MessageRetentionPeriod }) => [SqsManagedSseEnabled, MessageRetentionPeriod])).toEqual([
      [true, 1_209_600],
      [true, 1_209_600],
    ]);
    expect(of("Report", "AWS::SQS::QueuePolicy").every((policy) => text(policy).includes('"aws:SecureTransport":"false"'))).toBe(true);
    const runTask = of("Report", "AWS::Lambda::Function").find(({ FunctionName }) => FunctionName.endsWith("run-task"));
    expect(runTask.DeadLetterConfig.TargetArn["Fn::GetAtt"][0]).toBe(idsOf("Report", "AWS::SQS::Queue")[0]);
  });

  test("has an alarm on the first of them, which tells the function that reads it", () => {
    const [alarm] = of("Report", "AWS::CloudWatch::Alarm");
    expect(alarm).toMatchObject({ MetricName: "ApproximateNumberOfMessagesVisible", Threshold: 0, TreatMissingData: "notBreaching" });
    const permission = of("Report", "AWS::Lambda::Permission").find(({ Principal }) => Principal === "lambda.alarms.cloudwatch.amazonaws.com");
    expect(alarm.AlarmActions).toEqual([permission.FunctionName]);
  });

  test("brings one instance where runs come one after the other, and several where they may overlap", () => {
    const most = (leaf: string): string => of(leaf, "AWS::AutoScaling::AutoScalingGroup")[0].MaxSize;
    expect([most("Box"), most("Boxes")]).toEqual(["1", "10"]);
    expect(of("Boxes", "AWS::Scheduler::Schedule")[0].Target.EcsParameters.CapacityProviderStrategy).toHaveLength(1);
    expect(of("Boxes", "AWS::Scheduler::Schedule")[0].Target.EcsParameters.NetworkConfiguration).toBeUndefined();
  });

  test("tells each run its input: Scheduler's input is RunTask's overrides", () => {
    const [{ Target }] = of("Direct", "AWS::Scheduler::Schedule");
    expect(JSON.parse(Target.Input)).toEqual({
      containerOverrides: [{ name: "direct", command: ["node", "report.mjs"], environment: [{ name: "KIND", value: "daily" }] }],
    });
  });

  test("starts nothing by being deployed: ticks come after everything else is there", () => {
    const { Resources } = all["Arcade-Report"]!;
    const schedule = Resources[idsOf("Report", "AWS::Scheduler::Schedule")[0]!]!;
    expect(schedule.DependsOn).toEqual(expect.arrayContaining(idsOf("Report", "Custom::ScheduledRuns")));
    expect(of("Report", "AWS::ECS::Service")).toEqual([]);
  });

  test("opens no port", () => {
    for (const leaf of ["Report", "Direct"])
      for (const group of of(leaf, "AWS::EC2::SecurityGroup").filter(({ GroupDescription }) => GroupDescription.includes("nothing reaches")))
        expect(group.SecurityGroupIngress).toBeUndefined();
  });
});

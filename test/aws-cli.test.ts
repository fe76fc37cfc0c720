import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeContainerInstancesCommand, ECSClient, ListContainerInstancesCommand, ListTasksCommand } from "@aws-sdk/client-ecs";
import { ListHostedZonesByNameCommand, Route53Client } from "@aws-sdk/client-route-53";
import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { ListTopicsCommand, SNSClient } from "@aws-sdk/client-sns";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hitDimensions, HITS } from "../src/functions/shared/names.ts";
import { addressOf } from "./support/dns.ts";
import { ABSENT, CLUSTER, ERRORS, QUERY_LOG, ROWS } from "./support/aws-cli-lines.ts";
import { type AwsCli, awsCli, awsCliVersion } from "./support/aws-cli.ts";
import { BASE, type Deployed, deployed, HELLO } from "./support/deployed.ts";

if (!awsCliVersion) process.stderr.write("test/aws-cli.test.ts: skipped, because there is no `aws` command on this machine\n");

const LIMIT_MS = 60_000;
describe.skipIf(!awsCliVersion)("the unmodified AWS CLI", () => {
  let world: Deployed;
  let aws: AwsCli;
  let facts: Record<string, string>;

  beforeAll(async () => {
    world = await deployed({ "rouse.yaml": `${BASE}dashboard: true\n`, "leaves/hello.yaml": `${HELLO}volumes: { data: { paths: [/data] } }\n` });
    await addressOf(world.cloud.dns, "hello.arcade.example.com");
    await world.until("hello", "awake", 120_000);
    await world.cloud.clock.advance(130_000);
    aws = awsCli(world.cloud.url);
    facts = await gatherFacts(world);
  }, 120_000);
  afterAll(async () => {
    await world?.end();
    if (facts) rmSync(facts["folder"]!, { recursive: true, force: true });
  });

  const filled = (text: string): string => text.replace(/\{(\w+)\}/g, (whole, name: string) => facts[name] ?? whole);
  const call = (line: string, ...more: string[]) => aws([...line.split(" ").map(filled), ...more]);

  describe.concurrent("reads", () => {
    test.each(ROWS)(
      "aws %s",
      async (line, holds) => {
        const { stdout, stderr } = await call(line, "--output", "json");
        expect(stderr).toBe("");
        expect(JSON.parse(stdout)).toMatchObject(fillIn(holds, filled) as object);
      },
      LIMIT_MS,
    );
  });

  describe.concurrent("is refused with AWS's own code", () => {
    test.each(ERRORS)(
      "aws %s: %s",
      async (line, code) => {
        const answer = await call(line);
        expect(answer.code).not.toBe(0);
        expect(answer.stderr).toContain(`(${code})`);
      },
      LIMIT_MS,
    );
  });

  describe.concurrent("is told what this cloud does not have", () => {
    test.each(ABSENT)(
      "aws %s",
      async (line, names) => {
        const answer = await call(line);
        expect(answer.code).not.toBe(0);
        expect(answer.stderr).toContain("(NotImplemented)");
        expect(answer.stderr).toContain(names);
      },
      LIMIT_MS,
    );
  });

  test(
    "copies files to S3 and back, and lists and removes them",
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "rouse-s3-"));
      try {
        // Above 8 MB the CLI uploads in parts.
        writeFileSync(join(folder, "large"), Buffer.alloc(9_000_000, "rouse"));
        writeFileSync(join(folder, "small.txt"), "hello");
        const done = async (...args: string[]) => {
          const { code, stdout, stderr } = await aws(args);
          expect(stderr).toBe("");
          expect(code).toBe(0);
          return stdout;
        };
        await done("s3", "mb", "s3://cli-bucket");
        await done("s3", "cp", folder, "s3://cli-bucket/a", "--recursive", "--no-progress");
        expect(await done("s3", "ls", "s3://cli-bucket/a/")).toMatch(/9000000 large\n.* 5 small\.txt/);
        await done("s3", "cp", "s3://cli-bucket/a/large", join(folder, "back"), "--no-progress");
        expect(readFileSync(join(folder, "back")).equals(readFileSync(join(folder, "large")))).toBe(true);
        expect(await done("s3api", "head-object", "--bucket", "cli-bucket", "--key", "a/small.txt")).toContain('"text/plain"');
        await done("s3", "rb", "s3://cli-bucket", "--force");
        expect(await done("s3", "ls")).toBe("");
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    LIMIT_MS,
  );

  describe.concurrent("shows", () => {
    test("text and tables", async () => {
      const [text, table] = await Promise.all([
        call("ecs list-clusters --output text"),
        call("cloudwatch describe-alarms --alarm-names arcade-hello/idle --query MetricAlarms[].[AlarmName,StateValue] --output table"),
      ]);
      expect(text.stdout).toBe(`CLUSTERARNS\t${CLUSTER}\n`);
      expect(table.stdout).toMatch(/\|\s+arcade-hello\/idle\s+\|\s+OK\s+\|/);
    });

    test(
      "a long list page by page, each thing once",
      async () => {
        const all = JSON.parse((await call("iam list-roles --query Roles[].RoleName")).stdout) as string[];
        const paged = JSON.parse((await call("iam list-roles --page-size 3 --query Roles[].RoleName")).stdout) as string[];
        expect(paged).toEqual(all);
        expect(new Set(all).size).toBe(all.length);
        const first = JSON.parse((await call("cloudformation describe-stack-events --stack-name Arcade-Hello --max-items 2")).stdout);
        expect(first.StackEvents).toHaveLength(2);
        const next = JSON.parse(
          (await call("cloudformation describe-stack-events --stack-name Arcade-Hello --max-items 2 --starting-token", first.NextToken)).stdout,
        );
        expect(next.StackEvents).toHaveLength(2);
        expect(next.StackEvents[0].EventId).not.toBe(first.StackEvents[1].EventId);
      },
      LIMIT_MS,
    );

    test(
      "the lines that the container wrote, and `logs tail` where the CLI has it (version 2)",
      async () => {
        const group = "/rouse/arcade/hello";
        const streams = JSON.parse((await call(`logs describe-log-streams --log-group-name ${group}`)).stdout);
        const [stream] = streams.logStreams;
        expect(stream.logStreamName).toMatch(/^hello\/hello\//);
        const events = JSON.parse((await call(`logs get-log-events --log-group-name ${group} --log-stream-name ${stream.logStreamName}`)).stdout);
        expect(events).toHaveProperty("nextForwardToken");
        if (!awsCliVersion!.startsWith("aws-cli/2")) return;
        const tail = await call(`logs tail ${QUERY_LOG} --region us-east-1 --since 2020-01-01T00:00:00`);
        expect(tail.stdout).toContain("hello.arcade.example.com A NOERROR");
      },
      LIMIT_MS,
    );
  });

  describe("changes", () => {
    test(
      "a record, and DNS answers it",
      async () => {
        const { stdout } = await call("route53 change-resource-record-sets --hosted-zone-id Z1234567890 --change-batch file://{folder}/batch.json");
        const { ChangeInfo } = JSON.parse(stdout);
        expect(await addressOf(world.cloud.dns, "cli.example.com")).toBe("10.1.2.3");
        expect(JSON.parse((await call(`route53 get-change --id ${ChangeInfo.Id}`)).stdout).ChangeInfo.Id).toBe(ChangeInfo.Id);
      },
      LIMIT_MS,
    );

    test(
      "a metric, tags and a topic's mail",
      async () => {
        const [put, tag, publish] = await Promise.all([
          call("cloudwatch put-metric-data --namespace Test --metric-name m --value 3 --timestamp {end}"),
          call(
            "autoscaling create-or-update-tags --tags ResourceId=arcade-hello,ResourceType=auto-scaling-group,Key=k,Value=v,PropagateAtLaunch=false",
          ),
          call("sns publish --topic-arn {topic} --subject Greetings --message hello"),
        ]);
        expect([put.stderr, tag.stderr, publish.stderr]).toEqual(["", "", ""]);
        const [metrics, tags] = await Promise.all([
          call("cloudwatch list-metrics --namespace Test"),
          call("autoscaling describe-tags --filters Name=key,Values=k"),
        ]);
        expect(JSON.parse(metrics.stdout).Metrics).toMatchObject([{ MetricName: "m" }]);
        expect(JSON.parse(tags.stdout).Tags).toMatchObject([{ ResourceId: "arcade-hello", Value: "v" }]);
        const untag = await call("autoscaling delete-tags --tags ResourceId=arcade-hello,ResourceType=auto-scaling-group,Key=k");
        expect(untag.stderr).toBe("");
        await world.cloud.clock.settle();
        const inbox = join(world.cloud.dataDir, "inbox");
        expect(readdirSync(inbox).some((file) => /^Subject: Greetings/m.test(readFileSync(join(inbox, file), "utf8")))).toBe(true);
      },
      LIMIT_MS,
    );

    test(
      "nothing by invoking the reconcile function while all is as it should be",
      async () => {
        const out = join(facts["folder"]!, "out.json");
        const { stdout } = await call("lambda invoke --function-name {reconcileArn} --payload fileb://{folder}/event.json", out);
        expect(JSON.parse(stdout)).toEqual({ StatusCode: 200, ExecutedVersion: "$LATEST" });
        expect(await addressOf(world.cloud.dns, "hello.arcade.example.com")).toBe(facts["address"]);
      },
      LIMIT_MS,
    );

    test(
      "the desired capacity, and the leaf falls asleep",
      async () => {
        const { stderr } = await call("autoscaling set-desired-capacity --auto-scaling-group-name arcade-hello --desired-capacity 0");
        expect(stderr).toBe("");
        await world.until("hello", "asleep");
        const wake = await call("autoscaling update-auto-scaling-group --auto-scaling-group-name arcade-hello --desired-capacity 1");
        expect(wake.stderr).toBe("");
        await world.until("hello", "awake");
      },
      LIMIT_MS,
    );
  });
});

/** Fills `{name}` in every string of an expectation, those inside matchers included. */
function fillIn(value: unknown, filled: (text: string) => string): unknown {
  if (typeof value === "string") return filled(value);
  if (Array.isArray(value)) return value.map((each) => fillIn(each, filled));
  if (typeof value !== "object" || value === null || value instanceof RegExp) return value;
  if ("asymmetricMatch" in value) {
    const matcher = value as { sample?: unknown };
    if (typeof matcher.sample !== "object" || matcher.sample === null || matcher.sample instanceof RegExp) return value;
    return Object.assign(Object.create(Object.getPrototypeOf(value) as object) as object, value, { sample: fillIn(matcher.sample, filled) });
  }
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fillIn(each, filled)]));
}

/** Identifiers that the command lines and expectations name, and the files that command lines read. */
async function gatherFacts(world: Deployed): Promise<Record<string, string>> {
  const { cloud } = world;
  const cluster = "arcade-hello";
  const ecs = cloud.client(ECSClient);
  const [{ taskArns }, { containerInstanceArns }, { HostedZones }, { Topics }, start, leaf, { address }] = await Promise.all([
    ecs.send(new ListTasksCommand({ cluster })),
    ecs.send(new ListContainerInstancesCommand({ cluster })),
    cloud.client(Route53Client, "us-east-1").send(new ListHostedZonesByNameCommand({ DNSName: "arcade.example.com", MaxItems: 1 })),
    cloud.client(SNSClient).send(new ListTopicsCommand({})),
    cloud.client(LambdaClient, "us-east-1").send(new ListFunctionsCommand({})),
    cloud.client(LambdaClient).send(new ListFunctionsCommand({})),
    world.status("hello"),
  ]);
  const { containerInstances } = await ecs.send(new DescribeContainerInstancesCommand({ cluster, containerInstances: containerInstanceArns }));
  const folder = mkdtempSync(join(tmpdir(), "rouse-aws-cli-"));
  const file = (name: string, content: unknown): void => writeFileSync(join(folder, name), JSON.stringify(content));
  file("event.json", {});
  file("entries.json", [{ Source: "test", DetailType: "Test", Detail: "{}" }]);
  file("batch.json", {
    Changes: [{ Action: "CREATE", ResourceRecordSet: { Name: "cli.example.com", Type: "A", TTL: 5, ResourceRecords: [{ Value: "10.1.2.3" }] } }],
  });
  const Dimensions = Object.entries(hitDimensions({ application: "arcade", environment: "local", leaf: "hello" })).map(([Name, Value]) => ({
    Name,
    Value,
  }));
  const metric = { Namespace: HITS.namespace, MetricName: HITS.name, Dimensions };
  file("queries.json", [
    { Id: "m", MetricStat: { Metric: metric, Period: 60, Stat: "Maximum" }, ReturnData: false },
    { Id: "twice", Expression: "m * 2" },
  ]);
  return {
    folder,
    task: taskArns![0]!,
    containerInstance: containerInstanceArns![0]!,
    instance: containerInstances![0]!.ec2InstanceId!,
    zone: HostedZones![0]!.Id!,
    topic: Topics!.find(({ TopicArn }) => TopicArn!.includes("Arcade-Hello"))!.TopicArn!,
    startFunctionArn: start.Functions!.find(({ FunctionName }) => /start/i.test(FunctionName!))!.FunctionArn!,
    reconcileArn: leaf.Functions!.find(({ FunctionName }) => /reconcile/i.test(FunctionName!))!.FunctionArn!,
    address: address!,
    start: new Date(cloud.clock.now() - 600_000).toISOString(),
    end: new Date(cloud.clock.now()).toISOString(),
  };
}

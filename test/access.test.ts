import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DescribeClustersCommand, DescribeTaskDefinitionCommand, ECSClient } from "@aws-sdk/client-ecs";
import { ECRClient, DescribeRepositoriesCommand, GetLifecyclePolicyCommand, ListTagsForResourceCommand } from "@aws-sdk/client-ecr";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Deployed, root } from "./support/deployed.ts";
import { ENGINE_BASE, enginesWorld, putEvent, tasksIn } from "./support/engines.ts";
import { logLines, mailsTo, MINUTE } from "./support/facts.ts";

/** Secrets and permissions of a leaf, on the real stacks: what its process sees, and what it may do with the SDK. */

const VALUE = "p4ssw0rd-that-nobody-sees";
const KEY = "k3y-that-nobody-sees";

/** Says what it finds in its environment, and what becomes of ordinary calls of the SDK with the credentials of its task role. */
const APP = `
const { createHash } = require("node:crypto");
const of = (name) => require(require.resolve("@aws-sdk/client-" + name, { paths: [${JSON.stringify(root)}] }));
const hash = (text) => createHash("sha256").update(text ?? "").digest("hex");
const { S3Client, GetObjectCommand, PutObjectCommand, ListObjectsV2Command, DeleteObjectCommand } = of("s3");
const { SQSClient, GetQueueUrlCommand, SendMessageCommand, ReceiveMessageCommand, DeleteMessageCommand } = of("sqs");
const { SSMClient, GetParameterCommand, GetParametersByPathCommand, PutParameterCommand } = of("ssm");
const { SecretsManagerClient, GetSecretValueCommand } = of("secrets-manager");
const [s3, sqs, ssm, secrets] = [S3Client, SQSClient, SSMClient, SecretsManagerClient].map((Client) => new Client({ maxAttempts: 1 }));
const send = async (QueueUrl) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x" }));
const url = async (QueueName) => (await sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl;
const calls = {
  "get from in": () => s3.send(new GetObjectCommand({ Bucket: "app-in", Key: "a" })),
  "list in": () => s3.send(new ListObjectsV2Command({ Bucket: "app-in" })),
  "put into in": () => s3.send(new PutObjectCommand({ Bucket: "app-in", Key: "b", Body: "x" })),
  "put into out/reports": () => s3.send(new PutObjectCommand({ Bucket: "app-out", Key: "reports/b", Body: "x" })),
  "delete from out/reports": () => s3.send(new DeleteObjectCommand({ Bucket: "app-out", Key: "reports/b" })),
  "put into out": () => s3.send(new PutObjectCommand({ Bucket: "app-out", Key: "b", Body: "x" })),
  "get from out/reports": () => s3.send(new GetObjectCommand({ Bucket: "app-out", Key: "reports/b" })),
  "list other": () => s3.send(new ListObjectsV2Command({ Bucket: "app-other" })),
  "send to jobs": async () => send(await url("jobs")),
  "receive from jobs": async () => sqs.send(new ReceiveMessageCommand({ QueueUrl: await url("jobs") })),
  "send to results": async () => send((await url("jobs")).replace("jobs", "results")),
  "receive from inbox": async () => {
    const QueueUrl = await url("inbox");
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages[0].ReceiptHandle }));
  },
  "read /app/limits": () => ssm.send(new GetParametersByPathCommand({ Path: "/app/limits" })),
  "read /app/limits/most": () => ssm.send(new GetParameterCommand({ Name: "/app/limits/most" })),
  "write /app/limits/most": () => ssm.send(new PutParameterCommand({ Name: "/app/limits/most", Value: "2", Overwrite: true })),
  "read app/key": () => ssm.send(new GetParameterCommand({ Name: "/app/key", WithDecryption: true })),
  "read other/secret": () => secrets.send(new GetSecretValueCommand({ SecretId: "other/secret" })),
  "read app/db": () => secrets.send(new GetSecretValueCommand({ SecretId: "app/db" })),
};
const answer = async () => {
  const said = {};
  for (const [name, call] of Object.entries(calls)) said[name] = await call().then(() => "yes", (error) => (/denied|authorized/i.test(error.name + error.message) ? "denied" : String(error)));
  return { said, whole: hash(process.env.DB), password: hash(process.env.DB_PASSWORD), key: hash(process.env.API_KEY) };
};
const server = require("node:http").createServer((req, res) => req.url !== "/ask" ? res.end("ok") : answer().then((all) => res.end(JSON.stringify(all)), (error) => res.end(String(error))));
server.listen(Number(process.env.PORT), "127.0.0.1", () => {
  console.log("listening");
  require("node:fs").writeFileSync(__dirname + "/url", "http://127.0.0.1:" + process.env.PORT);
});
process.on("SIGTERM", () => process.exit(0));
`;

const ENGINE = `
wake: event
image: app
compute: { on: fargate, cpu: 256, memory: 512 }
process: { command: [node, ../app.cjs] }
ports: [8080]
route: /app
alerts: { email: [friend@example.com] }
`;

const APP_LEAF = `${ENGINE}
secrets:
  DB: { secret: app/db }
  DB_PASSWORD: { secret: app/db, key: password }
  API_KEY: { parameter: /app/key }
permissions:
  s3: { read: [app-in], write: [app-out/reports/*] }
  sqs: { send: [jobs], receive: [inbox] }
  parameters: { read: [/app/limits, /app/limits/*] }
  secrets: { read: [other/secret] }
`;

const DATABASE = JSON.stringify({ user: "ann", password: VALUE });

let world: Deployed;
beforeAll(async () => {
  world = await enginesWorld(
    {
      app: APP_LEAF,
      poor: `${ENGINE.replace("/app\n", "/poor\n")}secrets: { DB_PASSWORD: { secret: not/there } }\n`,
      made: ENGINE.replace("image: app", "build: ../made").replace("/app\n", "/made\n"),
    },
    {
      "rouse.yaml": `${ENGINE_BASE}logs: { retention: 30 }\ncontainerInsights: enhanced\ntags: { cost-centre: "42" }\n`,
      "app.cjs": APP,
      "made/Dockerfile": "FROM scratch\n",
    },
  );
  const [s3, sqs] = [world.cloud.client(S3Client), world.cloud.client(SQSClient)];
  for (const Bucket of ["app-in", "app-out", "app-other"]) await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutObjectCommand({ Bucket: "app-in", Key: "a", Body: "x" }));
  for (const QueueName of ["jobs", "results", "inbox"]) await sqs.send(new CreateQueueCommand({ QueueName }));
  await sqs.send(new SendMessageCommand({ QueueUrl: `${world.cloud.url}/000000000000/inbox`, MessageBody: "x" }));
  const secrets = world.cloud.client(SecretsManagerClient);
  await secrets.send(new CreateSecretCommand({ Name: "app/db", SecretString: DATABASE }));
  await secrets.send(new CreateSecretCommand({ Name: "other/secret", SecretString: "x" }));
  const ssm = world.cloud.client(SSMClient);
  await ssm.send(new PutParameterCommand({ Name: "/app/key", Type: "SecureString", Value: KEY }));
  await ssm.send(new PutParameterCommand({ Name: "/app/limits/most", Type: "String", Value: "1" }));
}, 60_000);
afterAll(() => world?.end());

/** What the app says of itself; at its own address, because virtual time stands while it works. */
interface Said {
  said: Record<string, string>;
  whole: string;
  password: string;
  key: string;
}

describe("a process that was told secrets and has permissions", () => {
  let answer: Said;
  beforeAll(async () => {
    await putEvent(world, "Start ECS Task", { service: "app" });
    await world.until("app", "awake");
    answer = (await (await fetch(`${readFileSync(join(world.directory, "url"), "utf8")}/ask`)).json()) as Said;
  });

  const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
  test("finds a whole secret, one key of it and a parameter in its environment", () => {
    expect(answer).toMatchObject({ whole: hash(DATABASE), password: hash(VALUE), key: hash(KEY) });
  });

  test("may do with the SDK what the short forms say, and nothing else: not even read what it was told when it started", () => {
    const of = (verdict: string): string[] => Object.keys(answer.said).filter((call) => answer.said[call] === verdict);
    expect(of("yes")).toEqual([
      "get from in",
      "list in",
      "put into out/reports",
      "delete from out/reports",
      "send to jobs",
      "receive from inbox",
      "read /app/limits",
      "read /app/limits/most",
      "read other/secret",
    ]);
    expect(of("denied")).toEqual([
      "put into in",
      "put into out",
      "get from out/reports",
      "list other",
      "receive from jobs",
      "send to results",
      "write /app/limits/most",
      "read app/key",
      "read app/db",
    ]);
    expect(of("yes").length + of("denied").length).toBe(Object.keys(answer.said).length);
  });

  test("the values are in no template, no description of a stack, no task definition, no log and no mail", async () => {
    const { cloud } = world;
    // For its mail that it is up.
    await cloud.clock.advance(MINUTE);
    const [task] = await tasksIn(world, "arcade-app");
    const definition = await cloud.client(ECSClient).send(new DescribeTaskDefinitionCommand({ taskDefinition: task!.taskDefinitionArn! }));
    const stacks = await Promise.all(
      ["us-west-2", "us-east-1"].map((region) => cloud.client(CloudFormationClient, region).send(new DescribeStacksCommand({}))),
    );
    const logs = cloud.client(CloudWatchLogsClient);
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({}));
    const lines = await Promise.all(logGroups!.map(({ logGroupName }) => logLines(world, logGroupName!)));
    const filesOf = (folder: string): string[] =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !/\.m?js$/.test(entry.name))
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
    const inbox = join(cloud.dataDir, "inbox");
    const all = { definition, task, stacks, lines, cloud: cloud.lines, templates: filesOf(join(world.directory, "cdk.out")), mails: filesOf(inbox) };
    // They are where a secret is named, and so were looked at.
    for (const [where, pattern] of [
      ["definition", /secret:app\/db:password::/],
      ["templates", /secret:app\/db/],
      ["lines", /listening/],
      ["mails", /app is up/],
    ] as const)
      expect(JSON.stringify(all[where])).toMatch(pattern);
    for (const [where, what] of Object.entries(all))
      expect([where, new RegExp(`${VALUE}|${KEY}`).test(JSON.stringify(what))]).toEqual([where, false]);
  });
});

test("a secret that is not there: the status and one mail say which", async () => {
  for (let attempt = 0; attempt < 3; attempt++) {
    await putEvent(world, "Start ECS Task", { service: "poor" });
    await world.cloud.clock.advance(MINUTE);
  }
  const status = await world.status("poor");
  expect(status.state).toBe("crashed");
  expect(status.reason).toMatch(
    /could not start: ResourceInitializationError: unable to pull secrets .* failed to fetch secret \S+:secret:not\/there from secrets manager/,
  );
  const mails = mailsTo(world, "friend@example.com").filter((subject) => subject.startsWith("poor"));
  expect(mails).toEqual([expect.stringMatching(/^poor keeps crashing: it could not start: ResourceInitializationError: unable to pull secrets/)]);
});

test("retention, Container Insights and tags are those of rouse.yaml", async () => {
  const { logGroups } = await world.cloud.client(CloudWatchLogsClient).send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/rouse/arcade/" }));
  // Those of their history are kept for as long as everybody's.
  const containers = logGroups!.filter(({ logGroupName }) => !logGroupName!.endsWith("/history"));
  expect(containers.map(({ logGroupName, retentionInDays }) => `${logGroupName} ${retentionInDays}`)).toEqual([
    "/rouse/arcade/app 30",
    "/rouse/arcade/made 30",
    "/rouse/arcade/poor 30",
  ]);
  const { clusters } = await world.cloud
    .client(ECSClient)
    .send(new DescribeClustersCommand({ clusters: ["arcade-app"], include: ["SETTINGS", "TAGS"] }));
  expect(clusters![0]!.settings).toEqual([{ name: "containerInsights", value: "enhanced" }]);
  expect(Object.fromEntries(clusters![0]!.tags!.map(({ key, value }) => [key, value]))).toMatchObject({
    "cost-centre": "42",
    "rouse:application": "arcade",
    "rouse:environment": "local",
    "rouse:leaf": "app",
  });
});

test("only a leaf that is built has a repository, which forgets old images", async () => {
  const ecr = world.cloud.client(ECRClient);
  const { repositories } = await ecr.send(new DescribeRepositoriesCommand({}));
  expect(repositories!.map(({ repositoryName, imageTagMutability }) => `${repositoryName} ${imageTagMutability}`)).toEqual(["arcade/made IMMUTABLE"]);
  const { lifecyclePolicyText } = await ecr.send(new GetLifecyclePolicyCommand({ repositoryName: "arcade/made" }));
  const { rules } = JSON.parse(lifecyclePolicyText!) as { rules: { selection: { tagStatus: string; countNumber: number } }[] };
  expect(rules.map(({ selection }) => `${selection.tagStatus} ${selection.countNumber}`)).toEqual(["untagged 1", "any 10"]);
  const { tags } = await ecr.send(new ListTagsForResourceCommand({ resourceArn: repositories![0]!.repositoryArn! }));
  expect(tags).toContainEqual({ Key: "cost-centre", Value: "42" });
});

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { CloudFormationClient, CreateStackCommand } from "@aws-sdk/client-cloudformation";
import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { ListTopicsCommand, SNSClient } from "@aws-sdk/client-sns";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tell } from "../src/functions/shared/aws-tell.ts";
import type { Notice } from "../src/functions/shared/notice.ts";
import type { DeliveryLine } from "../src/functions/shared/record.ts";
import { type Ran, rouseHere } from "../src/cli/testing.ts";
import { VirtualClock } from "../src/cloud/core/clock.ts";
import { type Deployed, deployed, HELLO } from "./support/deployed.ts";
import { logLines, mailsTo, MINUTE, wake } from "./support/facts.ts";

/** Notices on their way to Discord, Slack and a program, on the real stacks and functions, in virtual time. */

interface Got {
  readonly path: string;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

/** Stands for all three: remembers what it gets, and answers what it is told to. */
class Receiver {
  readonly got: Got[] = [];
  /** Next answers by path; 200 where there is none. */
  readonly answers = new Map<string, { status: number; headers?: Record<string, string>; text?: string }[]>();
  readonly server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
    request.on("end", () => {
      const path = request.url!.replace(/\?.*/, "");
      this.got.push({ path, body, headers: request.headers });
      const { status, headers, text } = this.answers.get(path)?.shift() ?? { status: 200 };
      response.writeHead(status, headers).end(text ?? "ok");
    });
  });

  at = (path: string): Got[] => this.got.filter((one) => one.path === path);
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
}

const SIGNING = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const DISCORD = "/api/webhooks/1/d1sc0rd-t0ken";
const SLACK = "/services/T1/B1/sl4ck-t0ken";

const receiver = new Receiver();
let world: Deployed;
let topic: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => void receiver.server.listen(0, "127.0.0.1", resolve));
  world = await deployed(
    async (cloud) => {
      const ssm = cloud.client(SSMClient);
      const put = (Name: string, Value: string) => ssm.send(new PutParameterCommand({ Name, Value, Type: "SecureString" }));
      await put("/alerts/discord", receiver.url + DISCORD);
      await put("/alerts/signing", SIGNING);
      await cloud
        .client(SecretsManagerClient)
        .send(new CreateSecretCommand({ Name: "alerts/slack", SecretString: JSON.stringify({ url: receiver.url + SLACK }) }));
      return {
        "rouse.yaml": `
name: arcade
region: us-west-2
domain: { name: example.com, hostedZoneId: Z1234567890 }
alerts:
  email: [admin@example.com, { address: crashes@example.com, on: [crashed, deployment-failed] }]
  discord: [{ parameter: /alerts/discord, on: [ready, crashed, deployment-failed] }]
  webhooks: [{ url: "${receiver.url}/hook", signingSecret: { parameter: /alerts/signing } }]
`,
        "leaves/hello.yaml": `${HELLO.replace(/^alerts.*$/m, "")}
alerts:
  discord: [{ parameter: /alerts/discord, on: [ready, stopped] }]
  slack: [{ secret: alerts/slack, key: url, on: [ready, stopped, crashed] }]
`,
      };
    },
    { clock: new VirtualClock({ start: Math.floor(Date.now() / 1000) * 1000 }) },
  );
  const { Topics = [] } = await world.cloud.client(SNSClient).send(new ListTopicsCommand({}));
  topic = Topics.map(({ TopicArn }) => TopicArn!).find((arn) => arn.includes(":Arcade-Base-"))!;
  await world.cloud
    .client(CloudWatchLogsClient)
    .send(new CreateLogGroupCommand({ logGroupName: "/rouse/arcade/hello/history" }))
    .catch(() => {});
}, 60_000);
afterAll(async () => {
  await world?.end();
  receiver.server.closeAllConnections();
  receiver.server.close();
});

let count = 0;
/** Publishes as a function of Rouse's does. @returns the notice's id */
async function publish(occasion: Notice["occasion"], more: Partial<Notice> = {}): Promise<string> {
  const id = `hello-${++count}`;
  const at = new Date(world.cloud.clock.now()).toISOString();
  const notice: Notice = { id, occasion, application: "arcade", environment: "local", leaf: "hello", at, ...more };
  await tell([topic], { subject: `hello: ${occasion}`, body: `hello is ${occasion}`, notice }, world.cloud.client(SNSClient));
  // Mails of the same moment have no order.
  await world.cloud.clock.advance(1000);
  return id;
}

const clear = (): void => void receiver.got.splice(0);
const subjects = (path: string): unknown[] =>
  receiver.at(path).map(({ body }) => {
    const { embeds, text } = JSON.parse(body) as { embeds?: { title: string }[]; text?: string };
    return embeds?.[0]?.title ?? text;
  });

/** What the leaf's history says of a notice's deliveries. */
async function deliveries(id: string): Promise<Omit<DeliveryLine, "line" | "at" | "id">[]> {
  const lines = (await logLines(world, "/rouse/arcade/hello/history")).map((line) => JSON.parse(line) as DeliveryLine);
  return lines.filter((line) => line.line === "delivery" && line.id === id).map(({ line: _, at: __, id: ___, ...rest }) => rest);
}

const payload = ({ body }: Got): { type: string; data: Notice & { subject: string } } => JSON.parse(body) as never;

test("each occasion is told once at each channel that hears of it", async () => {
  for (const occasion of ["starting", "ready", "stopped", "crashed"] as const) await publish(occasion);
  expect(subjects(DISCORD)).toEqual(["hello: ready", "hello: stopped", "hello: crashed"]);
  expect(subjects(SLACK)).toEqual(["🟢 hello: ready", "⚪ hello: stopped", "🔴 hello: crashed"]);
  expect(receiver.at("/hook").map((got) => payload(got).type)).toEqual(["rouse.starting", "rouse.ready", "rouse.stopped", "rouse.crashed"]);
  expect(mailsTo(world, "admin@example.com")).toEqual(["hello: starting", "hello: ready", "hello: stopped", "hello: crashed"]);
  expect(mailsTo(world, "crashes@example.com")).toEqual(["hello: crashed"]);
  expect(await deliveries("hello-2")).toEqual(
    expect.arrayContaining([
      { channel: "discord", to: "/alerts/discord", ok: true },
      { channel: "slack", to: "alerts/slack (url)", ok: true },
      { channel: "webhook", to: new URL(receiver.url).host, ok: true },
    ]),
  );
});

test("a receiver verifies a webhook with the standard's own library", async () => {
  clear();
  await publish("ready", { address: "hello.example.com:8080" });
  const [{ body, headers }] = receiver.at("/hook") as [Got];
  expect(headers["webhook-id"]).toBe("hello-5");
  expect(new Webhook(SIGNING).verify(body, headers as Record<string, string>)).toMatchObject({
    type: "rouse.ready",
    data: { id: "hello-5", leaf: "hello", address: "hello.example.com:8080", subject: "hello: ready", text: "hello is ready" },
  });
  expect(() => new Webhook(SIGNING).verify(body.replace("ready", "Ready"), headers as Record<string, string>)).toThrow();
});

test("a receiver that asks for time, or fails, hears later; the others do not hear again", async () => {
  clear();
  receiver.answers.set(DISCORD, [{ status: 429, headers: { "retry-after": "2" } }]);
  receiver.answers.set(SLACK, [{ status: 429, headers: { "retry-after": "30" } }]);
  receiver.answers.set("/hook", [{ status: 500 }, { status: 502 }, { status: 503 }]);
  const id = await publish("ready");
  await world.cloud.clock.advance(5 * MINUTE);
  expect([DISCORD, SLACK, "/hook"].map((path) => receiver.at(path).length)).toEqual([2, 2, 4]);
  const of = async (channel: string) => (await deliveries(id)).filter((line) => line.channel === channel).map(({ ok, error }) => error ?? ok);
  expect(await of("discord")).toEqual([true]);
  expect(await of("slack")).toEqual(["HTTP 429: ok; tried again", true]);
  expect(await of("webhook")).toEqual(["HTTP 502: ok; tried again", "HTTP 503: ok", true]);
  expect(new Set(receiver.at("/hook").map(({ headers }) => headers["webhook-id"]))).toEqual(new Set([id]));
});

test("what no attempt would mend is told and not tried again, and nothing secret is written down", async () => {
  clear();
  receiver.answers.set(DISCORD, [{ status: 404, text: `Cannot POST ${DISCORD}` }]);
  receiver.answers.set(SLACK, [{ status: 403, text: "action_prohibited" }]);
  const ssm = world.cloud.client(SSMClient);
  await world.cloud.clock.advance(MINUTE);
  await ssm.send(new PutParameterCommand({ Name: "/alerts/signing", Value: "whsec_short", Overwrite: true }));
  const id = await publish("ready");
  await world.cloud.clock.advance(5 * MINUTE);
  await ssm.send(new PutParameterCommand({ Name: "/alerts/signing", Value: SIGNING, Overwrite: true }));
  expect(await deliveries(id)).toEqual(
    expect.arrayContaining([
      { channel: "discord", to: "/alerts/discord", ok: false, error: "HTTP 404" },
      { channel: "slack", to: "alerts/slack (url)", ok: false, error: "HTTP 403: action_prohibited" },
      expect.objectContaining({ channel: "webhook", ok: false, error: expect.stringContaining("(the parameter /alerts/signing) is not whsec_") }),
    ]),
  );
  expect(receiver.got).toHaveLength(2);
  const written = [...(await logLines(world, "/aws/lambda/arcade-notify")), ...(await logLines(world, "/rouse/arcade/hello/history"))].join("\n");
  expect(written).toContain("HTTP 404");
  for (const secret of ["d1sc0rd", "sl4ck", SIGNING.slice(6)]) expect(written).not.toContain(secret);
});

test("a deployment that fails is told once, in either region", async () => {
  clear();
  const before = mailsTo(world, "crashes@example.com").length;
  const TemplateBody = JSON.stringify({
    Resources: {
      Fine: { Type: "AWS::SNS::Topic" },
      Bad: { Type: "AWS::SNS::Subscription", DependsOn: "Fine", Properties: { TopicArn: { Ref: "Fine" }, Protocol: "email", Endpoint: "nobody" } },
    },
  });
  const tags = { "rouse:application": "arcade", "rouse:environment": "local" };
  const create = (StackName: string, region: string, more: Record<string, string> = {}) =>
    world.cloud
      .client(CloudFormationClient, region)
      .send(new CreateStackCommand({ StackName, TemplateBody, Tags: Object.entries({ ...tags, ...more }).map(([Key, Value]) => ({ Key, Value })) }));
  await create("Arcade-Bad", "us-west-2");
  await create("Arcade-Hello-Bad", "us-east-1", { "rouse:leaf": "hello" });
  await create("Arcade-Other", "us-west-2", { "rouse:environment": "other" });
  await world.cloud.clock.advance(MINUTE);
  const failed = ["Deployment of Arcade-Bad failed, rolled back", "Deployment of Arcade-Hello-Bad failed, rolled back"];
  expect(mailsTo(world, "crashes@example.com").slice(before).toSorted()).toEqual(failed);
  expect((subjects(DISCORD) as string[]).toSorted()).toEqual(failed);
  const hello = receiver
    .at("/hook")
    .map((got) => payload(got).data)
    .filter(({ leaf }) => leaf === "hello");
  const why = expect.stringMatching(/^Bad \(AWS::SNS::Subscription\): .*Email address/);
  expect(hello).toEqual([expect.objectContaining({ occasion: "deployment-failed", subject: failed[1], why })]);
});

test("rouse alerts says who hears, and tries it", async () => {
  const folder = join(world.directory, ".rouse", "local");
  mkdirSync(folder, { recursive: true });
  const { host, port } = world.cloud.dns;
  writeFileSync(join(folder, "endpoints.json"), JSON.stringify({ api: world.cloud.url, dns: `${host}:${port}`, pid: process.pid }));
  const rouse = (...argv: string[]) => rouseHere(["alerts", ...argv, "--dir", world.directory]);
  const rows = ({ stdout }: Ran): string[][] =>
    stdout
      .trim()
      .split("\n")
      .map((line) => line.split(/ {2,}/));

  const port2 = new URL(receiver.url).host;
  expect(rows(await rouse("hello"))).toEqual([
    ["email", "admin@example.com", "rouse.yaml", "hears of everything"],
    ["email", "crashes@example.com", "rouse.yaml", "hears of crashed, deployment-failed"],
    ["discord", "/alerts/discord", "rouse.yaml", "hears of ready, crashed, deployment-failed"],
    ["webhook", port2, "rouse.yaml", "hears of everything"],
    ["discord", "/alerts/discord", "hello", "hears of stopped"],
    ["slack", "alerts/slack (url)", "hello", "hears of ready, stopped, crashed"],
  ]);

  clear();
  receiver.answers.set(SLACK, [{ status: 404, text: "no_service" }]);
  const tried = await rouse("hello", "--test", "--json");
  expect(tried.code).toBe(1);
  expect((JSON.parse(tried.stdout) as { to: string; ok: boolean; error?: string }[]).map(({ to, ok, error }) => [to, error ?? ok])).toEqual([
    ["admin@example.com", true],
    ["crashes@example.com", true],
    ["/alerts/discord", true],
    [port2, true],
    ["/alerts/discord", true],
    ["alerts/slack (url)", "HTTP 404: no_service"],
  ]);
  expect(receiver.got.map(({ path }) => path).toSorted()).toEqual([DISCORD, "/hook", SLACK].toSorted());
  expect(mailsTo(world, "crashes@example.com").at(-1)).toBe("Test: you hear of hello");

  const all = await rouse("--test");
  expect([all.code, rows(all).map((row) => row.at(-1))]).toEqual([
    0,
    [...Array.from({ length: 2 }, () => "sent: mails of the embedded cloud are in .rouse/local/inbox"), "reached", "reached"],
  ]);
  expect((await rouse("none", "--test")).stderr).toContain("there is no leaf none");
});

test("a wake and a sleep are told at each channel as they are by mail", async () => {
  clear();
  const before = mailsTo(world, "admin@example.com").length;
  await wake(world, "hello");
  await world.cloud.clock.advance(15 * MINUTE);
  expect((await world.status("hello")).state).toBe("asleep");
  const mails = mailsTo(world, "admin@example.com").slice(before);
  expect(mails.length).toBeGreaterThanOrEqual(3);
  const told = receiver.at("/hook").map((got) => payload(got).data);
  // Mails of the same moment have no order.
  expect(told.map(({ subject }) => subject).toSorted()).toEqual(mails.toSorted());
  // What the leaf's own channel hears of.
  const heard = told.filter(({ occasion }) => ["ready", "stopped", "crashed"].includes(occasion));
  expect((subjects(SLACK) as string[]).map((subject) => subject.replace(/^\S+ /, ""))).toEqual(heard.map(({ subject }) => subject));
});

test("the last channel goes, and the first one comes back", async () => {
  const file = join(world.directory, "rouse.yaml");
  const leaf = join(world.directory, "leaves", "hello.yaml");
  const before = [file, leaf].map((path) => [path, readFileSync(path, "utf8")] as const);
  const functions = async (): Promise<string[]> => {
    const { Functions = [] } = await world.cloud.client(LambdaClient).send(new ListFunctionsCommand({}));
    return Functions.map(({ FunctionName }) => FunctionName!).filter((name) => /notify|watch-stacks/.test(name));
  };
  for (const [path, text] of before) writeFileSync(path, text.replace(/\nalerts:[\s\S]*$/, "\n"));
  await world.redeploy();
  expect(await functions()).toEqual([]);
  for (const [path, text] of before) writeFileSync(path, text);
  await world.redeploy();
  expect((await functions()).toSorted()).toEqual(["arcade-notify", "arcade-watch-stacks"]);
  clear();
  await publish("ready");
  expect([DISCORD, SLACK, "/hook"].map((path) => receiver.at(path).length)).toEqual([1, 1, 1]);
}, 60_000);

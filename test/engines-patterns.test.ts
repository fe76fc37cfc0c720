import { ApiGatewayV2Client, GetApisCommand } from "@aws-sdk/client-apigatewayv2";
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { DisableRuleCommand, EventBridgeClient, ListRulesCommand } from "@aws-sdk/client-eventbridge";
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { VirtualClock } from "../src/cloud/core/clock.ts";
import { type Deployed } from "./support/deployed.ts";
import { AUTH, call, ENGINE_BASE, enginesWorld, putEvent, targetGroupOf, targetsOf, tasksIn } from "./support/engines.ts";
import { mailsTo, MINUTE } from "./support/facts.ts";

/** The four ways to start and stop engines, each by rouse.yaml alone: an event, an HTTP API, a workflow, a schedule. */

const HOUR = 60 * MINUTE;
/** A Friday; in the night to Sunday Berlin's clocks go from 2:00 to 3:00. */
const FRIDAY = Date.UTC(2026, 2, 27, 4, 0);

const engine = (name: string, more = ""): string =>
  AUTH.replace("[event, http]", "event")
    .replace("/api/auth/*", `/api/${name}/*`)
    .replace("requests: none, for: 5m", "requests: none, for: 1h")
    .concat(more);

let world: Deployed;
beforeAll(async () => {
  world = await enginesWorld(
    {
      auth: engine("auth"),
      pdf: engine("pdf"),
      slow: engine("slow", 'environment: { BOOT_MS: "100000000" }\n'),
      crash: engine("crash", 'environment: { CRASH: "1" }\n'),
      // Without a route, and with it without health checks: the schedule's test takes three days.
      office: "wake: event\nimage: worker\ncompute: { on: fargate }\nprocess: { command: [node, ../worker.cjs] }\n",
    },
    {
      "worker.cjs": 'process.on("SIGTERM", () => process.exit(0)); setInterval(() => {}, 1000);\n',
      "rouse.yaml": `${ENGINE_BASE}
engines:
  api: true
  workflows:
    month-end: { start: [auth, pdf] }
    broken: { start: [auth, crash, pdf] }
  schedules:
    office: { start: cron(0 7 ? * MON-FRI *), stop: cron(0 19 ? * MON-FRI *), timezone: Europe/Berlin, services: [office] }
`,
    },
    { clock: new VirtualClock({ start: FRIDAY }) },
  );
}, 120_000);
afterAll(() => world?.end());

const stopAll = () => call(world, "arcade-stop-engines", { services: ["auth", "pdf", "slow", "crash"], deregister: false });

test("an event on the default bus starts a service, and another stops it", async () => {
  await putEvent(world, "Start ECS Task", { service: "auth", waitForHealthy: true });
  await world.until("auth", "awake");
  await putEvent(world, "Stop ECS Tasks", { service: "auth" });
  await world.until("auth", "asleep");
});

describe("the HTTP API", () => {
  afterEach(stopAll);

  interface Answered {
    status: number;
    body: Record<string, unknown>;
  }

  /** @param accessKeyId of who signs; the account's owner unless told. Signatures are not checked in this cloud, credentials are. */
  async function post(path: string, body: string, accessKeyId: string | undefined = "test"): Promise<Answered> {
    const { Items } = await world.cloud.client(ApiGatewayV2Client).send(new GetApisCommand({}));
    const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260327/us-west-2/execute-api/aws4_request, SignedHeaders=host, Signature=0`;
    let done = false;
    const headers = { "content-type": "application/json", ...(accessKeyId === "" ? {} : { authorization }) };
    const asking = fetch(`${Items![0]!.ApiEndpoint}${path}`, { method: "POST", body, headers }).finally(() => (done = true));
    asking.catch(() => {});
    await world.cloud.clock.advanceUntil(() => done, 5 * MINUTE, `an answer to ${path}`);
    const response = await asking;
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async function keyOf(user: string, policy?: object): Promise<string> {
    const iam = world.cloud.client(IAMClient);
    await iam.send(new CreateUserCommand({ UserName: user }));
    if (policy) {
      const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [policy] });
      await iam.send(new PutUserPolicyCommand({ UserName: user, PolicyName: "Call", PolicyDocument }));
    }
    return (await iam.send(new CreateAccessKeyCommand({ UserName: user }))).AccessKey!.AccessKeyId!;
  }

  test("starts and stops for who has signed, and answers with JSON", async () => {
    const { status, body } = await post("/start", '{"service":"auth","waitForHealthy":true}');
    const [task] = await tasksIn(world, "arcade-auth");
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        taskArn: task!.taskArn,
        taskId: task!.taskArn!.split("/").at(-1),
        privateIp: expect.stringMatching(/^10\.0\./),
        port: 8080,
        targetGroupArn: await targetGroupOf(world, "auth"),
        healthStatus: "healthy",
      },
    });
    const stopped = await post("/stop", '{"services":["auth"],"deregister":false}');
    expect(stopped).toEqual({ status: 200, body: { stopped: [{ service: "auth", taskArns: [task!.taskArn] }], running: [] } });
    expect(await tasksIn(world, "arcade-auth")).toEqual([]);
  });

  test("lets in nobody who has not signed, or who may not call it", async () => {
    const nobody = await keyOf("nobody");
    const caller = await keyOf("caller", {
      Effect: "Allow",
      Action: "execute-api:Invoke",
      Resource: "arn:aws:execute-api:us-west-2:000000000000:*/*/POST/start",
    });
    expect((await post("/start", '{"service":"auth"}', "")).status).toBe(403);
    expect((await post("/start", '{"service":"auth"}', nobody)).status).toBe(403);
    expect((await post("/stop", "{}", caller)).status).toBe(403);
    expect(await tasksIn(world, "arcade-auth")).toEqual([]);
    expect((await post("/start", '{"service":"auth"}', caller)).status).toBe(200);
  });

  test.each([
    ["what is no JSON", "service=auth", { error: "the body is no JSON" }],
    ["an unknown service", '{"service":"atuh"}', { unknown: ["atuh"], valid: ["auth", "crash", "office", "pdf", "slow"] }],
  ])("answers %s with 400", async (_what, sent, body) => {
    expect(await post("/start", sent)).toMatchObject({ status: 400, body });
  });

  test("answers before its gateway gives up: 202 for what still starts, and with the running task to who asks again", async () => {
    const began = world.cloud.clock.now();
    const first = await post("/start", '{"service":"slow","waitForHealthy":true}');
    expect(world.cloud.clock.now() - began).toBeLessThan(30_000);
    const [task] = await tasksIn(world, "arcade-slow");
    expect(first).toMatchObject({ status: 202, body: { service: "slow", taskArn: task!.taskArn, waitingFor: "its target to be healthy" } });
    expect(await post("/start", '{"service":"slow"}')).toMatchObject({ status: 200, body: { taskArn: task!.taskArn } });
  });

  test("says why a service did not start", async () => {
    expect(await post("/start", '{"service":"crash"}')).toMatchObject({
      status: 500,
      body: { error: expect.stringContaining("exited with code 3") },
    });
  });
});

describe("a workflow", () => {
  afterEach(stopAll);

  async function run(name: string) {
    const states = world.cloud.client(SFNClient);
    const stateMachineArn = `arn:aws:states:us-west-2:000000000000:stateMachine:arcade-${name}`;
    const { executionArn } = await states.send(new StartExecutionCommand({ stateMachineArn }));
    const look = () => states.send(new DescribeExecutionCommand({ executionArn }));
    await world.cloud.clock.advanceUntil(async () => (await look()).status !== "RUNNING", 20 * MINUTE, `the end of ${name}`);
    return await look();
  }

  test("starts several services, waits until they are healthy, and reports", async () => {
    const { status, output } = await run("month-end");
    expect([status, JSON.parse(output!)]).toEqual(["SUCCEEDED", { workflow: "month-end", started: ["auth", "pdf"], failed: [] }]);
    for (const leaf of ["auth", "pdf"]) expect(await targetsOf(world, leaf)).toEqual([expect.stringMatching(/ healthy$/)]);
  });

  test("starts the others where one cannot start, names it, and tells the admin once", async () => {
    const before = mailsTo(world, "admin@example.com").length;
    const { status, error, cause } = await run("broken");
    expect([status, error]).toEqual(["FAILED", "NotAllStarted"]);
    expect(JSON.parse(cause!)).toEqual({
      workflow: "broken",
      started: ["auth", "pdf"],
      failed: [{ service: "crash", error: expect.stringContaining("exited with code 3") }],
    });
    for (const leaf of ["auth", "pdf"]) expect((await world.status(leaf)).state).toBe("awake");
    await world.cloud.clock.advance(MINUTE);
    expect(
      mailsTo(world, "admin@example.com")
        .slice(before)
        .filter((subject) => !subject.endsWith(" is up")),
    ).toEqual(["Workflow broken: not everything has started"]);
  });
});

test("a schedule starts in the morning and stops in the evening, not at the weekend, by the clocks of its place", async () => {
  await stopAll();
  // Three days are quick without the engines' hourly looks.
  const events = world.cloud.client(EventBridgeClient);
  const { Rules = [] } = await events.send(new ListRulesCommand({}));
  for (const { Name, ScheduleExpression } of Rules) if (ScheduleExpression) await events.send(new DisableRuleCommand({ Name }));
  const at = async (day: number, hour: number, minute: number): Promise<string> => {
    await world.cloud.clock.advance(Date.UTC(2026, 2, day, hour, minute) - world.cloud.clock.now());
    return (await world.status("office")).state;
  };
  // Berlin is an hour before UTC until the night to Sunday, and two afterwards.
  expect(await at(27, 5, 59)).toBe("asleep");
  expect(await at(27, 6, 2)).toBe("awake");
  expect(await at(27, 17, 59)).toBe("awake");
  expect(await at(27, 18, 2)).toBe("asleep");
  const started = world.cloud.clock.now();
  expect(await at(30, 4, 59)).toBe("asleep");
  expect((await tasksIn(world, "arcade-office", "STOPPED")).filter(({ createdAt }) => createdAt!.getTime() > started)).toEqual([]);
  expect(await at(30, 5, 2)).toBe("awake");
  expect(world.cloud.clock.now() - started).toBeGreaterThan(2 * 24 * HOUR);
}, 60_000);

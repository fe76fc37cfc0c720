import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RealClock, VirtualClock } from "../../core/clock.ts";
import { inlinePackage } from "./index.ts";
import { lambdaWorld, ROLE, type World } from "./testing.ts";

const MINUTE = 60_000;

let clock: VirtualClock;
let world: World;
beforeEach(async () => {
  clock = new VirtualClock();
  world = await lambdaWorld({ clock });
});
afterEach(() => world.end());

const messages = (): string[] => world.logs.map(({ message }) => message);
const esm = (body: string): Record<string, string> => ({ "index.mjs": `export const handler = async (event, context) => { ${body} };` });

describe("a handler", () => {
  test.each<[string, Record<string, string>]>([
    ["an ES module", { "index.mjs": "export const handler = async (event) => ({ got: event.x });" }],
    ["CommonJS", { "index.js": "exports.handler = async (event) => ({ got: event.x });" }],
    ["CommonJS by its ending", { "index.cjs": "exports.handler = async (event) => ({ got: event.x });" }],
    [
      "an ES module by package.json",
      { "index.js": "export const handler = async (event) => ({ got: event.x });", "package.json": '{"type":"module"}' },
    ],
    [
      "a module with another file",
      {
        "index.mjs": 'import { f } from "./lib/f.mjs"; export const handler = async (event) => f(event);',
        "lib/f.mjs": "export const f = (event) => ({ got: event.x });",
      },
    ],
    ["a callback", { "index.js": "exports.handler = (event, context, callback) => { setTimeout(() => callback(null, { got: event.x }), 5); };" }],
    ["a default export with members", { "index.mjs": "export default { handler: async (event) => ({ got: event.x }) };" }],
  ])("may be %s", async (_what, files) => {
    await world.create("f", files);
    const invoked = world.invoke("f", { x: 7 });
    await clock.advance(10);
    expect((await invoked).body).toEqual({ got: 7 });
  });

  test("has Lambda's context and environment, and nothing of this process's", async () => {
    process.env["ROUSE_SECRET_OF_THE_HOST"] = "leak";
    await world.create(
      "f",
      esm(
        "return { env: process.env, id: context.awsRequestId, arn: context.invokedFunctionArn, mb: context.memoryLimitInMB, left: context.getRemainingTimeInMillis(), cwd: process.cwd() };",
      ),
      { Environment: { Variables: { OWN: "yes" } }, Timeout: 9 },
    );
    const { body } = await world.invoke("f");
    delete process.env["ROUSE_SECRET_OF_THE_HOST"];
    const { env, ...context } = body as { env: Record<string, string>; cwd: string };
    expect(context).toMatchObject({ arn: "arn:aws:lambda:us-west-2:000000000000:function:f", mb: "128", left: 9000, cwd: env["LAMBDA_TASK_ROOT"] });
    expect(env).toMatchObject({
      OWN: "yes",
      AWS_REGION: "us-west-2",
      AWS_ENDPOINT_URL: "http://127.0.0.1:9",
      AWS_ACCESS_KEY_ID: "ASIATEST",
      _HANDLER: "index.handler",
    });
    expect(env["ROUSE_SECRET_OF_THE_HOST"]).toBeUndefined();
    expect(env["HOME"]).toBeUndefined();
  });

  test("may import the AWS SDK without bringing it", async () => {
    await world.create("esm", {
      "index.mjs": 'import { STSClient } from "@aws-sdk/client-sts"; export const handler = async () => typeof STSClient;',
    });
    await world.create("cjs", {
      "index.js": 'const { STSClient } = require("@aws-sdk/client-sts"); exports.handler = async () => typeof STSClient;',
    });
    expect((await world.invoke("esm")).body).toBe("function");
    expect((await world.invoke("cjs")).body).toBe("function");
  });

  test("runs in a warm environment again, until its code or its configuration changes", async () => {
    await world.create("f", { "index.mjs": "let n = 0; export const handler = async () => ++n;" });
    expect([(await world.invoke("f")).body, (await world.invoke("f")).body]).toEqual([1, 2]);
    await world.call("UpdateFunctionConfiguration", { FunctionName: "f", Description: "changed" });
    expect((await world.invoke("f")).body).toBe(1);
    await clock.advance(11 * MINUTE);
    expect((await world.invoke("f")).body).toBe(1);
  });

  test("is as quick to load from the code cache and answers the same", async () => {
    const files = {
      "index.mjs":
        'import { createHash } from "node:crypto"; const f = (x) => createHash("md5").update(x).digest("hex"); export { f as handler2 }; export const handler = async () => f("x");',
    };
    await world.create("a", files);
    const first = await world.invoke("a");
    await clock.settle();
    await world.create("b", files);
    expect((await world.invoke("b")).body).toBe(first.body);
  });
});

describe("a failing function", () => {
  test.each([
    ["throws", `throw new TypeError("no")`, { errorType: "TypeError", errorMessage: "no" }],
    ["rejects with text", `return Promise.reject("text")`, { errorType: "string", errorMessage: "text", trace: [] }],
    [
      "leaves a rejection unhandled",
      `Promise.reject(new Error("lost")); await new Promise((r) => setTimeout(r, 50))`,
      { errorType: "Runtime.UnhandledPromiseRejection", errorMessage: "Error: lost" },
    ],
    ["answers what is no JSON", `const a = {}; a.a = a; return a`, { errorType: "Runtime.MarshalError" }],
    ["answers too much", `return "x".repeat(7_000_000)`, { errorType: "Function.ResponseSizeTooLarge" }],
  ])("that %s is answered as by AWS", async (_what, body, error) => {
    await world.create("f", esm(body));
    const answer = await world.invoke("f");
    expect(answer.FunctionError).toBe("Unhandled");
    expect(answer.body).toMatchObject(error);
    expect(world.metrics.find(({ name }) => name === "Errors")?.value).toBe(1);
  });

  test("that exits the process ends its environment, not this one", async () => {
    await world.create("f", { "index.mjs": "let n = 0; export const handler = async (event) => event.exit ? process.exit(3) : ++n;" });
    await world.invoke("f");
    const { body, log } = await world.invoke("f", { exit: true });
    expect(body).toMatchObject({
      errorType: "Runtime.ExitError",
      errorMessage: expect.stringMatching(/^RequestId: .+ Error: Runtime exited with error: exit status 3$/),
    });
    expect(log).toContain("Status: error\tError Type: Runtime.ExitError");
    expect((await world.invoke("f")).body).toBe(1);
  });

  test("whose heap is over its memory is killed", async () => {
    await world.create("f", esm("const all = []; for (;;) all.push(new Array(100_000).fill(Math.PI));"));
    expect((await world.invoke("f")).body).toMatchObject({ errorType: "Runtime.ExitError", errorMessage: expect.stringContaining("signal: killed") });
  });

  test.each([
    ["is not there", { "other.mjs": "" }, "Runtime.ImportModuleError"],
    ["has no such export", { "index.mjs": "export const other = 1;" }, "Runtime.HandlerNotFound"],
    ["cannot be parsed", { "index.js": "exports.handler = (" }, "Runtime.UserCodeSyntaxError"],
    ["fails when it is loaded", { "index.mjs": "throw new RangeError('early');" }, "RangeError"],
  ])("whose module %s fails with AWS's error type", async (_what, files, errorType) => {
    await world.create("f", files);
    expect((await world.invoke("f")).body).toMatchObject({ errorType });
  });
});

describe("virtual time", () => {
  test("passes for a function that sleeps, in no real time, and stands still while it works", async () => {
    await world.create(
      "f",
      esm(
        "const a = Date.now(); await new Promise((r) => setTimeout(r, 300_000)); const b = Date.now(); let x = 0; for (let i = 0; i < 5e6; i++) x += i; return [a, b, Date.now(), new Date().toISOString()];",
      ),
      { Timeout: 600 },
    );
    const start = clock.now();
    const invoked = world.invoke("f");
    await clock.advance(10 * MINUTE);
    const { body, log } = await invoked;
    expect(body).toEqual([start, start + 300_000, start + 300_000, new Date(start + 300_000).toISOString()]);
    expect(log).toContain("Duration: 300000.00 ms");
  });

  test("reaches the timeout of a function that waits for too long", async () => {
    await world.create("f", {
      "index.mjs": "let n = 0; export const handler = async () => { n++; await new Promise((r) => setTimeout(r, 3600_000)); return n };",
    });
    const invoked = world.invoke("f");
    await clock.advance(3000);
    const { body, log } = await invoked;
    expect(body).toMatchObject({
      errorType: "Sandbox.Timedout",
      errorMessage: expect.stringMatching(/^RequestId: .+ Error: Task timed out after 3.00 seconds$/),
    });
    expect(log).toMatch(
      /Task timed out after 3.00 seconds\n[^]*REPORT RequestId: .*\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\t.*Status: timeout/,
    );
  });

  test("has timers that fire in order, repeat and can be cleared", async () => {
    await world.create("f", {
      "index.mjs": `import { setTimeout as sleep } from "node:timers/promises";
        export const handler = async () => { const log = []; setTimeout(() => log.push("b"), 20); setTimeout(() => log.push("a"), 10); const t = setInterval(() => log.push("i"), 15);
        const gone = setTimeout(() => log.push("never"), 5); clearTimeout(gone); await sleep(40); clearInterval(t); await sleep(100); return log; };`,
    });
    const invoked = world.invoke("f");
    await clock.advance(1000);
    expect((await invoked).body).toEqual(["a", "i", "b", "i"]);
  });
});

describe("a sped-up clock", () => {
  test("is the function's clock too, but its own work has the time it needs", async () => {
    const fast = await lambdaWorld({ clock: new RealClock({ speed: 1000 }) });
    // 60 s of the cloud's time are 60 ms; the work takes longer than the timeout of 3 s, which is 3 ms.
    await fast.create("sleeps", esm("const a = Date.now(); await new Promise((r) => setTimeout(r, 60_000)); return Date.now() - a;"), {
      Timeout: 900,
    });
    await fast.create("works", esm("const end = process.uptime() + 0.05; while (process.uptime() < end); return 'done';"));
    await fast.create("hangs", esm("await new Promise((r) => setTimeout(r, 3600_000));"));
    const slept = (await fast.invoke("sleeps")).body as number;
    expect(slept).toBeGreaterThanOrEqual(60_000);
    expect(slept).toBeLessThan(900_000);
    expect((await fast.invoke("works")).body).toBe("done");
    expect((await fast.invoke("hangs")).body).toMatchObject({ errorType: "Sandbox.Timedout" });
    await fast.end();
  });
});

describe("logs", () => {
  test("are AWS's text lines in the function's group", async () => {
    await world.create("f", esm('console.log("hello %s", "you", { a: 1 }); console.error("bad"); process.stdout.write("raw\\nlines\\n");'));
    await world.invoke("f");
    const id = /START RequestId: (\S+)/.exec(messages().join("\n"))![1];
    expect(messages()).toEqual([
      expect.stringMatching(/^INIT_START Runtime Version: nodejs:22/),
      `START RequestId: ${id} Version: $LATEST`,
      `2026-01-05T00:00:00.000Z\t${id}\tINFO\thello you { a: 1 }`,
      `2026-01-05T00:00:00.000Z\t${id}\tERROR\tbad`,
      "raw",
      "lines",
      `END RequestId: ${id}`,
      expect.stringMatching(
        new RegExp(
          `^REPORT RequestId: ${id}\tDuration: 0.00 ms\tBilled Duration: 0 ms\tMemory Size: 128 MB\tMax Memory Used: \\d+ MB\tInit Duration: 0.00 ms\t$`,
        ),
      ),
    ]);
    expect(world.logs[0]).toMatchObject({ group: "/aws/lambda/f", stream: expect.stringMatching(/^2026\/01\/05\/\[\$LATEST\][0-9a-f]{32}$/) });
  });

  test("are JSON where LoggingConfig says so, from its level on", async () => {
    await world.create("f", esm('console.log("quiet"); console.warn("loud"); console.error(new Error("bad"));'), {
      LoggingConfig: { LogFormat: "JSON", ApplicationLogLevel: "WARN", SystemLogLevel: "INFO", LogGroup: "/own/group" },
    });
    await world.invoke("f");
    const lines = messages().map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ type, level, message }) => type ?? `${level as string}: ${message as string}`)).toEqual([
      "platform.initStart",
      "platform.start",
      "WARN: loud",
      "ERROR: bad",
      "platform.report",
    ]);
    expect(world.logs[0]!.group).toBe("/own/group");
  });

  test("are not written where the role may not, and the function runs", async () => {
    world.denied.add("logs:PutLogEvents");
    await world.create("f", esm("return 1;"));
    expect((await world.invoke("f")).body).toBe(1);
    expect(world.logs).toEqual([]);
  });
});

describe("an asynchronous invocation", () => {
  const failing = { "index.mjs": 'export const handler = async () => { console.log("attempt"); throw new Error("no"); };' };
  const attempts = (): number => messages().filter((line) => line.endsWith("attempt")).length;

  test("is tried again after one minute and after two more, and then goes to the failure destination", async () => {
    await world.create("f", failing);
    const topic = "arn:aws:sns:us-west-2:000000000000:failures";
    await world.call("PutFunctionEventInvokeConfig", { FunctionName: "f", DestinationConfig: { OnFailure: { Destination: topic } } });
    expect((await world.invoke("f", { x: 1 }, { InvocationType: "Event" })).StatusCode).toBe(202);
    await clock.advance(59_000);
    expect(attempts()).toBe(1);
    await clock.advance(1000);
    expect(attempts()).toBe(2);
    await clock.advance(2 * MINUTE - 1000);
    expect(attempts()).toBe(2);
    await clock.advance(1000);
    expect(attempts()).toBe(3);
    await clock.advance(10 * MINUTE);
    expect(attempts()).toBe(3);
    expect(world.calls).toHaveLength(1);
    expect(world.calls[0]).toMatchObject({ service: "sns", operation: "Publish", as: "arn:aws:sts::000000000000:assumed-role/function-role/f" });
    expect(JSON.parse(world.calls[0]!.input["Message"] as string)).toMatchObject({
      requestContext: {
        condition: "RetriesExhausted",
        approximateInvokeCount: 3,
        functionArn: "arn:aws:lambda:us-west-2:000000000000:function:f:$LATEST",
      },
      requestPayload: { x: 1 },
      responsePayload: { errorType: "Error", errorMessage: "no" },
    });
  });

  test("without retries goes to the dead-letter topic with the error in attributes", async () => {
    const topic = "arn:aws:sns:us-west-2:000000000000:dead";
    await world.create("f", failing, { DeadLetterConfig: { TargetArn: topic } });
    await world.call("PutFunctionEventInvokeConfig", { FunctionName: "f", MaximumRetryAttempts: 0 });
    await world.invoke("f", { x: 1 }, { InvocationType: "Event" });
    await clock.advance(0);
    expect(world.calls[0]).toMatchObject({
      operation: "Publish",
      input: { TopicArn: topic, Message: '{"x":1}', MessageAttributes: { ErrorMessage: { StringValue: "no" } } },
    });
  });

  test("goes to the dead-letter queue just so", async () => {
    await world.create("f", failing, { DeadLetterConfig: { TargetArn: "arn:aws:sqs:us-west-2:000000000000:dead" } });
    await world.call("PutFunctionEventInvokeConfig", { FunctionName: "f", MaximumRetryAttempts: 0 });
    await world.invoke("f", { x: 1 }, { InvocationType: "Event" });
    await clock.advance(0);
    expect(world.calls[0]).toMatchObject({
      service: "sqs",
      operation: "SendMessage",
      input: { QueueUrl: "000000000000/dead", MessageBody: '{"x":1}', MessageAttributes: { ErrorMessage: { StringValue: "no" } } },
    });
  });

  test("that finds no room waits, longer each time, until there is", async () => {
    await world.create("f", esm('console.log("attempt");'));
    await world.call("PutFunctionConcurrency", { FunctionName: "f", ReservedConcurrentExecutions: 0 });
    await world.invoke("f", {}, { InvocationType: "Event" });
    await clock.advance(2 * MINUTE);
    const throttles = world.metrics.filter(({ name, dimensions }) => name === "Throttles" && dimensions["FunctionName"]).length;
    expect(throttles).toBeGreaterThan(4);
    expect(throttles).toBeLessThan(10);
    await world.call("DeleteFunctionConcurrency", { FunctionName: "f" });
    await clock.advance(5 * MINUTE);
    expect(attempts()).toBe(1);
  });

  test("that waits for a retry is tried after a restart too", async () => {
    await world.create("f", failing);
    await world.invoke("f", {}, { InvocationType: "Event" });
    await clock.advance(1000);
    await world.lambda.stop!();
    const again = await lambdaWorld({ clock, store: world.deps.store, dataDir: world.deps.dataDir });
    await clock.advance(MINUTE);
    expect(again.logs.filter(({ message }) => message.endsWith("attempt"))).toHaveLength(1);
    await again.end();
  });
});

describe("concurrency", () => {
  test("beyond what is reserved is refused, and environments serve one invocation at a time", async () => {
    await world.create("f", {
      "index.mjs": "let busy = 0; export const handler = async () => { busy++; await new Promise((r) => setTimeout(r, 1000)); return busy--; };",
    });
    await world.call("PutFunctionConcurrency", { FunctionName: "f", ReservedConcurrentExecutions: 2 });
    const both = Promise.all([world.invoke("f"), world.invoke("f")]);
    await expect(world.invoke("f")).rejects.toMatchObject({
      code: "TooManyRequestsException",
      status: 429,
      fields: { Reason: "ReservedFunctionConcurrentInvocationLimitExceeded" },
    });
    await clock.advance(1000);
    expect((await both).map(({ body }) => body)).toEqual([1, 1]);
  });
});

describe("other services", () => {
  test("come in by the function's resource policy only", async () => {
    await world.create("f", esm("return event;"));
    const arn = "arn:aws:lambda:us-west-2:000000000000:function:f";
    const source = { principal: "events.amazonaws.com", arn: "arn:aws:events:us-west-2:000000000000:rule/r" };
    await expect(world.lambda.invokeSync(arn, { a: 1 }, source)).rejects.toMatchObject({ code: "AccessDeniedException" });
    await world.call("AddPermission", {
      FunctionName: "f",
      StatementId: "s",
      Action: "lambda:InvokeFunction",
      Principal: "events.amazonaws.com",
      SourceArn: source.arn,
    });
    expect(await world.lambda.invokeSync(arn, { a: 1 }, source)).toEqual({ payload: { a: 1 } });
    const { Policy } = (await world.call("GetPolicy", { FunctionName: "f" })) as { Policy: string };
    expect(JSON.parse(Policy)).toMatchObject({
      Statement: [
        { Sid: "s", Principal: { Service: "events.amazonaws.com" }, Resource: arn, Condition: { ArnLike: { "AWS:SourceArn": source.arn } } },
      ],
    });
    await world.call("RemovePermission", { FunctionName: "f", StatementId: "s" });
    await expect(world.lambda.invokeAsync(arn, {}, source)).rejects.toMatchObject({ code: "AccessDeniedException" });
  });
});

describe("what is not here", () => {
  test.each([
    [{ Runtime: "python3.13" }, "python3.13"],
    [{ Layers: ["arn:aws:lambda:us-west-2:1:layer:x:1"] }, "Layers"],
    [{ TracingConfig: { Mode: "Active" } }, "TracingConfig"],
    [{ DeadLetterConfig: { TargetArn: "arn:aws:events:us-west-2:000000000000:event-bus/b" } }, "dead letters"],
  ])("is refused by its name: %j", async (more, name) => {
    await expect(world.create("f", esm(""), more)).rejects.toThrow(name);
  });

  test.each([
    [{ Role: "arn:aws:iam::000000000000:role/other" }, "cannot be assumed by Lambda"],
    [{ Environment: { Variables: { AWS_REGION: "x" } } }, "Reserved keys used in this request: AWS_REGION"],
    [{ Timeout: 901 }, "less than or equal to 900"],
    [{ Code: { ZipFile: Buffer.from("no zip") } }, "Could not unzip"],
  ])("and what AWS refuses is refused: %j", async (more, message) => {
    await expect(world.create("f", esm(""), more)).rejects.toThrow(message);
  });
});

test("inline source becomes a package with cfn-response", async () => {
  const code = `const response = require("cfn-response"); exports.handler = async () => typeof response.send;`;
  await world.call("CreateFunction", {
    FunctionName: "f",
    Runtime: "nodejs22.x",
    Handler: "index.handler",
    Role: ROLE,
    Code: { ZipFile: inlinePackage(code, "nodejs22.x") },
  });
  expect((await world.invoke("f")).body).toBe("function");
});

test("a published version stays as it was, and an alias leads to it", async () => {
  await world.create("f", esm("return 1;"));
  await world.call("PublishVersion", { FunctionName: "f" });
  await world.call("CreateAlias", { FunctionName: "f", Name: "live", FunctionVersion: "1" });
  const ZipFile = inlinePackage("exports.handler = async () => 2;", "nodejs22.x");
  await world.call("UpdateFunctionCode", { FunctionName: "f", ZipFile });
  expect([
    (await world.invoke("f:live")).body,
    (await world.invoke("f")).body,
    (await world.invoke("f", {}, { Qualifier: "1" })).ExecutedVersion,
  ]).toEqual([1, 2, "1"]);
});

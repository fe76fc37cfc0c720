import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetPolicyCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  PutFunctionConcurrencyCommand,
  ResourceNotFoundException,
  TooManyRequestsException,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestCloud, withCloud } from "../../testing/with-cloud.ts";

let cloud: TestCloud;
let lambda: LambdaClient;
let role: string;

beforeAll(async () => {
  cloud = await withCloud();
  lambda = cloud.client(LambdaClient);
  const iam = cloud.client(IAMClient);
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
  });
  const created = await iam.send(new CreateRoleCommand({ RoleName: "fn", AssumeRolePolicyDocument }));
  role = created.Role!.Arn!;
  const PolicyArn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
  await iam.send(new AttachRolePolicyCommand({ RoleName: "fn", PolicyArn }));
});
afterAll(() => cloud?.end());

const create = (FunctionName: string, source: string, Timeout = 30): Promise<unknown> =>
  lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Role: role,
      MemorySize: 256,
      Timeout,
      Code: { ZipFile: zipSync({ "index.mjs": strToU8(source) }) },
    }),
  );

const invoke = async (FunctionName: string, event: unknown = {}): Promise<{ body: unknown; error?: string }> => {
  const { Payload, FunctionError } = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
  return { body: JSON.parse(Payload!.transformToString()) as unknown, ...(FunctionError ? { error: FunctionError } : {}) };
};

describe("over the wire", () => {
  test("a function is created, active, invoked, listed and deleted", async () => {
    await create("hello", "export const handler = async (event) => ({ hello: event.name });");
    expect((await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 5 }, { FunctionName: "hello" })).state).toBe("SUCCESS");
    expect(await invoke("hello", { name: "you" })).toEqual({ body: { hello: "you" } });
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: "hello" }));
    expect(Configuration).toMatchObject({
      State: "Active",
      LastUpdateStatus: "Successful",
      MemorySize: 256,
      FunctionArn: "arn:aws:lambda:us-west-2:000000000000:function:hello",
    });
    expect((await lambda.send(new ListFunctionsCommand({}))).Functions?.map(({ FunctionName }) => FunctionName)).toContain("hello");
    await lambda.send(new DeleteFunctionCommand({ FunctionName: "hello" }));
    await expect(lambda.send(new GetFunctionCommand({ FunctionName: "hello" }))).rejects.toBeInstanceOf(ResourceNotFoundException);
  });

  test("its errors are the SDK's own, with their members", async () => {
    await create("none", "export const handler = async () => 1;");
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: "none", ReservedConcurrentExecutions: 0 }));
    // Throttling is what clients retry; not here.
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const refused = new LambdaClient({ region: "us-west-2", endpoint: cloud.url, credentials, maxAttempts: 1 }).send(
      new InvokeCommand({ FunctionName: "none" }),
    );
    await expect(refused).rejects.toBeInstanceOf(TooManyRequestsException);
    await expect(refused).rejects.toMatchObject({ Reason: "ReservedFunctionConcurrentInvocationLimitExceeded" });
  });

  test("a resource policy is what Lambda writes", async () => {
    await create("open", "export const handler = async () => 1;");
    await lambda.send(
      new AddPermissionCommand({
        FunctionName: "open",
        StatementId: "logs",
        Action: "lambda:InvokeFunction",
        Principal: "logs.us-west-2.amazonaws.com",
      }),
    );
    const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName: "open" }));
    expect(JSON.parse(Policy!)).toMatchObject({ Statement: [{ Principal: { Service: "logs.us-west-2.amazonaws.com" } }] });
  });
});

describe("a function in the cloud", () => {
  const source = `
    import { SSMClient, PutParameterCommand } from "@aws-sdk/client-ssm";
    const ssm = new SSMClient({});
    export const handler = async (event) => {
      if (event.sleep) await new Promise((resolve) => setTimeout(resolve, event.sleep));
      const { Version } = await ssm.send(new PutParameterCommand({ Name: "/x", Value: "1", Type: "String", Overwrite: true }));
      return Version;
    };`;

  test("calls the cloud as its role: what no policy allows is denied, what one allows is done", async () => {
    await create("caller", source);
    expect(await invoke("caller")).toMatchObject({
      error: "Unhandled",
      body: { errorType: "AccessDeniedException", errorMessage: expect.stringContaining("assumed-role/fn/caller") },
    });
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "ssm:PutParameter", Resource: "*" }] });
    await cloud.client(IAMClient).send(new PutRolePolicyCommand({ RoleName: "fn", PolicyName: "ssm", PolicyDocument }));
    expect(await invoke("caller")).toEqual({ body: 1 });
  });

  test("sleeps in virtual time and works in none", async () => {
    const before = cloud.clock.now();
    await lambda.send(new InvokeCommand({ FunctionName: "caller", InvocationType: "Event", Payload: JSON.stringify({ sleep: 20_000 }) }));
    await cloud.clock.advance(25_000);
    const logs = cloud.client(CloudWatchLogsClient);
    const { events = [] } = await logs.send(
      new FilterLogEventsCommand({ logGroupName: "/aws/lambda/caller", filterPattern: "REPORT", startTime: before }),
    );
    expect(events.map(({ message }) => /Duration: \S+ ms/.exec(message!)![0])).toContain("Duration: 20000.00 ms");
  });

  test("a synchronous invocation lets virtual time pass while the function sleeps", async () => {
    const invoked = invoke("caller", { sleep: 10_000 });
    let done = false;
    void invoked.then(() => (done = true));
    await cloud.clock.advanceUntil(() => done, 60_000, "the invocation");
    expect((await invoked).error).toBeUndefined();
  });
});

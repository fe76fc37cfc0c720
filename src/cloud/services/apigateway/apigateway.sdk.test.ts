import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateDeploymentCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
  DeleteApiCommand,
  GetApiCommand,
  GetApisCommand,
  GetRoutesCommand,
  GetStageCommand,
  GetTagsCommand,
  TagResourceCommand,
  UpdateStageCommand,
} from "@aws-sdk/client-apigatewayv2";
import { CloudWatchClient, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { App, CfnOutput, Duration, Stack } from "aws-cdk-lib";
import * as apigw from "aws-cdk-lib/aws-apigatewayv2";
import { HttpIamAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as logs from "aws-cdk-lib/aws-logs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestCloud, withCloud } from "../../testing/with-cloud.ts";

let cloud: TestCloud;
let api: string;
let apiId: string;
const folder = mkdtempSync(join(tmpdir(), "rouse-apigateway-"));
const account = "000000000000";

const CODE = `exports.handler = async (event) => {
  const what = event.queryStringParameters?.do;
  if (what === "fail") throw new Error("no");
  if (what === "sleep") await new Promise((done) => setTimeout(done, 4000));
  if (what === "cookies") return { statusCode: 202, headers: { "x-a": "b", "access-control-allow-origin": "mine" }, cookies: ["a=1", "b=2"], body: "told" };
  return event;
};`;

function synth(name: string, more: { cors?: boolean } = {}): string {
  const context = { "@aws-cdk/core:target-partitions": ["aws"] };
  const app = new App({
    outdir: join(folder, name),
    analyticsReporting: false,
    treeMetadata: false,
    builtinCloudFormationValidation: false,
    context,
  });
  const stack = new Stack(app, "Api", { env: { account, region: "us-west-2" } });
  const fn = new lambda.Function(stack, "Fn", {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: "index.handler",
    code: lambda.Code.fromInline(CODE),
    timeout: Duration.seconds(20),
  });
  const cors = {
    allowOrigins: ["https://console.example.com"],
    allowMethods: [apigw.CorsHttpMethod.POST],
    allowHeaders: ["content-type"],
    maxAge: Duration.hours(1),
  };
  const http = new apigw.HttpApi(stack, "Http", { apiName: "engines", createDefaultStage: false, ...(more.cors ? { corsPreflight: cors } : {}) });
  const accessLogs = new logs.LogGroup(stack, "Access", { logGroupName: "/api/access" });
  void new apigw.HttpStage(stack, "Stage", {
    httpApi: http,
    autoDeploy: true,
    throttle: { rateLimit: 100, burstLimit: 50 },
    accessLogSettings: { destination: new apigw.LogGroupLogDestination(accessLogs) },
  });
  const integration = new HttpLambdaIntegration("Start", fn, { timeout: Duration.seconds(3) });
  http.addRoutes({ path: "/start", methods: [apigw.HttpMethod.POST], integration });
  http.addRoutes({ path: "/status/{proxy+}", integration });
  http.addRoutes({ path: "/signed", methods: [apigw.HttpMethod.POST], integration, authorizer: new HttpIamAuthorizer() });
  void new CfnOutput(stack, "Endpoint", { value: http.apiEndpoint });
  void new CfnOutput(stack, "Id", { value: http.apiId });
  return app.synth().directory;
}

async function during<T>(work: Promise<T>): Promise<T> {
  let done = false;
  const result = work.finally(() => (done = true));
  await cloud.clock.advanceUntil(() => done, 3_600_000, "the end of the deployment");
  return result;
}

const signedBy = (accessKeyId: string): string =>
  `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260105/us-west-2/execute-api/aws4_request, SignedHeaders=host, Signature=0`;

beforeAll(async () => {
  cloud = await withCloud();
  const { stacks } = await during(cloud.deploy(synth("one")));
  expect(stacks.map(({ result, reason }) => [result, reason])).toEqual([["created", undefined]]);
  api = stacks[0]!.outputs["Endpoint"]!;
  apiId = stacks[0]!.outputs["Id"]!;
}, 60_000);
afterAll(async () => {
  await cloud?.end();
  rmSync(folder, { recursive: true });
});

interface Event {
  version: string;
  rawPath: string;
  pathParameters: object;
  body: string;
  requestContext: { routeKey: string; stage: string; timeEpoch: number; authorizer: object; domainName: string };
}

describe("what CDK's HttpApi emits", () => {
  test("its endpoint is under the cloud's own address, and a route gets to the function", async () => {
    expect(api).toBe(`${cloud.url}/_aws/execute-api/${apiId}`);
    const response = await fetch(`${api}/start`, { method: "POST", body: '{"service":"auth"}', headers: { "content-type": "application/json" } });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    const event = (await response.json()) as Event;
    expect(event).toMatchObject({
      version: "2.0",
      rawPath: "/start",
      body: '{"service":"auth"}',
      requestContext: { routeKey: "POST /start", stage: "$default" },
    });
    expect(event.requestContext.domainName).toBe(`${apiId}.execute-api.us-west-2.amazonaws.com`);
    expect(event.requestContext.timeEpoch).toBe(cloud.clock.now());
    const any = (await (await fetch(`${api}/status/a/b`)).json()) as Event;
    expect(any).toMatchObject({ pathParameters: { proxy: "a/b" }, requestContext: { routeKey: "ANY /status/{proxy+}" } });
  });

  test("the API's own host name leads to it, too", async () => {
    const { port } = new URL(cloud.url);
    const body = await new Promise<string>((resolve, reject) => {
      const headers = { host: `${apiId}.execute-api.us-west-2.localhost:${port}` };
      const call = request({ host: "127.0.0.1", port, path: "/status/x", headers }, (response) => {
        response.setEncoding("utf8").on("data", resolve);
      });
      call.on("error", reject).end();
    });
    expect(JSON.parse(body)).toMatchObject({ rawPath: "/status/x" });
  });

  test("status codes, headers and cookies of an answer", async () => {
    const response = await fetch(`${api}/status/x?do=cookies`);
    expect(response.status).toBe(202);
    expect(response.headers.get("x-a")).toBe("b");
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(response.headers.get("apigw-requestid")).not.toBeNull();
    expect(await response.text()).toBe("told");
  });

  test.each([
    ["GET", "/nothing", 404, "Not Found"],
    ["GET", "/start", 404, "Not Found"],
    ["GET", "/status/x?do=fail", 500, "Internal Server Error"],
    ["POST", "/signed", 403, "Forbidden"],
  ])("%s %s answers %d %s", async (method, path, status, message) => {
    const response = await fetch(`${api}${path}`, { method });
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ message });
  });

  test("a function that takes longer than the integration's timeout is answered with 503", async () => {
    const waiting = fetch(`${api}/status/x?do=sleep`);
    let done = false;
    void waiting.finally(() => (done = true));
    await cloud.clock.advanceUntil(() => done, 10_000, "the answer");
    const response = await waiting;
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ message: "Service Unavailable" });
    expect((await fetch(`${cloud.url}/_aws/execute-api/none/x`)).status).toBe(404);
  });

  test("a request larger than 10 MB is refused", async () => {
    const response = await fetch(`${api}/start`, { method: "POST", body: Buffer.alloc(10 * 1024 * 1024 + 1) });
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({ message: "Request Entity Too Large" });
  });

  test("AWS_IAM: the caller's policies decide", async () => {
    const iam = cloud.client(IAMClient);
    const call = async (accessKeyId: string): Promise<Response> =>
      fetch(`${api}/signed`, { method: "POST", headers: { authorization: signedBy(accessKeyId) } });
    await iam.send(new CreateUserCommand({ UserName: "ann" }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "ann" }));
    expect((await call(AccessKey!.AccessKeyId!)).status).toBe(403);
    const Resource = `arn:aws:execute-api:us-west-2:${account}:${apiId}/*/POST/signed`;
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "execute-api:Invoke", Resource }] });
    await iam.send(new PutUserPolicyCommand({ UserName: "ann", PolicyName: "call", PolicyDocument }));
    const response = await call(AccessKey!.AccessKeyId!);
    expect(response.status).toBe(200);
    const event = (await response.json()) as Event;
    const userArn = `arn:aws:iam::${account}:user/ann`;
    expect(event.requestContext.authorizer).toMatchObject({ iam: { accessKey: AccessKey!.AccessKeyId, accountId: account, userArn } });
  });

  test("requests are logged and measured", async () => {
    const { events } = await cloud.client(CloudWatchLogsClient).send(new FilterLogEventsCommand({ logGroupName: "/api/access" }));
    // CDK's default format is the Common Log Format.
    const lines = events!.map(({ message }) => message!);
    expect(lines[0]).toMatch(/^127\.0\.0\.1 - - \[05\/Jan\/2026:00:\d\d:\d\d \+0000\] "POST \S+ HTTP\/1\.1" 200 \d+ \S+$/);
    expect(lines.some((line) => line.includes('HTTP/1.1" 503 '))).toBe(true);
    const { Datapoints } = await cloud.client(CloudWatchClient).send(
      new GetMetricStatisticsCommand({
        Namespace: "AWS/ApiGateway",
        MetricName: "4xx",
        Dimensions: [{ Name: "ApiId", Value: apiId }],
        StartTime: new Date(cloud.clock.now() - 3_600_000),
        EndTime: new Date(cloud.clock.now() + 60_000),
        Period: 3600,
        Statistics: ["Sum"],
      }),
    );
    expect(Datapoints!.reduce((sum, { Sum }) => sum + Sum!, 0)).toBeGreaterThanOrEqual(3);
  });

  test("more requests at once than the burst are answered with 429", async () => {
    const statuses = await Promise.all(Array.from({ length: 60 }, async () => (await fetch(`${api}/signed`, { method: "POST" })).status));
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0);
    await cloud.clock.advance(1000);
    expect((await fetch(`${api}/signed`, { method: "POST" })).status).toBe(403);
  });

  test("an update is deployed by itself: CORS", async () => {
    const { stacks } = await during(cloud.deploy(synth("two", { cors: true })));
    expect(stacks.map(({ result, reason }) => [result, reason])).toEqual([["updated", undefined]]);
    const origin = "https://console.example.com";
    const preflight = await fetch(`${api}/start`, { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } });
    expect(preflight.status).toBe(204);
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "content-type",
      "access-control-max-age": "3600",
    });
    const allowed = await fetch(`${api}/status/x?do=cookies`, { headers: { origin } });
    expect(allowed.headers.get("access-control-allow-origin")).toBe(origin);
    const other = await fetch(`${api}/status/x?do=cookies`, { headers: { origin: "https://elsewhere" } });
    expect(other.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("the stack is deleted", async () => {
    const { stacks } = await during(cloud.destroy(join(folder, "two")));
    expect(stacks.map(({ result, reason }) => [result, reason])).toEqual([["deleted", undefined]]);
    expect((await cloud.client(ApiGatewayV2Client).send(new GetApisCommand({}))).Items).toEqual([]);
    expect((await fetch(`${api}/start`, { method: "POST" })).status).toBe(404);
  });
});

describe("the SDK", () => {
  const FUNCTION = `arn:aws:lambda:us-west-2:${account}:function:none`;

  test("makes an API by its parts; a stage serves what was deployed to it", async () => {
    const client = cloud.client(ApiGatewayV2Client);
    const { ApiId } = await client.send(new CreateApiCommand({ Name: "parts", ProtocolType: "HTTP", Tags: { a: "b" } }));
    const integration = { ApiId, IntegrationType: "AWS_PROXY", IntegrationUri: FUNCTION, PayloadFormatVersion: "1.0" } as const;
    const { IntegrationId, TimeoutInMillis } = await client.send(new CreateIntegrationCommand(integration));
    expect(TimeoutInMillis).toBe(30_000);
    const target = `integrations/${IntegrationId}`;
    await client.send(new CreateRouteCommand({ ApiId, RouteKey: "$default", Target: target }));
    await expect(client.send(new CreateRouteCommand({ ApiId, RouteKey: "$default", Target: target }))).rejects.toMatchObject({
      name: "ConflictException",
    });
    await expect(client.send(new CreateRouteCommand({ ApiId, RouteKey: "GET /x", Target: "integrations/none" }))).rejects.toMatchObject({
      name: "NotFoundException",
      message: "Invalid Integration identifier specified none",
    });
    await client.send(new CreateStageCommand({ ApiId, StageName: "dev", StageVariables: { v: "1" } }));
    const url = `${cloud.url}/_aws/execute-api/${ApiId}/dev/x`;
    expect((await fetch(url)).status, "nothing is deployed").toBe(404);
    await client.send(new CreateDeploymentCommand({ ApiId, StageName: "dev" }));
    expect((await fetch(url)).status, "the function is not there").toBe(500);
    await client.send(new UpdateStageCommand({ ApiId, StageName: "dev", AutoDeploy: true, Description: "d" }));
    expect(await client.send(new GetStageCommand({ ApiId, StageName: "dev" }))).toMatchObject({
      AutoDeploy: true,
      Description: "d",
      StageVariables: { v: "1" },
    });
    const ResourceArn = `arn:aws:apigateway:us-west-2::/apis/${ApiId}`;
    await client.send(new TagResourceCommand({ ResourceArn, Tags: { c: "d" } }));
    expect((await client.send(new GetTagsCommand({ ResourceArn }))).Tags).toEqual({ a: "b", c: "d" });
    await client.send(new DeleteApiCommand({ ApiId }));
    await expect(client.send(new GetApiCommand({ ApiId }))).rejects.toMatchObject({ name: "NotFoundException" });
  });

  test("quick create makes an integration, a route and a stage; WebSocket APIs and JWT are not there", async () => {
    const client = cloud.client(ApiGatewayV2Client);
    const { ApiId } = await client.send(new CreateApiCommand({ Name: "quick", ProtocolType: "HTTP", Target: FUNCTION }));
    expect((await client.send(new GetRoutesCommand({ ApiId }))).Items).toMatchObject([{ RouteKey: "$default", ApiGatewayManaged: true }]);
    expect((await client.send(new GetStageCommand({ ApiId, StageName: "$default" }))).DeploymentId).toBeDefined();
    const notThere = { $metadata: { httpStatusCode: 501 } };
    await expect(client.send(new CreateApiCommand({ Name: "ws", ProtocolType: "WEBSOCKET" }))).rejects.toMatchObject(notThere);
    await expect(client.send(new CreateRouteCommand({ ApiId, RouteKey: "GET /x", AuthorizationType: "JWT" }))).rejects.toMatchObject(notThere);
  });
});

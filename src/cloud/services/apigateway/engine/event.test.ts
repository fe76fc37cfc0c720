import { expect, test } from "vitest";
import { eventV1, eventV2 } from "./event.ts";
import type { ApiRequest } from "./request.ts";
import { httpAnswer } from "./response.ts";

const request = (more: Partial<ApiRequest> = {}): ApiRequest => ({
  wire: {
    method: "POST",
    path: "/_aws/execute-api/api/my/path",
    query: new URLSearchParams(),
    headers: { "content-type": "application/json", "user-agent": "agent" },
    body: Buffer.from('{"a":1}'),
  },
  id: "id",
  at: Date.UTC(2020, 2, 12, 19, 3, 58, 390),
  accountId: "123456789012",
  apiId: "api",
  domainName: "api.execute-api.us-east-1.amazonaws.com",
  stage: "$default",
  stageVariables: { v: "1" },
  path: "/my/path",
  sourceIp: "192.0.2.1",
  protocol: "HTTP/1.1",
  rawQuery: "p=1&p=2&q=a%20b",
  rawHeaders: ["Header1", "value1", "Header2", "value1", "header2", "value2", "Cookie", "c1=a; c2=b", "User-Agent", "agent"],
  routeKey: "ANY /my/{name}",
  resourcePath: "/my/{name}",
  pathParameters: { name: "path" },
  ...more,
});

test("payload format 2.0 is the one of the documentation", () => {
  expect(eventV2(request())).toEqual({
    version: "2.0",
    routeKey: "ANY /my/{name}",
    rawPath: "/my/path",
    rawQueryString: "p=1&p=2&q=a%20b",
    cookies: ["c1=a", "c2=b"],
    headers: { header1: "value1", header2: "value1,value2", "user-agent": "agent" },
    queryStringParameters: { p: "1,2", q: "a b" },
    requestContext: {
      accountId: "123456789012",
      apiId: "api",
      domainName: "api.execute-api.us-east-1.amazonaws.com",
      domainPrefix: "api",
      http: { method: "POST", path: "/my/path", protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "agent" },
      requestId: "id",
      routeKey: "ANY /my/{name}",
      stage: "$default",
      time: "12/Mar/2020:19:03:58 +0000",
      timeEpoch: 1_584_039_838_390,
    },
    stageVariables: { v: "1" },
    pathParameters: { name: "path" },
    body: '{"a":1}',
    isBase64Encoded: false,
  });
  const bare = request({ rawQuery: "", rawHeaders: [], pathParameters: {}, stageVariables: {} });
  bare.wire.body = Buffer.alloc(0);
  for (const member of ["cookies", "queryStringParameters", "pathParameters", "stageVariables", "body"])
    expect(eventV2(bare)).not.toHaveProperty(member);
});

test("payload format 1.0 has multi-value members, and null for what is not there", () => {
  expect(eventV1(request({ pathParameters: {}, stageVariables: {} }))).toMatchObject({
    version: "1.0",
    resource: "/my/{name}",
    httpMethod: "POST",
    headers: { header2: "value2", cookie: "c1=a; c2=b" },
    multiValueHeaders: { header2: ["value1", "value2"] },
    queryStringParameters: { p: "2" },
    multiValueQueryStringParameters: { p: ["1", "2"] },
    pathParameters: null,
    stageVariables: null,
    requestContext: { identity: { sourceIp: "192.0.2.1", userArn: null }, requestTime: "12/Mar/2020:19:03:58 +0000", resourcePath: "/my/{name}" },
  });
});

test("a body that is no text comes in base64", () => {
  const binary = request();
  binary.wire.headers["content-type"] = "application/octet-stream";
  binary.wire.body = Buffer.from([0, 255]);
  expect(eventV2(binary)).toMatchObject({ body: "AP8=", isBase64Encoded: true });
});

test("format 2.0 makes assumptions about an answer without a status code", () => {
  const json = { "content-type": "application/json" };
  expect(httpAnswer({ hello: 1 }, "2.0")).toEqual({ status: 200, headers: json, body: '{"hello":1}' });
  expect(httpAnswer("Hello from Lambda!", "2.0")).toEqual({ status: 200, headers: json, body: "Hello from Lambda!" });
  expect(httpAnswer({ hello: 1 }, "1.0"), "format 1.0 does not").toBeUndefined();
});

test("answers with a status code: headers, cookies, base64", () => {
  expect(httpAnswer({ statusCode: 201, headers: { "X-A": 1, "Content-Type": "text/html" }, cookies: ["a=1", "b=2"], body: "x" }, "2.0")).toEqual({
    status: 201,
    headers: { "x-a": "1", "content-type": "text/html" },
    cookies: ["a=1", "b=2"],
    body: "x",
  });
  expect(httpAnswer({ statusCode: 200, multiValueHeaders: { "Set-Cookie": ["a=1", "b=2"] }, body: "AP8=", isBase64Encoded: true }, "1.0")).toEqual({
    status: 200,
    headers: { "content-type": "text/plain;charset=UTF-8" },
    cookies: ["a=1", "b=2"],
    body: Buffer.from([0, 255]),
  });
  expect(httpAnswer({ statusCode: "abc" }, "2.0")).toBeUndefined();
});

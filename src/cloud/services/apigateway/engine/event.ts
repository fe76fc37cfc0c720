import { decode } from "./routes.ts";
import { headerValues, type ApiRequest } from "./request.ts";

/**
 * What a Lambda function gets: "Working with AWS Lambda proxy integrations for HTTP APIs" (API Gateway Developer Guide), payload
 * formats 2.0 and 1.0.
 */

/**
 * Bodies of these types come as text, others in base64, forms too. AWS documents only that binary ones do; this is what users of
 * format 2.0 see.
 */
const TEXT = /^(text\/.*|application\/(json|xml|javascript|.*\+json|.*\+xml))$/;

function bodyOf({ wire }: ApiRequest): { body?: string; isBase64Encoded: boolean } {
  if (wire.body.length === 0) return { isBase64Encoded: false };
  const type = (wire.headers["content-type"] ?? "text/plain").split(";", 1)[0]!.trim().toLowerCase();
  const text = TEXT.test(type);
  return { body: wire.body.toString(text ? "utf8" : "base64"), isBase64Encoded: !text };
}

/** Values by name, decoded, in their order. */
function queryValues(rawQuery: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(rawQuery)) values.set(name, [...(values.get(name) ?? []), value]);
  return values;
}

const mapped = <T>(values: Map<string, string[]>, read: (list: string[]) => T): Record<string, T> =>
  Object.fromEntries([...values].map(([name, list]) => [name, read(list)]));

const orNull = <T extends object>(value: T): T | null => (Object.keys(value).length > 0 ? value : null);

const ifAny = <T extends object>(name: string, value: T): Record<string, T> => (Object.keys(value).length > 0 ? { [name]: value } : {});

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `12/Mar/2020:19:03:58 +0000` */
export function clfTime(at: number): string {
  const [year, month, day, time] = new Date(at).toISOString().slice(0, 19).split(/[-T]/) as [string, string, string, string];
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${time} +0000`;
}

/** "Format 2.0 doesn't have multiValueHeaders or multiValueQueryStringParameters fields. Duplicate headers are combined with commas." */
export function eventV2(request: ApiRequest): object {
  const headers = headerValues(request.rawHeaders);
  // "Format 2.0 includes a new cookies field. All cookie headers in the request are combined with commas and added to the cookies field."
  const cookies = (headers.get("cookie") ?? []).flatMap((line) => line.split(/;\s*/)).filter((one) => one !== "");
  headers.delete("cookie");
  return {
    version: "2.0",
    routeKey: request.routeKey,
    rawPath: decode(request.path),
    rawQueryString: request.rawQuery,
    ...(cookies.length > 0 ? { cookies } : {}),
    headers: mapped(headers, (list) => list.join(",")),
    ...ifAny(
      "queryStringParameters",
      mapped(queryValues(request.rawQuery), (list) => list.join(",")),
    ),
    requestContext: {
      accountId: request.accountId,
      apiId: request.apiId,
      ...(request.iam ? { authorizer: { iam: request.iam } } : {}),
      domainName: request.domainName,
      domainPrefix: request.domainName.split(".", 1)[0],
      http: {
        method: request.wire.method,
        path: decode(request.path),
        protocol: request.protocol,
        sourceIp: request.sourceIp,
        userAgent: request.wire.headers["user-agent"] ?? "",
      },
      requestId: request.id,
      routeKey: request.routeKey,
      stage: request.stage,
      time: clfTime(request.at),
      timeEpoch: request.at,
    },
    ...ifAny("stageVariables", request.stageVariables),
    ...ifAny("pathParameters", request.pathParameters),
    ...bodyOf(request),
  };
}

export function eventV1(request: ApiRequest): object {
  const headers = headerValues(request.rawHeaders);
  const query = queryValues(request.rawQuery);
  const { body = null, isBase64Encoded } = bodyOf(request);
  const last = (list: string[]): string => list.at(-1)!;
  return {
    version: "1.0",
    resource: request.resourcePath,
    path: decode(request.path),
    httpMethod: request.wire.method,
    headers: mapped(headers, last),
    multiValueHeaders: mapped(headers, (list) => list),
    queryStringParameters: orNull(mapped(query, last)),
    multiValueQueryStringParameters: orNull(mapped(query, (list) => list)),
    requestContext: contextV1(request),
    pathParameters: orNull(request.pathParameters),
    stageVariables: orNull(request.stageVariables),
    body,
    isBase64Encoded,
  };
}

function contextV1(request: ApiRequest): object {
  const { iam } = request;
  return {
    accountId: request.accountId,
    apiId: request.apiId,
    domainName: request.domainName,
    domainPrefix: request.domainName.split(".", 1)[0],
    extendedRequestId: request.id,
    httpMethod: request.wire.method,
    identity: {
      accessKey: iam?.accessKey ?? null,
      accountId: iam?.accountId ?? null,
      caller: iam?.callerId ?? null,
      cognitoAuthenticationProvider: null,
      cognitoAuthenticationType: null,
      cognitoIdentityId: null,
      cognitoIdentityPoolId: null,
      principalOrgId: null,
      sourceIp: request.sourceIp,
      user: iam?.userId ?? null,
      userAgent: request.wire.headers["user-agent"] ?? "",
      userArn: iam?.userArn ?? null,
    },
    path: decode(request.path),
    protocol: request.protocol,
    requestId: request.id,
    requestTime: clfTime(request.at),
    requestTimeEpoch: request.at,
    resourceId: request.routeKey,
    resourcePath: request.resourcePath,
    stage: request.stage,
  };
}

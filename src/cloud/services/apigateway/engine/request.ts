import type { WireRequest } from "../../../wire/protocol.ts";
import type { IamAuthorizer } from "./authorize.ts";

/** A request on its way through an API. */
export interface ApiRequest {
  wire: WireRequest;
  id: string;
  at: number;
  accountId: string;
  apiId: string;
  /** `<apiId>.execute-api.<region>.amazonaws.com`, or the host that the client used. */
  domainName: string;
  stage: string;
  stageVariables: Record<string, string>;
  /** With the stage's name in front, as the client sent it; still percent-encoded. */
  path: string;
  sourceIp: string;
  protocol: string;
  rawQuery: string;
  /** Name and value in turn, as they came. */
  rawHeaders: string[];
  routeKey: string;
  /** `/pets/{id}`; the route key for `$default`. */
  resourcePath: string;
  pathParameters: Record<string, string>;
  iam?: IamAuthorizer;
}

/** Values by lower-case name, in their order. */
export function headerValues(rawHeaders: readonly string[]): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    const list = values.get(name);
    if (list) list.push(rawHeaders[i + 1]!);
    else values.set(name, [rawHeaders[i + 1]!]);
  }
  return values;
}

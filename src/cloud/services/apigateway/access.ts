import type { Access, Call } from "../../core/service.ts";

interface Names {
  ApiId?: string;
  RouteId?: string;
  RouteKey?: string;
  IntegrationId?: string;
  StageName?: string;
  DeploymentId?: string;
  ResourceArn?: string;
}

/**
 * API Gateway's actions are the HTTP methods, and its resources the paths: `apigateway:POST` on
 * `arn:aws:apigateway:<region>::/apis/<id>/routes` (Service Authorization Reference, "Amazon API Gateway Management V2").
 */
const OPERATIONS: Record<string, [method: string, path: string]> = {
  CreateApi: ["POST", "/apis"],
  GetApis: ["GET", "/apis"],
  DeleteCorsConfiguration: ["DELETE", "/apis/{ApiId}/cors"],
  DeleteAccessLogSettings: ["DELETE", "/apis/{ApiId}/stages/{StageName}/accesslogsettings"],
  DeleteRouteSettings: ["DELETE", "/apis/{ApiId}/stages/{StageName}/routesettings/{RouteKey}"],
  TagResource: ["POST", "/tags/{ResourceArn}"],
  UntagResource: ["DELETE", "/tags/{ResourceArn}"],
  GetTags: ["GET", "/tags/{ResourceArn}"],
};

const own = (path: string): [verb: string, method: string, path: string][] => [
  ["Get", "GET", path],
  ["Update", "PATCH", path],
  ["Delete", "DELETE", path],
];

for (const [verb, method, path] of own("/apis/{ApiId}")) OPERATIONS[`${verb}Api`] = [method, path];
for (const [kind, id] of [
  ["Route", "RouteId"],
  ["Integration", "IntegrationId"],
  ["Stage", "StageName"],
  ["Deployment", "DeploymentId"],
] as const) {
  const all = `/apis/{ApiId}/${kind.toLowerCase()}s`;
  OPERATIONS[`Create${kind}`] = ["POST", all];
  OPERATIONS[`Get${kind}s`] = ["GET", all];
  for (const [verb, method, path] of own(`${all}/{${id}}`)) OPERATIONS[`${verb}${kind}`] = [method, path];
}

const needs =
  (method: string, path: string): Access =>
  (input: Names, call: Call) => {
    const filled = path.replace(/\{(\w+)\}/g, (_whole, name: keyof Names) => input[name] ?? "*");
    return [{ action: `apigateway:${method}`, resources: [`arn:aws:apigateway:${call.region}::${filled}`] }];
  };

export const access: Record<string, Access> = Object.fromEntries(
  Object.entries(OPERATIONS).map(([operation, [method, path]]) => [operation, needs(method, path)]),
);

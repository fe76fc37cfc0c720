import type {
  CreateQueryLoggingConfigRequest,
  CreateQueryLoggingConfigResponse,
  DeleteQueryLoggingConfigRequest,
  DeleteQueryLoggingConfigResponse,
  GetQueryLoggingConfigRequest,
  GetQueryLoggingConfigResponse,
  ListQueryLoggingConfigsRequest,
  ListQueryLoggingConfigsResponse,
  QueryLoggingConfig,
} from "@aws-sdk/client-route-53";
import { AwsError } from "../../../core/errors.ts";
import { parseArn, type Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import type { Route53Parts } from "../index.ts";
import { bareId, queryLoggingConfigs, zoneOf, type QueryLoggingRow } from "../state.ts";
import { itemsOf } from "./hosted-zones.ts";

const API = "https://route53.amazonaws.com/2013-04-01";
/** "You must create the log group in the us-east-1 region" (CreateQueryLoggingConfig). */
const LOG_REGION = "us-east-1";

export async function CreateQueryLoggingConfig(
  deps: Pick<Route53Parts, "store" | "ids" | "api" | "policyAllows" | "zones" | "edge">,
  input: CreateQueryLoggingConfigRequest,
  call: Call,
): Promise<CreateQueryLoggingConfigResponse> {
  const zone = zoneOf(deps.store, call, input.HostedZoneId);
  const group = readGroup(input.CloudWatchLogsLogGroupArn ?? "", call.account);
  const scope: Scope = { account: call.account, region: LOG_REGION };
  if (!(await groupExists(deps, scope, group)))
    throw new AwsError("NoSuchCloudWatchLogsLogGroup", "The specified CloudWatch Logs log group doesn't exist.", { status: 404 });
  const table = queryLoggingConfigs(deps.store, call);
  if (table.find((row) => row.zoneId === zone.id)) {
    throw new AwsError("QueryLoggingConfigAlreadyExists", "A query logging configuration already exists for this hosted zone.", { status: 409 });
  }
  if (!(await mayWrite(deps, scope, group, zone.id))) {
    // The sentence of aws-samples/aws-secure-environment-accelerator#916.
    throw new AwsError(
      "InsufficientCloudWatchLogsResourcePolicy",
      "The resource policy that you're using for Route 53 query logging doesn't grant Route 53 sufficient permission to create a log stream in the specified log group.",
    );
  }
  const row = { id: deps.ids.uuid(), zoneId: zone.id, logGroupArn: `arn:aws:logs:${LOG_REGION}:${call.account}:log-group:${group}` };
  table.set(row.id, row);
  deps.zones.changed();
  return { QueryLoggingConfig: describe(row), Location: `${API}/queryloggingconfig/${row.id}` };
}

function readGroup(text: string, account: string): string {
  const group = parseArn(text);
  const name = group?.resource.replace(/^log-group:/, "").replace(/:\*$/, "");
  if (
    !group ||
    group.service !== "logs" ||
    !name ||
    !group.resource.startsWith("log-group:") ||
    group.region !== LOG_REGION ||
    group.account !== account
  ) {
    throw new AwsError("InvalidInput", "The ARN for the CloudWatch Logs log group is invalid.");
  }
  return name;
}

async function groupExists(deps: Pick<Route53Parts, "api">, scope: Scope, name: string): Promise<boolean> {
  const found = await deps.api.call<{ logGroups?: { logGroupName?: string }[] }>("logs", "DescribeLogGroups", { logGroupNamePrefix: name }, scope);
  return found.logGroups?.some((group) => group.logGroupName === name) ?? false;
}

/** Whether one of the account's resource policies lets Route 53 create its log streams and write to them. */
async function mayWrite(deps: Pick<Route53Parts, "api" | "policyAllows" | "edge">, scope: Scope, group: string, zoneId: string): Promise<boolean> {
  const { resourcePolicies = [] } = await deps.api.call<{ resourcePolicies?: { policyDocument?: string }[] }>(
    "logs",
    "DescribeResourcePolicies",
    {},
    scope,
  );
  const request = {
    service: "route53.amazonaws.com",
    resource: `arn:aws:logs:${scope.region}:${scope.account}:log-group:${group}:log-stream:${zoneId}/${deps.edge}`,
    context: { "aws:SourceArn": `arn:aws:route53:::hostedzone/${zoneId}`, "aws:SourceAccount": scope.account },
  };
  return ["logs:CreateLogStream", "logs:PutLogEvents"].every((action) =>
    resourcePolicies.some((policy) => deps.policyAllows(policy.policyDocument ?? "", { ...request, action })),
  );
}

export function GetQueryLoggingConfig(
  deps: Pick<Route53Parts, "store">,
  input: GetQueryLoggingConfigRequest,
  call: Call,
): GetQueryLoggingConfigResponse {
  return { QueryLoggingConfig: describe(configOf(deps, call, input.Id)) };
}

export function DeleteQueryLoggingConfig(
  deps: Pick<Route53Parts, "store" | "zones">,
  input: DeleteQueryLoggingConfigRequest,
  call: Call,
): DeleteQueryLoggingConfigResponse {
  queryLoggingConfigs(deps.store, call).delete(configOf(deps, call, input.Id).id);
  deps.zones.changed();
  return {};
}

export function ListQueryLoggingConfigs(
  deps: Pick<Route53Parts, "store">,
  input: ListQueryLoggingConfigsRequest,
  call: Call,
): ListQueryLoggingConfigsResponse {
  const zoneId = input.HostedZoneId === undefined ? undefined : zoneOf(deps.store, call, input.HostedZoneId).id;
  const size = itemsOf(input.MaxResults, 100);
  const rows = queryLoggingConfigs(deps.store, call)
    .filter((row) => (zoneId === undefined || row.zoneId === zoneId) && row.id >= (input.NextToken ?? ""))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const next = rows[size];
  return { QueryLoggingConfigs: rows.slice(0, size).map(describe), ...(next ? { NextToken: next.id } : {}) };
}

function configOf(deps: Pick<Route53Parts, "store">, call: Call, id: string | undefined): QueryLoggingRow {
  const row = queryLoggingConfigs(deps.store, call).get(bareId(id));
  if (!row) throw new AwsError("NoSuchQueryLoggingConfig", "The specified query logging configuration doesn't exist.", { status: 404 });
  return row;
}

const describe = (row: QueryLoggingRow): QueryLoggingConfig => ({ Id: row.id, HostedZoneId: row.zoneId, CloudWatchLogsLogGroupArn: row.logGroupArn });

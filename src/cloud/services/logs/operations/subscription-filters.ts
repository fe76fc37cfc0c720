import type {
  DeleteSubscriptionFilterRequest,
  DescribeSubscriptionFiltersRequest,
  DescribeSubscriptionFiltersResponse,
  PutSubscriptionFilterRequest,
  SubscriptionFilter,
} from "@aws-sdk/client-cloudwatch-logs";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import { parseArn, type Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { principals, sourceArn } from "../engine/delivery.ts";
import type { LogsParts } from "../index.ts";
import { groupOf, keyIn, subscriptionFilters, type SubscriptionFilterRow } from "../state.ts";
import { byText, groupName, invalidParameter, page, plainName, refuse } from "./input.ts";
import { compileOrRefuse, MAX_REGEX_FILTERS, usesRegex } from "./patterns.ts";

/** "Each log group can have up to two subscription filters associated with it" (PutSubscriptionFilter). */
const MAX_FILTERS = 2;

export async function PutSubscriptionFilter(
  deps: Pick<LogsParts, "store" | "clock" | "api" | "policyAllows">,
  input: PutSubscriptionFilterRequest,
  call: Call,
): Promise<void> {
  refuse("PutSubscriptionFilter", input, ["roleArn", "applyOnTransformedLogs", "fieldSelectionCriteria", "emitSystemFields"]);
  const group = groupOf(deps.store, call, groupName(input.logGroupName)).name;
  const name = plainName("filterName", input.filterName);
  const pattern = compileOrRefuse(input.filterPattern ?? "");
  await tryDestination(deps, call, group, input.destinationArn ?? "");
  const table = subscriptionFilters(deps.store, call);
  const others = table.filter((row) => row.group === group && row.name !== name);
  if (others.length >= MAX_FILTERS) throw new AwsError("LimitExceededException", "Resource limit exceeded.");
  if (pattern.regexCount > 0 && others.filter((row) => usesRegex(row.pattern)).length >= MAX_REGEX_FILTERS) {
    throw new AwsError("LimitExceededException", "Resource limit exceeded.");
  }
  table.set(keyIn(group, name), {
    group,
    name,
    pattern: input.filterPattern ?? "",
    destinationArn: input.destinationArn!,
    distribution: input.distribution ?? "ByLogStream",
    creationTime: table.get(keyIn(group, name))?.creationTime ?? deps.clock.now(),
  });
}

/**
 * The function must be there and its policy must let CloudWatch Logs invoke it for this group. AWS answers with this
 * sentence (hashicorp/terraform#5996, aws/serverless-application-model#315). The function is not invoked.
 */
async function tryDestination(deps: Pick<LogsParts, "api" | "policyAllows">, call: Call, group: string, destination: string): Promise<void> {
  const target = parseArn(destination);
  if (!target) throw invalidParameter("The specified destination ARN is invalid.");
  if (target.service !== "lambda")
    throw new NotSupported("logs", "PutSubscriptionFilter", `a destination that is no Lambda function (${destination})`);
  if (target.region !== call.region) throw invalidParameter("The destination must be in the same region as the log group.");
  const scope: Scope = { account: target.account, region: target.region };
  const policy = await functionPolicy(deps, scope, destination);
  const context = { "aws:SourceArn": sourceArn(call, group), "aws:SourceAccount": call.account };
  const request = { action: "lambda:InvokeFunction", resource: destination, context };
  if (policy === undefined || !principals(call).some((service) => deps.policyAllows(policy, { ...request, service }))) {
    throw invalidParameter("Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.");
  }
}

/** The function's policy, or undefined where it has none or is not there. */
async function functionPolicy(deps: Pick<LogsParts, "api">, scope: Scope, functionArn: string): Promise<string | undefined> {
  try {
    return (await deps.api.call<{ Policy?: string }>("lambda", "GetPolicy", { FunctionName: functionArn }, scope)).Policy;
  } catch (error) {
    if (error instanceof AwsError && error.code === "ResourceNotFoundException") return undefined;
    throw error;
  }
}

export function DescribeSubscriptionFilters(
  deps: Pick<LogsParts, "store">,
  input: DescribeSubscriptionFiltersRequest,
  call: Call,
): DescribeSubscriptionFiltersResponse {
  const group = groupOf(deps.store, call, groupName(input.logGroupName)).name;
  const rows = subscriptionFilters(deps.store, call)
    .filter((row) => row.group === group && row.name.startsWith(input.filterNamePrefix ?? ""))
    .sort((a, b) => byText(a.name, b.name));
  const { rows: shown, nextToken } = page(rows, (row) => row.name, input.nextToken, input.limit);
  return { subscriptionFilters: shown.map(describe), nextToken };
}

const describe = (row: SubscriptionFilterRow): SubscriptionFilter => ({
  filterName: row.name,
  logGroupName: row.group,
  filterPattern: row.pattern,
  destinationArn: row.destinationArn,
  distribution: row.distribution,
  applyOnTransformedLogs: false,
  creationTime: row.creationTime,
});

export function DeleteSubscriptionFilter(deps: Pick<LogsParts, "store">, input: DeleteSubscriptionFilterRequest, call: Call): void {
  const group = groupOf(deps.store, call, groupName(input.logGroupName)).name;
  if (!subscriptionFilters(deps.store, call).delete(keyIn(group, plainName("filterName", input.filterName)))) {
    throw new AwsError("ResourceNotFoundException", "The specified subscription filter does not exist.");
  }
}

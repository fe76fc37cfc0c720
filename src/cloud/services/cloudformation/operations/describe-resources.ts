import type {
  DescribeStackEventsInput,
  DescribeStackEventsOutput,
  DescribeStackResourceInput,
  DescribeStackResourceOutput,
  DescribeStackResourcesInput,
  DescribeStackResourcesOutput,
  ListStackResourcesInput,
  ListStackResourcesOutput,
  StackResource,
} from "@aws-sdk/client-cloudformation";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { Store } from "../../../core/store.ts";
import { driftOf } from "../../../deploy/drift/detect.ts";
import { needStack } from "../../../deploy/engine/requests.ts";
import { events, resources, stacks, type ResourceRow, type StackRow } from "../../../deploy/engine/state.ts";
import { parseTemplate } from "../../../deploy/template/parse.ts";
import type { CloudFormationDeps } from "../index.ts";
import { paginate } from "../paginate.ts";

const rowsOf = ({ deployer }: CloudFormationDeps, call: Call, stack: StackRow): ResourceRow[] =>
  resources(deployer.engine.store, call, stack.stackId).values();

const driftInformation = (store: Store, stack: StackRow, row: ResourceRow): StackResource["DriftInformation"] => {
  const known = driftOf(store, stack.stackId, row);
  return known
    ? { StackResourceDriftStatus: known.status, LastCheckTimestamp: new Date(known.timestamp) }
    : { StackResourceDriftStatus: "NOT_CHECKED" };
};

const describe = (store: Store, stack: StackRow, row: ResourceRow): StackResource => ({
  StackName: stack.stackName,
  StackId: stack.stackId,
  LogicalResourceId: row.logicalId,
  PhysicalResourceId: row.physicalId,
  ResourceType: row.type,
  Timestamp: new Date(row.timestamp),
  ResourceStatus: row.status,
  ResourceStatusReason: row.statusReason || undefined,
  DriftInformation: driftInformation(store, stack, row),
});

/** What happened in a stack, the latest first. */
export function DescribeStackEvents({ deployer }: CloudFormationDeps, input: DescribeStackEventsInput, call: Call): DescribeStackEventsOutput {
  const stack = needStack(deployer.engine, call, input.StackName ?? "");
  const all = events(deployer.engine.store, call, stack.stackId)
    .entries()
    .sort(([a], [b]) => (a < b ? 1 : -1));
  const { items, NextToken } = paginate(all, input.NextToken);
  return {
    StackEvents: items.map(([, event]) => ({
      StackId: event.stackId,
      StackName: event.stackName,
      EventId: event.eventId,
      LogicalResourceId: event.logicalId,
      PhysicalResourceId: event.physicalId ?? "",
      ResourceType: event.type,
      Timestamp: new Date(event.timestamp),
      ResourceStatus: event.status as StackResource["ResourceStatus"],
      ResourceStatusReason: event.reason,
      ResourceProperties: event.properties,
      ClientRequestToken: event.clientRequestToken,
    })),
    NextToken,
  };
}

export function DescribeStackResource(deps: CloudFormationDeps, input: DescribeStackResourceInput, call: Call): DescribeStackResourceOutput {
  const stack = needStack(deps.deployer.engine, call, input.StackName ?? "");
  const row = rowsOf(deps, call, stack).find((each) => each.logicalId === input.LogicalResourceId);
  if (!row) throw new AwsError("ValidationError", `Resource ${input.LogicalResourceId} does not exist for stack ${stack.stackName}`);
  const { Timestamp, ...rest } = describe(deps.deployer.engine.store, stack, row);
  const metadata = parseTemplate(stack.templateBody).Resources[row.logicalId]?.Metadata;
  return {
    StackResourceDetail: { ...rest, LastUpdatedTimestamp: Timestamp, ...(metadata === undefined ? {} : { Metadata: JSON.stringify(metadata) }) },
  };
}

/** The resources of a stack, or the stack that holds a physical id; 100 at most, as on AWS. */
export function DescribeStackResources(deps: CloudFormationDeps, input: DescribeStackResourcesInput, call: Call): DescribeStackResourcesOutput {
  const stack =
    input.StackName === undefined ? stackHolding(deps, input.PhysicalResourceId, call) : needStack(deps.deployer.engine, call, input.StackName);
  const rows = rowsOf(deps, call, stack).filter((row) => input.LogicalResourceId === undefined || row.logicalId === input.LogicalResourceId);
  return { StackResources: rows.slice(0, 100).map((row) => describe(deps.deployer.engine.store, stack, row)) };
}

function stackHolding(deps: CloudFormationDeps, physicalId: string | undefined, call: Call): StackRow {
  if (physicalId === undefined) throw new AwsError("ValidationError", "Either StackName or PhysicalResourceId must be specified");
  const found = stacks(deps.deployer.engine.store, call).find(
    (row) => row.status !== "DELETE_COMPLETE" && rowsOf(deps, call, row).some((each) => each.physicalId === physicalId),
  );
  if (!found) throw new AwsError("ValidationError", `Stack for ${physicalId} does not exist`);
  return found;
}

export function ListStackResources(deps: CloudFormationDeps, input: ListStackResourcesInput, call: Call): ListStackResourcesOutput {
  const stack = needStack(deps.deployer.engine, call, input.StackName ?? "");
  const { items, NextToken } = paginate(rowsOf(deps, call, stack), input.NextToken);
  return {
    StackResourceSummaries: items.map((row) => {
      const { Timestamp, StackId: _, StackName: __, ...rest } = describe(deps.deployer.engine.store, stack, row);
      return { ...rest, LastUpdatedTimestamp: Timestamp };
    }),
    NextToken,
  };
}

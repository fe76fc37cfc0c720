import type {
  DescribeStackDriftDetectionStatusInput,
  DescribeStackDriftDetectionStatusOutput,
  DescribeStackResourceDriftsInput,
  DescribeStackResourceDriftsOutput,
  DetectStackDriftInput,
  DetectStackDriftOutput,
  DetectStackResourceDriftInput,
  DetectStackResourceDriftOutput,
  StackResourceDrift,
} from "@aws-sdk/client-cloudformation";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { detections, detectResource, detectStack, driftOf, type DriftRow } from "../../../deploy/drift/detect.ts";
import { needStack } from "../../../deploy/engine/requests.ts";
import { resources, type ResourceRow, type StackRow } from "../../../deploy/engine/state.ts";
import type { CloudFormationDeps } from "../index.ts";
import { paginate } from "../paginate.ts";

/** "You can only perform drift detection on stacks in the following states" (Considerations when detecting drift). */
const CHECKABLE = new Set(["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"]);

function needCheckable({ deployer }: CloudFormationDeps, input: { StackName?: string }, call: Call): StackRow {
  const stack = needStack(deployer.engine, call, input.StackName ?? "");
  if (CHECKABLE.has(stack.status)) return stack;
  throw new AwsError("ValidationError", `Drift detection cannot be performed on stack [${stack.stackName}] in state [${stack.status}]`);
}

function needResource({ deployer }: CloudFormationDeps, stack: StackRow, call: Call, logicalId: string): ResourceRow {
  const row = resources(deployer.engine.store, call, stack.stackId).get(logicalId);
  if (!row) throw new AwsError("ValidationError", `Resource ${logicalId} does not exist for stack ${stack.stackName}`);
  return row;
}

const text = (value: unknown): string | undefined => (value === undefined ? undefined : typeof value === "string" ? value : JSON.stringify(value));

const describe = (stack: StackRow, row: DriftRow): StackResourceDrift => ({
  StackId: stack.stackId,
  LogicalResourceId: row.logicalId,
  PhysicalResourceId: row.physicalId,
  ResourceType: row.type,
  ExpectedProperties: text(row.expected),
  ActualProperties: text(row.actual),
  PropertyDifferences: row.differences.map((one) => ({
    PropertyPath: one.path,
    // What is not there is told as null, as both members are required.
    ExpectedValue: text(one.expected) ?? "null",
    ActualValue: text(one.actual) ?? "null",
    DifferenceType: one.type,
  })),
  StackResourceDriftStatus: row.status,
  Timestamp: new Date(row.timestamp),
  DriftStatusReason: row.reason,
});

/** Compares a stack with what is there. It has ended with this answer already, where AWS goes on with it meanwhile. */
export async function DetectStackDrift(deps: CloudFormationDeps, input: DetectStackDriftInput, call: Call): Promise<DetectStackDriftOutput> {
  const stack = needCheckable(deps, input, call);
  for (const logicalId of input.LogicalResourceIds ?? []) needResource(deps, stack, call, logicalId);
  const { id } = await detectStack(deps.deployer.engine, stack, input.LogicalResourceIds);
  return { StackDriftDetectionId: id };
}

export function DescribeStackDriftDetectionStatus(
  { deployer }: CloudFormationDeps,
  input: DescribeStackDriftDetectionStatusInput,
  call: Call,
): DescribeStackDriftDetectionStatusOutput {
  const row = detections(deployer.engine.store, call).get(input.StackDriftDetectionId ?? "");
  if (!row) throw new AwsError("ValidationError", `Drift detection [${input.StackDriftDetectionId}] does not exist`);
  return {
    StackId: row.stackId,
    StackDriftDetectionId: row.id,
    StackDriftStatus: row.status,
    DetectionStatus: "DETECTION_COMPLETE",
    DetectionStatusReason: row.reason,
    DriftedStackResourceCount: row.drifted,
    Timestamp: new Date(row.timestamp),
  };
}

/** What was found out of the resources that have been checked: the others, and those of types without drift support, are not in it. */
export function DescribeStackResourceDrifts(
  { deployer }: CloudFormationDeps,
  input: DescribeStackResourceDriftsInput,
  call: Call,
): DescribeStackResourceDriftsOutput {
  const { store } = deployer.engine;
  const stack = needStack(deployer.engine, call, input.StackName ?? "");
  const wanted = new Set<string>(input.StackResourceDriftStatusFilters ?? []);
  const known = resources(store, call, stack.stackId)
    .values()
    .flatMap((row) => driftOf(store, stack.stackId, row) ?? [])
    .filter((row) => wanted.size === 0 || wanted.has(row.status));
  const { items, NextToken } = paginate(known, input.NextToken, input.MaxResults);
  return { StackResourceDrifts: items.map((row) => describe(stack, row)), NextToken };
}

/** Compares one resource. @throws AwsError ValidationError for a type without drift support */
export async function DetectStackResourceDrift(
  deps: CloudFormationDeps,
  input: DetectStackResourceDriftInput,
  call: Call,
): Promise<DetectStackResourceDriftOutput> {
  const stack = needCheckable(deps, input, call);
  const row = needResource(deps, stack, call, input.LogicalResourceId ?? "");
  const found = await detectResource(deps.deployer.engine, stack, row);
  if (!found) throw new AwsError("ValidationError", `Drift detection is not supported for resource type ${row.type}`);
  return { StackResourceDrift: describe(stack, found) };
}

import type {
  DescribeStacksInput,
  DescribeStacksOutput,
  ListStacksInput,
  ListStacksOutput,
  Stack,
  StackSummary,
} from "@aws-sdk/client-cloudformation";
import type { Call } from "../../../core/service.ts";
import type { Store } from "../../../core/store.ts";
import { lastDetection } from "../../../deploy/drift/detect.ts";
import { needStack } from "../../../deploy/engine/requests.ts";
import { stacks, type StackRow } from "../../../deploy/engine/state.ts";
import type { CloudFormationDeps } from "../index.ts";
import { paginate } from "../paginate.ts";

const date = (at: number | undefined): Date | undefined => (at === undefined ? undefined : new Date(at));

const driftInformation = (store: Store, row: StackRow): NonNullable<Stack["DriftInformation"]> => {
  const last = lastDetection(store, row);
  return last ? { StackDriftStatus: last.status, LastCheckTimestamp: new Date(last.timestamp) } : { StackDriftStatus: "NOT_CHECKED" };
};

const describe = (store: Store, row: StackRow): Stack => ({
  StackId: row.stackId,
  StackName: row.stackName,
  Description: row.description,
  CreationTime: new Date(row.creationTime),
  LastUpdatedTime: date(row.lastUpdatedTime),
  DeletionTime: date(row.deletionTime),
  StackStatus: row.status,
  StackStatusReason: row.statusReason,
  DisableRollback: row.onFailure === "DO_NOTHING",
  EnableTerminationProtection: row.terminationProtection,
  NotificationARNs: row.notificationArns,
  TimeoutInMinutes: row.timeoutInMinutes,
  Capabilities: row.capabilities as Stack["Capabilities"],
  RoleARN: row.roleArn,
  ParentId: row.parentId,
  RootId: row.rootId,
  ChangeSetId: row.changeSetId,
  Tags: row.tags,
  RollbackConfiguration: {},
  DriftInformation: driftInformation(store, row),
  DeploymentConfig: { Mode: "STANDARD" },
  LastOperations: row.operation ? [{ OperationType: row.operation.type, OperationId: row.operation.id }] : [],
  Parameters: row.parameters.map((parameter) => ({
    ParameterKey: parameter.name,
    ParameterValue: parameter.noEcho ? "****" : parameter.given,
    ...(parameter.resolved === undefined ? {} : { ResolvedValue: parameter.resolved }),
  })),
  Outputs: row.outputs.map((output) => ({
    OutputKey: output.key,
    OutputValue: output.value,
    Description: output.description,
    ExportName: output.exportName,
  })),
});

const newestFirst = (a: StackRow, b: StackRow): number => b.creationTime - a.creationTime;

/** How long an answer waits for an operation that is about to end, in milliseconds. */
const PATIENCE_MS = 2000;

/**
 * One stack by name or id (deleted ones by id), or all that are not deleted. Whoever asks for one stack waits for it: the
 * CDK's command line and the SDK's waiters look every few seconds, and most stacks here are done within one. (AWS's own
 * answers take a part of a second, too.) Virtual time would stand still meanwhile, so nothing waits there.
 */
export async function DescribeStacks({ deployer }: CloudFormationDeps, input: DescribeStacksInput, call: Call): Promise<DescribeStacksOutput> {
  const { engine } = deployer;
  if (input.StackName !== undefined) {
    const { stackId } = needStack(engine, call, input.StackName);
    const underway = engine.running.get(stackId);
    if (underway && engine.clock.mode.kind === "real") await Promise.race([underway, engine.clock.sleep(PATIENCE_MS)]);
    return { Stacks: [describe(engine.store, needStack(engine, call, stackId))] };
  }
  const rows = stacks(deployer.engine.store, call).filter((row) => row.status !== "DELETE_COMPLETE");
  const { items, NextToken } = paginate(rows.sort(newestFirst), input.NextToken);
  return { Stacks: items.map((row) => describe(engine.store, row)), NextToken };
}

const summarize = (store: Store, row: StackRow): StackSummary => ({
  StackId: row.stackId,
  StackName: row.stackName,
  TemplateDescription: row.description,
  CreationTime: new Date(row.creationTime),
  LastUpdatedTime: date(row.lastUpdatedTime),
  DeletionTime: date(row.deletionTime),
  StackStatus: row.status,
  StackStatusReason: row.statusReason,
  ParentId: row.parentId,
  RootId: row.rootId,
  DriftInformation: driftInformation(store, row),
});

/** All stacks, deleted ones too, or those in the given states. */
export function ListStacks({ deployer }: CloudFormationDeps, input: ListStacksInput, call: Call): ListStacksOutput {
  const wanted = new Set<string>(input.StackStatusFilter ?? []);
  const rows = stacks(deployer.engine.store, call).filter((row) => wanted.size === 0 || wanted.has(row.status));
  const { items, NextToken } = paginate(rows.sort(newestFirst), input.NextToken);
  return { StackSummaries: items.map((row) => summarize(deployer.engine.store, row)), NextToken };
}

import type {
  CreateChangeSetInput,
  CreateChangeSetOutput,
  DeleteChangeSetInput,
  DescribeChangeSetInput,
  DescribeChangeSetOutput,
  ExecuteChangeSetInput,
  ListChangeSetsInput,
  ListChangeSetsOutput,
} from "@aws-sdk/client-cloudformation";
import { AwsError } from "../../../core/errors.ts";
import { arn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { prepare, type Plan, type StackRequest } from "../../../deploy/engine/prepare.ts";
import { createForReview, needStack, prepareUpdate, sameTarget } from "../../../deploy/engine/requests.ts";
import { lookupIn } from "../../../deploy/engine/resource-runner.ts";
import { findStack, stacks, type StackRow } from "../../../deploy/engine/state.ts";
import { parseTemplate } from "../../../deploy/template/parse.ts";
import { changeSets, needChangeSet, type ChangeSetRow } from "../change-set-state.ts";
import { changesOf, withoutValues } from "../changes.ts";
import type { CloudFormationDeps } from "../index.ts";
import { paginate } from "../paginate.ts";
import { checkCapabilities, refuse, refuseDeploymentConfig, refuseTriggers, stackRequest, templateText } from "../requests.ts";

const NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set.";

/** Works out what would change, and keeps it until it is executed or deleted. */
export async function CreateChangeSet({ deployer }: CloudFormationDeps, input: CreateChangeSetInput, call: Call): Promise<CreateChangeSetOutput> {
  refuse("CreateChangeSet", input, ["ResourceTypes", "ResourcesToImport", "DeploymentMode"]);
  refuseDeploymentConfig("CreateChangeSet", input);
  refuseTriggers("CreateChangeSet", input);
  const { engine } = deployer;
  const existing = findStack(engine.store, call, input.StackName ?? "");
  const create = input.ChangeSetType === "CREATE";
  if (create && existing && existing.status !== "REVIEW_IN_PROGRESS")
    throw new AwsError(
      "ValidationError",
      `Stack [${existing.stackName}] already exists and cannot be created again with the changeSet [${input.ChangeSetName}].`,
    );
  if (!create) needStack(engine, call, input.StackName ?? "");
  checkName(engine.store, call, input, existing);
  const templateBody = input.UsePreviousTemplate && existing ? existing.templateBody : templateText(deployer, input);
  checkCapabilities(parseTemplate(templateBody), input.Capabilities);
  const asked = stackRequest(input, templateBody);
  const request: StackRequest = {
    ...asked,
    stackName: existing?.stackName ?? input.StackName ?? "",
    tags: input.Tags === undefined && existing ? existing.tags : (asked.tags ?? []),
    // "If you don't specify a value, CloudFormation uses the role that was previously associated with the stack."
    ...(input.RoleARN === undefined && existing?.roleArn !== undefined ? { roleArn: existing.roleArn } : {}),
  };
  const { plan, stack } = await planFor(engine, call, request, existing, create);
  const row = await rowOf(deployer, call, input, stack, plan, create, request);
  changeSets(engine.store, call).set(row.id, row);
  return { Id: row.id, StackId: stack.stackId };
}

function checkName(
  store: CloudFormationDeps["deployer"]["engine"]["store"],
  call: Call,
  input: CreateChangeSetInput,
  stack: StackRow | undefined,
): void {
  if (stack && changeSets(store, call).find((row) => row.stackId === stack.stackId && row.name === input.ChangeSetName))
    throw new AwsError("AlreadyExistsException", `ChangeSet ${input.ChangeSetName} already exists`);
}

async function planFor(
  engine: CloudFormationDeps["deployer"]["engine"],
  call: Call,
  request: StackRequest,
  existing: StackRow | undefined,
  create: boolean,
): Promise<{ plan: Plan; stack: StackRow }> {
  if (!create) return { plan: await prepareUpdate(engine, call, existing!, request), stack: existing! };
  const stackId = existing?.stackId ?? "";
  const plan = await prepare(
    engine,
    call,
    stackId,
    request,
    lookupIn(engine, stackId === "" ? arn("cloudformation", call, "stack/new/new") : stackId),
  );
  return { plan, stack: existing ?? createForReview(engine, call, request.stackName, plan.target) };
}

async function rowOf(
  { engine }: CloudFormationDeps["deployer"],
  call: Call,
  input: CreateChangeSetInput,
  stack: StackRow,
  plan: Plan,
  create: boolean,
  request: StackRequest,
): Promise<ChangeSetRow> {
  const changes = await changesOf(engine, stack, plan);
  const empty = !create && sameTarget(stack, plan.target);
  const name = input.ChangeSetName ?? "";
  return {
    id: arn("cloudformation", call, `changeSet/${name}/${engine.ids.uuid()}`),
    name,
    stackId: stack.stackId,
    stackName: stack.stackName,
    type: create ? "CREATE" : "UPDATE",
    status: empty ? "FAILED" : "CREATE_COMPLETE",
    executionStatus: empty ? "UNAVAILABLE" : "AVAILABLE",
    creationTime: engine.clock.now(),
    target: plan.target,
    supplied: request.parameters ?? {},
    changes,
    includeNestedStacks: input.IncludeNestedStacks ?? false,
    ...(empty ? { statusReason: NO_CHANGES } : {}),
    ...(input.Description === undefined ? {} : { description: input.Description }),
    ...(input.OnStackFailure === undefined ? {} : { onStackFailure: input.OnStackFailure }),
  };
}

const need = ({ deployer }: CloudFormationDeps, input: { ChangeSetName?: string; StackName?: string }, call: Call): ChangeSetRow =>
  needChangeSet(deployer.engine, input, call);

export function DescribeChangeSet(deps: CloudFormationDeps, input: DescribeChangeSetInput, call: Call): DescribeChangeSetOutput {
  const row = need(deps, input, call);
  const { items, NextToken } = paginate(row.changes, input.NextToken);
  return {
    ChangeSetName: row.name,
    ChangeSetId: row.id,
    StackId: row.stackId,
    StackName: row.stackName,
    Description: row.description,
    Parameters: row.target.parameters.map((one) => ({
      ParameterKey: one.name,
      ParameterValue: one.noEcho ? "****" : one.given,
      ResolvedValue: one.resolved,
    })),
    CreationTime: new Date(row.creationTime),
    ExecutionStatus: row.executionStatus,
    Status: row.status,
    StatusReason: row.statusReason,
    NotificationARNs: row.target.notificationArns,
    RollbackConfiguration: {},
    Capabilities: row.target.capabilities as DescribeChangeSetOutput["Capabilities"],
    Tags: row.target.tags,
    Changes: input.IncludePropertyValues ? items : items.map(withoutValues),
    DeploymentConfig: { Mode: "STANDARD" },
    IncludeNestedStacks: row.includeNestedStacks,
    OnStackFailure: row.onStackFailure,
    NextToken,
  };
}

/** Creates or updates the stack as the change set says. */
export async function ExecuteChangeSet(deps: CloudFormationDeps, input: ExecuteChangeSetInput, call: Call): Promise<object> {
  refuse("ExecuteChangeSet", input, ["RetainExceptOnCreate"]);
  const { deployer } = deps;
  const row = need(deps, input, call);
  if (row.executionStatus !== "AVAILABLE")
    throw new AwsError("InvalidChangeSetStatus", `ChangeSet [${row.id}] cannot be executed in its current status of [${row.status}]`);
  // An update that fails is always rolled back here.
  if (row.type === "UPDATE") refuse("ExecuteChangeSet", input, ["DisableRollback"]);
  const { templateBody, tags, capabilities, notificationArns, roleArn, parameters } = row.target;
  const request: StackRequest = {
    stackName: row.stackName,
    templateBody,
    tags,
    capabilities,
    notificationArns,
    parameters: Object.fromEntries(parameters.map((one) => [one.name, one.given])),
    ...(roleArn === undefined ? {} : { roleArn }),
  };
  const token = input.ClientRequestToken === undefined ? {} : { clientRequestToken: input.ClientRequestToken };
  const onFailure = input.DisableRollback ? "DO_NOTHING" : (row.onStackFailure ?? "ROLLBACK");
  const accepted =
    row.type === "CREATE"
      ? await deployer.createStack(call, request, { onFailure, ...token })
      : await deployer.updateStack(call, row.stackId, request, token);
  const table = changeSets(deployer.engine.store, call);
  stacks(deployer.engine.store, call).update(accepted.stackId, { changeSetId: row.id });
  // Executing one makes the stack's others obsolete, and they are deleted ("Execute a change set").
  for (const [id, other] of table.entries()) if (other.stackId === row.stackId && id !== row.id) table.delete(id);
  table.delete(row.id);
  return {};
}

/** A stack in review that loses its change set stays, as on AWS. */
export function DeleteChangeSet(deps: CloudFormationDeps, input: DeleteChangeSetInput, call: Call): object {
  const { store } = deps.deployer.engine;
  try {
    changeSets(store, call).delete(need(deps, input, call).id);
  } catch (error) {
    // One that is not there is deleted: the CDK deletes before it creates, and looks for no error.
    if (!(error instanceof AwsError) || error.code !== "ChangeSetNotFound") throw error;
  }
  return {};
}

export function ListChangeSets({ deployer }: CloudFormationDeps, input: ListChangeSetsInput, call: Call): ListChangeSetsOutput {
  const stack = needStack(deployer.engine, call, input.StackName ?? "");
  const rows = changeSets(deployer.engine.store, call).filter((row) => row.stackId === stack.stackId);
  const { items, NextToken } = paginate(rows, input.NextToken);
  return {
    Summaries: items.map((row) => ({
      StackId: row.stackId,
      StackName: row.stackName,
      ChangeSetId: row.id,
      ChangeSetName: row.name,
      ExecutionStatus: row.executionStatus,
      Status: row.status,
      StatusReason: row.statusReason,
      CreationTime: new Date(row.creationTime),
      Description: row.description,
      IncludeNestedStacks: row.includeNestedStacks,
    })),
    NextToken,
  };
}

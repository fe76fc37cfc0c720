import { AwsError } from "../../core/errors.ts";
import { arn, type Scope } from "../../core/scope.ts";
import { canonical } from "../template/diff.ts";
import { parseTemplate, templateError } from "../template/parse.ts";
import { setStackStatus, USER_INITIATED, type Engine } from "./engine.ts";
import { rollbackCreate, runCreate, runDelete, runUpdate } from "./operations.ts";
import { prepare, type Plan, type StackRequest } from "./prepare.ts";
import { lookupIn } from "./resource-runner.ts";
import { findStack, resources, scopeOf, stacks, type StackRow, type StackTarget } from "./state.ts";

export interface CreateOptions {
  onFailure?: StackRow["onFailure"];
  terminationProtection?: boolean;
  timeoutInMinutes?: number;
  parentId?: string;
  rootId?: string;
  clientRequestToken?: string;
}

/** A stack operation that was accepted and runs; `done` gives the stack's row as it ended. */
export interface Accepted {
  stackId: string;
  done: Promise<StackRow>;
}

/** What CloudFormation answers about a stack that is not there. */
export const noSuchStack = (name: string): AwsError => new AwsError("ValidationError", `Stack with id ${name} does not exist`);

/** The stack of that name or id. @throws AwsError ValidationError */
export function needStack(engine: Pick<Engine, "store">, scope: Scope, nameOrId: string): StackRow {
  const found = findStack(engine.store, scope, nameOrId);
  if (!found) throw noSuchStack(nameOrId);
  return found;
}

export const newStackId = (engine: Engine, scope: Scope, stackName: string): string =>
  arn("cloudformation", scope, `stack/${stackName}/${engine.ids.uuid()}`);

/** Checks a create and starts it. */
export async function createStack(engine: Engine, scope: Scope, request: StackRequest, options: CreateOptions = {}): Promise<Accepted> {
  checkName(request.stackName);
  const existing = findStack(engine.store, scope, request.stackName);
  // A change set of type CREATE leaves a stack in review; executing it creates under the same id.
  if (existing && existing.status !== "REVIEW_IN_PROGRESS")
    throw new AwsError("AlreadyExistsException", `Stack [${request.stackName}] already exists`);
  const stackId = existing?.stackId ?? newStackId(engine, scope, request.stackName);
  const plan = await prepare(engine, scope, stackId, request, lookupIn(engine, stackId));
  const stack = stacks(engine.store, scope).set(stackId, newRow(engine, stackId, request.stackName, plan.target, options));
  setStackStatus(engine, stackId, "CREATE_IN_PROGRESS", USER_INITIATED);
  return launch(engine, stackId, () => runCreate({ engine, stack, plan, abort: new AbortController() }), "CREATE_FAILED");
}

function newRow(engine: Engine, stackId: string, stackName: string, target: StackTarget, options: CreateOptions): StackRow {
  return {
    ...target,
    stackId,
    stackName,
    status: "CREATE_IN_PROGRESS",
    creationTime: engine.clock.now(),
    onFailure: options.onFailure ?? "ROLLBACK",
    terminationProtection: options.terminationProtection ?? false,
    outputs: [],
    imports: [],
    ...(options.timeoutInMinutes === undefined ? {} : { timeoutInMinutes: options.timeoutInMinutes }),
    ...(options.parentId === undefined ? {} : { parentId: options.parentId, rootId: options.rootId ?? options.parentId }),
    ...(options.clientRequestToken === undefined ? {} : { clientRequestToken: options.clientRequestToken }),
  };
}

/** An empty stack in review, as a change set of type CREATE makes it. */
export function createForReview(engine: Engine, scope: Scope, stackName: string, target: StackTarget): StackRow {
  checkName(stackName);
  const stackId = newStackId(engine, scope, stackName);
  stacks(engine.store, scope).set(stackId, newRow(engine, stackId, stackName, target, {}));
  return setStackStatus(engine, stackId, "REVIEW_IN_PROGRESS", USER_INITIATED);
}

function checkName(stackName: string): void {
  if (!/^[A-Za-z][-A-Za-z0-9]*$/.test(stackName) || stackName.length > 128)
    throw new AwsError(
      "ValidationError",
      `1 validation error detected: Value '${stackName}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`,
    );
}

const UPDATABLE = new Set(["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "ROLLBACK_COMPLETE_FOR_IMPORT"]);

/** Checks an update as far as nothing is done by it. @throws AwsError ValidationError "No updates are to be performed." */
export async function prepareUpdate(engine: Engine, scope: Scope, stack: StackRow, request: StackRequest): Promise<Plan> {
  if (!UPDATABLE.has(stack.status)) throw templateError(`Stack:${stack.stackId} is in ${stack.status} state and can not be updated.`);
  const previous = Object.fromEntries(stack.parameters.map((parameter) => [parameter.name, parameter.given]));
  const plan = await prepare(engine, scope, stack.stackId, request, lookupIn(engine, stack.stackId), previous);
  checkTypes(engine, stack, plan);
  return plan;
}

function checkTypes(engine: Engine, stack: StackRow, plan: Plan): void {
  const rows = resources(engine.store, scopeOf(stack.stackId), stack.stackId);
  const changed = rows.filter((row) => {
    const now = plan.template.Resources[row.logicalId];
    return now !== undefined && now.Type !== row.type;
  });
  if (changed.length > 0)
    throw templateError(
      `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${changed.map((row) => row.logicalId).join(", ")}]`,
    );
}

/** True where the two targets would bring about the same: the same resources, outputs, parameters' values and tags. */
export function sameTarget(before: StackTarget, after: StackTarget): boolean {
  const parameters = (target: StackTarget): string => canonical(target.parameters.map(({ name, value }) => canonical([name, value])).sort());
  const tags = (target: StackTarget): string => canonical(target.tags.map(({ Key, Value }) => canonical([Key, Value])).sort());
  if (parameters(before) !== parameters(after) || tags(before) !== tags(after)) return false;
  if (canonical(before.notificationArns) !== canonical(after.notificationArns)) return false;
  if (before.templateBody === after.templateBody) return true;
  const effective = (target: StackTarget): string => {
    const { Description: _, Metadata: __, ...rest } = parseTemplate(target.templateBody);
    return canonical(rest);
  };
  return effective(before) === effective(after);
}

/** Checks an update and starts it. */
export async function updateStack(
  engine: Engine,
  scope: Scope,
  nameOrId: string,
  request: Omit<StackRequest, "stackName">,
  options: { hold?: boolean; clientRequestToken?: string } = {},
): Promise<Accepted> {
  const before = needStack(engine, scope, nameOrId);
  const plan = await prepareUpdate(engine, scope, before, { ...request, stackName: before.stackName });
  if (sameTarget(before, plan.target)) throw templateError("No updates are to be performed.");
  return startUpdate(engine, scope, before, plan, options);
}

/** Starts an update that was checked. */
export function startUpdate(
  engine: Engine,
  scope: Scope,
  before: StackRow,
  plan: Plan,
  options: { hold?: boolean; clientRequestToken?: string },
): Accepted {
  const { templateBody, parameters, tags, capabilities, notificationArns, description, roleArn } = before;
  stacks(engine.store, scope).update(before.stackId, {
    ...plan.target,
    previous: {
      templateBody,
      parameters,
      tags,
      capabilities,
      notificationArns,
      ...(description === undefined ? {} : { description }),
      ...(roleArn === undefined ? {} : { roleArn }),
    },
    lastUpdatedTime: engine.clock.now(),
    fingerprint: undefined,
    clientRequestToken: options.clientRequestToken,
  });
  const stack = setStackStatus(engine, before.stackId, "UPDATE_IN_PROGRESS", USER_INITIATED);
  const run = { engine, stack, plan, abort: new AbortController() };
  return launch(engine, stack.stackId, () => runUpdate(run, { hold: options.hold ?? false }), "UPDATE_ROLLBACK_FAILED");
}

/** Starts a delete; a stack that is not there is deleted already. */
export function deleteStack(engine: Engine, scope: Scope, nameOrId: string, retain: string[] = [], options: RoleOptions = {}): Accepted | undefined {
  const stack = findStack(engine.store, scope, nameOrId);
  if (!stack || stack.status === "DELETE_COMPLETE") return undefined;
  if (stack.parentId === undefined && stack.terminationProtection)
    throw templateError(`Stack [${stack.stackName}] cannot be deleted while TerminationProtection is enabled`);
  if (retain.length > 0 && stack.status !== "DELETE_FAILED")
    throw templateError("Invalid operation on stack. Specify resources to retain only when the stack is in DELETE_FAILED state.");
  const underway = engine.running.get(stack.stackId);
  if (stack.status === "DELETE_IN_PROGRESS" && underway) return { stackId: stack.stackId, done: underway };
  if (underway) throw templateError(`Stack [${stack.stackName}] cannot be deleted while in status ${stack.status}`);
  const row = setStackStatus(engine, stack.stackId, "DELETE_IN_PROGRESS", USER_INITIATED, withRole(engine, stack, options));
  return launch(engine, stack.stackId, () => runDelete(engine, row, new Set(retain)), "DELETE_FAILED");
}

export interface RoleOptions {
  /** The role that makes and deletes resources from now on; the stack's own unless given. */
  roleArn?: string;
  clientRequestToken?: string;
}

/** What a request changes of a stack's row. @throws AwsError ValidationError where CloudFormation cannot assume the role */
function withRole(engine: Engine, stack: StackRow, { roleArn, clientRequestToken }: RoleOptions): Partial<StackRow> {
  const role = roleArn ?? stack.roleArn;
  if (role !== undefined) engine.serviceRole?.(role);
  return { ...(role === undefined ? {} : { roleArn: role }), clientRequestToken };
}

/** Takes back a create that failed and was left as it stood (DisableRollback). @throws AwsError ValidationError in other states */
export function rollbackStack(engine: Engine, scope: Scope, nameOrId: string, options: RoleOptions = {}): Accepted {
  const stack = needStack(engine, scope, nameOrId);
  if (stack.status !== "CREATE_FAILED") throw templateError(`Stack [${stack.stackName}] is in [${stack.status}] state and can not be rolled back.`);
  const row = stacks(engine.store, scope).update(stack.stackId, withRole(engine, stack, options));
  return launch(engine, stack.stackId, () => rollbackCreate({ engine, stack: row }, USER_INITIATED), "CREATE_FAILED");
}

/** Runs an operation in the background; a mistake of ours ends the stack in a failed state instead of an endless one. */
export function launch(
  engine: Engine,
  stackId: string,
  work: () => Promise<StackRow>,
  onBug: "CREATE_FAILED" | "UPDATE_ROLLBACK_FAILED" | "DELETE_FAILED",
): Accepted {
  const done = Promise.resolve()
    .then(work)
    .catch((error: unknown) => setStackStatus(engine, stackId, onBug, error instanceof Error ? (error.stack ?? error.message) : String(error)))
    .finally(() => engine.running.delete(stackId));
  engine.running.set(stackId, done);
  return { stackId, done };
}

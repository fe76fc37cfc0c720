import { AwsError } from "../../core/errors.ts";
import { findStack, journal, scopeOf, type StackRow } from "./state.ts";
import { failureOf, type Engine, type NestedRequest, type NestedStacks } from "./engine.ts";
import { includedResources } from "../template/evaluate.ts";
import { commitUpdate, rollbackUpdate } from "./operations.ts";
import { planForTarget } from "./prepare.ts";
import { createStack, deleteStack, sameTarget, prepareUpdate, startUpdate } from "./requests.ts";
import { lookupIn } from "./resource-runner.ts";
import { readTemplate } from "./template-url.ts";
import { physicalName } from "./context.ts";

/** Stacks inside stacks. Their old resources stay until the whole tree's update is committed. */
export function nestedStacks(engine: () => Engine): NestedStacks {
  const need = (stackId: string): StackRow => {
    const found = findStack(engine().store, scopeOf(stackId), stackId);
    if (!found) throw new AwsError("ValidationError", `Stack with id ${stackId} does not exist`);
    return found;
  };
  const open = (stackId: string): boolean => need(stackId).previous !== undefined && !engine().running.has(stackId);
  return {
    create: (parentId, request) => create(engine(), need(parentId), request),
    update: (stackId, request) => update(engine(), need(stackId), request),
    isOpen: open,
    failure: (stackId) => failureOf(engine(), stackId),
    rollback: (stackId) => (open(stackId) ? rollbackUpdate(engine(), stackId, "") : Promise.resolve(need(stackId))),
    async commit(stackId) {
      if (!open(stackId)) return need(stackId);
      const stack = need(stackId);
      const plan = await planForTarget(engine(), scopeOf(stackId), stack, stack, lookupIn(engine(), stackId));
      return commitUpdate(engine(), stackId, includedResources(plan.template, plan.env));
    },
    async delete(stackId) {
      const accepted = deleteStack(engine(), scopeOf(stackId), stackId);
      return accepted ? accepted.done : need(stackId);
    },
  };
}

async function create(engine: Engine, parent: StackRow, request: NestedRequest): Promise<StackRow> {
  const scope = scopeOf(parent.stackId);
  const stackName = physicalName(parent.stackName, request.logicalId, engine.ids.upper(12), 128);
  const accepted = await createStack(
    engine,
    scope,
    { ...targetOf(engine, parent, request), stackName },
    {
      parentId: parent.stackId,
      rootId: parent.rootId ?? parent.stackId,
      onFailure: "DO_NOTHING",
      ...(request.timeoutInMinutes === undefined ? {} : { timeoutInMinutes: request.timeoutInMinutes }),
    },
  );
  request.onExists?.(accepted.stackId);
  return accepted.done;
}

const targetOf = (engine: Engine, parent: StackRow, request: NestedRequest) => ({
  templateBody: readTemplate(engine.assets, request.templateUrl),
  parameters: request.parameters,
  tags: request.tags,
  capabilities: parent.capabilities,
  notificationArns: parent.notificationArns,
  ...(parent.roleArn === undefined ? {} : { roleArn: parent.roleArn }),
});

async function update(engine: Engine, stack: StackRow, request: NestedRequest): Promise<StackRow> {
  const scope = scopeOf(stack.stackId);
  const parent = findStack(engine.store, scope, stack.parentId!)!;
  const plan = await prepareUpdate(engine, scope, stack, { ...targetOf(engine, parent, request), stackName: stack.stackName });
  if (sameTarget(stack, plan.target)) return stack;
  for (const [key] of journal(engine.store, scope, stack.stackId).entries()) journal(engine.store, scope, stack.stackId).delete(key);
  const ended = await startUpdate(engine, scope, stack, plan, { hold: true }).done;
  if (ended.status !== "UPDATE_COMPLETE")
    throw new Error(`Embedded stack ${stack.stackId} was not successfully updated: ${failureOf(engine, stack.stackId)}`);
  return ended;
}

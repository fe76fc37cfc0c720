import type { ListTagsForResourceInput, ListTagsForResourceOutput, TagResourceInput, UntagResourceInput } from "@aws-sdk/client-sfn";
import { AwsError } from "../../../core/errors.ts";
import type { StatesParts } from "../index.ts";
import { requireMachine } from "../shared.ts";
import { machines } from "../state.ts";

type Deps = Pick<StatesParts, "store">;

function tagged({ store }: Deps, arn: string | undefined): ReturnType<typeof requireMachine> {
  try {
    return requireMachine(store, arn);
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== "StateMachineDoesNotExist") throw error;
    throw new AwsError("ResourceNotFound", `Resource not found: '${arn}'`, { fields: { resourceName: arn } });
  }
}

export function TagResource(deps: Deps, input: TagResourceInput): object {
  const { scope, machine } = tagged(deps, input.resourceArn);
  const added = Object.fromEntries((input.tags ?? []).map(({ key, value }) => [key ?? "", value ?? ""]));
  machines(deps.store, scope).update(machine.name, { tags: { ...machine.tags, ...added } });
  return {};
}

export function UntagResource(deps: Deps, input: UntagResourceInput): object {
  const { scope, machine } = tagged(deps, input.resourceArn);
  const gone = new Set(input.tagKeys);
  const tags = Object.fromEntries(Object.entries(machine.tags).filter(([key]) => !gone.has(key)));
  machines(deps.store, scope).update(machine.name, { tags });
  return {};
}

export function ListTagsForResource(deps: Deps, input: ListTagsForResourceInput): ListTagsForResourceOutput {
  return { tags: Object.entries(tagged(deps, input.resourceArn).machine.tags).map(([key, value]) => ({ key, value })) };
}

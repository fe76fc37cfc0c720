import { AwsError, NotSupported } from "../../core/errors.ts";
import { PropertyTypeError, toMember } from "../providers/mapping.ts";
import { PartlyCreated } from "../providers/partly-created.ts";
import { tagList, type Tag } from "../providers/helpers.ts";
import type { Properties, ResourceContext, ResourceProvider } from "../providers/provider.ts";
import { inputShape } from "../providers/shapes.ts";
import type { ResourceDefinition } from "../template/types.ts";
import type { Engine } from "./engine.ts";
import { scopeOf, type StackRow } from "./state.ts";

const HOUR_MS = 3_600_000;

/** What a provider gets to work on one resource of a stack. */
export function contextOf(engine: Engine, stack: StackRow, logicalId: string, definition: ResourceDefinition, signal: AbortSignal): ResourceContext {
  const scope = scopeOf(stack.stackId);
  const { roleArn } = stack;
  return {
    scope,
    store: engine.store,
    clock: engine.clock,
    ids: engine.ids,
    logicalId,
    type: definition.Type,
    stackId: stack.stackId,
    stackName: stack.stackName,
    signal,
    definition,
    call: (service, operation, input) =>
      engine.api.call(service, operation, input, scope, roleArn === undefined ? undefined : engine.serviceRole?.(roleArn)),
    input: mapInput,
    physicalName: (max = 128) => physicalName(stack.stackName, logicalId, engine.ids.upper(12), max),
    async until(what, check, { everyMs = 1000, limitMs = HOUR_MS } = {}) {
      const end = engine.clock.now() + limitMs;
      for (;;) {
        const found = await check();
        if (found !== undefined) return found;
        if (signal.aborted) throw new Error("Resource creation cancelled");
        if (engine.clock.now() >= end) throw new Error(`${what} did not stabilize`);
        await engine.clock.sleep(everyMs);
      }
    },
  };
}

/** Properties as an operation's input, by the SDK's schema of that operation. */
const mapInput: ResourceContext["input"] = (service, operation, properties, renames) =>
  toMember(inputShape(service, operation), properties, service, renames) as Record<string, unknown>;

/** Shortens the stack's name and the logical id evenly where the whole would be too long, as CloudFormation does. */
export function physicalName(stackName: string, logicalId: string, random: string, max: number): string {
  const room = max - random.length - 2;
  const idLength = Math.min(logicalId.length, Math.max(Math.floor(room / 2), room - stackName.length));
  return `${stackName.slice(0, room - idLength)}-${logicalId.slice(0, idLength)}-${random}`;
}

/** The tags that CloudFormation itself puts on a resource. */
const ownTags = (stack: StackRow, logicalId: string): Tag[] => [
  { Key: "aws:cloudformation:stack-name", Value: stack.stackName },
  { Key: "aws:cloudformation:logical-id", Value: logicalId },
  { Key: "aws:cloudformation:stack-id", Value: stack.stackId },
];

/** Puts the stack's tags and CloudFormation's own under the resource's; the resource's win. */
export function withStackTags(provider: ResourceProvider, properties: Properties, stack: StackRow, logicalId: string): Properties {
  if (!provider.tags) return properties;
  const { property, form } = provider.tags;
  const merged = new Map(stack.tags.map((tag): [string, object] => [tag.Key, tag]));
  const nested = provider.type === "AWS::CloudFormation::Stack";
  for (const tag of nested ? [] : ownTags(stack, logicalId)) merged.set(tag.Key, tag);
  if (form === "propagating") {
    const all = new Map([...merged].map(([key, tag]): [string, object] => [key, { ...tag, PropagateAtLaunch: true }]));
    for (const tag of (properties[property] as Tag[] | undefined) ?? []) all.set(tag.Key, tag);
    return { ...properties, [property]: [...all.values()] };
  }
  for (const tag of tagList(properties[property])) merged.set(tag.Key, tag);
  const list = [...merged.values()] as Tag[];
  return { ...properties, [property]: form === "map" ? Object.fromEntries(list.map((tag) => [tag.Key, tag.Value])) : list };
}

/** Why a resource failed, as a stack event tells it. */
export function reasonOf(error: unknown): string {
  if (error instanceof PartlyCreated) return reasonOf(error.cause);
  if (error instanceof AwsError)
    return `Resource handler returned message: "${error.message}" (Error Code: ${error.code}, Status Code: ${error.status})`;
  if (error instanceof NotSupported || error instanceof PropertyTypeError) return error.message;
  return error instanceof Error ? error.message : String(error);
}

/** A bug of ours must not look like an answer of AWS: its stack goes into the reason. */
export function isBug(error: unknown): boolean {
  if (error instanceof PartlyCreated) return isBug(error.cause);
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
}

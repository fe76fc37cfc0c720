import { type Ask, listResources, readTemplate } from "./cloudformation.ts";
import { NESTED_STACK, type Template } from "./template.ts";

/** A deployed stack as a tree: what its nested stacks are is read when somebody asks, and once. */
export interface DeployedNode {
  readonly template: Template;
  /** Physical ids of its resources, by logical id. */
  physicalIds(): Promise<ReadonlyMap<string, string>>;
  /** A nested stack of it. */
  nested(logicalId: string): Promise<DeployedNode>;
}

/** @param id name or ARN */
export function deployedNode(ask: Ask, region: string, id: string, template: Template): DeployedNode {
  let ids: Promise<ReadonlyMap<string, string>> | undefined;
  const nodes = new Map<string, Promise<DeployedNode>>();
  const physicalIds = (): Promise<ReadonlyMap<string, string>> =>
    (ids ??= listResources(ask, region, id).then((found) => new Map(found.map((each) => [each.logicalId, each.physicalId]))));
  const open = async (logicalId: string): Promise<DeployedNode> => {
    const nestedId = (await physicalIds()).get(logicalId);
    // One that was never made has nothing in it.
    if (!nestedId) return { template: {}, physicalIds: async () => new Map(), nested: (other) => open(other) };
    return deployedNode(ask, region, nestedId, await readTemplate(ask, region, nestedId));
  };
  return {
    template,
    physicalIds,
    nested(logicalId) {
      const node = nodes.get(logicalId) ?? open(logicalId);
      nodes.set(logicalId, node);
      return node;
    },
  };
}

/**
 * `Volumes/FileSystemdata`: logical ids as the CDK makes them, without the hash at their end and without what it adds for
 * nested stacks.
 */
export const pathOf = (ids: readonly string[]): string =>
  ids.map((id) => id.replace(/^(.+)NestedStack\1NestedStackResource[0-9A-F]{8}$/, "$1").replace(/(.)[0-9A-F]{8}$/, "$1")).join("/");

/** A resource that stays when its stack goes. */
export interface Kept {
  readonly stack: string;
  readonly region: string;
  readonly path: string;
  readonly type: string;
  readonly physicalId: string;
}

export const isKept = ({ DeletionPolicy: policy }: { DeletionPolicy?: string }): boolean => policy?.startsWith("Retain") ?? false;

/** What stays when a stack is deleted, its nested stacks' too. @param stack name and region, for those who read it */
export async function keptOf(node: DeployedNode, stack: { name: string; region: string }, above: readonly string[] = []): Promise<Kept[]> {
  const found: Kept[] = [];
  for (const [id, resource] of Object.entries(node.template.Resources ?? {})) {
    if (resource.Type === NESTED_STACK && !isKept(resource)) {
      found.push(...(await keptOf(await node.nested(id), stack, [...above, id])));
    } else if (isKept(resource)) {
      const physicalId = (await node.physicalIds()).get(id);
      if (physicalId) found.push({ stack: stack.name, region: stack.region, path: pathOf([...above, id]), type: resource.Type, physicalId });
    }
  }
  return found;
}

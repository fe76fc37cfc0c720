import {
  type CloudFormationClient,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ListStackResourcesCommand,
  type Stack,
  type StackEvent,
} from "@aws-sdk/client-cloudformation";

/** A resource of a stack, with its properties as CloudFormation has worked them out. */
export interface DeployedResource {
  type: string;
  status: string;
  properties: unknown;
}

/**
 * What is deployed in some regions, in a form that two clouds can be compared by: physical ids, which are different in
 * every cloud, are replaced by the resources' own names. @returns stacks by name (nested ones by the path of their logical ids)
 */
export async function deployedStacks(
  client: (region: string) => CloudFormationClient,
  regions: string[],
  options: { without: string[] },
): Promise<Record<string, { outputs: string[]; tags: unknown; resources: Record<string, DeployedResource> }>> {
  const found: { name: string; stack: Stack; events: StackEvent[]; physicalIds: Map<string, string> }[] = [];
  // Ids so short that they look like names.
  const short = new Set<string>();
  for (const region of regions) {
    const cloudFormation = client(region);
    const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({}));
    const roots = Stacks.filter(({ ParentId, StackName }) => ParentId === undefined && !options.without.includes(StackName!));
    const names = new Map(roots.map(({ StackId, StackName }) => [StackId!, StackName!]));
    for (const stack of parentsFirst(Stacks)) {
      const name = names.get(stack.StackId!);
      if (name === undefined) continue;
      // A nested stack's name ends in a random word, too.
      if (stack.ParentId !== undefined) names.set(stack.StackName!, name);
      const { StackResourceSummaries: resources = [] } = await cloudFormation.send(new ListStackResourcesCommand({ StackName: stack.StackId! }));
      for (const { LogicalResourceId, PhysicalResourceId, ResourceType } of resources)
        for (const id of [PhysicalResourceId!, ...partsOf(PhysicalResourceId!)]) {
          names.set(id, `${name}/${LogicalResourceId}`);
          if (id !== PhysicalResourceId || ResourceType!.startsWith("AWS::ApiGatewayV2::")) short.add(id);
        }
      const { StackEvents = [] } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName: stack.StackId! }));
      found.push({ name, stack, events: StackEvents, physicalIds: names });
    }
  }
  const all = new Map(found.flatMap(({ physicalIds }) => [...physicalIds]).filter(([id]) => DRAWN.test(id) || short.has(id)));
  const compared = found.map(({ name, stack, events }) => [name, describe(stack, events, all)] as const);
  return Object.fromEntries(compared);
}

/**
 * What of a physical id stands elsewhere by itself: a load balancer's or target group's `app/<name>/<id>` and its name, which is
 * in the DNS name; a queue's name.
 */
function partsOf(id: string): string[] {
  const queue = /^https?:\/\/[^/]+\/\d{12}\/([^/]+)$/.exec(id);
  if (queue) return [queue[1]!];
  const [, full, name] = /:(?:loadbalancer\/)?((?:app|targetgroup)\/([^/]+)\/[0-9a-f]+)$/.exec(id) ?? [];
  return full === undefined ? [] : [full, name!];
}

const parentsFirst = (stacks: Stack[]): Stack[] =>
  stacks.sort((a, b) => a.CreationTime!.getTime() - b.CreationTime!.getTime() || (a.ParentId ? 1 : -1));

function describe(stack: Stack, events: StackEvent[], names: ReadonlyMap<string, string>) {
  const resources: Record<string, DeployedResource> = {};
  // The latest event of each resource comes first.
  for (const event of events) {
    const id = event.LogicalResourceId!;
    if (event.PhysicalResourceId === stack.StackId || id in resources) continue;
    resources[id] = {
      type: event.ResourceType!,
      status: event.ResourceStatus!,
      properties: JSON.parse(withoutIds(event.ResourceProperties ?? "{}", names)) as unknown,
    };
  }
  return { outputs: (stack.Outputs ?? []).map(({ OutputKey }) => OutputKey!).sort(), tags: stack.Tags, resources };
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}/g;
/** Ids that are drawn by lot; a name that the template gives is the same in every cloud. */
const DRAWN = /[0-9a-f]{17}|[A-Z0-9]{12}|[0-9a-f]{8}-[0-9a-f]{4}-/;

/** With an instance's user data as text: there are ids in it, too. */
const readable = (text: string): string =>
  text.replaceAll(/"UserData":"([A-Za-z0-9+/=]*)"/g, (_, data: string) => `"UserData":${JSON.stringify(Buffer.from(data, "base64").toString())}`);

/** Longer ids first: one may begin with another. */
function withoutIds(text: string, names: ReadonlyMap<string, string>): string {
  const ids = [...names].sort(([a], [b]) => b.length - a.length);
  const named = ids.reduce((left, [id, name]) => left.replaceAll(JSON.stringify(id).slice(1, -1), `<${name}>`), readable(text));
  // A hosted zone's name servers, a load balancer's number in its DNS name, and what stands in a group's ARN beside its name.
  return named
    .replaceAll(/ns-\d+\.awsdns-\d+/g, "<name server>")
    .replaceAll(/-\d+(?=\.[a-z0-9-]+\.elb\.amazonaws\.com)/g, "-<number>")
    .replaceAll(UUID, "<uuid>");
}

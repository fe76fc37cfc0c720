import type { InstanceRow, SubnetRef, TemplateRef } from "../state.ts";

/**
 * Which instances a scale-in ends: always in the Availability Zone with the most, never protected ones, then by the group's
 * termination policies in their order. The default policy prefers the oldest launch template and then the instance closest
 * to the next billing hour ("Default termination policy"); where even that is equal, the oldest.
 */
export function chooseVictims(candidates: InstanceRow[], count: number, policies: string[], current: TemplateRef, now: number): InstanceRow[] {
  const left = candidates.filter((instance) => !instance.isProtected);
  const victims: InstanceRow[] = [];
  while (victims.length < count && left.length > 0) {
    const inZone = (zone: string): number => left.filter((instance) => instance.subnet.zone === zone).length;
    const fullest = Math.max(...left.map((instance) => inZone(instance.subnet.zone)));
    const eligible = left.filter((instance) => inZone(instance.subnet.zone) === fullest);
    eligible.sort((a, b) =>
      rank(a, policies, current, now).reduce((order, value, index) => order || value - rank(b, policies, current, now)[index]!, 0),
    );
    victims.push(eligible[0]!);
    left.splice(left.indexOf(eligible[0]!), 1);
  }
  return victims;
}

const HOUR = 3_600_000;

/** Smaller goes first. */
function rank(instance: InstanceRow, policies: string[], current: TemplateRef, now: number): number[] {
  // Templates that are not the group's present one are the oldest; among those of the present one, the lower version.
  const template = instance.template.id === current.id ? Number(instance.template.version) : -1;
  const toNextHour = HOUR - ((now - instance.launchedAt) % HOUR);
  const byPolicy: Record<string, number[]> = {
    Default: [template, toNextHour],
    OldestInstance: [instance.launchedAt],
    NewestInstance: [-instance.launchedAt],
    OldestLaunchTemplate: [template],
    ClosestToNextInstanceHour: [toNextHour],
  };
  return [...policies.flatMap((policy) => byPolicy[policy] ?? []), instance.launchedAt];
}

/** The subnet for the next instance: the Availability Zone with the fewest, then the subnet with the fewest. */
export function chooseSubnet(subnets: SubnetRef[], members: Pick<InstanceRow, "subnet">[]): SubnetRef {
  const count = (test: (subnet: SubnetRef) => boolean): number => members.filter(({ subnet }) => test(subnet)).length;
  const load = (subnet: SubnetRef): [number, number] => [count((other) => other.zone === subnet.zone), count((other) => other.id === subnet.id)];
  return subnets.toSorted((a, b) => load(a)[0] - load(b)[0] || load(a)[1] - load(b)[1])[0]!;
}

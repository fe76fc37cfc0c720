import { DNS_REGION } from "../stacks/names.ts";
import { withoutName } from "./reduce.ts";
import { type DeployedStack, neverWas, type WantedStack } from "./stacks.ts";
import type { Template } from "./template.ts";

/**
 * A leaf whose name changes, or the zone that its name is in. Its records cannot move while a function writes them: the old ones would
 * be left behind with the address of an instance that is up, and the new ones would say that it sleeps. So the leaf goes to sleep,
 * and what knows its name is made anew; its volumes, its topic and its logs stay.
 */
export interface Rename {
  /** The leaf's own stack. */
  readonly stack: string;
  readonly from: string;
  readonly to: string;
}

export interface Renaming extends Rename {
  readonly domain: DeployedStack;
  /** What wakes it; undefined where that is gone already. */
  readonly starter?: DeployedStack;
  /** The leaf's own stack without what knows its name; undefined where that is gone already. */
  readonly reduced?: { readonly stack: WantedStack; readonly template: Template };
}

/** @param ours what is deployed, of this application and environment */
export function renamings(ours: readonly DeployedStack[], wanted: readonly WantedStack[]): Renaming[] {
  const deployed = (name: string): DeployedStack | undefined => ours.find((stack) => stack.name === name && !neverWas(stack));
  return wanted.flatMap((next): Renaming[] => {
    const leaf = next.region === DNS_REGION ? /^(.*)-Domain$/.exec(next.name)?.[1] : undefined;
    const own = wanted.find(({ name }) => name === leaf);
    const domain = leaf === undefined ? undefined : ours.find((stack) => stack.name === next.name && stack.region === DNS_REGION);
    if (!own || !domain || neverWas(domain)) return [];
    const [from, to] = [nameIn(domain.template), nameIn(next.template)];
    if (from === undefined || to === undefined || (from.name === to.name && from.zone === to.zone)) return [];
    const starter = ours.find(({ name }) => name === `${own.name}-StartSystem`);
    const before = deployed(own.name)?.template;
    const template = before && withoutName(before);
    return [
      {
        stack: own.name,
        ...(from.name === to.name ? { from: `${from.name} in ${from.zone}`, to: `${to.name} in ${to.zone}` } : { from: from.name, to: to.name }),
        domain,
        ...(starter ? { starter } : {}),
        ...(template ? { reduced: { stack: own, template } } : {}),
      },
    ];
  });
}

/** The leaf's name by its Domain stack, and the zone in words. */
function nameIn(template: Template): { name: string; zone: string } | undefined {
  const resources = Object.values(template.Resources ?? {});
  const address = resources.find(({ Type, Properties }) => Type === "AWS::Route53::RecordSet" && Properties?.["Type"] === "A");
  if (!address) return undefined;
  const own = resources.some(({ Type }) => Type === "AWS::Route53::HostedZone");
  return { name: String(address.Properties?.["Name"]).replace(/\.$/, ""), zone: own ? "a zone of its own" : "the zone that leaves share" };
}

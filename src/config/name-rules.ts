import { kindOf } from "./kind-rules.ts";
import { type Problem, problem } from "./problems.ts";
import type { Whole } from "./project-rules.ts";
import { placeOf, textAt } from "./tree.ts";
import { parseDomain } from "./values.ts";
import { delegated } from "./zone-rules.ts";

/** A service's own name lies in the base's zone, outside the zones of leaves that a DNS query wakes, and is nobody else's. */
export function nameRules({ base, leaves, zones }: Whole): Problem[] {
  const { root } = zones;
  const below = delegated(leaves, zones);
  const taken = new Map<string, string>();
  const balancer = parseDomain(textAt(base, ["loadBalancer", "domain"]) ?? "");
  return leaves.flatMap(({ name, tree }): Problem[] => {
    const domain = kindOf(tree) === "service" ? parseDomain(textAt(tree, ["domain"]) ?? "") : undefined;
    if (domain === undefined) return [];
    const path = ["domain"];
    const say = (message: string, allowed: string, suggestion?: string): Problem[] => [
      problem(placeOf(tree, path), path, message, { allowed, ...(suggestion === undefined ? {} : { suggestion }) }),
    ];
    if (root === undefined)
      return say("a name of its own needs a hosted zone, and rouse.yaml has none", "domain: {name, hostedZoneId} in rouse.yaml");
    if (domain !== root && !domain.endsWith(`.${root}`))
      return say(
        `${domain} does not lie in ${root}, the domain in rouse.yaml`,
        `${root}, or a name that ends in .${root}`,
        `${domain.split(".")[0]}.${root}`,
      );
    if (domain === balancer)
      return say(`${domain} is the load balancer's name already (loadBalancer.domain)`, "another name, or a route without domain");
    const other = taken.get(domain);
    if (other !== undefined) return say(`leaf ${other} has the domain ${domain} already`, "a name for each leaf");
    taken.set(domain, name);
    const inside = below.find(({ zone }) => domain === zone || domain.endsWith(`.${zone}`));
    return inside ? say(`${inside.zone} is the zone ${inside.whose}`, "a name outside the zones of leaves that a DNS query wakes") : [];
  });
}

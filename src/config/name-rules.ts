import { kindOf } from "./kind-rules.ts";
import { type Problem, problem } from "./problems.ts";
import type { Whole } from "./project-rules.ts";
import { placeOf, textAt } from "./tree.ts";
import { parseDomain } from "./values.ts";

/** A service's own name lies in the base's zone, outside the zones of leaves that a DNS query wakes, and is nobody else's. */
export function nameRules({ base, leaves, zone }: Whole): Problem[] {
  const zones = leaves.flatMap(({ name, tree }) => {
    const own = kindOf(tree) === "dns" ? parseDomain(textAt(tree, ["domain"]) ?? (zone === undefined ? "" : `${name}.${zone}`)) : undefined;
    return own === undefined ? [] : [{ name, own }];
  });
  const taken = new Map<string, string>();
  const balancer = parseDomain(textAt(base, ["loadBalancer", "domain"]) ?? "");
  return leaves.flatMap(({ name, tree }): Problem[] => {
    const domain = kindOf(tree) === "service" ? parseDomain(textAt(tree, ["domain"]) ?? "") : undefined;
    if (domain === undefined) return [];
    const path = ["domain"];
    const say = (message: string, allowed: string, suggestion?: string): Problem[] => [
      problem(placeOf(tree, path), path, message, { allowed, ...(suggestion === undefined ? {} : { suggestion }) }),
    ];
    if (zone === undefined)
      return say("a name of its own needs a hosted zone, and rouse.yaml has none", "domain: {name, hostedZoneId} in rouse.yaml");
    if (domain !== zone && !domain.endsWith(`.${zone}`))
      return say(
        `${domain} does not lie in ${zone}, the domain in rouse.yaml`,
        `${zone}, or a name that ends in .${zone}`,
        `${domain.split(".")[0]}.${zone}`,
      );
    if (domain === balancer)
      return say(`${domain} is the load balancer's name already (loadBalancer.domain)`, "another name, or a route without domain");
    const other = taken.get(domain);
    if (other !== undefined) return say(`leaf ${other} has the domain ${domain} already`, "a name for each leaf");
    taken.set(domain, name);
    const inside = zones.find(({ own }) => domain === own || domain.endsWith(`.${own}`));
    return inside ? say(`${inside.own} is the zone of leaf ${inside.name}`, "a name outside the zones of leaves that a DNS query wakes") : [];
  });
}

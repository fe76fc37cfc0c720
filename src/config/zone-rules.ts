import { kindOf } from "./kind-rules.ts";
import { type Place, problem, type Problem } from "./problems.ts";
import { type MapTree, placeOf, textAt } from "./tree.ts";
import { isDnsLabel, parseDomain, PER_LEAF } from "./values.ts";

/**
 * Name of the zone that leaves share; undefined where each has its own.
 * @param of.root name of the root zone
 */
export function sharedZone(of: { application: string; root: string; said?: string | undefined }): string | undefined {
  return of.said === PER_LEAF ? undefined : (of.said ?? `${of.application}.${of.root}`);
}

/** The zones that rouse.yaml speaks of, as far as they are known. */
export interface Zones {
  /** Name of the root zone, also where only the environment gives one. */
  readonly root?: string;
  readonly shared?: string;
}

/** As `resolveDomain` will have it, read from a file that may have mistakes. @param root name of the environment's own root zone */
export function zonesOf(base: MapTree, root: string | undefined): Zones {
  if (root === undefined) return {};
  const said = textAt(base, ["domain", "zone"]);
  const application = textAt(base, ["name"]);
  if (said !== undefined && said !== PER_LEAF) {
    const shared = parseDomain(said);
    return { root, ...(shared?.endsWith(`.${root}`) ? { shared } : {}) };
  }
  // Without a name for the application there is none for the zone; that there is none is told as a mistake of its own.
  if (said === PER_LEAF || application === undefined || !isDnsLabel(application)) return { root };
  return { root, shared: sharedZone({ application, root })! };
}

/** The name that a leaf has, and the zone in which it is. */
export function leafName(leaf: string, tree: MapTree, { root, shared }: Zones): { domain?: string; zone: "shared" | "own" } {
  const said = textAt(tree, ["domain"]);
  const above = shared ?? root;
  const domain = parseDomain(said ?? (above === undefined ? "" : `${leaf}.${above}`));
  const zone = domain !== undefined && shared !== undefined && domain.endsWith(`.${shared}`) ? "shared" : "own";
  return { ...(domain === undefined ? {} : { domain }), zone };
}

/** The shared zone lies below the root zone, which delegates it. */
export function zoneRule(base: MapTree, { root }: Zones): Problem[] {
  const path = ["domain", "zone"];
  const shared = parseDomain(textAt(base, path) ?? "");
  if (root === undefined || shared === undefined || shared.endsWith(`.${root}`)) return [];
  const first = shared === root ? (textAt(base, ["name"]) ?? "games") : shared.split(".")[0];
  return [
    problem(placeOf(base, path), path, `${shared} does not lie below ${root}, the name beside it`, {
      allowed: `a name that ends in .${root}, or ${PER_LEAF}`,
      suggestion: `${first}.${root}`,
    }),
  ];
}

/**
 * The name of a leaf lies below the base's domain, no two leaves share one, and zones do not contain each other: what is
 * delegated would hide what is below it.
 * @param taken names of leaves, and whose they are
 */
export function leafNameRules(
  tree: MapTree,
  { domain, zone }: ReturnType<typeof leafName>,
  { root, shared }: Zones,
  taken: ReadonlyMap<string, string>,
): Problem[] {
  if (root === undefined || domain === undefined) return [];
  const place: Place = textAt(tree, ["domain"]) === undefined ? tree.at : placeOf(tree, ["domain"]);
  const say = (message: string, allowed: string, suggestion?: string): Problem[] => [
    problem(place, ["domain"], message, { allowed, ...(suggestion === undefined ? {} : { suggestion }) }),
  ];
  const first = domain.split(".")[0]!;
  if (!domain.endsWith(`.${root}`))
    return say(`${domain} does not lie below ${root}, the domain in rouse.yaml`, `a name that ends in .${root}`, `${first}.${root}`);
  if (shared !== undefined && (domain === shared || shared.endsWith(`.${domain}`)))
    return say(
      `${domain === shared ? `${domain} is` : `below ${domain} is`} the zone that leaves share${domain === shared ? "" : `, ${shared}`}`,
      "another name, or another domain.zone in rouse.yaml",
      `${first}.${shared}`,
    );
  if (zone === "shared" && domain.split(".").length !== shared!.split(".").length + 1)
    return say(`${domain} lies deeper than one label below ${shared}, the zone that leaves share`, `<name>.${shared}`, `${first}.${shared}`);
  for (const [other, leaf] of taken) {
    if (other === domain) return say(`leaf ${leaf} has the domain ${domain} already`, "a domain for each leaf");
    if (domain.endsWith(`.${other}`) || other.endsWith(`.${domain}`))
      return say(
        `${domain} and ${other} (leaf ${leaf}) lie one below the other; each leaf has a zone of its own`,
        "domains that do not contain each other",
      );
  }
  return [];
}

/** Names of what is delegated from the root zone, and whose it is: nothing else can have a name in there. */
export function delegated(leaves: readonly { name: string; tree: MapTree }[], zones: Zones): { zone: string; whose: string }[] {
  const names = leaves.filter(({ tree }) => kindOf(tree) === "dns").map(({ name, tree }) => ({ name, ...leafName(name, tree, zones) }));
  const own = names.flatMap(({ name, domain, zone }) => (zone === "own" && domain !== undefined ? [{ zone: domain, whose: `of leaf ${name}` }] : []));
  const shares = zones.shared !== undefined && names.some(({ zone }) => zone === "shared");
  return shares ? [...own, { zone: zones.shared, whose: "that leaves share" }] : own;
}

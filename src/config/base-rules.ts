import { nearest, type Path, problem, type Problem } from "./problems.ts";
import { at, has, keyPlaceOf, type MapTree } from "./tree.ts";

export const LOCAL = "local";

/** The embedded cloud needs no domain of one's own: names under .test belong to nobody (RFC 6761). */
export const LOCAL_DOMAIN = { name: "rouse.test", hostedZoneId: "ZROUSETEST" };
/** The account that the embedded cloud answers for. */
export const LOCAL_ACCOUNT = "000000000000";

/** The environments that there are: those of rouse.yaml, and always `local`. */
export function environmentNames(tree: MapTree): string[] {
  const environments = at(tree, ["environments"]);
  const names = environments?.kind === "map" ? [...environments.entries.keys()] : [];
  return [...new Set([LOCAL, ...names])].sort();
}

export function environmentRule(tree: MapTree, environment: string): Problem[] {
  const names = environmentNames(tree);
  if (names.includes(environment)) return [];
  const suggestion = nearest(environment, names);
  return [
    problem(keyPlaceOf(tree, ["environments"]), ["environments"], `there is no environment "${environment}"`, {
      allowed: names.join(", "),
      ...(suggestion === undefined ? {} : { suggestion }),
    }),
  ];
}

export const baseRules = (tree: MapTree): Problem[] => [
  ...vpcRule(tree),
  ...twiceRule(tree, ["alerts", "email"]),
  ...twiceRule(tree, ["ssh", "from"]),
  ...twiceRule(tree, ["loadBalancer", "from"]),
];

/** The same thing twice in a list would be two resources with one name. */
export function twiceRule(tree: MapTree, path: Path): Problem[] {
  const list = at(tree, path);
  if (list?.kind !== "list") return [];
  const seen = new Set<string>();
  return list.items.flatMap((item, index) => {
    if (item.kind !== "scalar") return [];
    // Paths differ by case; addresses do not.
    const text = String(item.value).startsWith("/") ? String(item.value) : String(item.value).toLowerCase();
    if (seen.has(text)) return [problem(item.at, [...path, index], `${text} is there twice`, { allowed: "each once" })];
    seen.add(text);
    return [];
  });
}

/** A network is new, or one with a name, or the default one. */
function vpcRule(tree: MapTree): Problem[] {
  const kinds = (["maxAzs", "name", "default"] as const).filter((key) => has(tree, ["vpc", key]) || (key === "maxAzs" && has(tree, ["vpc", "cidr"])));
  if (kinds.length < 2) return [];
  const key = kinds[1] === "name" || kinds[1] === "default" ? kinds[1] : "maxAzs";
  return [
    problem(keyPlaceOf(tree, ["vpc", key]), ["vpc", key], "a network is either new (maxAzs, cidr), or has a name, or is the default one", {
      allowed: "one of {maxAzs: 1}, {name: my-vpc} or {default: true}; an overlay takes a key back with null",
    }),
  ];
}

import { alertRules } from "./alert-rules.ts";
import { nearest, type Path, problem, type Problem } from "./problems.ts";
import { at, has, isNull, keyPlaceOf, type MapTree } from "./tree.ts";

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
  ...alertRules(tree),
  ...twiceRule(tree, ["ssh", "from"]),
  ...twiceRule(tree, ["loadBalancer", "from"]),
  ...tagsRule(tree),
];

/** AWS General Reference, "Tag naming limits and requirements": 50 for each resource, of which Rouse has four and AppRegistry one. */
const MOST_TAGS = 45;

function tagsRule(tree: MapTree): Problem[] {
  const tags = at(tree, ["tags"]);
  if (tags?.kind !== "map") return [];
  const seen = new Map<string, string>();
  const problems = [...tags.entries].flatMap(([name, { value, key }]) => {
    const path = ["tags", name];
    const before = seen.get(name.toLowerCase());
    seen.set(name.toLowerCase(), name);
    if (isNull(value) && key.file === tree.at.file) return [problem(key, path, "nothing stands here", { allowed: "a text, or no such key" })];
    // IAM user guide, "Tags for IAM resources": the same word in another case is the same tag there.
    return before === undefined || isNull(value)
      ? []
      : [problem(key, path, `for roles ${before} and ${name} are one tag`, { allowed: "each name once" })];
  });
  const count = [...tags.entries.values()].filter(({ value }) => !isNull(value)).length;
  if (count <= MOST_TAGS) return problems;
  return [
    ...problems,
    problem(keyPlaceOf(tree, ["tags"]), ["tags"], `${count} tags are more than a resource takes`, { allowed: `at most ${MOST_TAGS}` }),
  ];
}

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

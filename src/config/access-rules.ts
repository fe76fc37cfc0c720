import { keyOf, nearest, type Path, problem, type Problem } from "./problems.ts";
import { refused } from "./refuse.ts";
import { at, has, isNull, keyPlaceOf, type MapTree, placeOf, textAt } from "./tree.ts";

/** @param file the leaf's own file: a null in its overlay takes a key back, one in itself says nothing */
export const accessRules = (tree: MapTree, file: string): Problem[] => [...secretRules(tree, file), ...permissionRules(tree, file)];

const KEPT = "{secret: name, key: key} or {parameter: name}";

function secretRules(tree: MapTree, file: string): Problem[] {
  const secrets = at(tree, ["secrets"]);
  if (secrets?.kind !== "map") return [];
  return [...secrets.entries].flatMap(([variable, { value }]) => {
    const path = ["secrets", variable];
    if (isNull(value)) return nothing(tree, path, file, KEPT);
    return [...shared(tree, variable), ...(value.kind === "map" ? kept(tree, value, path) : [])];
  });
}

/** Amazon ECS refuses a definition in which two say what a variable is, and what a run may be told instead is no secret any more. */
function shared(tree: MapTree, variable: string): Problem[] {
  const other = [["environment"], ["wake", "input", "environment"]].find((path) => has(tree, [...path, variable]));
  if (!other) return [];
  const path = ["secrets", variable];
  return [problem(keyPlaceOf(tree, path), path, `${variable} is in ${keyOf(other)}, too`, { allowed: "each variable in one of the two" })];
}

/** What says where a secret is kept names one place. */
export function kept(tree: MapTree, secret: MapTree, path: Path): Problem[] {
  const [inSecret, inParameter] = [has(secret, ["secret"]), has(secret, ["parameter"])];
  if (inSecret && inParameter) {
    // One of them comes from the overlay: null there takes the other one back.
    const [first, second] = (["secret", "parameter"] as const).map((key) => keyPlaceOf(tree, [...path, key]));
    const suggestion =
      first!.file === second!.file ? {} : { suggestion: `${second!.file === tree.at.file ? "parameter" : "secret"}: null beside it` };
    return [problem(second!, [...path, "parameter"], "secret and parameter exclude each other", { allowed: KEPT, ...suggestion })];
  }
  if (inParameter) return refused(tree, [[...path, "key"]], "a parameter is one value", "no key, or secret: name");
  if (inSecret || [...secret.entries.keys()].some((key) => nearest(key, ["secret", "parameter"]))) return [];
  return [problem(placeOf(tree, path), [...path, "secret"], "neither secret nor parameter says where it is kept", { allowed: KEPT })];
}

const SHORT: Readonly<Record<string, readonly string[]>> = {
  s3: ["read", "write"],
  dynamodb: ["read", "write"],
  sqs: ["send", "receive"],
  sns: ["publish"],
  events: ["put"],
  lambda: ["invoke"],
  secrets: ["read"],
  parameters: ["read"],
};

/** What the statements of the short forms are called in a policy, where each name stands once. See stacks/leaf/permissions.ts. */
export const SHORT_SIDS: ReadonlySet<string> = new Set([
  "ListBuckets",
  "ReadObjects",
  "WriteObjects",
  "ReadTables",
  "WriteTables",
  "SendMessages",
  "ReceiveMessages",
  "PublishToTopics",
  "PutEvents",
  "InvokeFunctions",
  "ReadSecrets",
  "ReadParameters",
]);

function permissionRules(tree: MapTree, file: string): Problem[] {
  const permissions = at(tree, ["permissions"]);
  if (permissions?.kind !== "map") return sidRule(tree, ["permissions"]);
  const empty = Object.entries(SHORT).flatMap(([service, verbs]) => {
    const path = ["permissions", service];
    const allowed = `{${verbs.map((verb) => `${verb}: [name]`).join(", ")}}`;
    const short = at(tree, path);
    if (isNull(short)) return nothing(tree, path, file, allowed);
    if (short?.kind !== "map") return [];
    const nulls = verbs.flatMap((verb) => (isNull(at(short, [verb])) ? nothing(tree, [...path, verb], file, "a list of names") : []));
    return short.entries.size === 0 ? [problem(placeOf(tree, path), path, "it allows nothing", { allowed })] : nulls;
  });
  return [...empty, ...sidRule(tree, ["permissions", "statements"])];
}

/** IAM user guide, "IAM JSON policy elements: Sid": unique within a policy. */
function sidRule(tree: MapTree, path: Path): Problem[] {
  const statements = at(tree, path);
  if (statements?.kind !== "list") return [];
  const seen = new Set<string>();
  return statements.items.flatMap((item, index) => {
    const sid = textAt(item, ["sid"]);
    if (sid === undefined) return [];
    const where = [...path, index, "sid"];
    const taken = SHORT_SIDS.has(sid)
      ? `${sid} is the name of a statement that a short form makes`
      : seen.has(sid)
        ? `${sid} is there twice`
        : undefined;
    seen.add(sid);
    return taken === undefined ? [] : [problem(placeOf(tree, where), where, taken, { allowed: "each name once" })];
  });
}

function nothing(tree: MapTree, path: Path, file: string, allowed: string): Problem[] {
  const place = keyPlaceOf(tree, path);
  return place.file === file ? [problem(place, path, "nothing stands here", { allowed })] : [];
}

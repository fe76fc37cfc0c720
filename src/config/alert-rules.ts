import { kept } from "./access-rules.ts";
import { type Path, problem, type Problem } from "./problems.ts";
import { at, has, keyPlaceOf, type MapTree, textAt, type Tree } from "./tree.ts";

const CHANNELS = { discord: "Discord", slack: "Slack" } as const;

/** What a schema cannot say of whom to tell: secrets stand in no file, and nobody is told twice. */
export function alertRules(tree: MapTree): Problem[] {
  return [
    ...sameRule(tree, "email", (item) =>
      (item.kind === "scalar" ? String(item.value) : ((item.kind === "map" ? textAt(item, ["address"]) : undefined) ?? "")).toLowerCase(),
    ),
    ...Object.entries(CHANNELS).flatMap(([key, name]) => [...channelRules(tree, ["alerts", key], name), ...sameRule(tree, key, whereOf)]),
    ...webhookRules(tree),
    ...sameRule(tree, "webhooks", (item) => (item.kind === "map" ? (textAt(item, ["url"]) ?? "") : "")),
  ];
}

function channelRules(tree: MapTree, path: Path, name: string): Problem[] {
  const given = at(tree, path);
  const items: [Path, Tree][] = given?.kind === "list" ? given.items.map((item, index) => [[...path, index], item]) : given ? [[path, given]] : [];
  return items.flatMap(([own, item]) => {
    if (item.kind === "scalar" && typeof item.value === "string") return [literal(item.at, own, name)];
    if (item.kind !== "map" || given?.kind !== "list") return [];
    if (has(item, ["url"])) return [literal(keyPlaceOf(tree, [...own, "url"]), [...own, "url"], name)];
    return kept(tree, item, own);
  });
}

/** Never repeats the text: it may be the secret, and a report is read in logs of CI, too. */
const literal = (place: Tree["at"], path: Path, name: string): Problem =>
  problem(place, path, `the URL of a ${name} webhook is a secret (who has it can post) and stands in no file: keep it in SSM or Secrets Manager`, {
    allowed: "{parameter: name} or {secret: name, key: key}",
    suggestion: `{ parameter: /alerts/${name.toLowerCase()} }, stored by: aws ssm put-parameter --type SecureString --name /alerts/${name.toLowerCase()} --value …`,
  });

function webhookRules(tree: MapTree): Problem[] {
  const list = at(tree, ["alerts", "webhooks"]);
  if (list?.kind !== "list") return [];
  return list.items.flatMap((item, index) => {
    const path = ["alerts", "webhooks", index, "signingSecret"];
    const secret = at(tree, path);
    if (secret?.kind === "map") return kept(tree, secret, path);
    if (secret?.kind !== "scalar" || typeof secret.value !== "string" || item.kind !== "map") return [];
    return [
      problem(secret.at, path, "a signing secret stands in no file: keep it in SSM or Secrets Manager", {
        allowed: "{secret: name, key: key} or {parameter: name}",
        suggestion:
          "{ parameter: /alerts/signing-secret }, stored by: aws ssm put-parameter --type SecureString --name /alerts/signing-secret --value …",
      }),
    ];
  });
}

const whereOf = (item: Tree): string =>
  item.kind === "map"
    ? ["secret", "parameter", "key"]
        .map((key) => textAt(item, [key]) ?? "")
        .join(" ")
        .trim()
    : "";

/** One that is there twice would be told twice. */
function sameRule(tree: MapTree, key: string, keyOf: (item: Tree) => string): Problem[] {
  const list = at(tree, ["alerts", key]);
  if (list?.kind !== "list") return [];
  const seen = new Set<string>();
  return list.items.flatMap((item, index) => {
    const own = item.kind === "list" ? "" : keyOf(item);
    const before = own !== "" && seen.has(own);
    seen.add(own);
    if (!before) return [];
    return [problem(item.at, ["alerts", key, index], `${own} is there twice`, { allowed: "each once, with all its occasions" })];
  });
}

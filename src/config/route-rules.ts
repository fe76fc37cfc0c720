import { kindOf } from "./kind-rules.ts";
import { problem, type Problem } from "./problems.ts";
import type { LeafTree } from "./project-rules.ts";
import { literalSegments, overlap, priorityOf } from "./routes.ts";
import { at, has, type MapTree, placeOf, textAt } from "./tree.ts";
import { parseDomain } from "./values.ts";

interface Rule {
  /** The load balancer that it is a rule of. */
  readonly visibility: string;
  /** The name that it asks for, lower case. */
  readonly host?: string;
  readonly name: string;
  readonly tree: MapTree;
  readonly patterns: readonly string[];
  readonly priority: number;
  /** The file gives the priority. */
  readonly given: boolean;
}

/** No two leaves have one priority or one route, and where routes overlap it is clear which leaf a request is for. */
export function routeRules(leaves: readonly LeafTree[]): Problem[] {
  const rules = leaves.map(ruleOf).filter(({ patterns }) => patterns.length > 0);
  return rules.flatMap((rule, index) =>
    rules.slice(0, index).flatMap((other): Problem[] => {
      if (rule.visibility !== other.visibility) return [];
      // One name for two leaves is a mistake of its own (name-rules.ts).
      if (rule.host !== undefined && rule.host === other.host) return [];
      const same = rule.host !== other.host ? undefined : rule.patterns.find((pattern) => other.patterns.includes(pattern));
      const path = has(rule.tree, ["priority"]) ? ["priority"] : ["route"];
      const at = placeOf(rule.tree, path);
      if (same !== undefined) {
        const message = `leaf ${other.name} has the route ${same} already`;
        return [problem(placeOf(rule.tree, ["route"]), ["route"], message, { allowed: "a route (or a domain) for each leaf" })];
      }
      if (rule.priority === other.priority) {
        const message = `the rules of ${rule.name} and ${other.name} have the same priority, ${rule.priority}`;
        return [
          problem(at, path, message, {
            allowed: "priority: 1 to 50000 in one of them, such as its neighbour",
            suggestion: `priority: ${neighbour(rules, rule.priority)}`,
          }),
        ];
      }
      const unclear = unclearBetween(rule, other);
      if (!unclear) return [];
      const message = `a path may match ${unclear.own} and ${unclear.theirs} of leaf ${other.name}, and ${unclear.why}`;
      return [problem(at, path, message, { allowed: "priority: 1 to 50000 in one of them; 1 is looked at first" })];
    }),
  );
}

function ruleOf({ name, tree }: LeafTree): Rule {
  const route = at(tree, ["route"]);
  const items = route?.kind === "list" ? route.items : route ? [route] : [];
  const written = items.flatMap((item) => (item.kind === "scalar" && typeof item.value === "string" ? [item.value] : []));
  const service = kindOf(tree) === "service";
  const patterns = service && !has(tree, ["route"]) ? ["/*"] : written;
  const host = service ? parseDomain(textAt(tree, ["domain"]) ?? "") : undefined;
  const visibility = (service ? textAt(tree, ["visibility"]) : undefined) ?? "public";
  const priority = at(tree, ["priority"]);
  const given = priority?.kind === "scalar" && priority.value !== null ? Number(priority.value) : undefined;
  return {
    name,
    tree,
    patterns,
    visibility,
    priority: given ?? priorityOf(name, patterns, host),
    given: given !== undefined,
    ...(host === undefined ? {} : { host }),
  };
}

/** Who gives a priority has decided. */
function unclearBetween(rule: Rule, other: Rule): { own: string; theirs: string; why: string } | undefined {
  // Rules with a name come before those without, and rules of two names match no request in common.
  if (rule.given || other.given || rule.host !== other.host) return undefined;
  const [first] = rule.priority < other.priority ? [rule] : [other];
  for (const own of rule.patterns) {
    for (const theirs of other.patterns) {
      if (!overlap(own, theirs)) continue;
      const [mine, yours] = [literalSegments(own), literalSegments(theirs)];
      if (mine === yours) return { own, theirs, why: "neither has more segments without * and ?" };
      if (mine > yours !== (first === rule)) return { own, theirs, why: `the wider one would come first` };
    }
  }
  return undefined;
}

function neighbour(rules: readonly Rule[], priority: number): number {
  const taken = new Set(rules.map((each) => each.priority));
  for (let distance = 1; ; distance++) {
    const free = [priority + distance, priority - distance].find((each) => each >= 1 && each <= 50_000 && !taken.has(each));
    if (free !== undefined) return free;
  }
}

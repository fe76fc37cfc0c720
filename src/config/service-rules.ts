import { computeRule } from "./compute-rules.ts";
import { checks, tcpOnly, wildcards } from "./balanced-rules.ts";
import { DNS_ONLY, refused, required } from "./refuse.ts";
import { type Path, problem, type Problem } from "./problems.ts";
import { at, has, type MapTree, placeOf } from "./tree.ts";

const NEVER_SLEEPS: Path[] = [
  ["watchdog", "idle"],
  ["watchdog", "leftUp"],
];

const WITH_PORTS: Path[] = [
  ["route"],
  ["priority"],
  ["drain"],
  ["domain"],
  ["visibility"],
  ["scale", "requests"],
  ["health", "path"],
  ["health", "passes"],
  ["health", "matcher"],
  ["health", "grace"],
];

/** What a service that is always on needs, and what does not apply to it. */
export function serviceRules(tree: MapTree): Problem[] {
  const balanced = has(tree, ["ports"]);
  return [
    ...required(tree, [["compute"]]),
    ...refused(tree, NEVER_SLEEPS, "a service that is always on does not sleep", "wake: http, for one that does"),
    ...refused(tree, [["watchdog", "grace"]], DNS_ONLY, "crashLoop"),
    ...refused(tree, [["existing"]], "it belongs to a leaf that events wake", "wake: event"),
    ...refused(tree, [["health", "port"]], "the load balancer asks on the port that it sends requests to", "no port: the first of ports"),
    ...(balanced ? [] : refused(tree, WITH_PORTS, "without ports it is a worker, which nothing reaches", "ports: [8080/tcp], or this key left out")),
    ...tcpOnly(tree),
    ...wildcards(tree),
    ...conditionValues(tree),
    ...checks(tree, balanced),
    ...scaleRules(tree),
    ...computeRule(tree, "other"),
  ];
}

/** Values of all conditions of a rule: ELB user guide, "Quotas for your Application Load Balancers". The name is one of them. */
const MOST_VALUES = 5;

function conditionValues(tree: MapTree): Problem[] {
  const route = at(tree, ["route"]);
  if (route?.kind !== "list" || !has(tree, ["domain"]) || route.items.length < MOST_VALUES) return [];
  return [
    problem(route.at, ["route"], `a rule of the load balancer takes ${MOST_VALUES} values, and domain is one of them`, {
      allowed: `at most ${MOST_VALUES - 1} patterns`,
    }),
  ];
}

const GOALS = ["cpu", "memory", "requests"];

function scaleRules(tree: MapTree): Problem[] {
  if (at(tree, ["scale"])?.kind !== "map") return [];
  const number = (key: string): number | undefined => {
    const found = at(tree, ["scale", key]);
    return found?.kind === "scalar" && found.value !== null && !Number.isNaN(Number(found.value)) ? Number(found.value) : undefined;
  };
  const min = number("min") ?? 1;
  const max = number("max") ?? min;
  const path = ["scale", has(tree, ["scale", "max"]) ? "max" : "min"];
  if (max < min) return [problem(placeOf(tree, path), path, `max (${max}) is less than min (${min})`, { allowed: `max: ${min} or more` })];
  if (max > min) return [];
  const useless = [...GOALS, "cooldown"].map((key): Path => ["scale", key]).filter((each) => has(tree, each));
  return refused(tree, useless, `nothing is scaled: there are always ${min} tasks`, "a max that is more than min");
}

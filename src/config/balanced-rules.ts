import { problem, type Problem } from "./problems.ts";
import { refused, required } from "./refuse.ts";
import { at, has, type MapTree, placeOf, textAt } from "./tree.ts";
import { parseDuration, parsePort } from "./values.ts";

/** What holds for every leaf behind a load balancer. */

export function tcpOnly(tree: MapTree): Problem[] {
  const ports = at(tree, ["ports"]);
  if (ports?.kind !== "list") return [];
  return ports.items.flatMap((item, index) => {
    const parsed = item.kind === "scalar" ? parsePort(String(item.value)) : undefined;
    if (!parsed || !("value" in parsed) || parsed.value.protocol === "tcp") return [];
    return [
      problem(item.at, ["ports", index], "it is reached through the load balancer, which speaks HTTP over TCP", {
        allowed: "ports with /tcp, or wake: dns",
      }),
    ];
  });
}

/** One of the two stands in the developer guide's translations as 6; the smaller holds either way. */
const MOST_WILDCARDS = 5;

/** ELB user guide, "Quotas for your Application Load Balancers", condition wildcards per rule. */
export function wildcards(tree: MapTree): Problem[] {
  const route = at(tree, ["route"]);
  const patterns = route?.kind === "list" ? route.items : route ? [route] : [];
  const count = patterns.reduce((sum, each) => sum + (each.kind === "scalar" ? (String(each.value).match(/[*?]/g)?.length ?? 0) : 0), 0);
  if (!route || count <= MOST_WILDCARDS) return [];
  return [
    problem(route.at, ["route"], `${count} wildcards are more than a rule takes`, {
      allowed: `at most ${MOST_WILDCARDS} of * and ? in all patterns`,
    }),
  ];
}

/** Interval and timeout of an engine's checks, where the file gives none. Seconds. */
export const ENGINE_CHECK = { interval: 10, timeout: 5 } as const;

export function checks(tree: MapTree, routed: boolean): Problem[] {
  if (at(tree, ["health"])?.kind !== "map") return [];
  const problems: Problem[] = [];
  const command = has(tree, ["health", "command"]);
  if (!routed && !command && !has(tree, ["health", "path"]))
    problems.push(...required(tree, [["health", "command"]], "command: what to run in the container; without a route nothing else can be asked"));
  if (!command) problems.push(...refused(tree, [["health", "startPeriod"]], "it is about the container's own check", "command beside it"));
  if (!routed) return problems;
  const seconds = (key: "interval" | "timeout") => parseDuration(textAt(tree, ["health", key]) ?? "") ?? ENGINE_CHECK[key];
  if (seconds("timeout") >= seconds("interval")) {
    const path = has(tree, ["health", "timeout"]) ? ["health", "timeout"] : ["health", "interval"];
    problems.push(
      problem(placeOf(tree, path), path, "a check of the load balancer must end before the next begins", {
        allowed: "a timeout shorter than the interval",
      }),
    );
  }
  const retries = at(tree, ["health", "retries"]);
  if (retries?.kind === "scalar" && Number(retries.value) === 1)
    problems.push(
      problem(retries.at, ["health", "retries"], "the load balancer gives a target up after two failed checks at the earliest", {
        allowed: "a whole number, 2 to 10",
      }),
    );
  return problems;
}

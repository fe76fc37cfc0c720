import { REQUIRED } from "./check.ts";
import { computeRule } from "./compute-rules.ts";
import { leafSchema } from "./leaf-schema.ts";
import { keyOf, nearest, type Path, problem, type Problem } from "./problems.ts";
import { at, has, isNull, keyPlaceOf, type MapTree, placeOf, textAt } from "./tree.ts";
import { parseDuration, parsePort } from "./values.ts";

/** What wakes a leaf, as it was written, and where. */
export function wakeWords(tree: MapTree): { name: string; path: Path }[] {
  const wake = at(tree, ["wake"]);
  if (wake?.kind === "scalar") return typeof wake.value === "string" ? [{ name: wake.value, path: ["wake"] }] : [];
  if (wake?.kind === "map") {
    const given = [...wake.entries.keys()].filter((name) => has(wake, [name]));
    return given.map((name) => ({ name, path: ["wake", name] }));
  }
  return (wake?.items ?? []).flatMap((item, index) => (item.kind === "scalar" ? [{ name: String(item.value), path: ["wake", index] }] : []));
}

/** Undefined where the file does not say: then `wake` is a mistake of its own. */
export function kindOf(tree: MapTree): "dns" | "engine" | undefined {
  const names = new Set(wakeWords(tree).map(({ name }) => name));
  const engine = names.has("event") || names.has("http");
  return names.has("dns") === engine ? undefined : engine ? "engine" : "dns";
}

export const wakesByHttp = (tree: MapTree): boolean => wakeWords(tree).some(({ name }) => name === "http");

/** What a leaf of its kind needs, and what does not apply to it. An option that would do nothing is refused. */
export function kindRules(tree: MapTree): Problem[] {
  const kind = kindOf(tree);
  if (kind === undefined) return [];
  if (kind === "dns") return dnsRules(tree);
  return has(tree, ["existing"]) ? existingRules(tree) : engineRules(tree);
}

function dnsRules(tree: MapTree): Problem[] {
  const idle = at(tree, ["watchdog", "idle"]);
  const never = idle?.kind === "scalar" && idle.value === "never";
  return [
    ...required(tree, [["ports"], ["compute"]]),
    ...refused(tree, ENGINES_ONLY, "it belongs to a leaf that events or requests wake, and a DNS query wakes this one", "wake: event, or http"),
    ...(never
      ? [problem(idle.at, ["watchdog", "idle"], "a leaf that a DNS query wakes sleeps when nobody uses it", { allowed: "{below, for}" })]
      : []),
    ...computeRule(tree, "dns"),
  ];
}

const ENGINES_ONLY: Path[] = [
  ["route"],
  ["priority"],
  ["drain"],
  ["existing"],
  ["health", "passes"],
  ["health", "matcher"],
  ["watchdog", "idle", "requests"],
];

const WITH_ROUTE: Path[] = [
  ["priority"],
  ["drain"],
  ["ports"],
  ["health", "path"],
  ["health", "passes"],
  ["health", "matcher"],
  ["watchdog", "idle", "requests"],
  ["watchdog", "idle", "for"],
];

function engineRules(tree: MapTree): Problem[] {
  const routed = has(tree, ["route"]);
  const http = wakeWords(tree).find(({ name }) => name === "http");
  const needs = http && !routed ? [["route"]] : [];
  return [
    ...required(tree, [["compute"], ...(routed || http ? [["ports"]] : []), ...needs]),
    ...refused(tree, [["domain"]], "an engine has no name of its own: it is a path on the load balancer", "loadBalancer: {domain: …} in rouse.yaml"),
    ...refused(
      tree,
      [
        ["watchdog", "grace"],
        ["watchdog", "idle", "below"],
      ],
      DNS_ONLY,
      "watchdog: {idle: {requests: none, for: 30m}}",
    ),
    ...refused(tree, [["health", "port"]], "the load balancer asks on the port that it sends requests to", "no port: the first of ports"),
    ...(routed || http
      ? []
      : refused(tree, WITH_ROUTE, "without a route nothing reaches this leaf, and nobody counts its requests", "a route, or this key left out")),
    ...tcpOnly(tree),
    ...wildcards(tree),
    ...checks(tree, routed),
    ...computeRule(tree, "engine"),
  ];
}

const DNS_ONLY = "it belongs to a leaf that a DNS query wakes";

const MADE_BY_ROUSE: Path[] = [
  "image",
  "build",
  "command",
  "entrypoint",
  "ports",
  "environment",
  "compute",
  "volumes",
  "route",
  "priority",
  "health",
  "stopTimeout",
  "process",
  "domain",
].map((key) => [key]);

function existingRules(tree: MapTree): Problem[] {
  const registers = has(tree, ["existing", "targetGroup"]);
  const http = wakeWords(tree).filter(({ name }) => name === "http");
  return [
    ...http.map(({ path }) =>
      problem(placeOf(tree, path), path, "requests cannot wake a service that is there already: the listener's rule is not ours to switch", {
        allowed: "wake: event",
      }),
    ),
    ...refused(tree, MADE_BY_ROUSE, "with existing, Rouse makes nothing that this could be said of", "existing alone, or no existing"),
    ...refused(tree, [["watchdog", "idle"]], "the requests of a load balancer that is not ours are not counted: events stop it", "leftUp, crashLoop"),
    ...refused(tree, [["watchdog", "grace"]], DNS_ONLY, "leftUp, crashLoop"),
    ...(registers
      ? required(tree, [["existing", "port"]])
      : refused(
          tree,
          [["drain"], ["existing", "port"], ["existing", "container"]],
          "nothing is registered without a targetGroup",
          "existing: {targetGroup: arn}",
        )),
  ];
}

export function refused(tree: MapTree, paths: readonly Path[], why: string, allowed: string): Problem[] {
  return paths
    .filter((path) => has(tree, path))
    .map((path) => problem(keyPlaceOf(tree, path), path, `${keyOf(path)} does not apply here: ${why}`, { allowed }));
}

const KNOWN = new Set(Object.keys(leafSchema.shape));

export function required(tree: MapTree, paths: readonly Path[], allowed?: string): Problem[] {
  return paths.flatMap((path) => {
    if (has(tree, path)) return [];
    const key = String(path.at(-1));
    // A misspelt key is reported as such, and would be the second mistake here.
    const around = at(tree, path.slice(0, -1));
    if (around?.kind === "map" && [...around.entries.keys()].some((each) => !KNOWN.has(each) && nearest(each, [key]))) return [];
    const more = allowed === undefined ? {} : { allowed };
    if (isNull(at(tree, path))) return [problem(keyPlaceOf(tree, path), path, `${REQUIRED}, and nothing stands here`, more)];
    return [problem(placeOf(tree, path), path, REQUIRED, more)];
  });
}

function tcpOnly(tree: MapTree): Problem[] {
  const ports = at(tree, ["ports"]);
  if (ports?.kind !== "list") return [];
  return ports.items.flatMap((item, index) => {
    const parsed = item.kind === "scalar" ? parsePort(String(item.value)) : undefined;
    if (!parsed || !("value" in parsed) || parsed.value.protocol === "tcp") return [];
    return [
      problem(item.at, ["ports", index], "an engine is reached through the load balancer, which speaks HTTP over TCP", {
        allowed: "ports with /tcp, or wake: dns",
      }),
    ];
  });
}

/** One of the two stands in the developer guide's translations as 6; the smaller holds either way. */
const MOST_WILDCARDS = 5;

/** ELB user guide, "Quotas for your Application Load Balancers", condition wildcards per rule. */
function wildcards(tree: MapTree): Problem[] {
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

function checks(tree: MapTree, routed: boolean): Problem[] {
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

import { checks, tcpOnly, wildcards } from "./balanced-rules.ts";
import { computeRule } from "./compute-rules.ts";
import { ALWAYS_ONLY, DNS_ONLY, refused, required, SERVICES_ONLY } from "./refuse.ts";
import { serviceRules } from "./service-rules.ts";
import { taskRules } from "./task-rules.ts";
import type { Leaf } from "./project.ts";
import { type Path, problem, type Problem } from "./problems.ts";
import { at, has, type MapTree, placeOf } from "./tree.ts";
import { SCHEDULE_OPTIONS } from "./wake-schema.ts";

/** What wakes a leaf, as it was written, and where. Options of a schedule are none of them. */
export function wakeWords(tree: MapTree): { name: string; path: Path }[] {
  const wake = at(tree, ["wake"]);
  if (wake?.kind === "scalar") return typeof wake.value === "string" ? [{ name: wake.value, path: ["wake"] }] : [];
  if (wake?.kind === "map") {
    const given = [...wake.entries.keys()].filter((name) => has(wake, [name]) && !OPTIONS.has(name));
    return given.map((name) => ({ name, path: ["wake", name] }));
  }
  return (wake?.items ?? []).flatMap((item, index) => (item.kind === "scalar" ? [{ name: String(item.value), path: ["wake", index] }] : []));
}

const OPTIONS: ReadonlySet<string> = new Set(SCHEDULE_OPTIONS);

export type Kind = Leaf["kind"];
const KIND_OF = { dns: "dns", event: "engine", http: "engine", schedule: "task", always: "service" } as const;

/** Undefined where the file does not say: then `wake` is a mistake of its own. */
export function kindOf(tree: MapTree): Kind | undefined {
  const kinds = new Set(wakeWords(tree).flatMap(({ name }) => (name in KIND_OF ? [KIND_OF[name as keyof typeof KIND_OF]] : [])));
  return kinds.size === 1 ? [...kinds][0] : undefined;
}

/** Whether requests reach the leaf through a load balancer. */
export function isBalancedTree(tree: MapTree): boolean {
  const kind = kindOf(tree);
  return (kind === "engine" && has(tree, ["route"])) || (kind === "service" && has(tree, ["ports"]));
}

export const wakesByHttp = (tree: MapTree): boolean => wakeWords(tree).some(({ name }) => name === "http");

/** What a leaf of its kind needs, and what does not apply to it. An option that would do nothing is refused. */
export function kindRules(tree: MapTree): Problem[] {
  const kind = kindOf(tree);
  if (kind === undefined) return [];
  if (kind === "dns") return [...dnsRules(tree), ...scheduleOptions(tree)];
  if (kind === "task") return taskRules(tree);
  if (kind === "service") return [...serviceRules(tree), ...scheduleOptions(tree)];
  return [...scheduleOptions(tree), ...engineKindRules(tree)];
}

/** What is said of a schedule where there is none. */
const scheduleOptions = (tree: MapTree): Problem[] =>
  refused(
    tree,
    SCHEDULE_OPTIONS.map((key) => ["wake", key]),
    "it is about a schedule, and this leaf has none",
    "schedule: cron(…) beside it",
  );

function engineKindRules(tree: MapTree): Problem[] {
  return has(tree, ["existing"]) ? existingRules(tree) : engineRules(tree);
}

function dnsRules(tree: MapTree): Problem[] {
  const idle = at(tree, ["watchdog", "idle"]);
  const never = idle?.kind === "scalar" && idle.value === "never";
  return [
    ...required(tree, [["ports"], ["compute"]]),
    ...refused(tree, ENGINES_ONLY, "it belongs to a leaf that events or requests wake, and a DNS query wakes this one", "wake: event, or http"),
    ...refused(tree, SERVICES_ONLY, ALWAYS_ONLY, "wake: always"),
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
    ...refused(tree, SERVICES_ONLY, ALWAYS_ONLY, "wake: always"),
    ...refused(tree, [["health", "port"]], "the load balancer asks on the port that it sends requests to", "no port: the first of ports"),
    ...(routed || http
      ? []
      : refused(tree, WITH_ROUTE, "without a route nothing reaches this leaf, and nobody counts its requests", "a route, or this key left out")),
    ...tcpOnly(tree),
    ...wildcards(tree),
    ...checks(tree, routed),
    ...computeRule(tree, "other"),
  ];
}

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
  "secrets",
  "permissions",
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
    ...refused(tree, SERVICES_ONLY, ALWAYS_ONLY, "wake: always"),
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

import { isBalancedTree, kindOf, wakesByHttp, wakeWords } from "./kind-rules.ts";
import { nameRules } from "./name-rules.ts";
import { nearest, type Path, type Place, problem, type Problem } from "./problems.ts";
import { environmentNames } from "./base-rules.ts";
import { refused } from "./refuse.ts";
import { routeRules } from "./route-rules.ts";
import { at, has, keyPlaceOf, type MapTree, placeOf, type Tree, textAt } from "./tree.ts";
import { formatDuration, parseDomain, parseDuration } from "./values.ts";
import { delegated, type Zones } from "./zone-rules.ts";

/** A leaf's file with its overlay, as it was written. */
export interface LeafTree {
  readonly name: string;
  readonly tree: MapTree;
}

export interface Whole {
  readonly base: MapTree;
  readonly leaves: readonly LeafTree[];
  readonly zones: Zones;
  readonly region?: string;
}

/** What no file says alone: rouse.yaml against the leaves, and the leaves against each other. */
export function projectRules(whole: Whole): Problem[] {
  const routed = whole.leaves.filter(({ tree }) => isBalancedTree(tree));
  return [
    ...routeRules(routed),
    ...zonesRule(whole.base, routed),
    ...nothingForRule(whole, routed),
    ...loadBalancerRule(whole),
    ...holdRule(whole),
    ...nameRules(whole),
    ...certificatesRule(whole),
    ...enabledRule(whole),
    ...namesRule(whole),
    ...schedulesRule(whole.base),
  ];
}

/**
 * An Application Load Balancer wants two availability zones (ELB user guide, "Subnets for your load balancer"). The default stays
 * at one: raised in silence, it would cut the subnets of a network that is there already anew.
 */
function zonesRule(base: MapTree, routed: readonly LeafTree[]): Problem[] {
  if (routed.length === 0 || has(base, ["vpc", "name"]) || has(base, ["vpc", "default"])) return [];
  const zones = at(base, ["vpc", "maxAzs"]);
  if (zones?.kind === "scalar" && zones.value !== null && !(Number(zones.value) < 2)) return [];
  const message = `a load balancer needs two availability zones, and leaf ${routed[0]!.name} is behind one`;
  return [problem(placeOf(base, ["vpc", "maxAzs"]), ["vpc", "maxAzs"], message, { allowed: "2 to 6", suggestion: "vpc: {maxAzs: 2}" })];
}

/** The environments in which a schedule ticks or does not are there. */
function enabledRule({ base, leaves }: Whole): Problem[] {
  const names = environmentNames(base);
  return leaves.flatMap(({ tree }) => {
    const enabled = at(tree, ["wake", "enabled"]);
    if (enabled?.kind !== "map") return [];
    return [...enabled.entries.keys()].flatMap((name) => {
      if (names.includes(name)) return [];
      const path = ["wake", "enabled", name];
      const suggestion = nearest(name, names);
      return [
        problem(keyPlaceOf(tree, path), path, `there is no environment "${name}"`, {
          allowed: names.join(", "),
          ...(suggestion === undefined ? {} : { suggestion }),
        }),
      ];
    });
  });
}

/** What rouse.yaml says of the public load balancer alone. */
const PUBLIC_ONLY: Path[] = ["domain", "certificate", "from"].map((key) => ["loadBalancer", key]);

const isInternal = (tree: MapTree): boolean => kindOf(tree) === "service" && textAt(tree, ["visibility"]) === "internal";

/** Besides the default one: ELB user guide, "Quotas for your Application Load Balancers", certificates. */
const MOST_CERTIFICATES = 25;

/** Each name has a certificate on its load balancer's listener. */
function certificatesRule({ leaves }: Whole): Problem[] {
  const named = leaves.filter(({ tree }) => kindOf(tree) === "service" && has(tree, ["ports"]) && has(tree, ["domain"]));
  return [true, false].flatMap((internal) =>
    named
      .filter(({ tree }) => isInternal(tree) === internal)
      .slice(MOST_CERTIFICATES)
      .map(({ tree }) =>
        problem(placeOf(tree, ["domain"]), ["domain"], `a load balancer takes ${MOST_CERTIFICATES} certificates, and other leaves have them`, {
          allowed: "a route without domain, or loadBalancer.domain in rouse.yaml for several leaves",
        }),
      ),
  );
}

/** Settings for what is not there would be ignored in silence. */
function nothingForRule({ base, leaves }: Whole, routed: readonly LeafTree[]): Problem[] {
  const problems: Problem[] = [];
  if (has(base, ["loadBalancer"]) && routed.length === 0)
    problems.push(
      problem(keyPlaceOf(base, ["loadBalancer"]), ["loadBalancer"], "no leaf is behind a load balancer, so there is none", {
        allowed: "a route in a leaf, or ports in one that is always on",
      }),
    );
  if (routed.length > 0 && routed.every(({ tree }) => isInternal(tree))) {
    const why = "every leaf behind a load balancer is internal, and this is about the one that is open to everybody";
    problems.push(...refused(base, PUBLIC_ONLY, why, "idleTimeout alone, or a leaf with visibility: public"));
  }
  if (has(base, ["engines"]) && !leaves.some(({ tree }) => kindOf(tree) === "engine"))
    problems.push(problem(keyPlaceOf(base, ["engines"]), ["engines"], "no leaf is an engine", { allowed: "a leaf with wake: event or http" }));
  return problems;
}

function loadBalancerRule({ base, leaves, zones, region }: Whole): Problem[] {
  const path = ["loadBalancer", "domain"];
  const place = placeOf(base, path);
  const certificate = textAt(base, ["loadBalancer", "certificate"]);
  const problems: Problem[] = [];
  const certificateAt = (message: string, allowed: string) =>
    problem(placeOf(base, ["loadBalancer", "certificate"]), ["loadBalancer", "certificate"], message, { allowed });
  if (certificate !== undefined && !has(base, path))
    problems.push(certificateAt("a certificate is for a name, and domain gives none", "domain beside it"));
  const ofRegion = certificate?.split(":")[3];
  if (ofRegion !== undefined && region !== undefined && /^[a-z]{2,3}-/.test(ofRegion) && ofRegion !== region)
    problems.push(certificateAt(`the certificate lies in ${ofRegion}, and the load balancer in ${region}`, `a certificate of ${region}`));
  const domain = parseDomain(textAt(base, path) ?? "");
  if (domain === undefined) return problems;
  const { root } = zones;
  if (root === undefined)
    return [...problems, problem(place, path, "the load balancer's name needs a hosted zone", { allowed: "domain: {name, hostedZoneId} beside it" })];
  if (!domain.endsWith(`.${root}`)) {
    const more = { allowed: `a name that ends in .${root}`, suggestion: `${domain.split(".")[0]}.${root}` };
    return [...problems, problem(place, path, `${domain} does not lie below ${root}, the domain beside it`, more)];
  }
  const inside = delegated(leaves, zones).find(({ zone }) => domain === zone || domain.endsWith(`.${zone}`));
  if (!inside) return problems;
  return [...problems, problem(place, path, `${inside.zone} is the zone ${inside.whose}`, { allowed: "a name outside the zones of leaves" })];
}

const IDLE_TIMEOUT = "60s";
const HOLD = "55s";

/** A connection on which nothing comes for longer is closed by the load balancer, with a 504 for who waits. */
function holdRule({ base, leaves }: Whole): Problem[] {
  const idle = parseDuration(textAt(base, ["loadBalancer", "idleTimeout"]) ?? IDLE_TIMEOUT);
  return leaves.flatMap(({ tree }) => {
    const path = ["wake", "http", "hold"];
    const hold = parseDuration(textAt(tree, path) ?? HOLD);
    if (!wakesByHttp(tree) || idle === undefined || hold === undefined || hold < idle) return [];
    const message = `${formatDuration(hold)} is as long as the load balancer keeps a silent connection (loadBalancer.idleTimeout: ${formatDuration(idle)}) or longer`;
    return [problem(placeOf(tree, path), path, message, { allowed: "a hold shorter than that, or a longer idleTimeout in rouse.yaml" })];
  });
}

/** The leaves that workflows and schedules name are there, and are engines. */
function namesRule({ base, leaves }: Whole): Problem[] {
  const engines = leaves.filter(({ tree }) => kindOf(tree) === "engine").map(({ name }) => name);
  return listsOfNames(base).flatMap(({ list, path }) => {
    const seen = new Set<string>();
    return list.flatMap((item, index) => {
      if (item.kind !== "scalar" || typeof item.value !== "string") return [];
      const name = item.value;
      const say = (message: string, suggestion?: string) =>
        problem(item.at, [...path, index], message, {
          allowed: engines.length > 0 ? engines.join(", ") : "a leaf with wake: event or http",
          ...(suggestion === undefined ? {} : { suggestion }),
        });
      if (seen.has(name)) return [say(`${name} is there twice`)];
      seen.add(name);
      if (engines.includes(name)) return [];
      const leaf = leaves.find((each) => each.name === name);
      // What wakes it is a mistake of its own.
      if (leaf && kindOf(leaf.tree) === undefined) return [];
      return [
        leaf
          ? say(
              `${name} is no engine: ${wakeWords(leaf.tree)
                .map((each) => each.name)
                .join(", ")} wakes it`,
            )
          : say(`there is no engine "${name}"`, nearest(name, engines)),
      ];
    });
  });
}

function listsOfNames(base: MapTree): { list: readonly Tree[]; path: Path }[] {
  const keys = [
    { map: "workflows", list: "start" },
    { map: "schedules", list: "services" },
  ];
  return keys.flatMap(({ map, list }) => {
    const named = at(base, ["engines", map]);
    if (named?.kind !== "map") return [];
    return [...named.entries.keys()].flatMap((name) => {
      const found = at(named, [name, list]);
      return found?.kind === "list" ? [{ list: found.items, path: ["engines", map, name, list] }] : [];
    });
  });
}

function schedulesRule(base: MapTree): Problem[] {
  const schedules = at(base, ["engines", "schedules"]);
  if (schedules?.kind !== "map") return [];
  return [...schedules.entries].flatMap(([name, { key, value }]): Problem[] => {
    if (value.kind !== "map" || has(value, ["start"]) || has(value, ["stop"])) return [];
    const place: Place = key;
    return [problem(place, ["engines", "schedules", name], "neither start nor stop says when", { allowed: "start: cron(…), stop: cron(…) or both" })];
  });
}

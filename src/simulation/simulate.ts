import type { ContainerSpec } from "../cloud/machines/runtime.ts";
import { FAMILY_LABEL, type ModelWatcher } from "../cloud/machines/model/index.ts";
import { isContainerLeaf, isDnsLeaf, isEngine, isRouted, isTask, type Leaf, LOCAL_ACCOUNT, type Project } from "../config/index.ts";
import { groupName } from "../functions/shared/names.ts";
import { type BootModel, bootModel, type LeafModel } from "./boot-model.ts";
import type { BootTimes } from "./boot-times.ts";
import { EngineVisits } from "./engine-visits.ts";
import { Ups, type Up } from "./ups.ts";
import { DnsVisits, type Manners, type VisitOutcome } from "./visitors.ts";
import { DAY, type Visit } from "./visits.ts";
import { createWorld, type World } from "./world.ts";

/** Zones and the functions of their queries are there. */
const DNS_REGION = "us-east-1";

export interface SimulationInput {
  readonly project: Project;
  /** Folder of the project's cloud assembly. */
  readonly assembly: string;
  /** Its stacks, with the leaves that they are of; undefined: shared by all. */
  readonly stacks: readonly { readonly name: string; readonly leaf: string | undefined }[];
  readonly visits: readonly Visit[];
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly days: number;
  readonly seed: number;
  readonly manners: Manners;
  /** Names of the leaves that are simulated. */
  readonly leaves: readonly string[];
  /** By leaf. */
  readonly times: Readonly<Record<string, BootTimes>>;
  readonly imageGb: number;
  /** Of a run of a scheduled task. */
  readonly minutes: number;
  /** Functions run in workers, as in `rouse up`: slower, and the same. */
  readonly inWorkers?: boolean;
  /** Looks at the cloud after the last day. */
  readonly atEnd?: (world: World) => Promise<void>;
  /** Told of the days that are over. */
  readonly onDay?: (days: number) => void;
}

export interface LeafRun {
  readonly name: string;
  readonly ups: readonly Up[];
  readonly visits: readonly VisitOutcome[];
  /** DNS queries, requests. */
  readonly asked: number;
}

export interface SimulationRun {
  readonly leaves: readonly LeafRun[];
  /** Of Lambda functions, and how many of them there are. */
  readonly invocations: { readonly count: number; readonly functions: number };
  /** What the cloud said: mistakes that it met. */
  readonly lines: readonly string[];
}

/** Lets the days pass. @throws Error when the deployment fails */
export async function simulate(input: SimulationInput): Promise<SimulationRun> {
  const { project, start, days } = input;
  const leafByGroup = new Map(project.leaves.map((leaf) => [groupName(project.base.name, leaf.name), leaf]));
  const ups = new Map(project.leaves.map(({ name }) => [name, new Ups(name)]));
  const boot = bootModel(modelsOf(input), input.seed, (group) => leafByGroup.get(group)?.name);
  const clock = { now: (): number => 0 };
  const find = (group: string | undefined): Seen | undefined => {
    const leaf = leafByGroup.get(group ?? "");
    return leaf && { leaf, ups: ups.get(leaf.name)! };
  };
  const { model, watcher } = watched(boot, find, () => clock.now());
  const world = await createWorld({ ...input, stacks: stacksFor(input), model, watcher });
  clock.now = () => world.clock.now();
  const visitors = visitorsOf(world, input, ups, (leaf) => Math.round(boot.draw(leaf, "function") * 1000));
  try {
    const outcomes = comeAndGo(
      world,
      input.visits.filter(({ leaf }) => input.leaves.includes(leaf)),
      visitors,
    );
    for (let day = 1; day <= days; day++) {
      await world.clock.advance(start + day * DAY - world.clock.now());
      input.onDay?.(day);
    }
    await input.atEnd?.(world);
    return {
      leaves: input.leaves.map((name) => ({
        name,
        ups: ups.get(name)!.all.filter(({ gone }) => gone === undefined || gone > start),
        visits: outcomes.filter(({ visit }) => visit.leaf === name),
        asked: visitors.get(name)?.asked ?? 0,
      })),
      invocations: await invocationsOf(world, project.base.region, { start, days }),
      lines: world.lines,
    };
  } finally {
    for (const visitor of visitors.values()) visitor.end();
    await world.end();
  }
}

/** Nothing happens to a leaf without visits, but for tasks, which come due, and engines, which may be started with others; services simply are on. */
function stacksFor({ project, leaves, stacks, visits }: SimulationInput): string[] {
  const visited = new Set(visits.map(({ leaf }) => leaf));
  const needed = project.leaves.filter(
    ({ name, kind }) => leaves.includes(name) && (kind === "task" || kind === "engine" || (kind === "dns" && visited.has(name))),
  );
  const names = new Set(needed.map(({ name }) => name));
  return stacks.filter(({ leaf }) => leaf === undefined || names.has(leaf)).map(({ name }) => name);
}

interface Seen {
  readonly leaf: Leaf;
  readonly ups: Ups;
}

/** What is paid on Fargate is the task; elsewhere the instance. */
const isOnFargate = (leaf: Leaf): boolean => isContainerLeaf(leaf) && leaf.compute.on !== "ec2";

/** The model, and what its machines do, told to those who note the times up. */
function watched(
  boot: BootModel,
  find: (group: string | undefined) => Seen | undefined,
  now: () => number,
): { model: BootModel; watcher: ModelWatcher } {
  const seen = ({ labels }: ContainerSpec): Seen | undefined => find(labels[FAMILY_LABEL]);
  const group = (tags: Record<string, string>): string | undefined => tags["aws:autoscaling:groupName"];
  const model: BootModel = {
    ...boot,
    instanceBoot: (instance) => {
      find(group(instance.tags))?.ups.launched(now());
      return boot.instanceBoot(instance);
    },
    instanceStop: (instance) => {
      find(group(instance.tags))?.ups.gone(now());
      return boot.instanceStop(instance);
    },
    taskProvision: (task) => {
      find(task.family)?.ups.launched(now());
      return boot.taskProvision(task);
    },
  };
  const watcher: ModelWatcher = {
    onRun: (spec) => {
      const one = seen(spec);
      if (one?.leaf.kind === "task") one.ups.ready(now());
    },
    onServing: (spec) => {
      const one = seen(spec);
      // Of what is behind a load balancer the first answer tells.
      if (!one || !isEngine(one.leaf) || isRouted(one.leaf)) return;
      one.ups.ready(now());
      one.ups.used();
    },
    onExit: (spec) => {
      const one = seen(spec);
      if (one && isOnFargate(one.leaf)) one.ups.gone(now());
    },
  };
  return { model, watcher };
}

/** Whoever comes to one leaf. */
interface Visitors {
  readonly asked: number;
  visit(visit: Visit): Promise<VisitOutcome>;
  end(): void;
}

function modelsOf({ project, times, imageGb, minutes }: SimulationInput): Map<string, LeafModel> {
  return new Map(
    project.leaves.filter(isContainerLeaf).map((leaf) => {
      const model = { times: times[leaf.name]!, imageGb };
      return [leaf.name, isTask(leaf) ? { ...model, minutes } : model];
    }),
  );
}

function visitorsOf(
  { cloud, clock, machines }: World,
  { project, manners }: SimulationInput,
  ups: ReadonlyMap<string, Ups>,
  logDelay: (leaf: string) => number,
): Map<string, Visitors> {
  const dns = { clock, names: cloud.names, machines, manners, logDelay };
  const http = { clock, cloud, manners, region: project.base.region };
  return new Map(
    project.leaves.flatMap((leaf): [string, Visitors][] => {
      const own = ups.get(leaf.name)!;
      if (isDnsLeaf(leaf)) return [[leaf.name, new DnsVisits(dns, leaf, own)]];
      return isEngine(leaf) ? [[leaf.name, new EngineVisits(http, leaf, own)]] : [];
    }),
  );
}

/** Lets each visit begin at its time. @returns outcomes of those that are over, which grow while time passes */
function comeAndGo({ clock }: World, visits: readonly Visit[], visitors: ReadonlyMap<string, Visitors>): VisitOutcome[] {
  const outcomes: VisitOutcome[] = [];
  const next = (index: number): void => {
    const visit = visits[index];
    if (!visit) return;
    clock.setTimer(Math.max(0, visit.at - clock.now()), async () => {
      next(index + 1);
      const outcome = await visitors.get(visit.leaf)?.visit(visit);
      if (outcome) outcomes.push(outcome);
    });
  };
  next(0);
  return outcomes;
}

/** Lambda's own metric, of the functions of the leaves' region and of the DNS' one. */
async function invocationsOf(
  { cloud }: World,
  region: string,
  { start, days }: { start: number; days: number },
): Promise<{ count: number; functions: number }> {
  const found = { count: 0, functions: 0 };
  for (const one of new Set([region, DNS_REGION])) {
    const scope = { account: LOCAL_ACCOUNT, region: one };
    const { Functions } = await cloud.api.call<{ Functions: unknown[] }>("lambda", "ListFunctions", {}, scope);
    found.functions += Functions.length;
    const { Datapoints } = await cloud.api.call<{ Datapoints: { Sum: number }[] }>(
      "cloudwatch",
      "GetMetricStatistics",
      {
        Namespace: "AWS/Lambda",
        MetricName: "Invocations",
        StartTime: new Date(start),
        EndTime: new Date(start + days * DAY),
        Period: DAY / 1000,
        Statistics: ["Sum"],
      },
      scope,
    );
    found.count += Datapoints.reduce((sum, { Sum }) => sum + Sum, 0);
  }
  return found;
}

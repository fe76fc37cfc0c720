import { type DnsLeaf, isContainerLeaf, isDnsLeaf, isTask, LOCAL_ACCOUNT, type Project } from "../config/index.ts";
import { groupName } from "../functions/shared/names.ts";
import { bootModel, type LeafModel } from "./boot-model.ts";
import type { BootTimes } from "./boot-times.ts";
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
  readonly visits: readonly Visit[];
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly days: number;
  readonly seed: number;
  readonly manners: Manners;
  readonly times: (leaf: string) => BootTimes;
  readonly imageGb: (leaf: string) => number;
  /** Of a run of a scheduled task. */
  readonly minutes: (leaf: string) => number;
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
  const leafByGroup = new Map(project.leaves.map(({ name }) => [groupName(project.base.name, name), name]));
  const ups = new Map(project.leaves.map(({ name }) => [name, new Ups(name)]));
  const boot = bootModel(modelsOf(input), input.seed, (name) => leafByGroup.get(name));
  const upsOf = (group: string | undefined): Ups | undefined => ups.get(leafByGroup.get(group ?? "") ?? "");
  const now = { read: (): number => 0 };
  const model: typeof boot = {
    ...boot,
    instanceBoot: (instance) => {
      upsOf(instance.tags["aws:autoscaling:groupName"])?.launched(now.read());
      return boot.instanceBoot(instance);
    },
    instanceStop: (instance) => {
      upsOf(instance.tags["aws:autoscaling:groupName"])?.gone(now.read());
      return boot.instanceStop(instance);
    },
  };
  const world = await createWorld({ ...input, model, watcher: {} });
  now.read = () => world.clock.now();
  try {
    const visitors = visitorsOf(world, input, ups, (leaf) => Math.round(boot.draw(leaf, "function") * 1000));
    const outcomes = comeAndGo(world, input.visits, visitors);
    for (let day = 1; day <= days; day++) {
      await world.clock.advance(start + day * DAY - world.clock.now());
      input.onDay?.(day);
    }
    return {
      leaves: project.leaves.map(({ name }) => ({
        name,
        ups: ups.get(name)!.all,
        visits: outcomes.filter(({ visit }) => visit.leaf === name),
        asked: visitors.get(name)?.queries ?? 0,
      })),
      invocations: await invocationsOf(world, project.base.region, { start, days }),
      lines: world.lines,
    };
  } finally {
    await world.end();
  }
}

function modelsOf({ project, times, imageGb, minutes }: SimulationInput): Map<string, LeafModel> {
  return new Map(
    project.leaves.filter(isContainerLeaf).map((leaf) => {
      const model = { times: times(leaf.name), imageGb: imageGb(leaf.name) };
      return [leaf.name, isTask(leaf) ? { ...model, minutes: minutes(leaf.name) } : model];
    }),
  );
}

function visitorsOf(
  { cloud, clock, machines }: World,
  { project, manners }: SimulationInput,
  ups: ReadonlyMap<string, Ups>,
  logDelay: (leaf: string) => number,
): Map<string, DnsVisits> {
  const world = { clock, names: cloud.names, machines, manners, logDelay };
  return new Map(project.leaves.filter(isDnsLeaf).map((leaf: DnsLeaf) => [leaf.name, new DnsVisits(world, leaf, ups.get(leaf.name)!)]));
}

/** Lets each visit begin at its time. @returns outcomes of those that are over, which grow while time passes */
function comeAndGo({ clock }: World, visits: readonly Visit[], visitors: ReadonlyMap<string, DnsVisits>): VisitOutcome[] {
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

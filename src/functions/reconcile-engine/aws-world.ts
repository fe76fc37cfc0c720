import type { ECSClient } from "@aws-sdk/client-ecs";
import { StopTaskCommand } from "@aws-sdk/client-ecs";
import {
  DeregisterTargetsCommand,
  DescribeRulesCommand,
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
  RegisterTargetsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Recorder } from "../shared/aws-record.ts";
import type { Message } from "../shared/aws-tell.ts";
import { describeTasks, lookAtTasks, markTask, unmarkTask } from "../shared/aws-tasks.ts";
import type { Engine } from "../shared/engine.ts";
import { closed, forwarding, routeOf } from "../shared/forwarding.ts";
import { realTime, type Time } from "../shared/poll.ts";
import { isLiving, type SeenTask, taskId } from "../shared/seen-task.ts";
import { DELETED } from "../shared/stopped.ts";
import type { ClearWorld } from "./clear.ts";
import type { World } from "./converge.ts";
import type { Minute } from "./idle.ts";
import type { Announced, Observation, Place, Target } from "./observation.ts";

/** What AWS is asked for off the way of a wake; each in a file of its own. */
export interface Parts {
  readonly ecs: ECSClient;
  readonly elb: ElasticLoadBalancingV2Client;
  /** Private addresses of container instances, by their ARN. */
  instances(arns: readonly string[]): Promise<Record<string, string>>;
  readonly announced: { read(): Promise<Announced[]>; lock(one: Omit<Announced, "at">): Promise<boolean>; forget(one: Announced): Promise<void> };
  minutes(from: number, to: number): Promise<Minute[]>;
  tell(message: Message): Promise<void>;
  readonly record: Recorder;
  tail(id: string): Promise<readonly string[]>;
  check(at: number | undefined): Promise<void>;
}

export interface Places {
  readonly engine: Engine;
  /** ARN; empty where there is none. */
  readonly rule: string;
  /** ARN of the doorman's target group. */
  readonly doorman: string;
}

export function awsWorld(parts: Parts, places: Places, time: Time = realTime): World {
  const { ecs, elb } = parts;
  const { engine } = places;
  const TargetGroupArn = engine.targetGroup;
  const description = (targets: readonly Place[]): { Id: string; Port: number }[] =>
    targets.map(({ address, port }) => ({ Id: address, Port: port }));
  return {
    ...time,
    observe: () => observe(parts, places, time.now),
    targets: () => readTargets(elb, engine),
    register: async (targets) => void (await elb.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: description(targets) }))),
    deregister: async (targets) => void (await elb.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets: description(targets) }))),
    route: async (to) => {
      const Actions = forwarding({ service: engine.targetGroup!, doorman: places.doorman }, to);
      await elb.send(new ModifyRuleCommand({ RuleArn: places.rule, Actions }));
    },
    mark: (task, mark) => markTask(ecs, task, mark),
    unmark: (task) => unmarkTask(ecs, task),
    stop: async (task, mark, reason) => {
      // Somebody may have woken it since it was looked at.
      const [now] = await describeTasks(ecs, engine, [task]);
      if (now?.mark?.at === mark.at && isLiving(now)) await ecs.send(new StopTaskCommand({ cluster: engine.cluster, task, reason }));
    },
    lock: (one) => parts.announced.lock(one),
    forget: (one) => parts.announced.forget(one),
    minutes: (from, to) => parts.minutes(from, to),
    tell: (message) => parts.tell(message),
    record: (...lines) => parts.record(...lines),
    tail: (id) => parts.tail(id),
    check: (at) => parts.check(at),
  };
}

/** For the engine's end. */
export function clearWorld(parts: Pick<Parts, "ecs" | "elb" | "announced">, places: Places, time: Time = realTime): ClearWorld {
  const { ecs, elb, announced } = parts;
  const { engine, rule } = places;
  return {
    ...time,
    tasks: () => lookAtTasks(ecs, engine),
    targets: () => readTargets(elb, engine),
    closeDoor: async () => {
      if (rule !== "") await elb.send(new ModifyRuleCommand({ RuleArn: rule, Actions: closed(engine.service) }));
    },
    deregister: async (targets) => {
      const Targets = targets.map(({ address, port }) => ({ Id: address, Port: port }));
      await elb.send(new DeregisterTargetsCommand({ TargetGroupArn: engine.targetGroup, Targets }));
    },
    stop: async (task) => void (await ecs.send(new StopTaskCommand({ cluster: engine.cluster, task, reason: DELETED }))),
    announced,
  };
}

async function observe(parts: Parts, places: Places, now: () => number): Promise<Observation> {
  const { ecs, elb } = parts;
  const { engine } = places;
  const at = now();
  const [looked, targets, route, announced] = await Promise.all([
    lookAtTasks(ecs, engine),
    readTargets(elb, engine),
    readRoute(elb, places),
    parts.announced.read(),
  ]);
  const tasks = [...looked, ...(await describeTasks(ecs, engine, unlisted(looked, announced)))];
  const hosts = engine.network === "bridge" ? tasks.filter(isLiving).map(({ instance }) => instance) : [];
  const instances = await parts.instances([...new Set(hosts.filter((arn) => arn !== undefined))]);
  return { tasks, targets, route, announced, instances, now: at };
}

/** ECS lists with some delay (Amazon ECS API reference, RunTask): a task that is said to be up is not gone because a list lacks it. */
function unlisted(looked: readonly SeenTask[], announced: readonly Announced[]): string[] {
  const known = new Set(looked.map(({ arn }) => taskId(arn)));
  const isStopped = (task: string): boolean => announced.some((one) => one.occasion === "stopped" && one.task === task);
  return announced.filter(({ occasion, task }) => occasion === "up" && !known.has(task) && !isStopped(task)).map(({ task }) => task);
}

async function readTargets(elb: ElasticLoadBalancingV2Client, { targetGroup }: Engine): Promise<Target[]> {
  if (targetGroup === undefined) return [];
  const { TargetHealthDescriptions = [] } = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: targetGroup }));
  return TargetHealthDescriptions.map(({ Target, TargetHealth }) => ({
    address: Target?.Id ?? "",
    port: Target?.Port ?? 0,
    state: TargetHealth?.State ?? "initial",
  }));
}

async function readRoute(elb: ElasticLoadBalancingV2Client, { rule, doorman, engine }: Places): Promise<Observation["route"]> {
  if (rule === "" || engine.targetGroup === undefined) return undefined;
  const { Rules } = await elb.send(new DescribeRulesCommand({ RuleArns: [rule] }));
  return routeOf(Rules?.[0]?.Actions ?? [], { service: engine.targetGroup, doorman });
}

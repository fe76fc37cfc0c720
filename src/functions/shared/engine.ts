/** What a function must know of an engine to start, register and stop it. Kept as JSON in an SSM parameter and in environments. */
export interface Engine {
  /** The service's name in events: the leaf's. */
  readonly service: string;
  /** Name or ARN. */
  readonly cluster: string;
  /** A family (its newest active revision runs), `family:revision`, or an ARN. */
  readonly taskDefinition: string;
  /** ARN. Absent for an engine that is not behind a load balancer. */
  readonly targetGroup?: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  /** The container whose port is registered. */
  readonly container: string;
  /** Its port, as in the task definition. */
  readonly port?: number;
  /** `awsvpc`: the task has an address of its own. `bridge`: its instance's address and a port that ECS chooses. */
  readonly network: "awsvpc" | "bridge";
  /** For RunTask: capacity providers (FARGATE_SPOT, an Auto Scaling group's), or a launch type. */
  readonly capacity:
    | { readonly launchType: "FARGATE" | "EC2" }
    | { readonly providers: readonly { readonly name: string; readonly weight: number; readonly base: number }[] };
  /** Public address for awsvpc tasks on Fargate: without NAT it is how images are pulled. */
  readonly publicIp: boolean;
  /** Name of the function that owns targets, rule and stops of this engine. */
  readonly reconcile: string;
  /** A task that ended by itself this often within so many seconds is a crash loop: nothing but a person starts it again. */
  readonly crashLoop: { readonly stops: number; readonly within: number };
}

/** As much of an engine as it takes to run a task. */
export type Runnable = Pick<Engine, "cluster" | "taskDefinition" | "subnets" | "securityGroups" | "container" | "network" | "capacity" | "publicIp">;

/** Why a running task is to be stopped: the value of the tag `STOP_MARK`. */
export interface StopMark {
  /** ISO 8601. */
  readonly at: string;
  readonly by: "idle" | "left-up" | "duplicate" | "event" | "api" | "workflow" | "schedule" | "cli";
  /** False: stop at once, and take it out of the target group afterwards. */
  readonly drain: boolean;
}

/** For whom or what a task was started: the task's tag `WOKEN_TAG`. Times are ISO 8601. */
export interface WokenTag {
  /** When it was asked for. */
  readonly at?: string;
  /** When the function that starts it saw that. */
  readonly seen?: string;
  /** The client's address, the event's source, the schedule's name, or the person. */
  readonly who?: string;
  /** `GET /api/auth/login`; the event's detail-type. */
  readonly what?: string;
}

/** What wants an engine awake; goes into the task's `startedBy` as `rouse/<by>`. */
export type WakeSource = "http" | "event" | "api" | "workflow" | "schedule" | "cli";

/**
 * Where a task of the engine's own cluster and family is to be registered, when a start has asked for something else than
 * the engine says. The task's tag `TARGET_TAG`.
 */
export interface TargetTag {
  readonly container?: string;
  readonly port?: number;
  /** True: the start function has registered it in another target group, and this one leaves it alone. */
  readonly elsewhere?: boolean;
}

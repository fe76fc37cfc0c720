import type { Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import type {
  Api,
  CredentialsPort,
  EventsPort,
  InstancesPort,
  InterfacesPort,
  LogsPort,
  MetricsPort,
  NetworkPort,
  TargetGroupsPort,
  RegistryPort,
} from "../../core/ports.ts";
import type { Scope } from "../../core/scope.ts";
import type { Principal } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import type { ContainerRuntime } from "../../machines/runtime.ts";
import type { Authorize, LifecyclePort, VolumesPort } from "./ports.ts";

/** What the ECS service is built of. */
export interface EcsDeps {
  store: Store;
  clock: Clock;
  ids: Ids;
  api: Api;
  events: EventsPort;
  metrics: MetricsPort;
  logs: LogsPort;
  instances: InstancesPort;
  /** Of EC2: interfaces of tasks, and what listens behind private addresses. */
  network: InterfacesPort & Pick<NetworkPort, "publish">;
  lifecycle: LifecyclePort;
  /** Of Elastic Load Balancing: where services put their tasks. */
  targetGroups: TargetGroupsPort;
  volumes: VolumesPort;
  authorize: Authorize;
  /** A session of a role without credentials, for calls through `api`; undefined where the ARN is not that of a role. */
  asRole: (roleArn: string, sessionName: string) => Principal | undefined;
  /** ECR: what the names of its images stand for. */
  registry: Pick<RegistryPort, "resolve" | "credentials">;
  /** Of IAM. */
  iam: CredentialsPort & { canAssume(roleArn: string, servicePrincipal: string): boolean };
  /** Where tasks that run as processes of this machine reach the cloud: `http://127.0.0.1:4590`. */
  endpoint: () => string;
  runtime: ContainerRuntime;
  /** A folder for what lives on the instances' own disks. */
  dataDir: string;
  /** Says something to the person who runs the cloud: one line. */
  log: (line: string) => void;
}

/** Why a task is stopped. */
export interface StopCause {
  stopCode:
    | "TaskFailedToStart"
    | "EssentialContainerExited"
    | "UserInitiated"
    | "ServiceSchedulerInitiated"
    | "SpotInterruption"
    | "TerminationNotice"
    | "InfrastructureHealth";
  reason: string;
}

/** The running parts of the service, as its operations and its engine see each other. */
export interface Parts extends EcsDeps {
  runner: {
    /** Starts a task that has been placed. Resolves when it runs or has failed; never rejects. */
    start(scope: Scope, taskId: string): Promise<void>;
    /** Asks a task to stop: signal, time to end, kill. Resolves when it has stopped. */
    stop(scope: Scope, taskId: string, cause: StopCause): Promise<void>;
    /** Ends a task whose instance is gone: no signal, no waiting. */
    lose(scope: Scope, taskId: string, cause: StopCause): Promise<void>;
    /** Use of each running container of a task; undefined when the task does not run here. */
    stats(taskId: string): Promise<{ cpuSeconds: number; memoryBytes: number } | undefined>;
    /** Security groups' rules have changed: opens and closes ports. */
    reevaluatePorts(): Promise<void>;
    /** Ends everything at once, without changing the state. */
    abandon(): Promise<void>;
  };
  scheduler: {
    /** Brings a service's tasks towards what they should be. Cheap when nothing is to be done. */
    reconcile(scope: Scope, key: string): void;
    reconcileCluster(scope: Scope, clusterName: string): void;
    /** A task has reached RUNNING. */
    taskRuns(scope: Scope, taskId: string): void;
    /** A task has stopped, or could not start; the scheduler decides when to try again. */
    taskStopped(scope: Scope, taskId: string): void;
    /** Ends timers. */
    stop(): void;
  };
  /** Tasks that wait for room in a capacity provider. */
  capacity: {
    /** A task has begun to wait: it is told to managed scaling, and stops after a while without room. */
    wait(scope: Scope, taskId: string): void;
    /** Room may have come up. */
    placeWaiting(scope: Scope, clusterName: string): void;
  };
  /** The target groups of services. */
  targets: {
    /** Registers a task whose containers run in the target groups of its service. Resolves when that is done. */
    register(scope: Scope, taskId: string): Promise<void>;
    /** Takes it out of them again. Resolves when that is done; its targets drain from then on. */
    deregister(scope: Scope, taskId: string): Promise<void>;
    /** Resolves when no target of the task drains any more. */
    drained(scope: Scope, taskId: string): Promise<void>;
  };
  /** Fargate's spare capacity. */
  spot: { available(): boolean };
  /** Credentials of task roles, for tasks that ask for them. */
  credentials: {
    /** What tells a task where to ask: environment variables; none when it has no role, or cannot reach this cloud. */
    environment(scope: Scope, task: { id: string; roleArn: string | undefined; fargate: boolean }): Record<string, string>;
    /** The answer to a task's request with its token; undefined for any other. */
    answer(taskId: string, authorization: string | undefined): object | undefined;
    /** Of a task that has stopped; of all when none is named. */
    forget(taskId?: string): void;
  };
  /** What is to be done about a task that has stopped, besides its service: it is forgotten in an hour, its instance may be drained. */
  afterStop(scope: Scope, taskId: string): void;
}

/** The cloud's time as the SDK's types have it. */
export const now = (parts: { clock: Clock }): Date => new Date(parts.clock.now());

import type { Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import type { Api, EventsPort, LogsPort, MetricsPort } from "../../core/ports.ts";
import { bind, type Service } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import type { OperationSchema } from "../../wire/schema.ts";
import { access } from "./access.ts";
import { Executions } from "./engine/executions.ts";
import * as executionOperations from "./operations/executions.ts";
import * as machineOperations from "./operations/machines.ts";
import { StartExecution, StartSyncExecution } from "./operations/start-execution.ts";
import * as tagOperations from "./operations/tags.ts";
import * as tokenOperations from "./operations/tokens.ts";
import { ValidateStateMachineDefinition } from "./operations/validate.ts";

export interface StatesDeps {
  store: Store;
  clock: Clock;
  ids: Ids;
  /** For the work of tasks, as the machine's role. */
  api: Api;
  events: EventsPort;
  metrics: MetricsPort;
  logs: LogsPort;
  iam: { canAssume(roleArn: string, servicePrincipal: string, context?: Readonly<Record<string, string>>): boolean };
  /** The schema of an operation that this cloud has. */
  schemaOf: (service: string, operation: string) => Promise<OperationSchema | undefined>;
  /** One line for whoever runs the cloud. */
  log: (line: string) => void;
}

export interface StatesParts extends StatesDeps {
  executions: Executions;
}

/** AWS Step Functions: state machines in JSONPath and JSONata, Standard and Express. See README.md. */
export function createStates(deps: StatesDeps): Service {
  const executions = new Executions(deps);
  const parts: StatesParts = { ...deps, executions };
  return {
    name: "states",
    signingNames: ["states"],
    sdk: () => import("@aws-sdk/client-sfn"),
    protocols: ["awsJson1_0"],
    apiVersion: "2016-11-23",
    operations: bind(parts, {
      ...machineOperations,
      ...executionOperations,
      StartExecution,
      StartSyncExecution,
      ...tokenOperations,
      ValidateStateMachineDefinition,
      ...tagOperations,
    }),
    access,
    start: () => executions.recover(),
    stop: () => executions.stop(),
    reset: () => executions.stop(),
  };
}

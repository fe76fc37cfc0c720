import type { Scope } from "../core/scope.ts";
import { deployAssembly, destroyAssembly, type DeployOptions, type DeployResult } from "./assembly/deploy-assembly.ts";
import { failureOf, type DeployerDeps, type Engine } from "./engine/engine.ts";
import { nestedStacks } from "./engine/nested.ts";
import { recoverStacks } from "./engine/recover.ts";
import { createStack, deleteStack, rollbackStack, updateStack, type Accepted, type CreateOptions, type RoleOptions } from "./engine/requests.ts";
import type { StackRequest } from "./engine/prepare.ts";
import { PendingResponses } from "./engine/responses.ts";
import type { EventRow, StackRow } from "./engine/state.ts";
import { createProviders } from "./providers/registry.ts";

export type { DeployerDeps } from "./engine/engine.ts";
export type { Accepted, CreateOptions } from "./engine/requests.ts";
export type { StackRequest } from "./engine/prepare.ts";
export type { EventRow, StackRow } from "./engine/state.ts";
export type { DeployOptions, DeployProgress, DeployResult, ImagesPort } from "./assembly/deploy-assembly.ts";

/** CloudFormation as this cloud has it: stacks, and whole cloud assemblies of them. */
export interface Deployer {
  /** What the wire operations work on. */
  readonly engine: Engine;
  createStack(scope: Scope, request: StackRequest, options?: CreateOptions): Promise<Accepted>;
  updateStack(scope: Scope, nameOrId: string, request: Omit<StackRequest, "stackName">, options?: { clientRequestToken?: string }): Promise<Accepted>;
  /** Undefined where there is no such stack. */
  deleteStack(scope: Scope, nameOrId: string, retain?: string[], options?: RoleOptions): Accepted | undefined;
  /** Takes back a create that failed and was left as it stood. */
  rollbackStack(scope: Scope, nameOrId: string, options?: RoleOptions): Accepted;
  /** Deploys every stack of a cloud assembly in the order of its dependencies; unchanged ones are skipped. */
  deployAssembly(options: DeployOptions): Promise<DeployResult>;
  /** Deletes the assembly's stacks, the ones that depend on others first. */
  destroyAssembly(options: DeployOptions): Promise<DeployResult>;
  /** Handles `PUT /_cloud/cfn-response/<token>`. False where nobody waits for that token (404). */
  completeCustomResource(token: string, body: string): boolean;
  /** Tells every stack event as it happens. Returns what ends it. */
  onEvent(listener: (event: EventRow) => void): () => void;
  /** After a restart: brings the stacks whose operation was cut off to an end, by rolling them back or deleting on. */
  recover(): Promise<void>;
  /** Waits until no stack operation runs. */
  settled(): Promise<void>;
}

/** Builds the deployer. Resources are made through `deps.api`, that is through the services' own operations. */
export function createDeployer(deps: DeployerDeps): Deployer {
  const responses = new PendingResponses(deps.clock, deps.ids);
  const nested = nestedStacks(() => engine);
  const engine: Engine = {
    ...deps,
    responses,
    nested,
    providers: createProviders(deps, responses, nested),
    listeners: new Set(),
    running: new Map<string, Promise<StackRow>>(),
  };
  return {
    engine,
    createStack: (scope, request, options) => createStack(engine, scope, request, options),
    updateStack: (scope, nameOrId, request, options) => updateStack(engine, scope, nameOrId, request, options),
    deleteStack: (scope, nameOrId, retain, options) => deleteStack(engine, scope, nameOrId, retain, options),
    rollbackStack: (scope, nameOrId, options) => rollbackStack(engine, scope, nameOrId, options),
    deployAssembly: (options) => deployAssembly(engine, options),
    destroyAssembly: (options) => destroyAssembly(engine, options),
    completeCustomResource: (token, body) => responses.complete(token, body),
    onEvent(listener) {
      engine.listeners.add(listener);
      return () => void engine.listeners.delete(listener);
    },
    recover: () => recoverStacks(engine),
    async settled() {
      while (engine.running.size > 0) await Promise.all(engine.running.values());
    },
  };
}

export { failureOf };

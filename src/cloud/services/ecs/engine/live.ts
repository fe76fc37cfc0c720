import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import type { Scope } from "../../../core/scope.ts";
import type { Forward } from "../../../machines/forwarder/index.ts";
import type { ContainerExit, RunningContainer } from "../../../machines/runtime.ts";

/** A container of a task that runs, or has run, on this machine. */
export interface LiveContainer {
  definition: ContainerDefinition & { name: string };
  /** What the container engine runs; the digest is that of its registry. */
  image?: { name: string; digest?: string };
  running?: RunningContainer;
  exit?: ContainerExit;
  healthy: boolean;
  /** Ends the health checks. */
  stopChecks: () => void;
  forwards: Forward[];
  /** Each ends what a port of a private address leads to. */
  published: (() => void)[];
  /** Told whenever one of the members above changes; for `dependsOn`. */
  listeners: (() => void)[];
}

/** A task that this process runs. What is not here after a restart does not run any more. */
export interface LiveTask {
  scope: Scope;
  id: string;
  containers: LiveContainer[];
  /** Resolves when its start has succeeded or failed. */
  started: Promise<void>;
  /** It is to end: its start goes no further. */
  ending: boolean;
  /** Resolves when it has stopped. */
  stopped?: Promise<void>;
}

export function changed(container: LiveContainer): void {
  for (const listener of container.listeners.splice(0)) listener();
}

/** Resolves when `condition` holds for the container; looked at whenever it changes. */
export async function whenever(container: LiveContainer, condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise<void>((resolve) => container.listeners.push(resolve));
}

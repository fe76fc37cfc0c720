import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import { RuntimeError } from "../../../machines/runtime.ts";
import { type LiveContainer, type LiveTask, whenever } from "./live.ts";

/**
 * Waits until the containers that this one depends on are as far as `dependsOn` asks (API_ContainerDependency).
 * @throws RuntimeError when that cannot come any more: one that was to be HEALTHY or to end with SUCCESS did not.
 */
export async function ready(container: LiveContainer, task: Pick<LiveTask, "containers" | "ending">): Promise<void> {
  for (const { containerName, condition } of container.definition.dependsOn ?? []) {
    const other = task.containers.find(({ definition }) => definition.name === containerName)!;
    const reached = (): boolean =>
      other.exit !== undefined || (condition === "START" && other.running !== undefined) || (condition === "HEALTHY" && other.healthy);
    await whenever(other, () => task.ending || reached());
    if (task.ending) return;
    const failed = (condition === "HEALTHY" && !other.healthy) || (condition === "SUCCESS" && other.exit?.exitCode !== 0);
    if (failed) throw new RuntimeError("CannotStartContainerError", `dependency graph: container ${containerName} did not reach ${condition}`);
  }
}

/** The name of a container that depends on itself through others; undefined when there is none. */
export function cycle(containers: ContainerDefinition[]): string | undefined {
  const byName = new Map(containers.map((container) => [container.name!, container]));
  const done = new Set<string>();
  const visit = (name: string, path: string[]): string | undefined => {
    if (path.includes(name)) return name;
    if (done.has(name)) return undefined;
    for (const { containerName } of byName.get(name)?.dependsOn ?? []) {
      const found = visit(containerName!, [...path, name]);
      if (found) return found;
    }
    done.add(name);
    return undefined;
  };
  for (const name of byName.keys()) {
    const found = visit(name, []);
    if (found) return found;
  }
  return undefined;
}

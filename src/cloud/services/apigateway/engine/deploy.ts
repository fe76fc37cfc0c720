import type { Scope } from "../../../core/scope.ts";
import type { ApiGatewayDeps } from "../index.ts";
import { partsOf, type DeploymentRow } from "../state.ts";

type Deps = Pick<ApiGatewayDeps, "store" | "clock" | "ids">;

/** Keeps an API's routes and integrations as they are now, for a stage to serve. */
export function deploy({ store, clock, ids }: Deps, scope: Scope, apiId: string, more: { auto: boolean; description?: string }): DeploymentRow {
  const deploymentId = ids.upper(6).toLowerCase();
  return partsOf(store, scope, apiId, "deployments").set(deploymentId, {
    deploymentId,
    ...more,
    createdAt: clock.now(),
    routes: partsOf(store, scope, apiId, "routes").values(),
    integrations: partsOf(store, scope, apiId, "integrations").values(),
  });
}

/** "Automatic deployments": every change of an API is deployed to the stages that want it. Of these deployments only the last is kept. */
export function autoDeploy(deps: Deps, scope: Scope, apiId: string): void {
  const stages = partsOf(deps.store, scope, apiId, "stages");
  const waiting = stages.values().filter((stage) => stage.autoDeploy);
  if (waiting.length === 0) return;
  const description = "Automatic deployment triggered by changes to the Api configuration";
  const { deploymentId } = deploy(deps, scope, apiId, { auto: true, description });
  const deployments = partsOf(deps.store, scope, apiId, "deployments");
  for (const stage of waiting) {
    const before = stage.deploymentId === undefined ? undefined : deployments.get(stage.deploymentId);
    stages.set(stage.stageName, { ...stage, deploymentId, updatedAt: deps.clock.now() });
    if (before?.auto) deployments.delete(before.deploymentId);
  }
}

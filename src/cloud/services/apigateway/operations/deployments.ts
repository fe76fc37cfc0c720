import type {
  CreateDeploymentRequest,
  CreateDeploymentResponse,
  DeleteDeploymentRequest,
  Deployment,
  GetDeploymentRequest,
  GetDeploymentResponse,
  GetDeploymentsRequest,
  GetDeploymentsResponse,
  UpdateDeploymentRequest,
  UpdateDeploymentResponse,
} from "@aws-sdk/client-apigatewayv2";
import type { Call } from "../../../core/service.ts";
import { deploy } from "../engine/deploy.ts";
import type { ApiGatewayDeps } from "../index.ts";
import { partsOf, type DeploymentRow } from "../state.ts";
import { apiOf, conflict, deploymentOf, invalid, page, stageOf } from "./input.ts";

type Deps = Pick<ApiGatewayDeps, "store" | "clock" | "ids">;

const describe = (row: DeploymentRow): Deployment => ({
  DeploymentId: row.deploymentId,
  AutoDeployed: row.auto,
  CreatedDate: new Date(row.createdAt),
  DeploymentStatus: "DEPLOYED",
  Description: row.description,
});

/** With a stage's name, the stage serves it from now on. */
export function CreateDeployment(deps: Deps, input: CreateDeploymentRequest, call: Call): CreateDeploymentResponse {
  const { apiId } = apiOf(deps.store, call, input.ApiId);
  if (partsOf(deps.store, call, apiId, "routes").values().length === 0) throw invalid("At least one route is required before deploying the Api.");
  const stage = input.StageName === undefined ? undefined : stageOf(deps.store, call, apiId, input.StageName);
  if (stage?.autoDeploy) throw invalid("Deployments to a Stage with AutoDeploy enabled are made automatically");
  const row = deploy(deps, call, apiId, { auto: false, ...(input.Description === undefined ? {} : { description: input.Description }) });
  if (stage)
    partsOf(deps.store, call, apiId, "stages").set(stage.stageName, { ...stage, deploymentId: row.deploymentId, updatedAt: deps.clock.now() });
  return describe(row);
}

export function UpdateDeployment({ store }: Deps, input: UpdateDeploymentRequest, call: Call): UpdateDeploymentResponse {
  const row = deploymentOf(store, call, input.ApiId, input.DeploymentId);
  const description = input.Description ?? row.description;
  return describe(
    partsOf(store, call, input.ApiId!, "deployments").set(row.deploymentId, { ...row, ...(description === undefined ? {} : { description }) }),
  );
}

export function GetDeployment({ store }: Deps, input: GetDeploymentRequest, call: Call): GetDeploymentResponse {
  return describe(deploymentOf(store, call, input.ApiId, input.DeploymentId));
}

export function GetDeployments({ store }: Deps, input: GetDeploymentsRequest, call: Call): GetDeploymentsResponse {
  const { Items, NextToken } = page(partsOf(store, call, apiOf(store, call, input.ApiId).apiId, "deployments").values(), input);
  return { Items: Items.map(describe), NextToken };
}

export function DeleteDeployment({ store }: Deps, input: DeleteDeploymentRequest, call: Call): void {
  const { deploymentId } = deploymentOf(store, call, input.ApiId, input.DeploymentId);
  const user = partsOf(store, call, input.ApiId!, "stages")
    .values()
    .find((stage) => stage.deploymentId === deploymentId);
  if (user) throw conflict("Active stages pointing to this deployment must be moved or deleted");
  partsOf(store, call, input.ApiId!, "deployments").delete(deploymentId);
}

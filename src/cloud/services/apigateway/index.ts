import type { Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import type { LambdaPort, LogsPort, MetricsPort } from "../../core/ports.ts";
import { bind, type Service } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import type { WireRequest, WireResponse } from "../../wire/protocol.ts";
import { access } from "./access.ts";
import type { InvokeIam } from "./engine/authorize.ts";
import { DataPlane } from "./engine/data-plane.ts";
import * as apiOperations from "./operations/apis.ts";
import * as deploymentOperations from "./operations/deployments.ts";
import { CreateIntegration, DeleteIntegration, GetIntegration, GetIntegrations, UpdateIntegration } from "./operations/integrations.ts";
import { CreateRoute, DeleteRoute, GetRoute, GetRoutes, UpdateRoute } from "./operations/routes.ts";
import { CreateStage, DeleteAccessLogSettings, DeleteRouteSettings, DeleteStage, GetStage, GetStages, UpdateStage } from "./operations/stages.ts";
import * as tagOperations from "./operations/tags.ts";

export interface ApiGatewayDeps {
  store: Store;
  clock: Clock;
  ids: Ids;
  lambda: LambdaPort;
  logs: LogsPort;
  metrics: MetricsPort;
  /** For routes with AWS_IAM. */
  iam: InvokeIam;
  /** This cloud's address, `http://127.0.0.1:4590`: APIs are under it. */
  endpoint: () => string;
  /** Told why a request was answered with 5xx: the client does not get to know. */
  log: (line: string) => void;
}

/** What the gateway asks of it: the answer to a request that is for an HTTP API. */
export interface HttpApisPort {
  answer(request: WireRequest): Promise<WireResponse | undefined>;
}

/** Amazon API Gateway, HTTP APIs. See README.md for what it has and what it lacks. */
export function createApiGateway(deps: ApiGatewayDeps): Service & HttpApisPort {
  const dataPlane = new DataPlane(deps);
  return {
    name: "apigateway",
    signingNames: ["apigateway"],
    sdk: () => import("@aws-sdk/client-apigatewayv2"),
    protocols: ["restJson1"],
    apiVersion: "2018-11-29",
    operations: bind(deps, {
      ...apiOperations,
      ...deploymentOperations,
      ...tagOperations,
      CreateRoute,
      UpdateRoute,
      GetRoute,
      GetRoutes,
      DeleteRoute,
      CreateIntegration,
      UpdateIntegration,
      GetIntegration,
      GetIntegrations,
      DeleteIntegration,
      CreateStage,
      UpdateStage,
      GetStage,
      GetStages,
      DeleteStage,
      DeleteAccessLogSettings,
      DeleteRouteSettings,
    }),
    access,
    reset: () => dataPlane.reset(),
    answer: (request) => dataPlane.answer(request),
  };
}

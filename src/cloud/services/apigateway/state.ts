import type { AccessLogSettings, AuthorizationType, Cors, RouteSettings } from "@aws-sdk/client-apigatewayv2";
import type { Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";

/** An HTTP API. Times are milliseconds since the epoch. */
export interface ApiRow {
  apiId: string;
  name: string;
  description?: string;
  version?: string;
  cors?: Cors;
  disableExecuteApiEndpoint: boolean;
  ipAddressType: "ipv4" | "dualstack";
  tags: Record<string, string>;
  createdAt: number;
}

export interface RouteRow {
  routeId: string;
  routeKey: string;
  /** `integrations/<id>` */
  target?: string;
  authorizationType: AuthorizationType;
  operationName?: string;
  /** Of an API that was made with a target of its own ("quick create"). */
  managed?: boolean;
}

/** An AWS_PROXY integration with a Lambda function. */
export interface IntegrationRow {
  integrationId: string;
  uri: string;
  method?: string;
  payloadFormatVersion: "1.0" | "2.0";
  timeoutMs: number;
  description?: string;
  managed?: boolean;
}

export interface StageRow {
  stageName: string;
  autoDeploy: boolean;
  deploymentId?: string;
  description?: string;
  variables: Record<string, string>;
  defaultRouteSettings: RouteSettings;
  routeSettings: Record<string, RouteSettings>;
  accessLog?: AccessLogSettings;
  tags: Record<string, string>;
  createdAt: number;
  updatedAt: number;
  managed?: boolean;
}

/** What requests see: the routes and integrations as they were when it was made. */
export interface DeploymentRow {
  deploymentId: string;
  auto: boolean;
  description?: string;
  createdAt: number;
  routes: RouteRow[];
  integrations: IntegrationRow[];
}

export const apis = (store: Store, scope: Scope): Table<ApiRow> => store.table("apigateway.apis", scope);

/** Parts of an API, by `<apiId>/<own id>`. */
interface PartRows {
  routes: RouteRow;
  integrations: IntegrationRow;
  stages: StageRow;
  deployments: DeploymentRow;
}
export type PartKind = keyof PartRows;
export const PART_KINDS: readonly PartKind[] = ["routes", "integrations", "stages", "deployments"];

/** The parts of one kind of one API. */
export interface Parts<T> {
  get(id: string): T | undefined;
  set(id: string, row: T): T;
  delete(id: string): boolean;
  values(): T[];
}

export function partsOf<K extends PartKind>(store: Store, scope: Scope, apiId: string, kind: K): Parts<PartRows[K]> {
  const table = store.table<PartRows[K]>(`apigateway.${kind}`, scope);
  return {
    get: (id) => table.get(`${apiId}/${id}`),
    set: (id, row) => table.set(`${apiId}/${id}`, row),
    delete: (id) => table.delete(`${apiId}/${id}`),
    values: () =>
      table
        .entries()
        .filter(([key]) => key.startsWith(`${apiId}/`))
        .map(([, row]) => row),
  };
}

/** The API of that identifier, which is the only one in the cloud, and where it is. */
export function findApi(store: Store, apiId: string): { scope: Scope; api: ApiRow } | undefined {
  for (const scope of store.scopes("apigateway.apis")) {
    const api = apis(store, scope).get(apiId);
    if (api) return { scope, api };
  }
  return undefined;
}

import type {
  DeleteServiceRequest,
  DeleteServiceResponse,
  DescribeServicesRequest,
  DescribeServicesResponse,
  ListServicesRequest,
  ListServicesResponse,
} from "@aws-sdk/client-ecs";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import { clusterOf, findService, invalid, lastPart, page, serviceArn } from "../lookup.ts";
import type { Parts } from "../parts.ts";
import { serviceKey, services } from "../state.ts";
import { serviceView } from "../views.ts";

export function DescribeServices(deps: Pick<Parts, "store">, input: DescribeServicesRequest, call: Call): DescribeServicesResponse {
  const cluster = clusterOf(deps.store, call, input.cluster);
  if (!input.services?.length) throw invalid("Services cannot be empty.");
  if (input.services.length > 10) throw invalid("You may only describe up to 10 services at a time.");
  const rows = input.services.map((name) => findService(deps.store, call, cluster, name));
  return {
    services: rows.filter((row) => row !== undefined).map((row) => serviceView(deps.store, call, row, input.include ?? [])),
    failures: input.services.filter((_, i) => !rows[i]).map((name) => ({ arn: serviceArn(call, cluster.name, lastPart(name)), reason: "MISSING" })),
  };
}

export function ListServices(deps: Pick<Parts, "store">, input: ListServicesRequest, call: Call): ListServicesResponse {
  const cluster = clusterOf(deps.store, call, input.cluster);
  const rows = services(deps.store, call).filter(
    (row) =>
      row.clusterName === cluster.name &&
      row.status !== "INACTIVE" &&
      (!input.launchType || row.launchType === input.launchType) &&
      (!input.schedulingStrategy || row.schedulingStrategy === input.schedulingStrategy),
  );
  const { items, nextToken } = page(
    rows.map(({ arn }) => arn),
    input,
    input.maxResults ? 100 : 10,
  );
  return { serviceArns: items, nextToken };
}

/** `force` is needed only for a REPLICA service that is not scaled to 0 (API_DeleteService). */
export function DeleteService(deps: Parts, input: DeleteServiceRequest, call: Call): DeleteServiceResponse {
  const cluster = clusterOf(deps.store, call, input.cluster);
  const service = findService(deps.store, call, cluster, input.service!);
  if (!service || service.status === "INACTIVE") throw new AwsError("ServiceNotFoundException", "Service not found.");
  if (service.schedulingStrategy === "REPLICA" && service.desiredCount > 0 && !input.force)
    throw invalid("The service cannot be stopped while it is scaled above 0.");
  const table = services(deps.store, call);
  table.update(serviceKey(service), { status: "DRAINING", desiredCount: 0 });
  const view = serviceView(deps.store, call, table.get(serviceKey(service))!);
  deps.scheduler.reconcile(call, serviceKey(service));
  return { service: view };
}

import type {
  Application,
  CreateApplicationRequest,
  CreateApplicationResponse,
  DeleteApplicationRequest,
  DeleteApplicationResponse,
  GetApplicationRequest,
  GetApplicationResponse,
  ListApplicationsRequest,
  ListApplicationsResponse,
  UpdateApplicationRequest,
  UpdateApplicationResponse,
} from "@aws-sdk/client-service-catalog-appregistry";
import { arn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import type { AppRegistryDeps } from "../index.ts";
import { applicationOf, applicationTag, applicationTags, checkEntity, conflict, entityArn, invalid, newId, page, summary } from "../shared.ts";
import { applications, type ApplicationRow } from "../state.ts";

const described = (call: Call, row: ApplicationRow): Application => ({
  ...summary(row),
  tags: applicationTags(row),
  applicationTag: applicationTag(call, row),
});

/** The same request once more, by its token, is answered as before. @throws AwsError ConflictException, ValidationException */
export function CreateApplication(
  { store, clock, ids }: Pick<AppRegistryDeps, "store" | "clock" | "ids">,
  input: CreateApplicationRequest,
  call: Call,
): CreateApplicationResponse {
  checkEntity(input);
  const existing = applications(store, call).find(({ name }) => name === input.name);
  if (existing) {
    if (input.clientToken !== undefined && existing.clientToken === input.clientToken && existing.description === input.description)
      return { application: described(call, existing) };
    // AppRegistry's own words (aws/aws-cdk #23823).
    throw conflict(`You already own an application '${existing.name}'`);
  }
  const id = newId(ids);
  const now = clock.now();
  const row: ApplicationRow = {
    id,
    arn: entityArn(call, "applications", id),
    name: input.name!,
    ...(input.description === undefined ? {} : { description: input.description }),
    created: now,
    updated: now,
    tags: input.tags ?? {},
    ...(input.clientToken === undefined ? {} : { clientToken: input.clientToken }),
    resources: [],
    groups: [],
  };
  applications(store, call).set(id, row);
  return { application: described(call, row) };
}

export function GetApplication({ store }: Pick<AppRegistryDeps, "store">, input: GetApplicationRequest, call: Call): GetApplicationResponse {
  const row = applicationOf(store, call, input.application);
  const tag = applicationTag(call, row);
  return {
    ...described(call, row),
    associatedResourceCount: row.resources.length,
    integrations: {
      resourceGroup: { state: "CREATE_COMPLETE", arn: arn("resource-groups", call, `group/AWS_AppRegistry_Application-${row.name}`) },
      applicationTagResourceGroup: { state: "CREATE_COMPLETE", arn: tag["awsApplication"] },
    },
  };
}

/** @throws AwsError ValidationException for another name: "we have stopped supporting name updates" (API_app-registry_UpdateApplication) */
export function UpdateApplication(
  { store, clock }: Pick<AppRegistryDeps, "store" | "clock">,
  input: UpdateApplicationRequest,
  call: Call,
): UpdateApplicationResponse {
  const row = applicationOf(store, call, input.application);
  checkEntity({ name: row.name, ...(input.description === undefined ? {} : { description: input.description }) });
  if (input.name !== undefined && input.name !== row.name) throw invalid("The name of an application cannot be changed.");
  const change = { updated: clock.now(), ...(input.description === undefined ? {} : { description: input.description }) };
  return { application: described(call, applications(store, call).update(row.id, change)) };
}

/** @throws AwsError ValidationException while something is associated with it (API_app-registry_DeleteApplication) */
export function DeleteApplication({ store }: Pick<AppRegistryDeps, "store">, input: DeleteApplicationRequest, call: Call): DeleteApplicationResponse {
  const row = applicationOf(store, call, input.application);
  if (row.resources.length > 0 || row.groups.length > 0)
    throw invalid("All associated attribute groups and resources must be disassociated from the application before it is deleted.");
  applications(store, call).delete(row.id);
  return { application: summary(row) };
}

export function ListApplications({ store }: Pick<AppRegistryDeps, "store">, input: ListApplicationsRequest, call: Call): ListApplicationsResponse {
  const { items, nextToken } = page(applications(store, call).values(), input);
  return { applications: items.map(summary), ...(nextToken === undefined ? {} : { nextToken }) };
}

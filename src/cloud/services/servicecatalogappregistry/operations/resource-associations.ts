import type {
  AssociateResourceRequest,
  AssociateResourceResponse,
  DisassociateResourceRequest,
  DisassociateResourceResponse,
  GetAssociatedResourceRequest,
  GetAssociatedResourceResponse,
  ListAssociatedResourcesRequest,
  ListAssociatedResourcesResponse,
  ResourceInfo,
} from "@aws-sdk/client-service-catalog-appregistry";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import { arn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import type { AppRegistryDeps } from "../index.ts";
import { applicationOf, conflict, invalid, notFound, page } from "../shared.ts";
import { applications, type ApplicationRow, type AssociationRow } from "../state.ts";

type Deps = Pick<AppRegistryDeps, "store" | "clock" | "api">;

/**
 * Makes a stack, or all resources with a tag of this value, part of an application.
 * @throws AwsError ResourceNotFoundException, ConflictException; NotSupported where the application's tag is to be applied
 */
export async function AssociateResource(deps: Deps, input: AssociateResourceRequest, call: Call): Promise<AssociateResourceResponse> {
  const { store, clock } = deps;
  const options = input.options ?? [];
  if (options.includes("APPLY_APPLICATION_TAG"))
    throw new NotSupported("servicecatalog", "AssociateResource", "APPLY_APPLICATION_TAG: nothing is tagged");
  applicationOf(store, call, input.application);
  const { name, arn: resourceArn } = await identify(deps, input, call);
  // A stack belongs to one application ("AWS Service Catalog AppRegistry concepts", and aws/aws-cdk #15371).
  const owner = applications(store, call).find(({ resources }) => resources.some((each) => sameResource(each, input, resourceArn)));
  const application = applicationOf(store, call, input.application);
  if (owner && (input.resourceType === "CFN_STACK" || owner.id === application.id))
    throw conflict(`Resource '${name}' is already associated with application '${owner.name}'.`);
  const made: AssociationRow = { type: input.resourceType!, name, arn: resourceArn, at: clock.now(), options };
  applications(store, call).update(application.id, { resources: [...application.resources, made] });
  return { applicationArn: application.arn, resourceArn, ...(options.length > 0 ? { options } : {}) };
}

/** What the request means: a stack that is there, or the group of all that has the tag. */
async function identify({ api }: Deps, input: AssociateResourceRequest, call: Call): Promise<{ name: string; arn: string }> {
  const name = input.resource!;
  if (input.resourceType === "RESOURCE_TAG_VALUE")
    return { name, arn: arn("resource-groups", call, `group/AWS_AppRegistry_AppTag_${call.account}-${name}`) };
  if (input.resourceType !== "CFN_STACK") throw invalid(`The resource type ${input.resourceType} is not one of CFN_STACK, RESOURCE_TAG_VALUE.`);
  try {
    const { Stacks = [] } = await api.call<{ Stacks?: { StackName?: string; StackId?: string; StackStatus?: string }[] }>(
      "cloudformation",
      "DescribeStacks",
      { StackName: name },
      call,
      call.principal,
    );
    const [stack] = Stacks;
    if (stack && stack.StackStatus !== "DELETE_COMPLETE") return { name: stack.StackName!, arn: stack.StackId! };
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== "ValidationError") throw error;
  }
  throw notFound(`CloudFormation stack '${name}' was not found.`);
}

const sameResource = (
  row: AssociationRow,
  { resourceType, resource }: { resourceType?: string | undefined; resource?: string | undefined },
  resourceArn?: string,
): boolean => row.type === resourceType && (row.name === resource || row.arn === resource || row.arn === resourceArn);

function associationOf(row: ApplicationRow, input: { resourceType: string | undefined; resource: string | undefined }): AssociationRow {
  const found = row.resources.find((each) => sameResource(each, input));
  if (!found) throw notFound(`Resource '${input.resource ?? ""}' is not associated with application '${row.name}'.`);
  return found;
}

/** The resource itself need not be there any more. @throws AwsError ResourceNotFoundException */
export function DisassociateResource({ store }: Pick<Deps, "store">, input: DisassociateResourceRequest, call: Call): DisassociateResourceResponse {
  const application = applicationOf(store, call, input.application);
  const association = associationOf(application, input);
  applications(store, call).update(application.id, { resources: application.resources.filter((each) => each !== association) });
  return { applicationArn: application.arn, resourceArn: association.arn };
}

export function GetAssociatedResource(
  { store }: Pick<Deps, "store">,
  input: GetAssociatedResourceRequest,
  call: Call,
): GetAssociatedResourceResponse {
  const { name, arn: resourceArn, at, options, type } = associationOf(applicationOf(store, call, input.application), input);
  const group = type === "RESOURCE_TAG_VALUE" ? { integrations: { resourceGroup: { state: "CREATE_COMPLETE" as const, arn: resourceArn } } } : {};
  return { resource: { name, arn: resourceArn, associationTime: new Date(at), ...group }, ...(options.length > 0 ? { options } : {}) };
}

export function ListAssociatedResources(
  { store }: Pick<Deps, "store">,
  input: ListAssociatedResourcesRequest,
  call: Call,
): ListAssociatedResourcesResponse {
  const { items, nextToken } = page(applicationOf(store, call, input.application).resources, input);
  const resources = items.map(({ name, arn: resourceArn, type, options }): ResourceInfo => ({
    name,
    arn: resourceArn,
    resourceType: type,
    ...(type === "RESOURCE_TAG_VALUE" ? { resourceDetails: { tagValue: name } } : {}),
    ...(options.length > 0 ? { options } : {}),
  }));
  return { resources, ...(nextToken === undefined ? {} : { nextToken }) };
}

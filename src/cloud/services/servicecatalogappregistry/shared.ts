import type { Ids } from "../../core/ids.ts";
import { AwsError } from "../../core/errors.ts";
import { arn, type Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";
import { applications, attributeGroups, type ApplicationRow, type AttributeGroupRow, type EntityRow } from "./state.ts";

export const invalid = (message: string): AwsError => new AwsError("ValidationException", message);
export const conflict = (message: string): AwsError => new AwsError("ConflictException", message, { status: 409 });
export const notFound = (message: string): AwsError => new AwsError("ResourceNotFoundException", message, { status: 404 });

export type Kind = "applications" | "attribute-groups";

/** 26 of `a-z0-9`, the first of them 0 in every example of AWS's. */
export const newId = (ids: Pick<Ids, "upper">): string => `0${ids.upper(25).toLowerCase()}`;

/** `arn:aws:servicecatalog:<region>:<account>:/applications/<id>` (API_app-registry_Application, "arn"). */
export const entityArn = (scope: Scope, kind: Kind, id: string): string => arn("servicecatalog", scope, `/${kind}/${id}`);

/** By id, by ARN or by name. */
function find<T extends EntityRow>(table: Table<T>, specifier: string): T | undefined {
  return table.get(specifier) ?? table.find((row) => row.arn === specifier || row.name === specifier);
}

export const findApplication = (store: Store, scope: Scope, specifier = ""): ApplicationRow | undefined =>
  find(applications(store, scope), specifier);
export const findGroup = (store: Store, scope: Scope, specifier = ""): AttributeGroupRow | undefined =>
  find(attributeGroups(store, scope), specifier);

/** @throws AwsError ResourceNotFoundException */
export function applicationOf(store: Store, scope: Scope, specifier: string | undefined): ApplicationRow {
  const row = findApplication(store, scope, specifier);
  if (!row) throw notFound(`Application '${specifier ?? ""}' was not found.`);
  return row;
}

/** @throws AwsError ResourceNotFoundException */
export function groupOf(store: Store, scope: Scope, specifier: string | undefined): AttributeGroupRow {
  const row = findGroup(store, scope, specifier);
  if (!row) throw notFound(`Attribute group '${specifier ?? ""}' was not found.`);
  return row;
}

/** The tag by which resources belong to an application: the group in Resource Groups that AWS makes for it. */
export const applicationTag = (scope: Scope, row: ApplicationRow): Record<string, string> => ({
  awsApplication: arn("resource-groups", scope, `group/${row.name}/${row.id}`),
});

/** With the tag that AppRegistry itself puts on each ("get-application" in the AWS CLI's examples). */
export const applicationTags = (row: ApplicationRow): Record<string, string> => ({ "aws:servicecatalog:applicationName": row.name, ...row.tags });
export const groupTags = (row: AttributeGroupRow): Record<string, string> => ({ "aws:servicecatalog:attributeGroupName": row.name, ...row.tags });

/** @throws AwsError ValidationException for what is no name, a description that is too long, or tags of AWS's */
export function checkEntity(input: { name?: string; description?: string; tags?: Record<string, string> }): void {
  if (!/^[-.\w]{1,256}$/.test(input.name ?? "")) throw invalid("The name must have 1 to 256 letters, digits, '-', '.' or '_'.");
  if ((input.description?.length ?? 0) > 1024) throw invalid("The description must have at most 1024 characters.");
  checkTags({}, input.tags ?? {});
}

/** @throws AwsError ValidationException for tags that only AWS may set, or more than 50 */
export function checkTags(before: Record<string, string>, tags: Record<string, string>): Record<string, string> {
  if (Object.keys(tags).some((key) => /^aws:/i.test(key))) throw invalid("aws: prefixed tag key names are not allowed for external use");
  const all = { ...before, ...tags };
  if (Object.keys(all).length > 50) throw invalid("A resource can have at most 50 tags.");
  return all;
}

/** The members that every description of an application or a group has. */
export const summary = (row: EntityRow) => ({
  id: row.id,
  arn: row.arn,
  name: row.name,
  ...(row.description === undefined ? {} : { description: row.description }),
  creationTime: new Date(row.created),
  lastUpdateTime: new Date(row.updated),
});

/** One page of a list; the token is opaque. 25 items where the request does not say. */
export function page<T>(items: readonly T[], input: { nextToken?: string; maxResults?: number }): { items: T[]; nextToken?: string } {
  const from = input.nextToken === undefined ? 0 : Number.parseInt(input.nextToken, 36);
  if (Number.isNaN(from)) throw invalid("The next token is invalid.");
  const to = from + (input.maxResults ?? 25);
  return { items: items.slice(from, to), ...(to < items.length ? { nextToken: to.toString(36) } : {}) };
}

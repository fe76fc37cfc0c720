import type {
  CreateLaunchTemplateRequest,
  CreateLaunchTemplateResult,
  CreateLaunchTemplateVersionRequest,
  CreateLaunchTemplateVersionResult,
  DeleteLaunchTemplateRequest,
  DeleteLaunchTemplateResult,
  DeleteLaunchTemplateVersionsRequest,
  DeleteLaunchTemplateVersionsResult,
  DescribeLaunchTemplatesRequest,
  DescribeLaunchTemplatesResult,
  DescribeLaunchTemplateVersionsRequest,
  DescribeLaunchTemplateVersionsResult,
  LaunchTemplate,
  LaunchTemplateVersion,
  ModifyLaunchTemplateRequest,
  ModifyLaunchTemplateResult,
  RequestLaunchTemplateData,
} from "@aws-sdk/client-ec2";
import { AwsError } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import type { Store } from "../../../core/store.ts";
import { invalidValue, missing } from "../faults.ts";
import type { Ec2Deps } from "../index.ts";
import { applyFilters, newId, page, tagList, tagNew, tagsOf, type FilterFields } from "../shared.ts";
import { launchTemplates, tags, type LaunchTemplateRow, type LaunchTemplateVersionRow } from "../state.ts";

type Deps = Pick<Ec2Deps, "store" | "clock" | "ids">;

/** A template by identifier or name. @throws AwsError as EC2 says that there is none. */
export function requireTemplate(
  { store }: Pick<Ec2Deps, "store">,
  scope: Scope,
  id: string | undefined,
  name: string | undefined,
): LaunchTemplateRow {
  const table = launchTemplates(store, scope);
  const template = id ? table.get(id) : table.find((candidate) => candidate.name === name);
  if (template) return template;
  if (id) throw new AwsError("InvalidLaunchTemplateId.NotFound", `The specified launch template, with template ID ${id}, does not exist.`);
  if (name)
    throw new AwsError("InvalidLaunchTemplateName.NotFoundException", `The specified launch template, with template name ${name}, does not exist.`);
  throw missing("launchTemplateId or launchTemplateName");
}

/** A version by number, `$Latest` or `$Default` (which is meant where none is named). */
export function requireVersion(template: LaunchTemplateRow, version: string | undefined): LaunchTemplateVersionRow {
  const wanted =
    version === "$Latest"
      ? Math.max(...template.versions.map(({ number }) => number))
      : version === undefined || version === "$Default"
        ? template.defaultVersion
        : Number(version);
  const found = template.versions.find(({ number }) => number === wanted);
  if (!found) {
    throw new AwsError(
      "InvalidLaunchTemplateId.VersionNotFound",
      `Could not find launch template version ${version} for launch template ${template.id}.`,
    );
  }
  return found;
}

const latestOf = (template: LaunchTemplateRow): number => Math.max(...template.versions.map(({ number }) => number));

const describeTemplate = (store: Store, call: Call, template: LaunchTemplateRow): LaunchTemplate => ({
  LaunchTemplateId: template.id,
  LaunchTemplateName: template.name,
  CreateTime: new Date(template.created),
  CreatedBy: template.createdBy,
  DefaultVersionNumber: template.defaultVersion,
  LatestVersionNumber: latestOf(template),
  Tags: tagList(store, call, template.id),
});

const describeVersion = (template: LaunchTemplateRow, version: LaunchTemplateVersionRow): LaunchTemplateVersion => ({
  LaunchTemplateId: template.id,
  LaunchTemplateName: template.name,
  VersionNumber: version.number,
  ...(version.description === undefined ? {} : { VersionDescription: version.description }),
  CreateTime: new Date(version.created),
  CreatedBy: version.createdBy,
  DefaultVersion: version.number === template.defaultVersion,
  // What is asked for and what is answered have the same members, but for a few that are only ever asked for.
  LaunchTemplateData: version.data,
});

function checkData(data: RequestLaunchTemplateData): void {
  if (data.UserData !== undefined && !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(data.UserData)) {
    throw new AwsError("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.");
  }
  if (Object.keys(data).length === 0) throw missing("LaunchTemplateData");
}

export function CreateLaunchTemplate(deps: Deps, input: CreateLaunchTemplateRequest, call: Call): CreateLaunchTemplateResult {
  const { store, ids, clock } = deps;
  const name = input.LaunchTemplateName!;
  if (name.length < 3 || name.length > 128 || !/^[\w().\-/]+$/.test(name)) {
    throw new AwsError(
      "InvalidLaunchTemplateName.MalformedException",
      "A launch template name must be between 3 and 128 characters, and may contain letters, numbers, and the following characters: - ( ) . / _",
    );
  }
  const table = launchTemplates(store, call);
  if (table.find((template) => template.name === name)) {
    throw new AwsError("InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.");
  }
  checkData(input.LaunchTemplateData!);
  const id = newId(ids, "lt");
  const now = clock.now();
  const first = { number: 1, description: input.VersionDescription, created: now, createdBy: call.principal.arn, data: input.LaunchTemplateData! };
  tagNew(store, call, id, "launch-template", input.TagSpecifications);
  const template = table.set(id, { id, name, created: now, createdBy: call.principal.arn, defaultVersion: 1, lastVersion: 1, versions: [first] });
  return { LaunchTemplate: describeTemplate(store, call, template) };
}

export function CreateLaunchTemplateVersion(deps: Deps, input: CreateLaunchTemplateVersionRequest, call: Call): CreateLaunchTemplateVersionResult {
  const { store, clock } = deps;
  const template = requireTemplate(deps, call, input.LaunchTemplateId, input.LaunchTemplateName);
  const source = input.SourceVersion === undefined ? {} : requireVersion(template, input.SourceVersion).data;
  const data = { ...source, ...input.LaunchTemplateData };
  checkData(data);
  const number = template.lastVersion + 1;
  const version = { number, description: input.VersionDescription, created: clock.now(), createdBy: call.principal.arn, data };
  const changed = launchTemplates(store, call).update(template.id, { lastVersion: number, versions: [...template.versions, version] });
  return { LaunchTemplateVersion: describeVersion(changed, version) };
}

export function ModifyLaunchTemplate(deps: Deps, input: ModifyLaunchTemplateRequest, call: Call): ModifyLaunchTemplateResult {
  const template = requireTemplate(deps, call, input.LaunchTemplateId, input.LaunchTemplateName);
  if (input.DefaultVersion === undefined) throw missing("SetDefaultVersion");
  const defaultVersion = requireVersion(template, input.DefaultVersion).number;
  return { LaunchTemplate: describeTemplate(deps.store, call, launchTemplates(deps.store, call).update(template.id, { defaultVersion })) };
}

export function DeleteLaunchTemplate(deps: Deps, input: DeleteLaunchTemplateRequest, call: Call): DeleteLaunchTemplateResult {
  const template = requireTemplate(deps, call, input.LaunchTemplateId, input.LaunchTemplateName);
  const answer = { LaunchTemplate: describeTemplate(deps.store, call, template) };
  launchTemplates(deps.store, call).delete(template.id);
  tags(deps.store, call).delete(template.id);
  return answer;
}

export function DeleteLaunchTemplateVersions(deps: Deps, input: DeleteLaunchTemplateVersionsRequest, call: Call): DeleteLaunchTemplateVersionsResult {
  const template = requireTemplate(deps, call, input.LaunchTemplateId, input.LaunchTemplateName);
  const named = { LaunchTemplateId: template.id, LaunchTemplateName: template.name };
  const answer: Required<Omit<DeleteLaunchTemplateVersionsResult, "$metadata">> = {
    SuccessfullyDeletedLaunchTemplateVersions: [],
    UnsuccessfullyDeletedLaunchTemplateVersions: [],
  };
  const gone = new Set<number>();
  for (const text of input.Versions!) {
    const number = Number(text);
    const refused =
      number === template.defaultVersion
        ? { Code: "unexpectedError" as const, Message: "The default version cannot be deleted." }
        : template.versions.some((version) => version.number === number)
          ? undefined
          : { Code: "launchTemplateVersionDoesNotExist" as const, Message: `The version ${text} does not exist.` };
    if (refused) answer.UnsuccessfullyDeletedLaunchTemplateVersions.push({ ...named, VersionNumber: number, ResponseError: refused });
    else {
      gone.add(number);
      answer.SuccessfullyDeletedLaunchTemplateVersions.push({ ...named, VersionNumber: number });
    }
  }
  launchTemplates(deps.store, call).update(template.id, { versions: template.versions.filter(({ number }) => !gone.has(number)) });
  return answer;
}

const FILTERS: FilterFields<LaunchTemplateRow> = {
  "launch-template-name": (template) => template.name,
  "create-time": (template) => new Date(template.created).toISOString(),
};

export function DescribeLaunchTemplates(deps: Deps, input: DescribeLaunchTemplatesRequest, call: Call): DescribeLaunchTemplatesResult {
  const { store } = deps;
  const rows = [
    ...(input.LaunchTemplateIds ?? []).map((id) => requireTemplate(deps, call, id, undefined)),
    ...(input.LaunchTemplateNames ?? []).map((name) => requireTemplate(deps, call, undefined, name)),
  ];
  const asked = input.LaunchTemplateIds?.length || input.LaunchTemplateNames?.length;
  const found = applyFilters(asked ? rows : launchTemplates(store, call).values(), input.Filters, FILTERS, (template) =>
    tagsOf(store, call, template.id),
  );
  const { items, ...rest } = page(found, input);
  return { LaunchTemplates: items.map((template) => describeTemplate(store, call, template)), ...rest };
}

export function DescribeLaunchTemplateVersions(
  deps: Deps,
  input: DescribeLaunchTemplateVersionsRequest,
  call: Call,
): DescribeLaunchTemplateVersionsResult {
  if (input.Filters?.length) throw invalidValue("The filter is invalid: versions are chosen by Versions, MinVersion and MaxVersion here");
  const anyTemplate = input.LaunchTemplateId === undefined && input.LaunchTemplateName === undefined;
  // Without a template, only $Latest and $Default of all templates can be asked for (EC2 API Reference).
  if (anyTemplate && !input.Versions?.length) throw missing("LaunchTemplateId or LaunchTemplateName");
  const templates = anyTemplate
    ? launchTemplates(deps.store, call).values()
    : [requireTemplate(deps, call, input.LaunchTemplateId, input.LaunchTemplateName)];
  const found = templates.flatMap((template) => {
    const versions = input.Versions?.length ? input.Versions.map((version) => requireVersion(template, version)) : template.versions.toReversed();
    return versions
      .filter(({ number }) => number >= Number(input.MinVersion ?? 0) && number <= Number(input.MaxVersion ?? Number.MAX_SAFE_INTEGER))
      .map((version) => describeVersion(template, version));
  });
  const { items, ...rest } = page(found, input);
  return { LaunchTemplateVersions: items, ...rest };
}

import type {
  DashboardValidationMessage,
  DeleteDashboardsInput,
  GetDashboardInput,
  GetDashboardOutput,
  ListDashboardsInput,
  ListDashboardsOutput,
  PutDashboardInput,
  PutDashboardOutput,
} from "@aws-sdk/client-cloudwatch";
import { AwsError } from "../../../core/errors.ts";
import { arn, GLOBAL_REGION } from "../../../core/scope.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { page } from "../errors.ts";
import type { CloudWatchDeps } from "../index.ts";
import { dashboards } from "../state.ts";
import type { DashboardRow } from "../state.ts";
import type { Table } from "../../../core/store.ts";
import { tagsOf } from "./tags.ts";

type Deps = Pick<CloudWatchDeps, "store" | "clock">;

/** Dashboards are global: their ARN has no region. */
const table = (deps: Pick<CloudWatchDeps, "store">, scope: Scope): Table<DashboardRow> =>
  dashboards(deps.store, { account: scope.account, region: GLOBAL_REGION });

const PAGE = 1000;
const invalid = (message: string, messages: DashboardValidationMessage[] = []): AwsError =>
  new AwsError("DashboardInvalidInputError", message, { fields: { dashboardValidationMessages: messages } });
const unknown = (name: string): AwsError => new AwsError("DashboardNotFoundError", `Dashboard ${name} does not exist`, { status: 404 });

export function PutDashboard(deps: Deps, input: PutDashboardInput, call: Call): PutDashboardOutput {
  const name = input.DashboardName ?? "";
  if (!/^[A-Za-z0-9\-_]{1,255}$/.test(name))
    throw invalid(
      `The value ${name} for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).`,
    );
  const body = input.DashboardBody ?? "";
  const mistakes = mistakesIn(body);
  if (mistakes.length > 0) throw invalid(`The field DashboardBody must be a valid JSON object`, mistakes);
  const before = table(deps, call).get(name);
  table(deps, call).set(name, {
    name,
    arn: arn("cloudwatch", { account: call.account, region: "" }, `dashboard/${name}`),
    body,
    modifiedAt: deps.clock.now(),
    tags: before?.tags ?? tagsOf(input.Tags),
  });
  return { DashboardValidationMessages: [] };
}

/** "Dashboard Body Structure and Syntax": an object with a list of widgets, each with a type and properties. */
function mistakesIn(body: string): DashboardValidationMessage[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return [{ DataPath: "", Message: "The dashboard body is not valid JSON" }];
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return [{ DataPath: "/", Message: "Should be an object" }];
  const { widgets } = parsed as { widgets?: unknown };
  if (!Array.isArray(widgets)) return [{ DataPath: "/", Message: 'Should have required property "widgets", a list' }];
  return widgets.flatMap((widget: { type?: unknown; properties?: unknown } | null, index) => {
    const missing = (["type", "properties"] as const).filter((member) => widget?.[member] === undefined);
    return missing.map((member) => ({ DataPath: `/widgets/${index}`, Message: `Should have required property "${member}"` }));
  });
}

export function GetDashboard(deps: Deps, input: GetDashboardInput, call: Call): GetDashboardOutput {
  const row = table(deps, call).get(input.DashboardName ?? "");
  if (!row) throw unknown(input.DashboardName ?? "");
  return { DashboardArn: row.arn, DashboardName: row.name, DashboardBody: row.body };
}

export function ListDashboards(deps: Deps, input: ListDashboardsInput, call: Call): ListDashboardsOutput {
  const found = table(deps, call)
    .filter((row) => row.name.startsWith(input.DashboardNamePrefix ?? ""))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const { items, ...rest } = page(found, input.NextToken, PAGE);
  const entries = items.map((row) => ({
    DashboardName: row.name,
    DashboardArn: row.arn,
    LastModified: new Date(row.modifiedAt),
    Size: Buffer.byteLength(row.body),
  }));
  return { DashboardEntries: entries, ...rest };
}

export function DeleteDashboards(deps: Deps, input: DeleteDashboardsInput, call: Call): object {
  const names = input.DashboardNames ?? [];
  for (const name of names) if (!table(deps, call).has(name)) throw unknown(name);
  for (const name of names) table(deps, call).delete(name);
  return {};
}

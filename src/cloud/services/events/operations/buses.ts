import type {
  CreateEventBusRequest,
  CreateEventBusResponse,
  DeleteEventBusRequest,
  DescribeEventBusRequest,
  DescribeEventBusResponse,
  ListEventBusesRequest,
  ListEventBusesResponse,
  PutPermissionRequest,
  RemovePermissionRequest,
} from "@aws-sdk/client-eventbridge";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import type { Store } from "../../../core/store.ts";
import { busArn, parseBus, requireBus, type NamedBus } from "../names.ts";
import type { EventsParts } from "../parts.ts";
import { buses, DEFAULT_BUS, rules, type BusRow, type PolicyStatement } from "../state.ts";
import { page } from "./page.ts";
import { tagsOf } from "./tags.ts";

type Deps = Pick<EventsParts, "store" | "clock">;

export function CreateEventBus(deps: Deps, input: CreateEventBusRequest, call: Call): CreateEventBusResponse {
  for (const member of ["EventSourceName", "KmsKeyIdentifier", "DeadLetterConfig", "LogConfig"] as const) {
    if (input[member]) throw new NotSupported("events", "CreateEventBus", member);
  }
  const bus = { scope: { account: call.account, region: call.region }, name: input.Name! };
  if (!/^[.\-_A-Za-z0-9]{1,256}$/.test(bus.name)) throw new AwsError("ValidationException", `Parameter Name is not valid: ${bus.name}`);
  if (bus.name === DEFAULT_BUS || buses(deps.store, call).has(bus.name)) {
    throw new AwsError("ResourceAlreadyExistsException", `Event bus ${bus.name} already exists.`);
  }
  const now = deps.clock.now();
  buses(deps.store, call).set(bus.name, {
    name: bus.name,
    ...(input.Description ? { description: input.Description } : {}),
    policy: [],
    tags: tagsOf(input.Tags),
    createdAt: now,
    changedAt: now,
  });
  return { EventBusArn: busArn(bus), ...(input.Description ? { Description: input.Description } : {}) };
}

/** A bus that is not there is deleted already. */
export function DeleteEventBus(deps: Deps, input: DeleteEventBusRequest, call: Call): object {
  if (input.Name === DEFAULT_BUS) throw new AwsError("ValidationException", "Cannot delete event bus default.");
  if (rules(deps.store, call).find((rule) => rule.bus === input.Name)) {
    throw new AwsError("ValidationException", `Event bus ${input.Name} cannot be deleted since it has rules.`);
  }
  buses(deps.store, call).delete(input.Name!);
  return {};
}

export function DescribeEventBus(deps: Deps, input: DescribeEventBusRequest, call: Call): DescribeEventBusResponse {
  const bus = parseBus(input.Name, call);
  return toBus(bus, requireBus(deps.store, bus));
}

export function ListEventBuses(deps: Deps, input: ListEventBusesRequest, call: Call): ListEventBusesResponse {
  const scope = { account: call.account, region: call.region };
  const names = new Set([DEFAULT_BUS, ...buses(deps.store, call).values().map(({ name }) => name)]);
  const all = [...names].filter((name) => name.startsWith(input.NamePrefix ?? "")).sort();
  const { items, next } = page(all, input.NextToken, input.Limit ?? 100);
  return { EventBuses: items.map((name) => toBus({ scope, name }, requireBus(deps.store, { scope, name }))), ...(next ? { NextToken: next } : {}) };
}

function toBus(bus: NamedBus, row: BusRow): DescribeEventBusResponse {
  return {
    Name: row.name,
    Arn: busArn(bus),
    ...(row.description ? { Description: row.description } : {}),
    ...(row.policy.length > 0 ? { Policy: policyText(row) } : {}),
    ...(row.createdAt > 0 ? { CreationTime: new Date(row.createdAt), LastModifiedTime: new Date(row.changedAt) } : {}),
  };
}

const policyText = (row: BusRow): string => JSON.stringify({ Version: "2012-10-17", Statement: row.policy });

/** The resource policy of a bus, if it has one. */
export function busPolicy(store: Store, bus: NamedBus): string | undefined {
  const row = buses(store, bus.scope).get(bus.name);
  return row && row.policy.length > 0 ? policyText(row) : undefined;
}

/** Lets other accounts put events on a bus: one statement, or a whole policy. */
export function PutPermission(deps: Deps, input: PutPermissionRequest, call: Call): object {
  const bus = parseBus(input.EventBusName, call);
  const row = requireBus(deps.store, bus);
  save(deps, bus.scope, row, input.Policy ? parsePolicy(input.Policy) : [...row.policy.filter(({ Sid }) => Sid !== input.StatementId), statementOf(input, bus)]);
  return {};
}

function parsePolicy(text: string): PolicyStatement[] {
  try {
    const { Statement } = JSON.parse(text) as { Statement: PolicyStatement | PolicyStatement[] };
    return Array.isArray(Statement) ? Statement : [Statement];
  } catch {
    throw new AwsError("ValidationException", "Parameter Policy is not valid.");
  }
}

function statementOf({ StatementId, Action, Principal, Condition }: PutPermissionRequest, bus: NamedBus): PolicyStatement {
  if (!StatementId || !Action || !Principal) throw new AwsError("ValidationException", "Parameters StatementId, Action and Principal, or Policy, must be specified.");
  return {
    Sid: StatementId,
    Effect: "Allow",
    Principal: Principal === "*" ? "*" : { AWS: `arn:aws:iam::${Principal}:root` },
    Action,
    Resource: busArn(bus),
    ...(Condition ? { Condition: { [Condition.Type!]: { [Condition.Key!]: Condition.Value } } } : {}),
  };
}

export function RemovePermission(deps: Deps, input: RemovePermissionRequest, call: Call): object {
  const bus = parseBus(input.EventBusName, call);
  const row = requireBus(deps.store, bus);
  if (!input.RemoveAllPermissions && !row.policy.some(({ Sid }) => Sid === input.StatementId)) {
    throw new AwsError("ResourceNotFoundException", "Statement with the provided id does not exist.");
  }
  save(deps, bus.scope, row, input.RemoveAllPermissions ? [] : row.policy.filter(({ Sid }) => Sid !== input.StatementId));
  return {};
}

function save(deps: Deps, scope: Scope, row: BusRow, policy: PolicyStatement[]): void {
  const now = deps.clock.now();
  buses(deps.store, scope).set(row.name, { ...row, policy, createdAt: row.createdAt || now, changedAt: now });
}

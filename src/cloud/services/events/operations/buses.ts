import type {
  CreateEventBusRequest,
  CreateEventBusResponse,
  DeleteEventBusRequest,
  DescribeEventBusRequest,
  DescribeEventBusResponse,
  EventBus,
  ListEventBusesRequest,
  ListEventBusesResponse,
} from "@aws-sdk/client-eventbridge";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { EventsParts } from "../index.ts";
import { busArn, buses, busNamed, DEFAULT_BUS, rules, type BusRow } from "../state.ts";
import { busOf, invalid, limitExceeded, named, notFound, page, refuse } from "./input.ts";
import { tagRecord } from "./tags.ts";

type Deps = Pick<EventsParts, "store" | "clock">;

/** Amazon EventBridge quotas: "100 event buses". */
const MAX_BUSES = 100;

export function CreateEventBus({ store, clock }: Deps, input: CreateEventBusRequest, call: Call): CreateEventBusResponse {
  refuse("CreateEventBus", input, ["EventSourceName", "KmsKeyIdentifier", "DeadLetterConfig", "LogConfig"]);
  const name = named("name", input.Name, 256, /^[/.\-_A-Za-z0-9]+$/);
  if (name.includes("/")) throw invalid("Event bus name must not contain '/'.");
  if (busNamed(store, call, name)) throw new AwsError("ResourceAlreadyExistsException", `Event bus ${name} already exists.`);
  if (buses(store, call).size >= MAX_BUSES) throw limitExceeded();
  const now = clock.now();
  const description = input.Description ? { description: input.Description } : {};
  const row: BusRow = { name, arn: busArn(call, name), statements: [], createdAt: now, modifiedAt: now, tags: tagRecord(input.Tags), ...description };
  buses(store, call).set(name, row);
  return { EventBusArn: row.arn, Description: row.description };
}

/** @throws AwsError ResourceNotFoundException (recorded in localstack's test_describe_delete_not_existing_event_bus) */
export function DeleteEventBus({ store }: Deps, input: DeleteEventBusRequest, call: Call): void {
  const name = named("name", input.Name, 256, /^[/.\-_A-Za-z0-9]+$/);
  if (name === DEFAULT_BUS) throw invalid("Cannot delete event bus default.");
  if (!buses(store, call).has(name)) throw notFound(`Event bus ${name} does not exist.`);
  if (rules(store, call).find((rule) => rule.bus === name)) throw invalid(`Event bus ${name} can't be deleted since it has rules.`);
  buses(store, call).delete(name);
}

const describe = (row: BusRow): EventBus => ({
  Name: row.name,
  Arn: row.arn,
  Description: row.description,
  Policy: row.statements.length > 0 ? JSON.stringify({ Version: "2012-10-17", Statement: row.statements }) : undefined,
  CreationTime: row.createdAt === undefined ? undefined : new Date(row.createdAt),
  LastModifiedTime: row.modifiedAt === undefined ? undefined : new Date(row.modifiedAt),
});

export const DescribeEventBus = ({ store }: Deps, input: DescribeEventBusRequest, call: Call): DescribeEventBusResponse =>
  describe(busOf(store, call, input.Name));

export function ListEventBuses({ store }: Deps, input: ListEventBusesRequest, call: Call): ListEventBusesResponse {
  const all = [...buses(store, call).filter((row) => row.name !== DEFAULT_BUS), busNamed(store, call, DEFAULT_BUS)!];
  const found = all.filter((row) => row.name.startsWith(input.NamePrefix ?? ""));
  const { rows, NextToken } = page(found, (row) => row.name, input.NextToken, input.Limit);
  return { EventBuses: rows.map(describe), NextToken };
}

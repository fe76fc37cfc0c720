import type { Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import type { Api, AssetsPort, EventsPort, LambdaPort, SnsPort } from "../../core/ports.ts";
import type { Principal } from "../../core/service.ts";
import type { Store } from "../../core/store.ts";
import type { ProviderRegistry } from "../providers/provider.ts";
import { events, resources, scopeOf, stacks, type EventRow, type Operation, type ResourceRow, type StackRow, type StackStatus } from "./state.ts";
import type { PendingResponses } from "./responses.ts";

export interface DeployerDeps {
  store: Store;
  clock: Clock;
  ids: Ids;
  api: Api;
  assets: AssetsPort;
  /** Custom resources whose ServiceToken is a function. */
  lambda: LambdaPort;
  /** Custom resources whose ServiceToken is a topic, and stacks with NotificationARNs. */
  sns: SnsPort;
  /** Told of every change of a stack's status. */
  events: EventsPort;
  /**
   * The principal that a stack's service role (RoleARN) stands for; without it, resources are made by the cloud itself.
   * @throws AwsError ValidationError where CloudFormation cannot assume the role
   */
  serviceRole?: (roleArn: string) => Principal;
  /** Where custom resources send their answer: the address of `PUT /_cloud/cfn-response/<token>`. */
  responseUrl: (token: string) => string;
}

/** What the parts of the engine share. */
export interface Engine extends DeployerDeps {
  providers: ProviderRegistry;
  responses: PendingResponses;
  /** Told of every stack event as it happens. */
  listeners: Set<(event: EventRow) => void>;
  /** Operations under way, by stack id, for whoever waits for them. */
  running: Map<string, Promise<StackRow>>;
  /** For nested stacks: stacks inside stacks go through the same code. */
  nested: NestedStacks;
}

export interface NestedStacks {
  create(parentId: string, request: NestedRequest): Promise<StackRow>;
  /** Leaves the old resources in place until `commit`. @throws Error where the stack was rolled back */
  update(stackId: string, request: NestedRequest): Promise<StackRow>;
  rollback(stackId: string): Promise<StackRow>;
  commit(stackId: string): Promise<StackRow>;
  delete(stackId: string): Promise<StackRow>;
  /** Why its last operation failed. */
  failure(stackId: string): string;
  /** True while an update of it could still be rolled back. */
  isOpen(stackId: string): boolean;
}

export interface NestedRequest {
  logicalId: string;
  templateUrl: string;
  parameters: Record<string, string>;
  tags: { Key: string; Value: string }[];
  timeoutInMinutes?: number;
  onExists?: (stackId: string) => void;
}

const keyOf = (index: number): string => String(index).padStart(8, "0");

/** Writes a stack event: kept for DescribeStackEvents and told to the listeners. */
export function recordEvent(engine: Engine, stack: StackRow, event: Omit<EventRow, "eventId" | "stackId" | "stackName" | "timestamp">): void {
  const table = events(engine.store, scopeOf(stack.stackId), stack.stackId);
  // Clients order events by their time alone, so no two of a stack's have the same.
  const last = table.get(keyOf(table.size - 1))?.timestamp ?? 0;
  const timestamp = Math.max(engine.clock.now(), last + 1);
  const eventId = `${event.logicalId}-${event.status}-${engine.ids.hex(8)}`;
  const token = stack.clientRequestToken === undefined ? {} : { clientRequestToken: stack.clientRequestToken };
  const operation = stack.operation === undefined ? {} : { operation: stack.operation };
  const row: EventRow = {
    ...event,
    ...token,
    ...operation,
    eventId,
    stackId: stack.stackId,
    stackName: stack.stackName,
    timestamp,
  };
  table.set(keyOf(table.size), row);
  for (const listener of engine.listeners) listener(row);
  for (const topic of stack.notificationArns) notify(engine, topic, row);
}

/** Tells an event to one of the stack's NotificationARNs, in the form that CloudFormation gives it. A lost one is lost. */
function notify(engine: Engine, topicArn: string, event: EventRow): void {
  const fields = {
    StackId: event.stackId,
    Timestamp: new Date(event.timestamp).toISOString(),
    EventId: event.eventId,
    LogicalResourceId: event.logicalId,
    PhysicalResourceId: event.physicalId ?? "",
    ResourceProperties: event.properties ?? "null",
    ResourceStatus: event.status,
    ResourceStatusReason: event.reason ?? "",
    ResourceType: event.type,
    StackName: event.stackName,
    ClientRequestToken: event.clientRequestToken ?? "null",
  };
  const body = Object.entries(fields)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join("");
  engine.sns.publish(topicArn, { subject: "AWS CloudFormation Notification", body }, { principal: "cloudformation.amazonaws.com" }).catch(() => {});
}

/** What an event says of an operation that somebody asked for. */
export const USER_INITIATED = "User Initiated";

const OPERATIONS: Partial<Record<StackStatus, Operation["type"]>> = {
  CREATE_IN_PROGRESS: "CREATE_STACK",
  UPDATE_IN_PROGRESS: "UPDATE_STACK",
  DELETE_IN_PROGRESS: "DELETE_STACK",
  ROLLBACK_IN_PROGRESS: "ROLLBACK",
};

/** Changes a stack's status and writes its event. */
export function setStackStatus(engine: Engine, stackId: string, status: StackStatus, reason?: string, change: Partial<StackRow> = {}): StackRow {
  const type = OPERATIONS[status];
  // A roll-back belongs to the operation that it undoes, unless somebody asked for it.
  const operation = type && (type !== "ROLLBACK" || reason === USER_INITIATED) ? { operation: { id: engine.ids.uuid(), type } } : {};
  const row = stacks(engine.store, scopeOf(stackId)).update(stackId, { ...change, ...operation, status, statusReason: reason });
  recordEvent(engine, row, {
    logicalId: row.stackName,
    physicalId: stackId,
    type: "AWS::CloudFormation::Stack",
    status,
    ...(reason ? { reason } : {}),
  });
  emitStatus(engine, row);
  return row;
}

/** EventBridge hears of it (AWS CloudFormation user guide, "Stack Status Change event detail"; there with `status-reason` always). */
function emitStatus(engine: Engine, { stackId, status, statusReason, clientRequestToken }: StackRow): void {
  const detail = {
    "stack-id": stackId,
    "status-details": { status, "status-reason": statusReason ?? "" },
    ...(clientRequestToken === undefined ? {} : { "client-request-token": clientRequestToken }),
  };
  engine.events.emit(scopeOf(stackId), {
    source: "aws.cloudformation",
    detailType: "CloudFormation Stack Status Change",
    resources: [stackId],
    detail,
  });
}

/** The three events of a resource that is created tell the same properties: one text, and not three, in memory. */
const texts = new WeakMap<object, string>();
function jsonOf(properties: object): string {
  let text = texts.get(properties);
  if (text === undefined) texts.set(properties, (text = JSON.stringify(properties)));
  return text;
}

/** Puts a resource's row and writes its event. */
export function setResource(engine: Engine, stack: StackRow, row: Omit<ResourceRow, "timestamp">): ResourceRow {
  const full = { ...row, timestamp: engine.clock.now() };
  resources(engine.store, scopeOf(stack.stackId), stack.stackId).set(row.logicalId, full);
  recordEvent(engine, stack, {
    logicalId: row.logicalId,
    type: row.type,
    status: row.status,
    ...(row.physicalId === undefined ? {} : { physicalId: row.physicalId }),
    ...(row.statusReason ? { reason: row.statusReason } : {}),
    properties: jsonOf(row.shown ?? row.properties),
  });
  return full;
}

/** Why a stack's last operation failed: what its resources say, or the stack itself. */
export function failureOf(engine: Engine, stackId: string): string {
  const all = events(engine.store, scopeOf(stackId), stackId).values();
  const start = all.findLastIndex((event) => event.physicalId === stackId && /^(CREATE|UPDATE|DELETE)_IN_PROGRESS$/.test(event.status));
  const failed = all.slice(Math.max(0, start)).filter((event) => event.physicalId !== stackId && event.status.endsWith("_FAILED"));
  const causes = failed
    .filter((event) => event.reason !== "Resource creation cancelled")
    .map((event) => `${event.logicalId} (${event.type}): ${event.reason ?? event.status}`);
  if (causes.length > 0) return causes.join("\n");
  const own = all.slice(Math.max(0, start)).find((event) => event.physicalId === stackId && /FAILED|ROLLBACK_IN_PROGRESS/.test(event.status));
  return own?.reason ?? stacks(engine.store, scopeOf(stackId)).get(stackId)?.statusReason ?? "unknown";
}

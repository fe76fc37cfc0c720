import type {
  CreateStateMachineInput,
  CreateStateMachineOutput,
  DeleteStateMachineInput,
  DescribeStateMachineForExecutionInput,
  DescribeStateMachineForExecutionOutput,
  DescribeStateMachineInput,
  DescribeStateMachineOutput,
  ListStateMachinesInput,
  ListStateMachinesOutput,
  LoggingConfiguration,
  UpdateStateMachineInput,
  UpdateStateMachineOutput,
} from "@aws-sdk/client-sfn";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import { parseArn } from "../../../core/scope.ts";
import type { Call } from "../../../core/service.ts";
import { checkDefinition } from "../definition.ts";
import { cannotAssume, mayAssume } from "../engine/executions.ts";
import type { StatesParts } from "../index.ts";
import { checkName, page, parseMachineArn, requireExecution, requireMachine } from "../shared.ts";
import { executions, machineArn, machines, type MachineRow } from "../state.ts";

const date = (at: number): Date => new Date(at);

const NO_LOGS: LoggingConfiguration = { level: "OFF", includeExecutionData: false };

/** Idempotent for the same definition, role, type, logging and tracing (API reference, CreateStateMachine). */
export async function CreateStateMachine(parts: StatesParts, input: CreateStateMachineInput, call: Call): Promise<CreateStateMachineOutput> {
  const { name = "", definition = "", roleArn = "", type = "STANDARD" } = input;
  checkName(name);
  refuse("CreateStateMachine", input);
  const logging = checkLogging(input.loggingConfiguration);
  await checkDefinition(parts.schemaOf, definition, type, "CreateStateMachine");
  checkRole(parts, roleArn, machineArn(call, name));
  const table = machines(parts.store, call);
  const now = parts.clock.now();
  const tracing = input.tracingConfiguration ?? { enabled: false };
  const tags = Object.fromEntries((input.tags ?? []).map(({ key, value }) => [key ?? "", value ?? ""]));
  const row: MachineRow = { arn: machineArn(call, name), name, definition, roleArn, type, logging, tracing, tags, createdAt: now, updatedAt: now };
  const existing = table.get(name);
  if (existing) {
    if (!same(existing, row)) throw new AwsError("StateMachineAlreadyExists", `State Machine Already Exists: '${row.arn}'`);
    return { stateMachineArn: existing.arn, creationDate: date(existing.createdAt) };
  }
  table.set(name, row);
  return { stateMachineArn: row.arn, creationDate: date(now) };
}

const same = (a: MachineRow, b: MachineRow): boolean =>
  (["definition", "roleArn", "type", "logging", "tracing"] as const).every((name) => JSON.stringify(a[name]) === JSON.stringify(b[name]));

function refuse(operation: string, input: CreateStateMachineInput | UpdateStateMachineInput): void {
  if (input.publish) throw new NotSupported("states", operation, "publish: there are no versions");
  if (input.encryptionConfiguration?.type === "CUSTOMER_MANAGED_KMS_KEY") throw new NotSupported("states", operation, "customer managed keys");
}

/** "The log group's ARN must end with :*", and a level other than OFF needs one. @throws AwsError InvalidLoggingConfiguration */
function checkLogging(logging: LoggingConfiguration = NO_LOGS): LoggingConfiguration {
  const { level = "OFF", destinations = [] } = logging;
  const bad = (why: string): AwsError => new AwsError("InvalidLoggingConfiguration", `Invalid Logging Configuration: ${why}`);
  if (level !== "OFF" && destinations.length !== 1) throw bad("Must specify exactly one Log Destination.");
  for (const { cloudWatchLogsLogGroup } of destinations) {
    const group = cloudWatchLogsLogGroup?.logGroupArn ?? "";
    if (parseArn(group)?.service !== "logs" || !group.endsWith(":*")) throw bad("Log Destination ARN is not valid.");
  }
  return logging;
}

function checkRole(parts: StatesParts, roleArn: string, machineArn: string): void {
  if (!/^arn:[^:]+:iam::\d{12}:role\/.+/.test(roleArn)) throw new AwsError("InvalidArn", `Invalid Role Arn: '${roleArn}'`);
  if (!mayAssume(parts, roleArn, machineArn)) throw new AwsError("AccessDeniedException", cannotAssume());
}

/** "Running executions will continue to use the previous definition and roleArn." */
export async function UpdateStateMachine(parts: StatesParts, input: UpdateStateMachineInput): Promise<UpdateStateMachineOutput> {
  const { scope, machine } = requireMachine(parts.store, input.stateMachineArn);
  refuse("UpdateStateMachine", input);
  const { definition, roleArn, loggingConfiguration, tracingConfiguration } = input;
  if (!definition && !roleArn && !loggingConfiguration && !tracingConfiguration && !input.encryptionConfiguration)
    throw new AwsError(
      "MissingRequiredParameter",
      "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified",
    );
  if (definition !== undefined) await checkDefinition(parts.schemaOf, definition, machine.type, "UpdateStateMachine");
  if (roleArn !== undefined) checkRole(parts, roleArn, machine.arn);
  const updatedAt = parts.clock.now();
  const revisionId = parts.ids.uuid();
  machines(parts.store, scope).update(machine.name, {
    updatedAt,
    revisionId,
    ...(definition === undefined ? {} : { definition }),
    ...(roleArn === undefined ? {} : { roleArn }),
    ...(loggingConfiguration === undefined ? {} : { logging: checkLogging(loggingConfiguration) }),
    ...(tracingConfiguration === undefined ? {} : { tracing: tracingConfiguration }),
  });
  return { updateDate: date(updatedAt), revisionId };
}

/** Its executions end with it. On AWS that happens at their next transitions; here at once. Deleting one that is not there is no error. */
export async function DeleteStateMachine(parts: StatesParts, input: DeleteStateMachineInput): Promise<object> {
  const { scope, name } = parseMachineArn(input.stateMachineArn);
  machines(parts.store, scope).delete(name);
  for (const row of executions(parts.store, scope).filter(({ machine }) => machine.arn === input.stateMachineArn)) {
    await parts.executions.end(row.arn, { status: "ABORTED" });
    parts.executions.forget(scope, row.arn);
  }
  return {};
}

export function DescribeStateMachine({ store }: Pick<StatesParts, "store">, input: DescribeStateMachineInput): DescribeStateMachineOutput {
  const { machine } = requireMachine(store, input.stateMachineArn);
  return {
    stateMachineArn: machine.arn,
    name: machine.name,
    status: "ACTIVE",
    definition: machine.definition,
    roleArn: machine.roleArn,
    type: machine.type,
    creationDate: date(machine.createdAt),
    loggingConfiguration: machine.logging,
    tracingConfiguration: machine.tracing,
    encryptionConfiguration: { type: "AWS_OWNED_KEY" },
    ...(machine.revisionId === undefined ? {} : { revisionId: machine.revisionId }),
  };
}

/** The machine as it was when the execution began. */
export function DescribeStateMachineForExecution(
  { store }: Pick<StatesParts, "store">,
  input: DescribeStateMachineForExecutionInput,
): DescribeStateMachineForExecutionOutput {
  const { machine } = requireExecution(store, input.executionArn).row;
  return {
    stateMachineArn: machine.arn,
    name: machine.name,
    definition: machine.definition,
    roleArn: machine.roleArn,
    updateDate: date(machine.updatedAt),
    loggingConfiguration: machine.logging,
    tracingConfiguration: machine.tracing,
    ...(machine.revisionId === undefined ? {} : { revisionId: machine.revisionId }),
  };
}

export function ListStateMachines({ store }: Pick<StatesParts, "store">, input: ListStateMachinesInput, call: Call): ListStateMachinesOutput {
  const { shown, ...more } = page(machines(store, call).values(), input);
  return {
    stateMachines: shown.map(({ arn, name, type, createdAt }) => ({ stateMachineArn: arn, name, type, creationDate: date(createdAt) })),
    ...more,
  };
}

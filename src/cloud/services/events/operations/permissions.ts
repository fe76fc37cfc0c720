import type { PutPermissionRequest, RemovePermissionRequest } from "@aws-sdk/client-eventbridge";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { EventsParts } from "../index.ts";
import { buses, type BusRow, type Statement } from "../state.ts";
import { busOf, invalid, notFound } from "./input.ts";

type Deps = Pick<EventsParts, "store" | "clock">;

/** "The resource policy of an event bus can have up to 10240 characters" (Amazon EventBridge quotas). */
const MAX_POLICY_LENGTH = 10_240;

/** Adds a statement to a bus's policy, or replaces the whole policy. */
export function PutPermission(deps: Deps, input: PutPermissionRequest, call: Call): void {
  const bus = busOf(deps.store, call, input.EventBusName);
  const statements = input.Policy === undefined ? withStatement(bus, input) : readPolicy(input.Policy);
  if (JSON.stringify(statements).length > MAX_POLICY_LENGTH) {
    throw new AwsError("PolicyLengthExceededException", `The event bus policy is longer than ${MAX_POLICY_LENGTH} characters.`);
  }
  save(deps, call, bus, statements);
}

function withStatement(bus: BusRow, input: PutPermissionRequest): Statement[] {
  const { StatementId, Principal, Action, Condition } = input;
  if (!StatementId || !Principal || !Action) throw invalid("Action, Principal and StatementId are required when Policy is not given.");
  if (Action !== "events:PutEvents") throw invalid("Provided value in parameter 'action' is not supported.");
  const statement: Statement = {
    Sid: StatementId,
    Effect: "Allow",
    Principal: Principal === "*" ? "*" : { AWS: `arn:aws:iam::${Principal}:root` },
    Action,
    Resource: bus.arn,
    ...(Condition ? { Condition: { [Condition.Type!]: { [Condition.Key!]: Condition.Value! } } } : {}),
  };
  return [...bus.statements.filter((one) => one.Sid !== StatementId), statement];
}

function readPolicy(text: string): Statement[] {
  let policy: { Statement?: Statement | Statement[] } | null;
  try {
    policy = JSON.parse(text) as typeof policy;
  } catch {
    policy = null;
  }
  if (!policy || typeof policy !== "object" || !policy.Statement) throw invalid("Parameter Policy is not valid.");
  return Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement];
}

export function RemovePermission(deps: Deps, input: RemovePermissionRequest, call: Call): void {
  const bus = busOf(deps.store, call, input.EventBusName);
  if (input.RemoveAllPermissions) return save(deps, call, bus, []);
  const statements = bus.statements.filter((one) => one.Sid !== input.StatementId);
  if (statements.length === bus.statements.length) throw notFound("Statement with the provided id does not exist.");
  save(deps, call, bus, statements);
}

function save({ store, clock }: Deps, call: Call, bus: BusRow, statements: Statement[]): void {
  buses(store, call).set(bus.name, { ...bus, statements, createdAt: bus.createdAt ?? clock.now(), modifiedAt: clock.now() });
}

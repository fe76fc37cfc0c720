import { AwsError } from "../../core/errors.ts";
import { parseArn, type Scope } from "../../core/scope.ts";
import type { Store } from "../../core/store.ts";
import { executions, machines, type ExecutionRow, type MachineRow } from "./state.ts";

const invalidArn = (arn: string | undefined): AwsError => new AwsError("InvalidArn", `Invalid Arn: 'Invalid ARN prefix: ${arn ?? ""}'`);

interface FoundMachine {
  scope: Scope;
  machine: MachineRow;
}

/** Account, region and name in a machine's ARN. @throws AwsError InvalidArn */
export function parseMachineArn(arn: string | undefined): { scope: Scope; name: string } {
  const parts = parseArn(arn ?? "");
  const name = /^stateMachine:([^:/]+)$/.exec(parts?.resource ?? "")?.[1];
  if (parts?.service !== "states" || name === undefined) throw invalidArn(arn);
  return { scope: { account: parts.account, region: parts.region }, name };
}

/** @throws AwsError InvalidArn, StateMachineDoesNotExist */
export function requireMachine(store: Store, arn: string | undefined): FoundMachine {
  const { scope, name } = parseMachineArn(arn);
  const machine = machines(store, scope).get(name);
  if (!machine) throw new AwsError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);
  return { scope, machine };
}

/** @throws AwsError InvalidArn, ExecutionDoesNotExist */
export function requireExecution(store: Store, arn: string | undefined): { scope: Scope; row: ExecutionRow } {
  const parts = parseArn(arn ?? "");
  if (parts?.service !== "states" || !/^(execution|express):/.test(parts.resource)) throw invalidArn(arn);
  const scope = { account: parts.account, region: parts.region };
  const row = executions(store, scope).get(arn!);
  if (!row) throw new AwsError("ExecutionDoesNotExist", `Execution Does Not Exist: '${arn}'`);
  return { scope, row };
}

/** Names of machines and executions (API reference, CreateStateMachine, StartExecution). @throws AwsError InvalidName */
export function checkName(name: string): void {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (name === "" || name.length > 80 || /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f\ufffe\uffff]/u.test(name))
    throw new AwsError("InvalidName", `Invalid Name: '${name}'`);
}

/** A page of rows, newest first or as they come. @throws AwsError InvalidToken */
export function page<T>(
  rows: readonly T[],
  { maxResults, nextToken }: { maxResults?: number; nextToken?: string },
): { shown: T[]; nextToken?: string } {
  const start = nextToken === undefined ? 0 : Number(Buffer.from(nextToken, "base64url").toString());
  if (!Number.isInteger(start) || start < 0) throw new AwsError("InvalidToken", `Invalid Token: '${nextToken}'`);
  // "The default is 100 and the maximum allowed page size is 1000. A value of 0 uses the default."
  const size = Math.min(maxResults || 100, 1000);
  const end = start + size;
  return { shown: rows.slice(start, end), ...(end < rows.length ? { nextToken: Buffer.from(String(end)).toString("base64url") } : {}) };
}

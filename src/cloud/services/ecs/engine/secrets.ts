import type { ContainerDefinition, TaskDefinition } from "@aws-sdk/client-ecs";
import { type Scope, arn, parseArn } from "../../../core/scope.ts";
import { RuntimeError } from "../../../machines/runtime.ts";
import type { Parts } from "../parts.ts";

type Deps = Pick<Parts, "api" | "authorize" | "asRole">;

/** The task whose execution role fetches them. */
export interface SecretsOf {
  taskId: string;
  definition: Pick<TaskDefinition, "executionRoleArn">;
  fargate: boolean;
}

/**
 * What `secrets` of a container adds to its environment: SSM parameters and secrets of Secrets Manager, fetched with the
 * permissions of the execution role before the container starts.
 * @throws RuntimeError whose message is the task's `stoppedReason`, in the words of the agent (EC2) or of Fargate
 */
export async function secretValues(
  deps: Deps,
  scope: Scope,
  task: SecretsOf,
  container: Pick<ContainerDefinition, "secrets">,
): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const { name, valueFrom } of container.secrets ?? [])
    values[name!] = isSecretArn(valueFrom!)
      ? await secretValue(deps, scope, task, valueFrom!)
      : await parameterValue(deps, scope, task.definition, valueFrom!);
  return values;
}

const isSecretArn = (valueFrom: string): boolean => parseArn(valueFrom)?.service === "secretsmanager";

/** Why a secret of Secrets Manager is not there. */
class SecretError extends RuntimeError {
  /** @param agent all that the agent says, @param onFargate what comes after Fargate's own beginning */
  constructor(fargate: boolean, agent: string, onFargate: string) {
    const told = `unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: ${onFargate}`;
    super("ResourceInitializationError", told);
    // The agent of an instance says it without ResourceInitializationError (ECS Developer Guide, "Stopped tasks error messages").
    if (!fargate) this.message = agent;
  }
}

interface SecretReference {
  SecretId: string;
  key?: string;
  VersionStage?: string;
  VersionId?: string;
}

/**
 * `arn:aws:secretsmanager:region:account:secret:name`, with or without `:json-key:version-stage:version-id` after it, each of
 * which may be empty; undefined for any other number of parts (amazon-ecs-agent, `getASMParametersFromInput`).
 */
function referenceOf(valueFrom: string): SecretReference | undefined {
  const parts = valueFrom.split(":");
  if (parts.length !== 7 && parts.length !== 10) return undefined;
  const [key, VersionStage, VersionId] = parts.slice(7);
  return {
    SecretId: parts.slice(0, 7).join(":"),
    ...(key ? { key } : {}),
    ...(VersionStage ? { VersionStage } : {}),
    ...(VersionId ? { VersionId } : {}),
  };
}

async function secretValue(deps: Deps, scope: Scope, { taskId, definition, fargate }: SecretsOf, valueFrom: string): Promise<string> {
  const reference = referenceOf(valueFrom);
  if (!reference) {
    const why = `trying to retrieve secret with value ${valueFrom} resulted in error: an invalid ARN format for the AWS Secrets Manager secret was specified. Specify a valid ARN and try again.`;
    throw new SecretError(fargate, why, why);
  }
  const { key, ...input } = reference;
  const where = { account: scope.account, region: parseArn(valueFrom)!.region };
  const inRegion = `Fetching secret data from AWS Secrets Manager in region ${where.region}:`;
  const failed = (why: string): SecretError =>
    new SecretError(
      fargate,
      `${inRegion} secret ${input.SecretId}: ${why}`,
      `service call has been retried 1 time(s): failed to fetch secret ${input.SecretId} from secrets manager: ${why}`,
    );
  const principal = definition.executionRoleArn === undefined ? undefined : deps.asRole(definition.executionRoleArn, taskId);
  if (!principal) throw failed("the task definition has no execution role");
  const answer = await deps.api
    .call<{ SecretString?: string }>("secretsmanager", "GetSecretValue", input, where, principal)
    .catch((error: Error) => Promise.reject(failed(`${error.name === "AccessDenied" ? "AccessDeniedException" : error.name}: ${error.message}`)));
  if (answer.SecretString === undefined) throw failed("the secret has no SecretString, and containers get text only");
  if (key === undefined) return answer.SecretString;
  const member = memberOf(answer.SecretString, key);
  if (member !== undefined) return member;
  const why = `retrieved secret from Secrets Manager did not contain json key ${key}`;
  throw new SecretError(fargate, `${inRegion} ${why}`, `service call has been retried 1 time(s): ${why}`);
}

/** A member of the JSON that a secret is. What is no text is given as JSON. */
function memberOf(text: string, key: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  const member = (value as Record<string, unknown>)[key];
  return typeof member === "string" ? member : JSON.stringify(member);
}

/** The value of an SSM parameter, by name or ARN. */
async function parameterValue(deps: Deps, scope: Scope, definition: SecretsOf["definition"], valueFrom: string): Promise<string> {
  const parts = parseArn(valueFrom);
  const where = { account: scope.account, region: parts?.region ?? scope.region };
  const parameter = parts ? parts.resource.replace(/^parameter(?=\/)/, "") : valueFrom;
  const failed = (why: string): RuntimeError =>
    new RuntimeError(
      "ResourceInitializationError",
      `unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: ${why}`,
    );
  if (!definition.executionRoleArn) throw failed("the task definition has no execution role");
  const resource = parts ? valueFrom : arn("ssm", where, `parameter/${parameter.replace(/^\//, "")}`);
  const verdict = await deps.authorize(definition.executionRoleArn, [{ action: "ssm:GetParameters", resources: [resource] }], { scope: where });
  if (!verdict.allowed) throw failed(`AccessDeniedException: ${verdict.reason ?? ""}`);
  const answer = await deps.api
    .call<{ Parameter?: { Value?: string } }>("ssm", "GetParameter", { Name: parameter, WithDecryption: true }, where)
    .catch((error: Error) => Promise.reject(failed(`${error.name}: ${error.message}`)));
  return answer.Parameter?.Value ?? "";
}

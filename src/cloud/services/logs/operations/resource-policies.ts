import type {
  DeleteResourcePolicyRequest,
  DescribeResourcePoliciesRequest,
  DescribeResourcePoliciesResponse,
  PutResourcePolicyRequest,
  PutResourcePolicyResponse,
  ResourcePolicy,
} from "@aws-sdk/client-cloudwatch-logs";
import { AwsError } from "../../../core/errors.ts";
import type { Call } from "../../../core/service.ts";
import type { LogsParts } from "../index.ts";
import { resourcePolicies, type ResourcePolicyRow } from "../state.ts";
import { byText, constraint, invalidParameter, page, refuse } from "./input.ts";

/** "An account can have a maximum of 10 policies without resourceARN" (PutResourcePolicy), in each region. */
const MAX_POLICIES = 10;
/** botocore, logs 2014-03-28: PolicyDocument. */
const MAX_DOCUMENT = 51_200;

export function PutResourcePolicy(deps: Pick<LogsParts, "store" | "clock">, input: PutResourcePolicyRequest, call: Call): PutResourcePolicyResponse {
  refuse("PutResourcePolicy", input, ["resourceArn", "expectedRevisionId"]);
  const { policyName: name, policyDocument: document } = input;
  if (!name) throw constraint("policyName", name ?? "", "Member must not be null");
  if (!document) throw constraint("policyDocument", document ?? "", "Member must have length greater than or equal to 1");
  if (document.length > MAX_DOCUMENT) throw constraint("policyDocument", "…", `Member must have length less than or equal to ${MAX_DOCUMENT}`);
  checkDocument(document);
  const table = resourcePolicies(deps.store, call);
  if (!table.has(name) && table.size >= MAX_POLICIES) throw new AwsError("LimitExceededException", "Resource limit exceeded.");
  return { resourcePolicy: describe(table.set(name, { name, document, lastUpdatedTime: deps.clock.now() })) };
}

function checkDocument(document: string): void {
  let parsed: unknown;
  try {
    parsed = JSON.parse(document);
  } catch {
    throw invalidParameter("Invalid policyDocument: it is not valid JSON.");
  }
  const statements = [(parsed as { Statement?: unknown } | null)?.Statement ?? []].flat() as Record<string, unknown>[];
  if (statements.length === 0) throw invalidParameter("Invalid policyDocument: it has no statement.");
  for (const statement of statements) {
    if (!statement["Principal"] || !statement["Action"] || !statement["Resource"] || !statement["Effect"]) {
      throw invalidParameter("Invalid policyDocument: a statement needs Effect, Principal, Action and Resource.");
    }
  }
}

export function DescribeResourcePolicies(
  deps: Pick<LogsParts, "store">,
  input: DescribeResourcePoliciesRequest,
  call: Call,
): DescribeResourcePoliciesResponse {
  refuse("DescribeResourcePolicies", input, ["resourceArn"]);
  if (input.policyScope === "RESOURCE") return { resourcePolicies: [] };
  const rows = resourcePolicies(deps.store, call)
    .values()
    .sort((a, b) => byText(a.name, b.name));
  const { rows: shown, nextToken } = page(rows, (row) => row.name, input.nextToken, input.limit);
  return { resourcePolicies: shown.map(describe), nextToken };
}

export function DeleteResourcePolicy(deps: Pick<LogsParts, "store">, input: DeleteResourcePolicyRequest, call: Call): void {
  refuse("DeleteResourcePolicy", input, ["resourceArn", "expectedRevisionId"]);
  if (!resourcePolicies(deps.store, call).delete(input.policyName ?? "")) {
    throw new AwsError("ResourceNotFoundException", `Policy with name [${input.policyName}] does not exist.`);
  }
}

const describe = (row: ResourcePolicyRow): ResourcePolicy => ({
  policyName: row.name,
  policyDocument: row.document,
  lastUpdatedTime: row.lastUpdatedTime,
  policyScope: "ACCOUNT",
});

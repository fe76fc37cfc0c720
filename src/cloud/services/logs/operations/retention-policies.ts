import type { DeleteRetentionPolicyRequest, PutRetentionPolicyRequest } from "@aws-sdk/client-cloudwatch-logs";
import type { Call } from "../../../core/service.ts";
import type { LogsParts } from "../index.ts";
import { groupOf, groups } from "../state.ts";
import { constraint, groupName } from "./input.ts";

// botocore, logs 2014-03-28: Days.
const ALLOWED_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

export function PutRetentionPolicy(deps: Pick<LogsParts, "store">, input: PutRetentionPolicyRequest, call: Call): void {
  const { name } = groupOf(deps.store, call, groupName(input.logGroupName));
  const days = input.retentionInDays;
  if (days === undefined || !ALLOWED_DAYS.includes(days))
    throw constraint("retentionInDays", days, `Member must satisfy enum value set: [${ALLOWED_DAYS.join(", ")}]`);
  groups(deps.store, call).update(name, { retentionInDays: days });
}

export function DeleteRetentionPolicy(deps: Pick<LogsParts, "store">, input: DeleteRetentionPolicyRequest, call: Call): void {
  const { retentionInDays: _, ...row } = groupOf(deps.store, call, groupName(input.logGroupName));
  groups(deps.store, call).set(row.name, row);
}

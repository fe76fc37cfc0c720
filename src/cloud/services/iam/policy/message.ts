import type { Evaluation } from "./evaluate.ts";

/**
 * AWS's own words for a denied request (IAM User Guide, "Troubleshoot access denied error messages"), and after them what
 * would have to be there, or which statement denies.
 */
export function denialMessage(callerArn: string, action: string, resource: string, evaluation: Evaluation): string {
  const because = evaluation.because ?? "identity-based policy";
  const start = `User: ${callerArn} is not authorized to perform: ${action} on resource: ${resource}`;
  if (evaluation.decision === "explicitDeny") {
    const sid = evaluation.matchedStatement?.statement.sid;
    const where = `${evaluation.matchedStatement?.policy ?? "a policy"}${sid ? `, statement ${sid}` : ""}`;
    return `${start} with an explicit deny in ${/^[aeiou]/.test(because) ? "an" : "a"} ${because} (denied by ${where})`;
  }
  const missing = JSON.stringify({ Effect: "Allow", Action: action, Resource: resource });
  return `${start} because no ${because} allows the ${action} action (missing statement: ${missing})`;
}

import { AwsError } from "../../core/errors.ts";
import { PolicySyntaxError, parsePolicy, type PolicyKind } from "./policy/document.ts";

/** IAM's errors, under the codes and with the HTTP statuses of the IAM API Reference. */
export const noSuchEntity = (message: string): AwsError => new AwsError("NoSuchEntity", message, { status: 404 });
export const alreadyExists = (message: string): AwsError => new AwsError("EntityAlreadyExists", message, { status: 409 });
export const deleteConflict = (message: string): AwsError => new AwsError("DeleteConflict", message, { status: 409 });
export const limitExceeded = (message: string): AwsError => new AwsError("LimitExceeded", message, { status: 409 });
export const validationError = (message: string): AwsError => new AwsError("ValidationError", message);

/** Checks a document. @throws AwsError MalformedPolicyDocument */
export function checkPolicy(text: string, kind: PolicyKind): void {
  try {
    parsePolicy(text, kind);
  } catch (error) {
    if (error instanceof PolicySyntaxError) throw new AwsError("MalformedPolicyDocument", error.message);
    throw error;
  }
}

/** Names of roles, users, policies, profiles: `[\w+=,.@-]`, at most `max` long (botocore iam 2010-05-08 service-2.json). */
export function checkName(member: string, name: string, max: number): void {
  if (name.length < 1 || name.length > max || !/^[\w+=,.@-]+$/.test(name)) {
    throw validationError(
      `1 validation error detected: Value '${name}' at '${member}' failed to satisfy constraint: ` +
        (name.length > max ? `Member must have length less than or equal to ${max}` : "Member must satisfy regular expression pattern: [\\w+=,.@-]+"),
    );
  }
}

import { AwsError } from "../../../core/errors.ts";

/** @throws AwsError PreconditionFailedException where somebody else has changed it since. */
export function checkRevision(current: string, expected: string | undefined): void {
  if (expected === undefined || expected === current) return;
  const message = "The RevisionId provided does not match the latest RevisionId. Call the GetFunction/GetAlias API to retrieve the latest RevisionId";
  throw new AwsError("PreconditionFailedException", message, { status: 412, fields: { Type: "User" } });
}

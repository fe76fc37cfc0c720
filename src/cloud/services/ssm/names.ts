import { AwsError } from "../../core/errors.ts";
import { parseArn, type Scope } from "../../core/scope.ts";

/** The name in a name or an ARN: `arn:aws:ssm:r:a:parameter/x` is `/x` where that exists in a hierarchy, else `x`. */
export function plainName(text: string): string {
  const resource = parseArn(text)?.resource;
  if (!resource?.startsWith("parameter/")) return text;
  const path = resource.slice("parameter".length);
  return path.indexOf("/", 1) < 0 ? path.slice(1) : path;
}

/** `name`, `name:3` or `name:label`. */
export function splitSelector(text: string): { name: string; selector?: string } {
  const name = plainName(text);
  const colon = name.lastIndexOf(":");
  return colon < 0 ? { name } : { name: name.slice(0, colon), selector: name.slice(colon + 1) };
}

/** `arn:aws:ssm:<region>:<account>:parameter/<name>`, without doubling the slash that a name begins with. */
export const parameterArn = (scope: Scope, name: string): string =>
  `arn:aws:ssm:${scope.region}:${scope.account}:parameter${name.startsWith("/") ? "" : "/"}${name}`;

/** @throws AwsError ValidationException as PutParameter refuses a name (SSM API Reference, PutParameter, "Name"). */
export function checkName(name: string): void {
  if (/^\/?(aws|ssm)/i.test(name)) {
    if (/^\/aws\//i.test(name)) throw new AwsError("AccessDeniedException", `No access to reserved parameter name: ${name}.`);
    throw new AwsError(
      "ValidationException",
      'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; ' +
        "each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_",
    );
  }
  if (!/^[\w.\-/]+$/.test(name) || name.includes("//") || (name.length > 1 && name.endsWith("/")) || name.length > 1011) {
    throw new AwsError(
      "ValidationException",
      "Invalid parameter name. Please use correct syntax for referencing a version/label  <parameter-name>:<version/label>",
    );
  }
  if (name.includes("/") && !name.startsWith("/")) {
    throw new AwsError("ValidationException", "Parameter name must be a fully qualified name.");
  }
  if (name.split("/").length - 1 > 15) {
    throw new AwsError("HierarchyLevelLimitExceededException", "A hierarchy can have a maximum of 15 levels.");
  }
}

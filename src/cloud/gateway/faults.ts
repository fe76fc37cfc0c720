import { AwsError, NotSupported } from "../core/errors.ts";
import type { Protocol } from "../core/service.ts";

/** What goes onto the wire for anything that was thrown. */
export function asAwsError(thrown: unknown): AwsError {
  if (thrown instanceof AwsError) return thrown;
  if (thrown instanceof NotSupported) return new AwsError("NotImplemented", thrown.message, { status: 501 });
  return new AwsError("InternalFailure", "Rouse's embedded cloud made a mistake; its log has the details.", { status: 500 });
}

/** The code under which each protocol says "not allowed". */
const ACCESS_DENIED: Record<Protocol, string> = {
  awsJson1_0: "AccessDeniedException",
  awsJson1_1: "AccessDeniedException",
  rpcv2Cbor: "AccessDeniedException",
  restJson1: "AccessDeniedException",
  awsQuery: "AccessDenied",
  restXml: "AccessDenied",
  restXmlS3: "AccessDenied",
  // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
  ec2Query: "UnauthorizedOperation",
};

/** JSON services answer a denied call with 400, the others with 403. */
const jsonRpc = new Set<Protocol>(["awsJson1_0", "awsJson1_1", "rpcv2Cbor"]);

export function accessDeniedCode(error: AwsError, protocol: Protocol): AwsError {
  if (error.code !== "AccessDenied") return error;
  return new AwsError(ACCESS_DENIED[protocol], error.message, { status: jsonRpc.has(protocol) ? 400 : 403, fields: error.fields });
}

/** Services name a missing member differently; the SDK's own check keeps most users from ever seeing it. */
const MISSING: Record<string, string> = {
  ec2: "MissingParameter",
  ecr: "InvalidParameterException",
  ecs: "InvalidParameterException",
  events: "ValidationException",
  logs: "InvalidParameterException",
  secretsmanager: "InvalidParameterException",
  servicecatalog: "ValidationException",
  sns: "InvalidParameter",
  sqs: "MissingParameter",
  states: "ValidationException",
  lambda: "InvalidParameterValueException",
  elasticfilesystem: "BadRequest",
  route53: "InvalidInput",
  cloudwatch: "MissingParameter",
};

export function missingParameter(service: string, names: string[]): AwsError {
  if (service === "ec2") return new AwsError("MissingParameter", `The request must contain the parameter ${names[0]}`);
  const plural = names.length === 1 ? "1 validation error" : `${names.length} validation errors`;
  const code = MISSING[service] ?? "ValidationError";
  const errors = names.map(
    (name) => `Value null at '${name.charAt(0).toLowerCase()}${name.slice(1)}' failed to satisfy constraint: Member must not be null`,
  );
  return new AwsError(code, `${plural} detected: ${errors.join("; ")}`);
}

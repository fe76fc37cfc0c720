import { AwsError } from "../../core/errors.ts";

/** EC2's errors (EC2 API Reference, "Error codes for the Amazon EC2 API"). */

const NOT_FOUND = {
  vpc: ["InvalidVpcID.NotFound", "vpc"],
  subnet: ["InvalidSubnetID.NotFound", "subnet"],
  internetGateway: ["InvalidInternetGatewayID.NotFound", "internetGateway"],
  routeTable: ["InvalidRouteTableID.NotFound", "routeTable"],
  association: ["InvalidAssociationID.NotFound", "association"],
  instance: ["InvalidInstanceID.NotFound", "instance"],
  networkInterface: ["InvalidNetworkInterfaceID.NotFound", "networkInterface"],
} as const;

export function notFound(kind: keyof typeof NOT_FOUND, id: string): AwsError {
  const [code, word] = NOT_FOUND[kind];
  return new AwsError(code, `The ${word} ID '${id}' does not exist`);
}

export const groupNotFound = (id: string): AwsError => new AwsError("InvalidGroup.NotFound", `The security group '${id}' does not exist`);

export const invalidValue = (message: string): AwsError => new AwsError("InvalidParameterValue", message);

export const invalidCombination = (message: string): AwsError => new AwsError("InvalidParameterCombination", message);

export const missing = (parameter: string): AwsError => new AwsError("MissingParameter", `The request must contain the parameter ${parameter}`);

export const hasDependencies = (kind: string, id: string): AwsError =>
  new AwsError("DependencyViolation", `The ${kind} '${id}' has dependencies and cannot be deleted.`);

/** Answer to `DryRun`: the request would have succeeded. */
export const dryRun = (): AwsError => new AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", { status: 412 });

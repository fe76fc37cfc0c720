import type { DescribeVpnGatewaysRequest, DescribeVpnGatewaysResult } from "@aws-sdk/client-ec2";
import { AwsError } from "../../../core/errors.ts";

/**
 * There are none, as nothing here makes one. The CDK asks for them when it looks up a network.
 * Source of the code: Amazon EC2 Developer Guide, "Error codes for the Amazon EC2 API".
 */
export function DescribeVpnGateways(_deps: object, { VpnGatewayIds: [id] = [] }: DescribeVpnGatewaysRequest): DescribeVpnGatewaysResult {
  if (id !== undefined) throw new AwsError("InvalidVpnGatewayID.NotFound", `The vpnGateway ID '${id}' does not exist`);
  return { VpnGateways: [] };
}

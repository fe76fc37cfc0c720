import type {
  DescribeAccountLimitsInput,
  DescribeAccountLimitsOutput,
  DescribeSSLPoliciesInput,
  DescribeSSLPoliciesOutput,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError } from "../../../core/errors.ts";
import { page } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { SSL_POLICIES } from "../ssl-policies.ts";

export function DescribeAccountLimits(_deps: object, input: DescribeAccountLimitsInput): DescribeAccountLimitsOutput {
  const { items, NextMarker } = page(Object.entries(LIMITS), input);
  return { Limits: items.map(([Name, max]) => ({ Name, Max: String(max) })), NextMarker };
}

export function DescribeSSLPolicies(_deps: object, input: DescribeSSLPoliciesInput): DescribeSSLPoliciesOutput {
  const unknown = input.Names?.find((name) => !SSL_POLICIES.some(({ Name }) => Name === name));
  if (unknown !== undefined) throw new AwsError("SSLPolicyNotFound", `SSL policy '${unknown}' not found`);
  const named = SSL_POLICIES.filter(({ Name }) => !input.Names?.length || input.Names.includes(Name!));
  const { items, NextMarker } = page(input.LoadBalancerType === "gateway" ? [] : named, input);
  return { SslPolicies: items, NextMarker };
}

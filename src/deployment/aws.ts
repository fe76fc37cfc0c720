import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { type Ask, overWire } from "./cloudformation.ts";

/** AWS as this machine's settings say: AWS_PROFILE, AWS_ENDPOINT_URL and the like are read by the SDK itself. */

/** The bootstrap stack's roles have these names in every account (AWS CDK Developer Guide, "Customize AWS CDK bootstrapping"). */
const roleArn = (account: string, region: string, role: "deploy" | "cfn-exec"): string =>
  `arn:${partitionOf(region)}:iam::${account}:role/cdk-hnb659fds-${role}-role-${account}-${region}`;

const partitionOf = (region: string): string => (region.startsWith("cn-") ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws");

export const rolesOf =
  (account: string) =>
  (region: string): { deploy: string; execute: string } => ({
    deploy: roleArn(account, region, "deploy"),
    execute: roleArn(account, region, "cfn-exec"),
  });

/**
 * Reads CloudFormation with the caller's own rights, or with the CDK's role for deployments where they are not enough: who
 * deploys from a pipeline often may do nothing but assume that.
 */
export function askAws(account: string): Ask {
  const own = new Map<string, CloudFormationClient>();
  const assumed = new Map<string, Promise<CloudFormationClient>>();
  const ownClient = (region: string): CloudFormationClient => {
    const client = own.get(region) ?? new CloudFormationClient({ region });
    own.set(region, client);
    return client;
  };
  const assume = async (region: string): Promise<CloudFormationClient> => {
    const sts = new STSClient({ region });
    const { Credentials: given } = await sts.send(
      new AssumeRoleCommand({ RoleArn: roleArn(account, region, "deploy"), RoleSessionName: "rouse-deploy" }),
    );
    const credentials = { accessKeyId: given!.AccessKeyId!, secretAccessKey: given!.SecretAccessKey!, sessionToken: given!.SessionToken! };
    return new CloudFormationClient({ region, credentials });
  };
  return async (region, operation, input) => {
    const role = assumed.get(region);
    if (role) return overWire(await forAll(role))(region, operation, input);
    try {
      return await overWire(ownClient)(region, operation, input);
    } catch (error) {
      if (!(error instanceof Error) || !error.name.startsWith("AccessDenied")) throw error;
      const client = assume(region);
      assumed.set(region, client);
      // Without that role, too, what the caller may not do is what to say.
      const got = await client.catch(() => {
        throw error;
      });
      return overWire(() => got)(region, operation, input);
    }
  };
}

const forAll = async (client: Promise<CloudFormationClient>): Promise<() => CloudFormationClient> => {
  const got = await client;
  return () => got;
};

/** Where the CDK keeps the version of its bootstrap stack, whatever that stack is called. */
const VERSION = "/cdk-bootstrap/hnb659fds/version";

/** Regions in which the CDK has no place for templates and bundles yet. Who may not look is taken to have one. */
export async function notBootstrapped(regions: readonly string[]): Promise<string[]> {
  const missing: string[] = [];
  for (const region of regions) {
    try {
      await new SSMClient({ region }).send(new GetParameterCommand({ Name: VERSION }));
    } catch (error) {
      if (error instanceof Error && error.name === "ParameterNotFound") missing.push(region);
      else if (!(error instanceof Error) || !error.name.startsWith("AccessDenied")) throw error;
    }
  }
  return missing;
}

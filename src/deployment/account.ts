import { GetCallerIdentityCommand, type STSClient } from "@aws-sdk/client-sts";
import type { Project } from "../config/index.ts";

/** Whose credentials these are. */
export interface Caller {
  readonly account: string;
  readonly arn: string;
}

/** A caller, or what to do to become one. */
export type Identified = { readonly caller: Caller } | { readonly problem: string };

const HOW = "Set AWS_PROFILE to a profile of that account, or sign in: aws sso login";

/** Asks AWS whose the credentials are. @throws what has nothing to do with credentials: no network, for one */
export async function identify(sts: Pick<STSClient, "send">, project: Project): Promise<Identified> {
  const name = project.environment.name;
  try {
    const { Account: account, Arn: arn } = await sts.send(new GetCallerIdentityCommand({}));
    return { caller: { account: account!, arn: arn ?? "" } };
  } catch (error) {
    const why = error instanceof Error ? whyNot(error) : undefined;
    if (why === undefined) throw error;
    const wanted = project.environment.account === undefined ? "" : ` (account ${project.environment.account})`;
    return { problem: `${why} for the environment ${name}${wanted}\n${HOW}` };
  }
}

/** Names of errors: AWS Security Token Service API reference, "Common Errors"; the SDK's credential providers name theirs alike. */
function whyNot({ name, message }: Error): string | undefined {
  if (/^(ExpiredToken|ExpiredTokenException|RequestExpired|TokenRefreshRequired)$/.test(name) || /expired/i.test(message))
    return "the AWS credentials have expired";
  if (/Credentials?Provider|TokenProvider/.test(name) || /could not load credentials/i.test(message)) return "there are no AWS credentials";
  if (/^(InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|AuthFailure|InvalidAccessKeyId)$/.test(name))
    return `AWS does not take the credentials (${name})`;
  return undefined;
}

/** What is wrong with deploying an environment with these credentials; undefined where nothing is. */
export function wrongAccount({ environment }: Project, { account, arn }: Caller): string | undefined {
  if (environment.account === undefined || environment.account === account) return undefined;
  return [
    `the AWS credentials are of account ${account} (${arn}), and the environment ${environment.name} wants account ${environment.account}`,
    `${HOW}\nOr, if ${account} is right, say so in rouse.yaml: environments: { ${environment.name}: { account: "${account}" } }`,
  ].join("\n");
}

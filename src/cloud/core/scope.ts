/** An account and a region. Services without regions (IAM, Route 53) use `aws-global` as theirs. */
export interface Scope {
  readonly account: string;
  readonly region: string;
}

export const GLOBAL_REGION = "aws-global";

/** The account that the embedded cloud has unless a request's access key names another. */
export const DEFAULT_ACCOUNT = "000000000000";

/** An ARN from its parts; `region` empty for services without one. */
export function arn(service: string, scope: { account: string; region: string }, resource: string): string {
  const region = scope.region === GLOBAL_REGION ? "" : scope.region;
  return `arn:aws:${service}:${region}:${scope.account}:${resource}`;
}

export interface ArnParts {
  service: string;
  region: string;
  account: string;
  resource: string;
}

/** The parts of an ARN, or undefined where `text` is none. */
export function parseArn(text: string): ArnParts | undefined {
  const parts = text.split(":");
  if (parts.length < 6 || parts[0] !== "arn") return undefined;
  return { service: parts[2]!, region: parts[3]!, account: parts[4]!, resource: parts.slice(5).join(":") };
}

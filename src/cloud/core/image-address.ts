import type { Scope } from "./scope.ts";

/** An image in a private repository of ECR. Without tag and digest, the tag `latest` is meant. */
export interface EcrImage extends Scope {
  name: string;
  tag?: string;
  digest?: string;
}

const ADDRESS = String.raw`(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?`;
const REPOSITORY = new RegExp(`^${ADDRESS}/(.+)$`);
/** On AWS an image's name begins with the registry's address; here the cloud's own may stand before it, whatever its port was. */
const IMAGE = new RegExp(String.raw`^(?:(?:127\.0\.0\.1|localhost):\d+/)?${ADDRESS}/([^:@]+)(?::([^:@]+))?(?:@(sha256:[0-9a-f]{64}))?$`);

/** The address of an account's registry on AWS ("Amazon ECR private registries"). */
export const registryAddress = ({ account, region }: Scope): string => `${account}.dkr.ecr.${region}.amazonaws.com`;

/**
 * The repository's address under which Docker reaches it here: the one that it has on AWS, behind this cloud's own
 * (docs/decisions/0020). @param endpoint `http://127.0.0.1:4590`
 */
export const repositoryUri = (endpoint: string, scope: Scope, name: string): string =>
  `${endpoint.replace(/^https?:\/\//, "")}/${registryAddress(scope)}/${name}`;

/** The repository that a path of the registry's HTTP API names: `<account>.dkr.ecr.<region>.amazonaws.com/<name>`. */
export function ecrRepositoryPath(path: string): { account: string; region: string; name: string } | undefined {
  const match = REPOSITORY.exec(path);
  return match ? { account: match[1]!, region: match[2]!, name: match[3]! } : undefined;
}

/** What an image's name means, in AWS's form or in this cloud's; undefined for every other registry. */
export function ecrImage(image: string): EcrImage | undefined {
  const match = IMAGE.exec(image);
  if (!match) return undefined;
  const [, account, region, name, tag, digest] = match;
  return { account: account!, region: region!, name: name!, ...(tag ? { tag } : {}), ...(digest ? { digest } : {}) };
}

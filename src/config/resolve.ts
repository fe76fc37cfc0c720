import type { z } from "zod";
import { LOCAL, LOCAL_ACCOUNT, LOCAL_DOMAIN } from "./base-rules.ts";
import { sharedZone } from "./zone-rules.ts";
import type { Base, baseSchema, Project, Vpc } from "./schema.ts";

type BaseFile = z.output<typeof baseSchema>;

/** Puts the environment's own settings in, and the choice of the network in one shape. */
export function resolveBase(file: BaseFile, environment: string): { base: Base; environment: Project["environment"] } {
  const environments: BaseFile["environments"] = { ...file.environments, [LOCAL]: file.environments[LOCAL] ?? {} };
  const own = environments[environment] ?? {};
  const account = own.account ?? (environment === LOCAL ? LOCAL_ACCOUNT : undefined);
  const domain = resolveDomain(file, environment);
  return {
    base: { ...file, region: own.region ?? file.region, vpc: resolveVpc(file.vpc), environments, ...(domain === undefined ? {} : { domain }) },
    environment: { name: environment, ...(account === undefined ? {} : { account }) },
  };
}

function resolveDomain({ name: application, domain }: BaseFile, environment: string): Base["domain"] {
  const given = domain ?? (environment === LOCAL ? LOCAL_DOMAIN : undefined);
  if (given === undefined) return undefined;
  const { zone: _said, ...root } = { zone: undefined, ...given };
  const zone = sharedZone({ application, root: root.name, said: domain?.zone });
  return { ...root, ...(zone === undefined ? {} : { zone }) };
}

function resolveVpc({ name, default: isDefault, maxAzs, cidr }: BaseFile["vpc"]): Vpc {
  if (name !== undefined) return { name };
  if (isDefault) return { default: true };
  return { maxAzs: maxAzs ?? 1, ...(cidr === undefined ? {} : { cidr }) };
}

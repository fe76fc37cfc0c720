import { backup } from "./backup.ts";
import { bootstrap } from "./bootstrap.ts";
import { compute } from "./compute.ts";
import { functions } from "./functions.ts";
import { restores } from "./restores.ts";
import type { AwsManagedPolicy } from "./types.ts";

export interface FoundManagedPolicy extends AwsManagedPolicy {
  name: string;
  arn: string;
  /** The document as JSON. */
  text: string;
}

const all = new Map<string, FoundManagedPolicy>(
  Object.entries({ ...bootstrap, ...compute, ...functions, ...backup, ...restores }).map(([name, policy]) => {
    const arn = `arn:aws:iam::aws:policy${policy.path}${name}`;
    return [arn, { ...policy, name, arn, text: JSON.stringify(policy.document) }];
  }),
);

/** A policy of AWS's own by its ARN; undefined for one that this cloud does not know. */
export const awsManagedPolicy = (arn: string): FoundManagedPolicy | undefined => all.get(arn);

export const awsManagedPolicies = (): FoundManagedPolicy[] => [...all.values()];

import { TAGS } from "../functions/shared/names.ts";
import { KIND_METADATA } from "../stacks/names.ts";
import type { Situation } from "./plan.ts";
import type { DeployedStack, WantedStack } from "./stacks.ts";
import type { Resource, Template } from "./template.ts";

/** Stacks for tests of plans and differences. */

export const IDENTITY = { application: "arcade", environment: "prod" };
export const OURS = { [TAGS.application]: "arcade", [TAGS.environment]: "prod" };

export const REGION = "us-west-2";

/** @param exports and imports as names only */
export function template(resources: Record<string, Resource>, more: { kind?: string; exports?: string[]; imports?: string[] } = {}): Template {
  const { kind, exports = [], imports = [] } = more;
  const uses: Record<string, Resource> =
    imports.length > 0 ? { Uses: { Type: "Test::Uses", Properties: { Of: imports.map((name) => ({ "Fn::ImportValue": name })) } } } : {};
  return {
    ...(kind === undefined ? {} : { Metadata: { [KIND_METADATA]: kind } }),
    Resources: { ...resources, ...uses },
    Outputs: Object.fromEntries(exports.map((name, index) => [`Output${index}`, { Value: "value", Export: { Name: name } }])),
  };
}

export const deployed = (name: string, of: Template, more: Partial<DeployedStack> = {}): DeployedStack => ({
  name,
  region: REGION,
  id: `arn:aws:cloudformation:${REGION}:222222222222:stack/${name}/1`,
  status: "CREATE_COMPLETE",
  tags: OURS,
  template: of,
  outputs: {},
  ...more,
});

export const wanted = (name: string, of: Template, more: Partial<WantedStack> = {}): WantedStack => ({
  id: name,
  name,
  region: REGION,
  tags: OURS,
  template: of,
  nested: new Map(),
  dependencies: [],
  ...more,
});

export const situation = (there: DeployedStack[], next: WantedStack[], importers: Record<string, string[]> = {}): Situation => ({
  identity: IDENTITY,
  deployed: there,
  wanted: next,
  importers: new Map(Object.entries(importers)),
});

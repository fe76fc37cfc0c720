import { AwsError } from "../../core/errors.ts";
import type { Scope } from "../../core/scope.ts";
import { checkReferences } from "../template/check.ts";
import { resolveDynamic } from "../template/dynamic.ts";
import { environmentOf, includedResources } from "../template/evaluate.ts";
import { resourceGraph, type Graph } from "../template/graph.ts";
import { resolve, type Environment } from "../template/intrinsics.ts";
import { resolveParameters, type ParameterValue, type SuppliedParameters } from "../template/parameters.ts";
import { parseTemplate, templateError } from "../template/parse.ts";
import { checkRules } from "../template/rules.ts";
import { intrinsicOf, isObject, type ResourceDefinition, type Template } from "../template/types.ts";
import type { Engine } from "./engine.ts";
import { exportsOf, type StackParameter, type StackTarget } from "./state.ts";
import { checkSupport } from "./support.ts";
import { readTemplate } from "./template-url.ts";

/** What a request wants a stack to be. */
export interface StackRequest {
  stackName: string;
  templateBody: string;
  parameters?: SuppliedParameters;
  tags?: { Key: string; Value: string }[];
  capabilities?: string[];
  notificationArns?: string[];
  roleArn?: string;
}

/** A template with everything about it that is known before anything is done. */
export interface Plan {
  template: Template;
  target: StackTarget;
  env: Environment;
  graph: Graph;
  /** Names of exports that resolving the plan's values has used so far. */
  imports: Set<string>;
}

/** How values inside a stack find its resources. */
export interface Lookup {
  ref(logicalId: string): unknown;
  getAtt(logicalId: string, attribute: string): unknown;
}

/** The version that CDK's bootstrap stack has; this cloud needs no bootstrapping, and says so to CDK's version rule. */
const BOOTSTRAP_VERSION = "30";

/** Reads an SSM parameter (`name` or `name:version`); undefined where it does not exist. */
export async function ssmLookup(engine: Engine, scope: Scope, name: string): Promise<string | undefined> {
  try {
    const found = await engine.api.call<{ Parameter?: { Value?: string } }>("ssm", "GetParameter", { Name: name, WithDecryption: true }, scope);
    return found.Parameter?.Value;
  } catch (error) {
    if (/^\/cdk-bootstrap\/[^/]+\/version$/.test(name)) return BOOTSTRAP_VERSION;
    if (error instanceof AwsError && error.code === "ParameterNotFound") return undefined;
    throw error;
  }
}

/**
 * Checks a request's template as far as that goes without doing anything, and works out parameters and conditions.
 * @param previous the given texts of the parameters that the stack has now
 * @throws AwsError ValidationError; all unsupported types and properties are in one message
 */
export async function prepare(
  engine: Engine,
  scope: Scope,
  stackId: string,
  request: StackRequest,
  lookup: Lookup,
  previous: Record<string, string> = {},
): Promise<Plan> {
  const template = parseTemplate(request.templateBody);
  checkTransforms(template);
  checkReferences(template);
  if (request.roleArn !== undefined) engine.serviceRole?.(request.roleArn);
  const parameters = await resolveParameters(template, request.parameters ?? {}, previous, (name) => ssmLookup(engine, scope, name));
  const target = targetOf(request, template, parameters);
  const zones = await readZones(engine, scope, template);
  const plan = planOf(engine, scope, stackId, request.stackName, template, target, lookup, zones);
  checkSupport(engine.providers, template, nestedTemplates(engine, scope), plan.graph);
  return plan;
}

/** Reads a nested stack's template where its address needs nothing but pseudo parameters, as CDK's do. */
const nestedTemplates =
  (engine: Engine, scope: Scope) =>
  (resource: ResourceDefinition): Template | undefined => {
    const notYet = (): never => {
      throw new NotYetKnown();
    };
    const place = { ...scope, stackId: "", stackName: "", notificationArns: [] };
    const surroundings = { place, parameters: {}, ref: notYet, getAtt: notYet, importValue: notYet, zones: notYet };
    try {
      const url = resolve(resource.Properties?.["TemplateURL"], environmentOf({ Resources: {} }, surroundings));
      return parseTemplate(readTemplate(engine.assets, String(url)));
    } catch (error) {
      // An address that depends on resources, or a file that is missing: told when the nested stack's turn comes.
      if (error instanceof NotYetKnown || error instanceof AwsError) return undefined;
      throw error;
    }
  };

class NotYetKnown extends Error {}

const targetOf = (request: StackRequest, template: Template, parameters: Record<string, ParameterValue>): StackTarget => ({
  templateBody: request.templateBody,
  parameters: Object.entries(parameters).map(([name, value]): StackParameter => ({ name, ...value })),
  tags: request.tags ?? [],
  capabilities: request.capabilities ?? [],
  notificationArns: request.notificationArns ?? [],
  ...(typeof template.Description === "string" ? { description: template.Description } : {}),
  ...(request.roleArn === undefined ? {} : { roleArn: request.roleArn }),
});

function planOf(
  engine: Engine,
  scope: Scope,
  stackId: string,
  stackName: string,
  template: Template,
  target: StackTarget,
  lookup: Lookup,
  zones: Map<string, string[]>,
): Plan {
  const imports = new Set<string>();
  const env = environmentOf(template, {
    place: { account: scope.account, region: scope.region, stackId, stackName, notificationArns: target.notificationArns },
    parameters: Object.fromEntries(target.parameters.map((parameter) => [parameter.name, parameter.value])),
    ...lookup,
    importValue: (name) => {
      const found = exportsOf(engine.store, scope).get(name);
      if (!found) throw templateError(`No export named ${name} found.`);
      imports.add(name);
      return found.value;
    },
    zones: (region) => zones.get(region) ?? [],
  });
  checkRules(template, env);
  return { template, target, env, graph: resourceGraph(template, includedResources(template, env)), imports };
}

/** A plan for the target that a stack has, or had: nothing about it is checked again. */
export async function planForTarget(
  engine: Engine,
  scope: Scope,
  stack: { stackId: string; stackName: string },
  target: StackTarget,
  lookup: Lookup,
): Promise<Plan> {
  const template = parseTemplate(target.templateBody);
  return planOf(engine, scope, stack.stackId, stack.stackName, template, target, lookup, await readZones(engine, scope, template));
}

function checkTransforms(template: Template): void {
  const transforms = [template.Transform ?? []].flat();
  const other = transforms.filter((name) => name !== "AWS::LanguageExtensions");
  if (other.length > 0) throw templateError(`Transforms are not supported by this cloud: [${other.map(String).join(", ")}]`);
}

/** Zones are read beforehand, so that working out values stays free of waiting. */
async function readZones(engine: Engine, scope: Scope, template: Template): Promise<Map<string, string[]>> {
  const regions = new Set<string>();
  findZones(template.Resources, scope.region, regions);
  findZones(template.Outputs, scope.region, regions);
  const zones = new Map<string, string[]>();
  for (const region of regions) {
    const answer = await engine.api.call<{ AvailabilityZones?: { ZoneName?: string }[] }>(
      "ec2",
      "DescribeAvailabilityZones",
      {},
      { account: scope.account, region },
    );
    zones.set(region, (answer.AvailabilityZones ?? []).map((zone) => zone.ZoneName ?? "").sort());
  }
  return zones;
}

function findZones(value: unknown, ownRegion: string, regions: Set<string>): void {
  const intrinsic = intrinsicOf(value);
  if (intrinsic?.name === "Fn::GetAZs") {
    regions.add(typeof intrinsic.argument === "string" && intrinsic.argument !== "" ? intrinsic.argument : ownRegion);
    return;
  }
  if (Array.isArray(value)) value.forEach((item) => findZones(item, ownRegion, regions));
  else if (isObject(value)) Object.values(value).forEach((inner) => findZones(inner, ownRegion, regions));
}

/** A resource's properties as they are, and as others may see them: with references to secrets in place of the values. */
export interface ResolvedProperties {
  properties: Record<string, unknown>;
  shown: Record<string, unknown>;
}

/** The properties of a resource, with intrinsic functions and dynamic references worked out. */
export async function resolveProperties(engine: Engine, scope: Scope, plan: Plan, logicalId: string): Promise<ResolvedProperties> {
  const resolved = resolve(plan.template.Resources[logicalId]!.Properties ?? {}, plan.env) as Record<string, unknown>;
  const ssm = (reference: string): Promise<string | undefined> => ssmLookup(engine, scope, reference);
  const shown = await resolveDynamic(resolved, ssm);
  return {
    shown,
    properties: await resolveDynamic(shown, ssm, async (wanted) => {
      const { SecretString } = await engine.api.call<{ SecretString?: string }>("secretsmanager", "GetSecretValue", wanted, scope);
      return SecretString;
    }),
  };
}

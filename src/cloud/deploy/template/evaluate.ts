import { resolve, truth, type Environment } from "./intrinsics.ts";
import { templateError } from "./parse.ts";
import type { Template } from "./types.ts";

/** Where a stack stands: what the pseudo parameters say ("Pseudo parameters reference"). */
export interface Place {
  account: string;
  region: string;
  stackId: string;
  stackName: string;
  notificationArns: string[];
}

/** What a template's values depend on besides the template: filled in by the engine. */
export interface Surroundings {
  place: Place;
  parameters: Record<string, string | string[]>;
  ref(logicalId: string): unknown;
  getAtt(logicalId: string, attribute: string): unknown;
  importValue(name: string): string;
  zones(region: string): string[];
}

const pseudoParameters = (place: Place): Record<string, unknown> => ({
  "AWS::AccountId": place.account,
  "AWS::Region": place.region,
  "AWS::Partition": "aws",
  "AWS::URLSuffix": "amazonaws.com",
  "AWS::StackId": place.stackId,
  "AWS::StackName": place.stackName,
  "AWS::NotificationARNs": place.notificationArns,
});

/** The environment in which a template's values are worked out; conditions are worked out once each, on demand. */
export function environmentOf(template: Template, surroundings: Surroundings): Environment {
  const known = new Map<string, boolean>();
  const underway = new Set<string>();
  const env: Environment = {
    pseudo: pseudoParameters(surroundings.place),
    parameters: surroundings.parameters,
    mappings: template.Mappings ?? {},
    condition(name) {
      const before = known.get(name);
      if (before !== undefined) return before;
      const expression = template.Conditions?.[name];
      if (expression === undefined) throw templateError(`Template error: unresolved condition dependency ${name}`);
      if (underway.has(name)) throw templateError(`Template error: circular dependency between conditions: [${[...underway].join(", ")}]`);
      underway.add(name);
      const value = truth(expression, env);
      underway.delete(name);
      known.set(name, value);
      return value;
    },
    ref: (logicalId) => surroundings.ref(logicalId),
    getAtt: (logicalId, attribute) => surroundings.getAtt(logicalId, attribute),
    importValue: (name) => surroundings.importValue(name),
    zones: (region) => surroundings.zones(region),
  };
  return env;
}

/** Logical ids of the resources whose condition holds (or that have none). */
export function includedResources(template: Template, env: Environment): Set<string> {
  return new Set(
    Object.entries(template.Resources)
      .filter(([, resource]) => resource.Condition === undefined || env.condition(resource.Condition))
      .map(([id]) => id),
  );
}

/** An output's or export's value must be text in the end. */
export function outputText(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw templateError(`Template format error: The Value field of every Outputs member must evaluate to a String. (${name})`);
}

export interface Output {
  key: string;
  value: string;
  description?: string;
  exportName?: string;
}

/** The outputs whose condition holds. */
export function outputsOf(template: Template, env: Environment): Output[] {
  return Object.entries(template.Outputs ?? {})
    .filter(([, output]) => output.Condition === undefined || env.condition(output.Condition))
    .map(([key, output]) => ({
      key,
      value: outputText(key, resolve(output.Value, env)),
      ...(output.Description === undefined ? {} : { description: output.Description }),
      ...(output.Export === undefined ? {} : { exportName: outputText(key, resolve(output.Export.Name, env)) }),
    }));
}

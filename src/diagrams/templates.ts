/** The templates of a cloud assembly as one graph: what a resource refers to is found across stacks, nested stacks and regions. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Properties = { [key: string]: Json };

export interface Template {
  /** The stack's name; of a nested stack its own one. */
  readonly name: string;
  readonly region: string;
  /** The stack it is nested in, and what that one hands down. */
  readonly parent?: { readonly template: Template; readonly resource: string; readonly parameters: Properties };
  readonly resources: Map<string, Resource>;
  readonly outputs: Record<string, { Value: Json; Export?: { Name: Json } }>;
  /** By the logical name of their resource. */
  readonly nested: Map<string, Template>;
  /** Stacks that the assembly's manifest has deployed first. */
  readonly after: readonly string[];
}

export interface Resource {
  readonly template: Template;
  /** Logical name with the hash that CDK puts behind it. */
  readonly id: string;
  readonly type: string;
  readonly properties: Properties;
  readonly dependsOn: readonly string[];
}

interface Body {
  Resources: Record<string, { Type: string; Properties?: Properties; DependsOn?: string | string[] }>;
  Outputs?: Template["outputs"];
}

/** The logical name as it stands in the source: without CDK's hash. */
export const shortName = ({ id }: Pick<Resource, "id">): string => id.replace(/[0-9A-F]{8}$/, "");

const isMap = (value: Json | undefined): value is Properties => typeof value === "object" && value !== null && !Array.isArray(value);

/** A property below others, or undefined. */
export function at(value: Json | undefined, ...path: string[]): Json | undefined {
  let found = value;
  for (const key of path) found = isMap(found) ? found[key] : undefined;
  return found;
}

export const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]);

/** A value as text, as far as it is known before the deployment; `{…}` stands for the rest. */
export function text(value: Json | undefined): string {
  if (Array.isArray(value)) return value.map((each) => text(each)).join(",");
  if (!isMap(value)) return String(value ?? "");
  const join = value["Fn::Join"];
  if (!Array.isArray(join)) return `{${text(Object.values(value)[0])}}`;
  const [separator, parts] = join;
  return list(parts)
    .map((part) => text(part))
    .join(text(separator));
}

/** The stack that a nested one is in; itself where it is not nested. */
export const topOf = (template: Template): Template => template.parent?.template ?? template;

export class Assembly {
  /** All templates, nested ones after the one that holds them. */
  readonly templates: Template[] = [];
  private readonly exports = new Map<string, { template: Template; value: Json }>();
  private readonly folder: string;

  /**
   * @param folder a `cdk.out`
   * @param isDrawn which stacks to look at; all unless told
   */
  constructor(folder: string, isDrawn: (stack: string) => boolean = () => true) {
    this.folder = folder;
    const manifest = this.read("manifest.json") as { artifacts: Record<string, Artifact> };
    const stacks = Object.entries(manifest.artifacts).filter(([name, { type }]) => type === "aws:cloudformation:stack" && isDrawn(name));
    const names = new Set(stacks.map(([name]) => name));
    for (const [name, { properties, environment, dependencies = [] }] of stacks) {
      const region = environment!.split("/").at(-1)!;
      this.load(name, properties!.templateFile!, region, { after: dependencies.filter((each) => names.has(each)) });
    }
  }

  get resources(): Resource[] {
    return this.templates.flatMap(({ resources }) => [...resources.values()]);
  }

  /** Every resource that a value refers to, in this template or any other. */
  references(value: Json | undefined, template: Template): Resource[] {
    if (Array.isArray(value)) return value.flatMap((each) => this.references(each, template));
    if (!isMap(value)) return [];
    const [key, argument] = Object.entries(value)[0] ?? [];
    if (key === "Ref") return this.byRef(text(argument), template);
    if (key === "Fn::GetAtt") return this.byAttribute(list(argument).map(text), template);
    if (key === "Fn::ImportValue") {
      const exported = this.exports.get(text(argument));
      return exported ? this.references(exported.value, exported.template) : [];
    }
    if (key === "Fn::Sub") {
      const names = [...text(list(argument)[0]).matchAll(/\$\{([\w.]+)\}/g)].map((match) => match[1]!.split("."));
      return names.flatMap(([name, ...rest]) =>
        rest.length > 0 ? this.byAttribute([name!, rest.join(".")], template) : this.byRef(name!, template),
      );
    }
    return Object.values(value).flatMap((each) => this.references(each, template));
  }

  private byRef(name: string, template: Template): Resource[] {
    const resource = template.resources.get(name);
    if (resource) return [resource];
    const handedDown = template.parent?.parameters[name];
    return handedDown === undefined ? [] : this.references(handedDown, template.parent!.template);
  }

  private byAttribute([name = "", attribute = ""]: string[], template: Template): Resource[] {
    const nested = template.nested.get(name);
    if (nested) return this.references(nested.outputs[attribute.replace(/^Outputs\./, "")]?.Value, nested);
    const resource = template.resources.get(name);
    if (!resource) return [];
    return resource.type === "Custom::CrossRegionExportReader" ? this.fromOtherRegion(attribute) : [resource];
  }

  /** What CDK carries from region to region: written by a custom resource there, under the name that one here reads. */
  private fromOtherRegion(name: string): Resource[] {
    return this.resources
      .filter(({ type }) => type === "Custom::CrossRegionExportWriter")
      .flatMap(({ properties, template }) => this.references(at(properties, "WriterProps", "exports", name), template));
  }

  private load(name: string, file: string, region: string, more: Pick<Template, "parent" | "after">): Template {
    const body = this.read(file) as Body;
    const template: Template = { name, region, resources: new Map(), outputs: body.Outputs ?? {}, nested: new Map(), ...more };
    this.templates.push(template);
    for (const [id, { Type: type, Properties: properties = {}, DependsOn }] of Object.entries(body.Resources)) {
      template.resources.set(id, { template, id, type, properties, dependsOn: list(DependsOn).map(text) });
    }
    for (const output of Object.values(template.outputs)) {
      if (output.Export) this.exports.set(text(output.Export.Name), { template, value: output.Value });
    }
    for (const { id, type, properties } of template.resources.values()) {
      if (type !== "AWS::CloudFormation::Stack") continue;
      const parent = { template, resource: id, parameters: (properties["Parameters"] ?? {}) as Properties };
      const own = /^(.+)NestedStack\1NestedStackResource/.exec(id)?.[1] ?? shortName({ id });
      template.nested.set(id, this.load(own, this.nestedFile(template.name, text(properties["TemplateURL"])), region, { parent, after: [] }));
    }
    return template;
  }

  /** The template's address ends in its hash; the stack's asset manifest says which file that is. */
  private nestedFile(stack: string, url: string): string {
    const { files } = this.read(`${stack}.assets.json`) as { files: Record<string, { source: { path: string } }> };
    const hash = url.split("/").at(-1)!.replace(".json", "");
    const file = Object.entries(files).find(([key]) => key === hash || key.startsWith(hash))?.[1].source.path;
    if (!file) throw new Error(`${stack}: no file for the nested template ${url}`);
    return file;
  }

  private read(file: string): unknown {
    return JSON.parse(readFileSync(join(this.folder, file), "utf8"));
  }
}

interface Artifact {
  type: string;
  environment?: string;
  dependencies?: string[];
  properties?: { templateFile?: string };
}

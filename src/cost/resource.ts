/** A stack of the assembly, as far as its price goes. Nested stacks are part of the stack that holds them. */
export interface PricedStack {
  readonly name: string;
  readonly region: string;
  /** The leaf that it belongs to; undefined for what all leaves share. */
  readonly leaf?: string | undefined;
  readonly template: PricedTemplate;
  /** Templates of nested stacks, by the hash in their address. */
  readonly nested: ReadonlyMap<string, PricedTemplate>;
}

export interface PricedTemplate {
  readonly Resources?: Readonly<Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>>;
}

export interface Resource {
  readonly stack: string;
  readonly region: string;
  readonly id: string;
  readonly type: string;
  readonly properties: Properties;
}

/** A resource's properties. Templates are JSON of many shapes; what reads them says which. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Properties = Readonly<Record<string, any>>;

const NESTED_STACK = "AWS::CloudFormation::Stack";

/** All resources of a stack and of the stacks nested in it, each as often as it is there. */
export function resourcesOf(stack: PricedStack): Resource[] {
  const of = (template: PricedTemplate): Resource[] =>
    Object.entries(template.Resources ?? {}).flatMap(([id, { Type: type, Properties: properties = {} }]) => {
      const one: Resource = { stack: stack.name, region: stack.region, id, type, properties };
      if (type !== NESTED_STACK) return [one];
      // The CDK names the object after its content.
      const [, hash = ""] = /([0-9a-f]{64})\.json/.exec(JSON.stringify(properties["TemplateURL"] ?? "")) ?? [];
      const nested = stack.nested.get(hash);
      if (nested === undefined) throw new Error(`${stack.name}: the template of the nested stack ${id} is not in the assembly`);
      return [one, ...of(nested)];
    });
  return of(stack.template);
}

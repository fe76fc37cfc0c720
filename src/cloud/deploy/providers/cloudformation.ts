import type { NestedStacks } from "../engine/engine.ts";
import type { StackRow } from "../engine/state.ts";
import { properties, tagList } from "./helpers.ts";
import { PartlyCreated } from "./partly-created.ts";
import type { Properties, Resource, ResourceContext, ResourceProvider } from "./provider.ts";

const nestedRequest = (context: ResourceContext, props: Properties) => ({
  logicalId: context.logicalId,
  templateUrl: String(props["TemplateURL"]),
  parameters: Object.fromEntries(
    Object.entries((props["Parameters"] as Properties | undefined) ?? {}).map(([name, value]) => [name, parameterText(value)]),
  ),
  tags: tagList(props["Tags"]),
  ...(props["TimeoutInMinutes"] === undefined ? {} : { timeoutInMinutes: Number(props["TimeoutInMinutes"]) }),
});

const parameterText = (value: unknown): string => (Array.isArray(value) ? value.map(String).join(",") : String(value));

const asResource = (stack: StackRow): Resource => ({
  physicalId: stack.stackId,
  attributes: Object.fromEntries(stack.outputs.map((output) => [`Outputs.${output.key}`, output.value])),
});

/** AWS::CloudFormation::Stack: a stack as a resource of another. */
const nestedStack = (nested: NestedStacks): ResourceProvider => ({
  type: "AWS::CloudFormation::Stack",
  properties: properties({ update: "TemplateURL Parameters Tags TimeoutInMinutes" }),
  required: ["TemplateURL"],
  attributes: ["Outputs.*"],
  tags: { property: "Tags", form: "list" },
  async create(context, props) {
    let exists: string | undefined;
    const onExists = (stackId: string): void => void (exists = stackId);
    try {
      const stack = await nested.create(context.stackId, { ...nestedRequest(context, props), onExists });
      if (stack.status !== "CREATE_COMPLETE")
        throw new Error(`Embedded stack ${stack.stackId} was not successfully created: ${nested.failure(stack.stackId)}`);
      return asResource(stack);
    } catch (error) {
      throw exists === undefined ? error : new PartlyCreated({ physicalId: exists, attributes: {} }, error);
    }
  },
  async update(context, props, existing) {
    // An update that could still be undone is one that the parent is undoing.
    if (nested.isOpen(existing.physicalId)) return asResource(await nested.rollback(existing.physicalId));
    const stack = await nested.update(existing.physicalId, nestedRequest(context, props));
    return asResource(stack);
  },
  async delete(_context, existing) {
    const stack = await nested.delete(existing.physicalId);
    if (stack.status !== "DELETE_COMPLETE")
      throw new Error(`Embedded stack ${stack.stackId} was not successfully deleted: ${nested.failure(stack.stackId)}`);
  },
});

/** AWS::CloudFormation::WaitConditionHandle: does nothing by itself; CDK uses it as an empty resource. */
const waitConditionHandle: ResourceProvider = {
  type: "AWS::CloudFormation::WaitConditionHandle",
  properties: {},
  create: (context) =>
    Promise.resolve({
      physicalId: `https://cloudformation-waitcondition-${context.scope.region}.s3.amazonaws.com/${context.physicalName()}`,
      attributes: {},
    }),
  delete: () => Promise.resolve(),
};

/** AWS::CDK::Metadata: what CDK reports about itself. */
const cdkMetadata: ResourceProvider = {
  type: "AWS::CDK::Metadata",
  properties: properties({ update: "Analytics" }),
  create: (context) => Promise.resolve({ physicalId: context.physicalName(), attributes: {} }),
  update: () => Promise.resolve(),
  delete: () => Promise.resolve(),
};

export const cloudFormationProviders = (nested: NestedStacks): ResourceProvider[] => [nestedStack(nested), waitConditionHandle, cdkMetadata];

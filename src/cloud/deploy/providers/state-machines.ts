import { gone, pick, properties, tagChanges, tagList } from "./helpers.ts";
import type { Properties, ResourceContext, ResourceProvider } from "./provider.ts";

/* AWS Step Functions */

const STATES = "states";
const OWN = ["Definition", "DefinitionString", "DefinitionSubstitutions", "Tags"];
const MAPPED = ["EncryptionConfiguration", "LoggingConfiguration", "RoleArn", "TracingConfiguration"];
const RENAMES = { StateMachineName: "name", StateMachineType: "type" };

/** "${key}" in the definition becomes the substitution's value (AWS::StepFunctions::StateMachine, DefinitionSubstitutions). */
function definitionOf(props: Properties): string {
  const given = (props["DefinitionString"] ?? props["Definition"]) as unknown;
  if (given === undefined) throw new Error("Property validation failure: one of DefinitionString and Definition is required");
  let text = typeof given === "string" ? given : JSON.stringify(given);
  for (const [key, value] of Object.entries((props["DefinitionSubstitutions"] ?? {}) as Record<string, unknown>)) {
    // A value stands inside a JSON string, or for a number or a boolean.
    const inside = JSON.stringify(String(value)).slice(1, -1);
    text = text.replaceAll(`\${${key}}`, () => inside);
  }
  return text;
}

const tagsOf = (tags: unknown): { key: string; value: string }[] => tagList(tags).map(({ Key, Value }) => ({ key: Key, value: Value }));

const inputOf = (context: ResourceContext, props: Properties): Record<string, unknown> =>
  context.input(STATES, "CreateStateMachine", pick(props, MAPPED), RENAMES);

const stateMachine: ResourceProvider = {
  type: "AWS::StepFunctions::StateMachine",
  properties: properties({
    replace: "StateMachineName StateMachineType",
    update: "Definition DefinitionString DefinitionSubstitutions EncryptionConfiguration LoggingConfiguration RoleArn Tags TracingConfiguration",
  }),
  required: ["RoleArn"],
  attributes: ["Arn", "Name", "StateMachineRevisionId"],
  schema: { service: STATES, operation: "CreateStateMachine", renames: RENAMES, own: OWN },
  tags: { property: "Tags", form: "list" },
  nameProperty: "StateMachineName",
  async create(context, props) {
    const name = String(props["StateMachineName"] ?? context.physicalName(80));
    const { stateMachineArn } = await context.call(STATES, "CreateStateMachine", {
      ...inputOf(context, props),
      name,
      ...(props["StateMachineType"] === undefined ? {} : { type: props["StateMachineType"] as string }),
      definition: definitionOf(props),
      tags: tagsOf(props["Tags"]),
    });
    return { physicalId: stateMachineArn, attributes: { Arn: stateMachineArn, Name: name, StateMachineRevisionId: "INITIAL" } };
  },
  async update(context, props, existing, changed) {
    const stateMachineArn = existing.physicalId;
    const { set, remove } = tagChanges(existing.properties["Tags"], props["Tags"]);
    if (remove.length > 0) await context.call(STATES, "UntagResource", { resourceArn: stateMachineArn, tagKeys: remove });
    if (set.length > 0) await context.call(STATES, "TagResource", { resourceArn: stateMachineArn, tags: tagsOf(set) });
    if (changed.every((name) => name === "Tags")) return;
    const { revisionId } = await context.call(STATES, "UpdateStateMachine", {
      // What the template drops goes back to its default.
      loggingConfiguration: { level: "OFF", includeExecutionData: false },
      tracingConfiguration: { enabled: false },
      ...inputOf(context, props),
      stateMachineArn,
      definition: definitionOf(props),
    });
    return { attributes: { ...existing.attributes, StateMachineRevisionId: revisionId as string } };
  },
  delete: (context, existing) => gone(context.call(STATES, "DeleteStateMachine", { stateMachineArn: existing.physicalId })),
};

export const stateMachineProviders: ResourceProvider[] = [stateMachine];

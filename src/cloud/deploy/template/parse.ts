import { isMap, isScalar, isSeq, parseDocument, type CollectionTag, type ScalarTag } from "yaml";
import { isTooDeep } from "../../../yaml/too-deep.ts";
import { AwsError } from "../../core/errors.ts";
import { isObject, type Template } from "./types.ts";

/** What CloudFormation answers about a template that it cannot take. */
export const templateError = (message: string): AwsError => new AwsError("ValidationError", message);

/** Short forms and what they stand for ("Intrinsic function reference", CloudFormation User Guide). */
const SHORT_FORMS = [
  "Base64",
  "Cidr",
  "FindInMap",
  "GetAtt",
  "GetAZs",
  "ImportValue",
  "Join",
  "Select",
  "Split",
  "Sub",
  "Transform",
  "And",
  "Equals",
  "If",
  "Not",
  "Or",
  "Length",
  "ToJsonString",
  "Contains",
];

const longName = (short: string): string => (short === "Ref" || short === "Condition" ? short : `Fn::${short}`);

/** `!GetAtt a.b` means ["a", "b"]; everything else takes its scalar as it is. */
const scalarArgument = (name: string, text: string): unknown =>
  name === "GetAtt" && text.includes(".") ? [text.slice(0, text.indexOf(".")), text.slice(text.indexOf(".") + 1)] : text;

function tagsOf(name: string): (ScalarTag | CollectionTag)[] {
  const tag = `!${name}`;
  const collection = (node: unknown): unknown => ({ [longName(name)]: plain(node) });
  return [
    { tag, resolve: (text) => ({ [longName(name)]: scalarArgument(name, text) }) },
    { tag, collection: "seq", resolve: (node) => collection(node) },
    { tag, collection: "map", resolve: (node) => collection(node) },
  ];
}

/** A node without the document: tags inside have been resolved to plain values already. */
function plain(node: unknown): unknown {
  if (isSeq(node)) return node.items.map(plain);
  if (isMap(node)) return Object.fromEntries(node.items.map((pair) => [String(plain(pair.key)), plain(pair.value)]));
  if (isScalar(node)) return node.value;
  return node;
}

const CUSTOM_TAGS = ["Ref", "Condition", ...SHORT_FORMS].flatMap(tagsOf);

/** Ours: far more than a template has, and few enough for a parser that is recursive. */
const MOST_LEVELS = 200;

function parseYaml(text: string): unknown {
  if (isTooDeep(text, MOST_LEVELS)) throw templateError("Template format error: YAML not well-formed. It is nested too deeply.");
  // Dates stay text as in CloudFormation; aliases are bounded by the library against anchor bombs.
  const document = parseDocument(text, { version: "1.2", customTags: (tags) => [...tags, ...CUSTOM_TAGS], logLevel: "silent" });
  const error = document.errors[0];
  if (error) throw templateError(`Template format error: YAML not well-formed. ${error.message.split("\n")[0]}`);
  try {
    return plainDeep(document.toJS({ maxAliasCount: 100 }));
  } catch (failure) {
    throw templateError(`Template format error: ${(failure as Error).message}`);
  }
}

/** Values of custom tags come out of the library as they were resolved; nested nodes inside are made plain. */
function plainDeep(value: unknown): unknown {
  if (isSeq(value) || isMap(value) || isScalar(value)) return plainDeep(plain(value));
  if (Array.isArray(value)) return value.map(plainDeep);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainDeep(inner)]));
  return value;
}

/**
 * A template from its JSON or YAML text (short-form tags too).
 * @throws AwsError ValidationError in CloudFormation's wording
 */
export function parseTemplate(text: string): Template {
  const parsed = text.trimStart().startsWith("{") ? parseJson(text) : parseYaml(text);
  if (!isObject(parsed)) throw templateError("Template format error: unsupported structure.");
  checkSections(parsed);
  return parsed as unknown as Template;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // A flow mapping of YAML starts with a brace as well.
    try {
      return parseYaml(text);
    } catch {
      throw templateError(`Template format error: JSON not well-formed. (${(error as Error).message})`);
    }
  }
}

const SECTIONS = new Set([
  "AWSTemplateFormatVersion",
  "Description",
  "Metadata",
  "Parameters",
  "Mappings",
  "Conditions",
  "Transform",
  "Resources",
  "Outputs",
  "Rules",
  "Hooks",
]);

const RESOURCE_KEYS = new Set([
  "Type",
  "Properties",
  "DependsOn",
  "Condition",
  "DeletionPolicy",
  "UpdateReplacePolicy",
  "CreationPolicy",
  "UpdatePolicy",
  "Metadata",
]);

function checkSections(template: Record<string, unknown>): void {
  const unknown = Object.keys(template).filter((key) => !SECTIONS.has(key));
  if (unknown.length > 0) throw templateError(`Template format error: Invalid template property or properties [${unknown.join(", ")}]`);
  const resources = template["Resources"];
  if (!isObject(resources) || Object.keys(resources).length === 0)
    throw templateError("Template format error: At least one Resources member must be defined.");
  for (const [logicalId, resource] of Object.entries(resources)) checkResource(logicalId, resource);
  for (const section of ["Parameters", "Mappings", "Conditions", "Outputs", "Rules"]) {
    if (template[section] !== undefined && !isObject(template[section]))
      throw templateError(`Template format error: ${section} block must be an object.`);
  }
}

function checkResource(logicalId: string, resource: unknown): void {
  if (!/^[A-Za-z0-9]+$/.test(logicalId)) throw templateError(`Template format error: Resource name ${logicalId} is non alphanumeric.`);
  if (!isObject(resource)) throw templateError(`Template format error: [/Resources/${logicalId}] resource definition is malformed`);
  if (typeof resource["Type"] !== "string")
    throw templateError(`Template format error: [/Resources/${logicalId}] Every Resources object must contain a Type member.`);
  const unknown = Object.keys(resource).find((key) => !RESOURCE_KEYS.has(key));
  if (unknown !== undefined) throw templateError(`Invalid template resource property '${unknown}'`);
}

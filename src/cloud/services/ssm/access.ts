import type { Access, AccessNeed, Call } from "../../core/service.ts";
import { parameterArn, plainName, splitSelector } from "./names.ts";

/** Every operation on parameters has them as its resource (Service Authorization Reference, "AWS Systems Manager"). */
const need = (action: string, names: readonly string[], call: Call): AccessNeed[] => [
  { action: `ssm:${action}`, resources: names.map((name) => arnOf(name, call)) },
];

const arnOf = (name: string, call: Call): string =>
  name.startsWith("/aws/") ? `arn:aws:ssm:${call.region}::parameter${name}` : parameterArn(call, splitSelector(plainName(name)).name);

const named =
  (action: string): Access =>
  (input: { Name?: string }, call) =>
    need(action, [input.Name ?? ""], call);
const listed =
  (action: string): Access =>
  (input: { Names?: string[] }, call) =>
    need(action, input.Names ?? [], call);
const tagged =
  (action: string): Access =>
  (input: { ResourceId?: string }, call) =>
    need(action, [input.ResourceId ?? ""], call);

export const access: Record<string, Access> = {
  PutParameter: (input: { Name?: string; Overwrite?: boolean }, call) => [
    { ...need("PutParameter", [input.Name ?? ""], call)[0]!, context: { "ssm:Overwrite": String(input.Overwrite ?? false) } },
  ],
  GetParameter: named("GetParameter"),
  GetParameterHistory: named("GetParameterHistory"),
  DeleteParameter: named("DeleteParameter"),
  LabelParameterVersion: named("LabelParameterVersion"),
  GetParameters: listed("GetParameters"),
  DeleteParameters: listed("DeleteParameters"),
  GetParametersByPath: (input: { Path?: string; Recursive?: boolean }, call) => [
    {
      action: "ssm:GetParametersByPath",
      resources: [arnOf(input.Path ?? "", call).replace(/(?<=.)\/$/, "")],
      context: { "ssm:Recursive": String(input.Recursive ?? false) },
    },
  ],
  AddTagsToResource: tagged("AddTagsToResource"),
  RemoveTagsFromResource: tagged("RemoveTagsFromResource"),
  ListTagsForResource: tagged("ListTagsForResource"),
};

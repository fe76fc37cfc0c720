import {
  type CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateCommand,
  ListImportsCommand,
  ListStackResourcesCommand,
  type Stack,
} from "@aws-sdk/client-cloudformation";
import type { Template } from "./template.ts";

/** What is read of CloudFormation: the SDK over the wire, or the same operations inside the process. */
export type Ask = <O>(region: string, operation: Operation, input: object) => Promise<O>;

type Operation = "DescribeStacks" | "GetTemplate" | "ListStackResources" | "ListImports";

export interface StackResource {
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
}

/** Asks through the SDK. @param clients of CloudFormation, by region */
export function overWire(clients: (region: string) => CloudFormationClient): Ask {
  const commands = {
    DescribeStacks: DescribeStacksCommand,
    GetTemplate: GetTemplateCommand,
    ListStackResources: ListStackResourcesCommand,
    ListImports: ListImportsCommand,
  };
  return async <O>(region: string, operation: Operation, input: object) =>
    (await clients(region).send(new (commands[operation] as typeof DescribeStacksCommand)(input))) as O;
}

/** Every page of an answer. */
async function all<T>(ask: Ask, region: string, operation: Operation, input: object, key: string): Promise<T[]> {
  const found: T[] = [];
  let NextToken: string | undefined;
  do {
    const page: Record<string, unknown> = await ask(region, operation, { ...input, ...(NextToken ? { NextToken } : {}) });
    found.push(...((page[key] as T[] | undefined) ?? []));
    NextToken = page["NextToken"] as string | undefined;
  } while (NextToken);
  return found;
}

export const describeStacks = (ask: Ask, region: string): Promise<Stack[]> => all(ask, region, "DescribeStacks", {}, "Stacks");

/** @param stack name or ARN */
export async function readTemplate(ask: Ask, region: string, stack: string): Promise<Template> {
  const { TemplateBody } = await ask<{ TemplateBody?: string }>(region, "GetTemplate", { StackName: stack, TemplateStage: "Original" });
  try {
    return JSON.parse(TemplateBody ?? "{}") as Template;
  } catch {
    // Somebody has deployed YAML under one of our names; nothing in it can be ours.
    return {};
  }
}

/** @param stack name or ARN */
export async function listResources(ask: Ask, region: string, stack: string): Promise<StackResource[]> {
  interface Summary {
    LogicalResourceId?: string;
    PhysicalResourceId?: string;
    ResourceType?: string;
    ResourceStatus?: string;
  }
  const summaries = await all<Summary>(ask, region, "ListStackResources", { StackName: stack }, "StackResourceSummaries");
  return summaries
    .filter(({ ResourceStatus }) => ResourceStatus !== "DELETE_COMPLETE")
    .map((each) => ({ logicalId: each.LogicalResourceId ?? "", physicalId: each.PhysicalResourceId ?? "", type: each.ResourceType ?? "" }));
}

/** Names of the stacks that use an export; none where nobody does. */
export async function listImports(ask: Ask, region: string, exportName: string): Promise<string[]> {
  try {
    return await all<string>(ask, region, "ListImports", { ExportName: exportName }, "Imports");
  } catch (error) {
    // "Export 'x' is not imported by any stack." and one that is gone by now are the same to us.
    if (error instanceof Error && /not imported|does not exist/i.test(error.message)) return [];
    throw error;
  }
}

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Scope } from "../../core/scope.ts";

/** A stack of a cloud assembly, with what it takes to deploy it. */
export interface AssemblyStack {
  /** Its id in the assembly, unique there. */
  id: string;
  stackName: string;
  /** Account and region; undefined where the assembly leaves them to whoever deploys. */
  environment: { account?: string; region?: string };
  templatePath: string;
  parameters: Record<string, string>;
  tags: { Key: string; Value: string }[];
  terminationProtection: boolean;
  notificationArns: string[];
  /** Ids of stacks that come first. */
  dependencies: string[];
  /** Asset manifests of the stack. */
  assetManifests: string[];
}

interface Artifact {
  type: string;
  environment?: string;
  dependencies?: string[];
  properties?: Record<string, unknown>;
}

const UNKNOWN = /^unknown-(account|region)$/;

function environmentOf(text: string | undefined): AssemblyStack["environment"] {
  const [, account, region] = /^aws:\/\/([^/]+)\/(.+)$/.exec(text ?? "") ?? [];
  return { ...(account && !UNKNOWN.test(account) ? { account } : {}), ...(region && !UNKNOWN.test(region) ? { region } : {}) };
}

/**
 * The stacks of a cloud assembly and of those nested in it (CDK stages).
 * Source: @aws-cdk/cloud-assembly-schema, `AssemblyManifest`.
 * @throws Error where the folder holds no assembly
 */
export function readAssembly(directory: string): AssemblyStack[] {
  const path = join(directory, "manifest.json");
  if (!existsSync(path)) throw new Error(`${directory} holds no cloud assembly: there is no manifest.json`);
  const manifest = JSON.parse(readFileSync(path, "utf8")) as { artifacts?: Record<string, Artifact> };
  const artifacts = manifest.artifacts ?? {};
  return Object.entries(artifacts).flatMap(([id, artifact]) => {
    if (artifact.type === "cdk:cloud-assembly") return readAssembly(join(directory, String(artifact.properties?.["directoryName"])));
    if (artifact.type !== "aws:cloudformation:stack") return [];
    return [readStack(directory, id, artifact, artifacts)];
  });
}

function readStack(directory: string, id: string, artifact: Artifact, artifacts: Record<string, Artifact>): AssemblyStack {
  const properties = artifact.properties ?? {};
  const needs = artifact.dependencies ?? [];
  const ofType = (type: string): string[] => needs.filter((need) => artifacts[need]?.type === type);
  return {
    id,
    stackName: typeof properties["stackName"] === "string" ? properties["stackName"] : id,
    environment: environmentOf(artifact.environment),
    templatePath: join(directory, String(properties["templateFile"])),
    parameters: (properties["parameters"] as Record<string, string> | undefined) ?? {},
    tags: Object.entries((properties["tags"] as Record<string, string> | undefined) ?? {}).map(([Key, Value]) => ({ Key, Value })),
    terminationProtection: properties["terminationProtection"] === true,
    notificationArns: (properties["notificationArns"] as string[] | undefined) ?? [],
    dependencies: ofType("aws:cloudformation:stack"),
    assetManifests: ofType("cdk:asset-manifest").map((need) => join(directory, String(artifacts[need]!.properties?.["file"]))),
  };
}

/** Puts an account and region in place of CDK's placeholders. */
export function substitute(text: string, scope: Scope): string {
  return text.replaceAll("${AWS::AccountId}", scope.account).replaceAll("${AWS::Region}", scope.region).replaceAll("${AWS::Partition}", "aws");
}

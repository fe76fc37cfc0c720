import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { deletionOrder, keyOf } from "./order.ts";
import type { Reduced } from "./plan.ts";
import type { DeployedStack, WantedStack } from "./stacks.ts";
import { NESTED_STACK, type Template, templateHash } from "./template.ts";

/**
 * Cloud assemblies: what is wanted is read from one, and each step of a plan is written as one, so that the same deployer
 * carries it out with the same roles. Source: @aws-cdk/cloud-assembly-schema, `AssemblyManifest`.
 */

interface Artifact {
  type: string;
  environment?: string;
  dependencies?: string[];
  properties?: Record<string, unknown>;
  displayName?: string;
  additionalMetadataFile?: string;
}

interface Manifest {
  version: string;
  artifacts?: Record<string, Artifact>;
}

const STACK = "aws:cloudformation:stack";
const ASSETS = "cdk:asset-manifest";

const readJson = (...path: string[]): unknown => JSON.parse(readFileSync(join(...path), "utf8"));
const readManifest = (directory: string): Manifest => readJson(directory, "manifest.json") as Manifest;
const regionOf = (artifact: Artifact): string => artifact.environment?.split("/").at(-1) ?? "";

/** The stacks of an assembly. */
export function readWanted(directory: string): WantedStack[] {
  const artifacts = readManifest(directory).artifacts ?? {};
  return Object.entries(artifacts).flatMap(([id, artifact]) => {
    if (artifact.type !== STACK) return [];
    const { templateFile, stackName, tags } = (artifact.properties ?? {}) as {
      templateFile: string;
      stackName?: string;
      tags?: Record<string, string>;
    };
    const needs = artifact.dependencies ?? [];
    const template = readJson(directory, templateFile) as Template;
    const assets = needs.find((need) => artifacts[need]?.type === ASSETS);
    return {
      id,
      name: stackName ?? id,
      region: regionOf(artifact),
      tags: tags ?? {},
      template,
      nested: assets === undefined ? new Map() : readNested(directory, String(artifacts[assets]!.properties?.["file"]), template),
      dependencies: needs.filter((need) => artifacts[need]?.type === STACK),
    };
  });
}

/** Templates of the nested stacks of a template and of theirs: files among its assets. */
function readNested(directory: string, assetsFile: string, template: Template): Map<string, Template> {
  const found = new Map<string, Template>();
  const hasNested = (of: Template): string[] =>
    Object.values(of.Resources ?? {}).flatMap((resource) => (resource.Type === NESTED_STACK ? [templateHash(resource) ?? ""] : []));
  const queue = hasNested(template);
  if (queue.length === 0) return found;
  const { files = {} } = readJson(directory, assetsFile) as { files?: Record<string, { source: { path?: string } }> };
  for (const hash of queue) {
    const path = files[hash]?.source.path;
    if (path === undefined || found.has(hash)) continue;
    const nested = readJson(directory, path) as Template;
    found.set(hash, nested);
    queue.push(...hasNested(nested));
  }
  return found;
}

/** Writes an assembly of some of another one's stacks, with the files where they are. */
export function writeSome(out: string, from: string, stacks: readonly WantedStack[]): string {
  const { version, artifacts = {} } = readManifest(from);
  const chosen = new Set(stacks.map(({ id }) => id));
  const there = (file: unknown): string => relative(out, join(from, String(file)));
  const written: Record<string, Artifact> = {};
  for (const id of chosen) {
    const artifact = artifacts[id]!;
    const needs = (artifact.dependencies ?? []).filter((need) => chosen.has(need) || artifacts[need]?.type === ASSETS);
    written[id] = {
      ...bare(artifact),
      dependencies: needs,
      properties: { ...artifact.properties, templateFile: there(artifact.properties?.["templateFile"]) },
    };
    for (const need of needs.filter((each) => artifacts[each]?.type === ASSETS)) {
      const assets = artifacts[need]!;
      // The base makes the repositories of images; it is there.
      const before = (assets.dependencies ?? []).filter((each) => chosen.has(each));
      written[need] = { ...assets, dependencies: before, properties: { ...assets.properties, file: there(assets.properties?.["file"]) } };
    }
  }
  return writeAssembly(out, { version, artifacts: written });
}

/** Writes an assembly of stacks with other templates than the wanted ones. What they refer to is in the account already. */
export function writeReduced(out: string, from: string, reduced: readonly Reduced[]): string {
  const { version, artifacts = {} } = readManifest(from);
  const written = reduced.map(({ stack: { id, name, region }, template }) => {
    const templateFile = writeTemplate(out, { name, region }, template);
    const artifact: Artifact = { ...bare(artifacts[id]!), dependencies: [], properties: { ...bareProperties(artifacts[id]!), templateFile } };
    return [id, artifact] as const;
  });
  return writeAssembly(out, { version, artifacts: Object.fromEntries(written) });
}

/** What it takes to delete stacks: accounts, regions and roles are as those of the stacks that Rouse deploys. */
export interface Deletion {
  readonly account: string;
  /** The role of the CDK's bootstrap stack that deploys in a region; undefined where none is needed. */
  readonly roles?: (region: string) => { readonly deploy: string; readonly execute: string };
}

/** Writes an assembly of deployed stacks that are to be deleted, in their order. */
export function writeDeletion(out: string, stacks: readonly DeployedStack[], { account, roles }: Deletion): string {
  const after = deletionOrder(stacks);
  const written = stacks.map((stack) => {
    const role = roles?.(stack.region);
    const templateFile = writeTemplate(out, stack, { Resources: { Nothing: { Type: "AWS::CloudFormation::WaitConditionHandle" } } });
    const artifact: Artifact = {
      type: STACK,
      environment: `aws://${account}/${stack.region}`,
      dependencies: (after.get(keyOf(stack)) ?? []).map(idOf),
      properties: {
        templateFile,
        stackName: stack.name,
        validateOnSynth: false,
        ...(role ? { assumeRoleArn: role.deploy, cloudFormationExecutionRoleArn: role.execute } : {}),
      },
      displayName: stack.name,
    };
    return [idOf(stack), artifact] as const;
  });
  return writeAssembly(out, { version: SCHEMA, artifacts: Object.fromEntries(written) });
}

/** The version of the schema that this is written by: any that knows stacks will do. */
const SCHEMA = "36.0.0";

/** Names are unique in a region only. */
const idOf = ({ name, region }: { name: string; region: string }): string => `${name}.${region}`;

/** Without a file of metadata that stays where it was. */
function bare({ additionalMetadataFile: _file, ...artifact }: Artifact): Artifact {
  return artifact;
}

/** Without what names the wanted template. */
function bareProperties({ properties = {} }: Artifact): Record<string, unknown> {
  const { stackTemplateAssetObjectUrl: _url, additionalDependencies: _assets, ...rest } = properties;
  return rest;
}

function writeTemplate(out: string, stack: { name: string; region: string }, template: Template): string {
  const file = `${idOf(stack)}.template.json`;
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, file), JSON.stringify(template, undefined, 1));
  return file;
}

function writeAssembly(out: string, manifest: Manifest): string {
  const file = join(out, "manifest.json");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(manifest, undefined, 1));
  return out;
}

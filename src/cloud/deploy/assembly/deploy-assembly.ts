import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { DEFAULT_ACCOUNT, type Scope } from "../../core/scope.ts";
import { reasonOf } from "../engine/context.ts";
import { failureOf, type Engine } from "../engine/engine.ts";
import { createStack, deleteStack, updateStack } from "../engine/requests.ts";
import { findStack, stacks, type StackRow } from "../engine/state.ts";
import { canonical } from "../template/diff.ts";
import { reversed, runGraph, type Graph } from "../template/graph.ts";
import { publishAssets, type ImagesPort } from "./assets.ts";
import { readAssembly, type AssemblyStack } from "./manifest.ts";

export type { ImagesPort } from "./assets.ts";

export interface DeployOptions {
  /** Folder of the cloud assembly (`cdk.out`). */
  assemblyDir: string;
  /** Where stacks go that name no account or region themselves. */
  environment?: Partial<Scope>;
  /** Values for the templates' parameters, by stack name; they win over the assembly's own. */
  parameters?: Record<string, Record<string, string>>;
  images?: ImagesPort;
  /** Only these stacks, by name (and for a deploy, what they depend on). All of them unless told. */
  only?: string[];
  onProgress?: (progress: DeployProgress) => void;
}

/** What happens while an assembly is deployed; `resource` is absent for the stack itself. */
export interface DeployProgress {
  stack: string;
  region: string;
  status: string;
  resource?: { logicalId: string; type: string; physicalId?: string };
  reason?: string;
}

export interface DeployResult {
  ok: boolean;
  stacks: {
    name: string;
    region: string;
    stackId?: string;
    result: "created" | "updated" | "unchanged" | "deleted" | "failed" | "skipped";
    outputs: Record<string, string>;
    reason?: string;
  }[];
}

type StackResult = DeployResult["stacks"][number];

const DEFAULT_REGION = "us-east-1";

const scopeFor = (stack: AssemblyStack, options: DeployOptions): Scope => ({
  account: stack.environment.account ?? options.environment?.account ?? DEFAULT_ACCOUNT,
  region: stack.environment.region ?? options.environment?.region ?? DEFAULT_REGION,
});

/** Stacks by id with what they need; only those that were asked for. */
function graphOf(all: AssemblyStack[], wanted: ReadonlySet<string>): Graph {
  return new Map(
    all.filter((stack) => wanted.has(stack.id)).map((stack) => [stack.id, new Set(stack.dependencies.filter((need) => wanted.has(need)))]),
  );
}

function selected(all: AssemblyStack[], only: string[] | undefined, withDependencies: boolean): Set<string> {
  if (!only) return new Set(all.map((stack) => stack.id));
  const chosen = new Set<string>();
  const byId = new Map(all.map((stack) => [stack.id, stack]));
  const add = (stack: AssemblyStack | undefined): void => {
    if (!stack || chosen.has(stack.id)) return;
    chosen.add(stack.id);
    if (withDependencies) for (const need of stack.dependencies) add(byId.get(need));
  };
  for (const name of only) {
    const stack = all.find((each) => each.stackName === name || each.id === name);
    if (!stack) throw new Error(`the assembly has no stack ${name}; it has ${all.map((each) => each.stackName).join(", ")}`);
    add(stack);
  }
  return chosen;
}

/** Tells the caller every event of the assembly's stacks, nested ones too. Returns what ends it. */
function reportProgress(engine: Engine, options: DeployOptions): () => void {
  const { onProgress } = options;
  if (!onProgress) return () => {};
  const listener = (event: {
    stackId: string;
    stackName: string;
    logicalId: string;
    physicalId?: string;
    type: string;
    status: string;
    reason?: string;
  }): void => {
    const own = event.physicalId === event.stackId;
    const physical = event.physicalId === undefined ? {} : { physicalId: event.physicalId };
    onProgress({
      stack: event.stackName,
      region: event.stackId.split(":")[3]!,
      status: event.status,
      ...(own ? {} : { resource: { logicalId: event.logicalId, type: event.type, ...physical } }),
      ...(event.reason === undefined ? {} : { reason: event.reason }),
    });
  };
  engine.listeners.add(listener);
  return () => void engine.listeners.delete(listener);
}

/**
 * Deploys the stacks of a cloud assembly in the order of their dependencies, in parallel where these allow. A stack whose
 * template, parameters and tags are those of its last deployment is skipped. Removes nothing on its own.
 * @throws Error where the assembly cannot be read; what fails in a stack is in the result
 */
export async function deployAssembly(engine: Engine, options: DeployOptions): Promise<DeployResult> {
  const all = readAssembly(options.assemblyDir);
  const chosen = selected(all, options.only, true);
  return overStacks(engine, options, all, graphOf(all, chosen), (stack) => deployOne(engine, stack, options));
}

/** Deletes the assembly's stacks, the ones that depend on others first. Termination protection is lifted. */
export async function destroyAssembly(engine: Engine, options: DeployOptions): Promise<DeployResult> {
  const all = readAssembly(options.assemblyDir);
  const chosen = selected(all, options.only, false);
  return overStacks(engine, options, all, reversed(graphOf(all, chosen)), (stack) => destroyOne(engine, stack, options));
}

async function overStacks(
  engine: Engine,
  options: DeployOptions,
  all: AssemblyStack[],
  graph: Graph,
  work: (stack: AssemblyStack) => Promise<StackResult>,
): Promise<DeployResult> {
  const byId = new Map(all.map((stack) => [stack.id, stack]));
  const results = new Map<string, StackResult>();
  const stop = reportProgress(engine, options);
  try {
    const failures = await runGraph(
      graph,
      async (id) => {
        const result = await work(byId.get(id)!);
        results.set(id, result);
        if (result.result === "failed") throw new Error(result.reason);
      },
      { keepGoing: true },
    );
    const ordered = [...graph.keys()].map((id) => results.get(id) ?? failedResult(byId.get(id)!, options, failures.get(id)));
    return { ok: failures.size === 0, stacks: ordered };
  } finally {
    stop();
  }
}

function failedResult(stack: AssemblyStack, options: DeployOptions, error: unknown): StackResult {
  const { region } = scopeFor(stack, options);
  const base = { name: stack.stackName, region, outputs: {} };
  if (error === undefined) return { ...base, result: "skipped", reason: "a stack that it depends on failed" };
  return { ...base, result: "failed", reason: reasonOf(error) };
}

const fingerprintOf = (template: string, stack: AssemblyStack, parameters: Record<string, string>): string =>
  createHash("sha256")
    .update(JSON.stringify([template, canonical(parameters), stack.tags, stack.notificationArns]))
    .digest("hex");

async function deployOne(engine: Engine, stack: AssemblyStack, options: DeployOptions): Promise<StackResult> {
  const scope = scopeFor(stack, options);
  const templateBody = readFileSync(stack.templatePath, "utf8");
  const parameters = { ...stack.parameters, ...options.parameters?.[stack.stackName] };
  const fingerprint = fingerprintOf(templateBody, stack, parameters);
  for (const path of stack.assetManifests) await publishAssets(path, scope, engine.assets, options.images);
  let existing = findStack(engine.store, scope, stack.stackName);
  if (existing && isUnchanged(existing, fingerprint)) return resultOf(existing, "unchanged");
  if (existing && mustGoFirst(existing)) {
    // CloudFormation can do nothing with a stack that was never up but delete it; so does the CDK command line.
    await deleteStack(engine, scope, stack.stackName)?.done;
    existing = undefined;
  }
  const request = {
    stackName: stack.stackName,
    templateBody,
    parameters,
    tags: stack.tags,
    notificationArns: stack.notificationArns,
    capabilities: CAPABILITIES,
  };
  const row = existing
    ? await update(engine, scope, existing, request)
    : await (
        await createStack(engine, scope, request, { terminationProtection: stack.terminationProtection })
      ).done;
  if (row.status !== "CREATE_COMPLETE" && row.status !== "UPDATE_COMPLETE")
    return { ...resultOf(row, "failed"), reason: failureOf(engine, row.stackId) };
  const kept = stacks(engine.store, scope).update(row.stackId, { fingerprint, terminationProtection: stack.terminationProtection });
  return resultOf(kept, existing ? (row === existing ? "unchanged" : "updated") : "created");
}

const CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"];

const isUnchanged = (row: StackRow, fingerprint: string): boolean => row.fingerprint === fingerprint && /^(CREATE|UPDATE)_COMPLETE$/.test(row.status);
const mustGoFirst = (row: StackRow): boolean =>
  ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS"].includes(row.status);

async function update(engine: Engine, scope: Scope, existing: StackRow, request: Parameters<typeof createStack>[2]): Promise<StackRow> {
  try {
    return await (
      await updateStack(engine, scope, existing.stackId, request)
    ).done;
  } catch (error) {
    if (error instanceof Error && error.message === "No updates are to be performed.") return existing;
    throw error;
  }
}

async function destroyOne(engine: Engine, stack: AssemblyStack, options: DeployOptions): Promise<StackResult> {
  const scope = scopeFor(stack, options);
  const existing = findStack(engine.store, scope, stack.stackName);
  if (!existing) return { name: stack.stackName, region: scope.region, outputs: {}, result: "unchanged" };
  stacks(engine.store, scope).update(existing.stackId, { terminationProtection: false });
  const row = await deleteStack(engine, scope, existing.stackId)!.done;
  return row.status === "DELETE_COMPLETE" ? resultOf(row, "deleted") : { ...resultOf(row, "failed"), reason: failureOf(engine, row.stackId) };
}

const resultOf = (row: StackRow, result: StackResult["result"]): StackResult => ({
  name: row.stackName,
  region: row.stackId.split(":")[3]!,
  stackId: row.stackId,
  result,
  outputs: Object.fromEntries(row.outputs.map((output) => [output.key, output.value])),
});

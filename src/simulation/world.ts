import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VirtualClock } from "../cloud/core/clock.ts";
import { seededIds } from "../cloud/core/ids.ts";
import { type Cloud, startCloud } from "../cloud/index.ts";
import { createModelRuntime, type ModelRuntime, type ModelWatcher } from "../cloud/machines/model/index.ts";
import type { Project } from "../config/index.ts";
import type { BootModel } from "./boot-model.ts";

export interface WorldOptions {
  readonly project: Project;
  /** Folder of its cloud assembly. */
  readonly assembly: string;
  /** Names of its stacks that are deployed, with what they depend on. */
  readonly stacks: readonly string[];
  readonly model: BootModel;
  readonly watcher: ModelWatcher;
  readonly seed: number;
  readonly inWorkers?: boolean;
  /** Milliseconds since the epoch at which the simulation begins. The deployment is over by then. */
  readonly start: number;
}

/** A project deployed into an embedded cloud on virtual time, with a model of machines, in memory. */
export interface World {
  readonly cloud: Cloud;
  readonly clock: VirtualClock;
  readonly machines: ModelRuntime;
  /** What the cloud had to say. */
  readonly lines: string[];
  end(): Promise<void>;
}

/** What a deployment may take on virtual time: stacks that wait for instances and services. */
const DEPLOYMENT_MS = 6 * 3_600_000;

/** @throws Error when the deployment fails */
export async function createWorld({ project, assembly, stacks, model, watcher, seed, start, inWorkers = false }: WorldOptions): Promise<World> {
  const dataDir = mkdtempSync(join(tmpdir(), "rouse-simulate-"));
  const clock = new VirtualClock({ start: start - DEPLOYMENT_MS });
  const machines = createModelRuntime({ clock, model, watcher });
  const lines: string[] = [];
  const cloud = await startCloud({
    dataDir,
    persistent: false,
    clock,
    ids: seededIds(seed + 1),
    runtime: machines,
    inlineFunctions: !inWorkers,
    loadBalancerPorts: { http: 0, https: 0, others: "any" },
    log: (line) => void lines.push(line),
  });
  const end = async (): Promise<void> => {
    await cloud.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    const { domain } = project.base;
    if (domain) cloud.seedHostedZone(domain.name, domain.hostedZoneId);
    await deploy(cloud, clock, assembly, stacks);
    await clock.advance(start - clock.now());
    return { cloud, clock, machines, lines, end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function deploy(cloud: Cloud, clock: VirtualClock, assembly: string, stacks: readonly string[]): Promise<void> {
  const state = { done: false };
  const work = cloud.deploy(assembly, undefined, [...stacks]);
  void work.catch(() => {}).finally(() => (state.done = true));
  await clock.advanceUntil(() => state.done, DEPLOYMENT_MS - 60_000, "the deployment", 60_000);
  const failed = (await work).stacks.filter(({ result }) => result === "failed");
  if (failed.length > 0) throw new Error(failed.map(({ name, reason }) => `${name}: ${reason}`).join("\n"));
}

import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Cloud, type RuntimeKind, startCloud } from "../cloud/index.ts";
import type { Project } from "../config/index.ts";
import { carryOut } from "../deployment/carry-out.ts";
import type { Ask } from "../deployment/cloudformation.ts";
import { lossText } from "../deployment/difference-words.ts";
import { differencesOf, lossesOf } from "../deployment/differences.ts";
import { survey } from "../deployment/survey.ts";
import { failureText, outcomeLine, progressLine, stepLines } from "../deployment/words.ts";
import { LOCAL_ACCOUNT } from "../operate/environment.ts";
import { ensureAssembly } from "./assembly.ts";
import { unlessInterrupted, untilInterrupted, UserError } from "./command.ts";
import { localFolder, removeEndpoints, writeEndpoints } from "./endpoints.ts";
import { lockFolder } from "./lock.ts";
import type { Progress } from "./progress.ts";

export interface LocalOptions {
  speed: number;
  /** 0 for any free port. */
  port: number;
  dnsPort: number;
  /** Of this machine, for the load balancer's ports 80 and 443; 0 for any free one. One that is taken becomes the next free one. */
  loadBalancerPorts: { http: number; https: number };
  runtime?: RuntimeKind;
  /** Forget what an earlier run left. */
  reset?: boolean;
  /** Where to keep everything, instead of the project's own folder; such a cloud is not announced in endpoints.json. */
  folder?: string;
  /** Asks whether what the deployment takes away may go. Nobody is asked where it is not given. @throws UserError where it may not */
  mayLose?: (losses: string) => Promise<void>;
}

/** A project that runs in the embedded cloud of this process. */
export interface LocalCloud {
  cloud: Cloud;
  stacks: number;
  /** Where the project's load balancer listens: `http://127.0.0.1:8080`. Absent where it has none. */
  loadBalancer?: string;
  /** Stops everything that it started: functions, containers, processes, servers. */
  stop(): Promise<void>;
}

/**
 * Synthesizes where needed, starts the embedded cloud and deploys into it.
 * @throws UserError when another one runs for this folder, a port is taken, the deployment fails, or the user interrupts
 */
export async function startLocal(project: Project, options: LocalOptions, progress: Progress, interrupted: AbortSignal): Promise<LocalCloud> {
  const folder = options.folder ?? localFolder(project.directory);
  const unlock = lockFolder(folder);
  try {
    if (options.reset) rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const { cloud, assembly } = await prepare(project, folder, options, progress, interrupted);
    const stop = async (): Promise<void> => {
      if (!options.folder) removeEndpoints(project.directory);
      await cloud.stop();
      unlock();
    };
    try {
      const stacks = await unlessInterrupted(interrupted, deploy(project, cloud, assembly, { progress, ...options }));
      const loadBalancer = loadBalancerOf(cloud, project);
      const reached = loadBalancer ? { loadBalancer } : {};
      if (!options.folder)
        writeEndpoints(project.directory, { api: cloud.url, dns: `${cloud.dns.host}:${cloud.dns.port}`, ...reached, pid: process.pid });
      return { cloud, stacks, ...reached, stop };
    } catch (error) {
      progress.step("Stopping");
      await cloud.stop();
      throw error;
    }
  } catch (error) {
    unlock();
    throw error;
  }
}

/** The listener of the routes without a name of their own, on the load balancer that is open to everybody. */
function loadBalancerOf(cloud: Cloud, { base }: Project): string | undefined {
  const listeners = cloud.loadBalancers().find(({ scheme }) => scheme === "internet-facing")?.listeners ?? [];
  const protocol = base.loadBalancer?.domain === undefined ? "HTTP" : "HTTPS";
  return listeners.find((one) => one.protocol === protocol)?.url;
}

/** Synthesis and the cloud's start, at the same time: both take a second or more and need nothing of each other. */
async function prepare(project: Project, folder: string, options: LocalOptions, progress: Progress, interrupted: AbortSignal) {
  const assembly = join(folder, "cdk.out");
  progress.begin(existsSync(assembly) ? "Checking the stacks" : "Synthesizing the stacks");
  const began = performance.now();
  const abort = new AbortController();
  void untilInterrupted(interrupted).then(() => abort.abort());
  const starting = start(folder, options, progress);
  // A taken port need not wait for the end of a synthesis.
  starting.catch(() => abort.abort());
  const [synthesized, cloud] = await Promise.allSettled([ensureAssembly(project, assembly, abort.signal), starting]);
  if (cloud.status === "rejected") throw cloud.reason;
  if (synthesized.status === "rejected") {
    await cloud.value.stop();
    throw synthesized.reason;
  }
  if (synthesized.value) progress.done(`Synthesized in ${seconds(performance.now() - began)}`);
  return { cloud: cloud.value, assembly };
}

async function start(folder: string, options: LocalOptions, progress: Progress): Promise<Cloud> {
  try {
    return await startCloud({
      dataDir: folder,
      speed: options.speed,
      port: options.port,
      dnsPort: options.dnsPort,
      loadBalancerPorts: options.loadBalancerPorts,
      log: (line) => progress.log(line),
      ...(options.runtime ? { runtime: options.runtime } : {}),
    });
  } catch (error) {
    const { code, port } = error as NodeJS.ErrnoException & { port?: number };
    if (code !== "EADDRINUSE") throw error;
    const flag = port === options.dnsPort ? "--dns-port" : "--port";
    throw new UserError(`port ${port} on 127.0.0.1 is taken by another program; choose one with ${flag} N, or ${flag} 0 for any free one`, 1);
  }
}

async function deploy(
  project: Project,
  cloud: Cloud,
  assembly: string,
  { progress, mayLose }: { progress: Progress; mayLose?: LocalOptions["mayLose"] },
): Promise<number> {
  const { domain } = project.base;
  if (domain) cloud.seedHostedZone(domain.name, domain.hostedZoneId);
  const began = performance.now();
  const ask = insideOf(cloud);
  const found = await survey({ ask, project, assembly });
  const { plan } = found;
  if (mayLose) {
    // Which changes replace a resource takes what a long-running process need not hold; no setting of a leaf replaces a volume.
    const losses = lossesOf(await differencesOf(ask, found, { replacements: false }));
    progress.stop();
    if (losses.length > 0) await mayLose(lossText(losses));
  }
  const outcome = await carryOut(plan, {
    assembly,
    road: cloud,
    deletion: { account: LOCAL_ACCOUNT },
    onProgress: (event) => progress.step(progressLine(event)),
    onStep: (step) => stepLines(step, plan).forEach((line) => progress.done(line)),
  });
  if (!outcome.ok) throw new UserError(failureText(outcome), 1);
  const left = outcome.stacks.filter(({ result }) => result !== "deleted");
  progress.done(outcomeLine(outcome, performance.now() - began));
  return left.length;
}

/** CloudFormation of a cloud in this process: its operations, without the wire. */
const insideOf =
  (cloud: Cloud): Ask =>
  (region, operation, input) =>
    cloud.api.call("cloudformation", operation, input, { account: LOCAL_ACCOUNT, region });

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

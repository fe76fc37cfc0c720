import { resolve4Once } from "../../operate/visit.ts";
import { request } from "node:http";
import { join } from "node:path";
import { type DnsLeaf, isDnsLeaf, type Project } from "../../config/index.ts";
import { connectionTo } from "../../operate/environment.ts";
import type { LeafState, LeafStatus } from "../../operate/leaf-state.ts";
import { leafStatus } from "../../operate/observe.ts";
import { type CliContext, UserError } from "../command.ts";
import { paintFor } from "../paint.ts";
import { startLocal } from "../local-cloud.ts";
import { progressFor } from "../progress.ts";
import { openProject } from "../project.ts";

/** One minute of the cloud's time takes a second. */
const SPEED = 60;

/** Real seconds that one phase may take; the whole demo stays under a minute. */
const PHASE_LIMIT_MS = 15_000;

export async function run(context: CliContext, _args: string[], options: Record<string, unknown>): Promise<number> {
  const { project } = await openProject(context, { dir: options["dir"], env: "local" });
  const leaf = chooseLeaf(project);
  const progress = progressFor(context);
  const local = await startLocal(
    project,
    {
      speed: SPEED,
      port: 0,
      dnsPort: 0,
      loadBalancerPorts: { http: 0, https: 0 },
      reset: true,
      folder: join(project.directory, ".rouse", "demo"),
      ...(options["runtime"] ? { runtime: options["runtime"] as "docker" | "process" } : {}),
    },
    progress,
    context.interrupted,
  ).finally(() => progress.stop());
  try {
    const dnsServer = `${local.cloud.dns.host}:${local.cloud.dns.port}`;
    const connection = connectionTo(project, { api: local.cloud.url, dns: dnsServer });
    context.stdout.write(`\n${leaf.domain} in the embedded cloud (${local.cloud.runtime.description}), time ${SPEED} times faster\n\n`);
    const show = timeline(context);
    const status = (): Promise<LeafStatus> => leafStatus(project, leaf, connection);
    await wakeAndSleep({ leaf, dnsServer, status, show, interrupted: context.interrupted });
    context.stdout.write("\nAll of it was seen.\n");
    return 0;
  } finally {
    await local.stop();
  }
}

/** A leaf that answers HTTP and can run on this machine. */
function chooseLeaf(project: Project): DnsLeaf {
  const leaf = project.leaves.filter(isDnsLeaf).find((each) => each.process && each.ports.some(({ protocol }) => protocol === "tcp"));
  if (leaf) return leaf;
  throw new UserError("the demo needs a leaf with `wake: dns`, a TCP port and `process:` (how to run it as a child process)");
}

interface Scene {
  leaf: DnsLeaf;
  dnsServer: string;
  status: () => Promise<LeafStatus>;
  show: (phase: string, detail: string) => void;
  interrupted: AbortSignal;
}

/** The main job, step by step; throws when a step is not seen. */
async function wakeAndSleep({ leaf, dnsServer, status, show, interrupted }: Scene): Promise<void> {
  const stopped = (): boolean => interrupted.aborted;
  const until = async <T>(what: string, look: () => Promise<T | undefined>): Promise<T> => {
    const end = performance.now() + PHASE_LIMIT_MS;
    while (performance.now() < end && !stopped()) {
      const seen = await look();
      if (seen !== undefined) return seen;
      await pause(10);
    }
    throw stopped() ? new UserError("interrupted", 130) : new UserError(`the demo did not see this within ${PHASE_LIMIT_MS / 1000} s: ${what}`, 1);
  };
  const state =
    (...wanted: LeafState[]): (() => Promise<LeafStatus | undefined>) =>
    async () => {
      const now = await status();
      return wanted.includes(now.state) ? now : undefined;
    };

  await until("asleep", state("asleep"));
  show("asleep", "no instance, no container");
  const first = await resolve4Once(leaf.domain, dnsServer);
  if (first !== "0.0.0.0") throw new UserError(`DNS should answer 0.0.0.0 for a sleeping leaf, and answers ${first}`, 1);
  show("DNS query", `${leaf.domain} A → ${first}`);
  await until("waking", state("waking", "awake"));
  show("waking", "the query log woke the start function");
  const awake = await until("an address in DNS", async () => {
    const address = await resolve4Once(leaf.domain, dnsServer);
    return address === "0.0.0.0" ? undefined : address;
  });
  show("awake", `${leaf.domain} A → ${awake}`);
  const port = leaf.ports.find(({ protocol }) => protocol === "tcp")!.port;
  await until("HTTP 200", async () => ((await get(awake, port)) === 200 ? true : undefined));
  show("HTTP 200", `http://${awake}:${port}/`);

  const keptMs = ((leaf.watchdog.idle.for + 120) * 1000) / SPEED;
  const requests = await keepBusy(awake, port, keptMs, stopped);
  if ((await status()).state !== "awake") throw new UserError("it fell asleep although it was used", 1);
  show("kept awake", `${requests} requests in ${Math.round((keptMs * SPEED) / 60_000)} min, longer than it may idle`);
  await until("idle", state("falling asleep", "asleep"));
  show("idle", `less than ${leaf.watchdog.idle.below} bytes/s for ${leaf.watchdog.idle.for / 60} min`);
  await until("asleep again", state("asleep"));
  show("asleep", "no instance, no container; DNS has 0.0.0.0 again");
}

/** Prints each phase with the time since the last one, in the cloud's time and in real time. */
function timeline(context: CliContext): (phase: string, detail: string) => void {
  const paint = paintFor(context);
  let last = performance.now();
  return (phase, detail) => {
    const real = (performance.now() - last) / 1000;
    last = performance.now();
    const cloud = real * SPEED;
    const took = cloud >= 90 ? `${(cloud / 60).toFixed(1)} min` : `${cloud.toFixed(1)} s`;
    context.stdout.write(
      `${paint.dim(`+${took}`.padStart(10))} ${paint.dim(`(${real.toFixed(2)} s real)`.padEnd(15))} ${paint.bold(phase.padEnd(11))} ${detail}\n`,
    );
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function get(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    // Some kilobytes each, so that few requests on a slow machine still are traffic.
    const headers = { "x-padding": "rouse ".repeat(400) };
    const req = request({ host, port, path: "/", headers, agent: false, timeout: 2000 }, (response) => {
      response.resume();
      response.once("close", () => resolve(response.statusCode));
    });
    req.once("timeout", () => req.destroy());
    req.once("error", () => resolve(undefined));
    req.end();
  });
}

/** Visits the leaf all the time for `ms` real milliseconds. @returns how many requests were answered */
async function keepBusy(host: string, port: number, ms: number, stopped: () => boolean): Promise<number> {
  const end = performance.now() + ms;
  let answered = 0;
  while (performance.now() < end && !stopped()) {
    if ((await get(host, port)) === 200) answered++;
    await pause(5);
  }
  return answered;
}

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { STSClient } from "@aws-sdk/client-sts";
import type { Project } from "../config/index.ts";
import { identify, wrongAccount } from "../deployment/account.ts";
import type { Deletion } from "../deployment/assembly.ts";
import { askAws, notBootstrapped, rolesOf } from "../deployment/aws.ts";
import { type Ask, overWire } from "../deployment/cloudformation.ts";
import { localRoad } from "../deployment/local-road.ts";
import type { Road } from "../deployment/road.ts";
import type { ToolkitOptions } from "../deployment/toolkit-road.ts";
import { LOCAL, regionsOf } from "../deployment/stacks.ts";
import { connectionTo, LOCAL_ACCOUNT } from "../operate/environment.ts";
import { ensureAssembly } from "./assembly.ts";
import { type CliContext, UserError } from "./command.ts";
import { type Endpoints, localFolder, readEndpoints, writeEndpoints } from "./endpoints.ts";
import type { Progress } from "./progress.ts";
import { openProject } from "./project.ts";
import { notRunning, withAws } from "./target.ts";

/** A project, the environment that a deployment is about, and the way there. */
export interface DeployTarget {
  readonly project: Project;
  readonly ask: Ask;
  readonly road: Road;
  readonly deletion: Deletion;
  /** Of this environment, below the project's `.rouse`: nobody's but Rouse's. */
  readonly folder: string;
  /** Makes sure that the assembly is of the files as they are. @returns its folder */
  synthesize(): Promise<string>;
  /** What has to be there before the first deployment. @param bootstrap whether to make it @throws UserError where it is not */
  prepare(bootstrap: boolean): Promise<void>;
  /** To be called after a deployment. */
  finish(): Promise<void>;
}

/** @throws UserError: mistakes in the files, no cloud that runs, no credentials or those of another account */
export async function openDeployTarget(context: CliContext, options: Record<string, unknown>, progress: Progress): Promise<DeployTarget> {
  const { project } = await openProject(context, options);
  return project.environment.name === LOCAL ? localTarget(context, project, progress) : awsTarget(context, project, progress, options);
}

function localTarget(context: CliContext, project: Project, progress: Progress): DeployTarget {
  const endpoints = readEndpoints(project.directory);
  if (!endpoints) throw notRunning(project);
  const { endpoint, credentials } = connectionTo(project, endpoints);
  const clients = new Map<string, CloudFormationClient>();
  const client = (region: string): CloudFormationClient => {
    const made = clients.get(region) ?? new CloudFormationClient({ region, endpoint: endpoint!, credentials: credentials! });
    clients.set(region, made);
    return made;
  };
  const { domain } = project.base;
  const folder = localFolder(project.directory);
  const assembly = join(folder, "cdk.out");
  return {
    project,
    ask: overWire(client),
    road: localRoad(endpoints.api, domain ? [{ name: domain.name, id: domain.hostedZoneId }] : []),
    deletion: { account: LOCAL_ACCOUNT },
    folder,
    async synthesize() {
      await synthesized(progress, () => ensureAssembly(project, assembly, context.interrupted));
      return assembly;
    },
    prepare: async () => {},
    finish: () => announce(project, endpoints),
  };
}

/** The load balancer may have come or gone with the deployment; other programs read of it where `rouse up` wrote it. */
async function announce(project: Project, { loadBalancer: _old, ...endpoints }: Endpoints): Promise<void> {
  const answer = await fetch(`${endpoints.api}/_cloud/load-balancers`);
  const found = (await answer.json()) as { listeners?: { protocol: string; url?: string }[] }[];
  const listeners = found[0]?.listeners ?? [];
  const url = (listeners.find(({ protocol }) => protocol === "HTTPS") ?? listeners[0])?.url;
  writeEndpoints(project.directory, { ...endpoints, ...(url ? { loadBalancer: url } : {}) });
}

async function awsTarget(context: CliContext, project: Project, progress: Progress, options: Record<string, unknown>): Promise<DeployTarget> {
  const { account } = await callerFor(project, progress);
  const folder = join(project.directory, ".rouse", project.environment.name);
  const toolkit = {
    log: (line: string) => progress.log(line),
    ...(options["concurrency"] === undefined ? {} : { concurrency: Number(options["concurrency"]) }),
    // Tests look at a cloud of this machine, which takes no offence.
    ...(context.env["ROUSE_POLL_MS"] ? { poll: Number(context.env["ROUSE_POLL_MS"]) } : {}),
  };
  return {
    project,
    ask: askAws(account),
    road: lazily(toolkit),
    deletion: { account, roles: rolesOf(account) },
    folder,
    async synthesize() {
      const out = join(folder, "cdk.out");
      await synthesized(progress, () => synthesizeFor(project, account, out, context, toolkit));
      return out;
    },
    prepare: (bootstrap) => withAws(project, () => bootstrapped(project, account, bootstrap, progress, toolkit)),
    finish: async () => {},
  };
}

/** The toolkit takes a second to load, which who has nothing to deploy need not wait for. */
function lazily(options: ToolkitOptions): Road {
  const road = async (): Promise<Road> => (await import("../deployment/toolkit-road.ts")).toolkitRoad(options);
  return {
    deploy: async (...args) => (await road()).deploy(...args),
    destroy: async (...args) => (await road()).destroy(...args),
  };
}

async function callerFor(project: Project, progress: Progress): Promise<{ account: string }> {
  const identified = await withAws(project, () => identify(new STSClient({ region: project.base.region }), project));
  if ("problem" in identified) throw new UserError(identified.problem);
  const { caller } = identified;
  const wrong = wrongAccount(project, caller);
  if (wrong !== undefined) throw new UserError(wrong);
  if (project.environment.account === undefined)
    progress.done(`The environment ${project.environment.name} names no account: it is account ${caller.account}, that of the credentials`);
  return caller;
}

async function synthesized(progress: Progress, work: () => Promise<boolean>): Promise<void> {
  progress.begin("Checking the stacks");
  const began = performance.now();
  if (await work()) progress.done(`Synthesized in ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

async function synthesizeFor(project: Project, account: string, out: string, context: CliContext, toolkit: ToolkitOptions): Promise<boolean> {
  const { directory } = project;
  // What was looked up before.
  const file = join(directory, "cdk.context.json");
  const ensure = (known: string | undefined): Promise<boolean> =>
    ensureAssembly(project, out, context.interrupted, { CDK_DEFAULT_ACCOUNT: account, CDK_CONTEXT_JSON: known });
  const fresh = await ensure(existsSync(file) ? JSON.stringify(JSON.parse(readFileSync(file, "utf8"))) : undefined);
  const { missing = [] } = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8")) as { missing?: unknown[] };
  if (missing.length === 0) return fresh;
  const { withLookups } = await import("../deployment/toolkit-road.ts");
  try {
    await withLookups({ directory, out, options: toolkit }, async (found) => void (await ensure(JSON.stringify(found))));
  } catch (error) {
    if (error instanceof UserError) throw error;
    const why = error instanceof Error ? error.message : "see above";
    throw new UserError(`the network of rouse.yaml (vpc) could not be looked up in ${project.base.region}: ${why}`, 1);
  }
  return true;
}

async function bootstrapped(project: Project, account: string, make: boolean, progress: Progress, toolkit: ToolkitOptions): Promise<void> {
  const missing = await notBootstrapped(regionsOf(project));
  if (missing.length === 0) return;
  const places = missing.map((region) => `aws://${account}/${region}`);
  if (!make) {
    throw new UserError(
      `the CDK has no place for templates and code in account ${account}, ${missing.join(" and ")} yet: that is made once for an account and region\n` +
        `Make it with: npx aws-cdk@2 bootstrap ${places.join(" ")}\nOr now: rouse deploy --env ${project.environment.name} --bootstrap`,
    );
  }
  const { bootstrap } = await import("../deployment/toolkit-road.ts");
  progress.begin(`Bootstrapping ${missing.join(" and ")}`);
  await bootstrap(account, missing, toolkit);
  progress.done(`Bootstrapped ${places.join(" and ")}`);
}

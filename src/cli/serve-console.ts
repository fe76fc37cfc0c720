import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import type { Project } from "../config/index.ts";
import { DEFAULTS } from "../cost/assumptions.ts";
import type { Bill } from "../cost/bill.ts";
import type { PriceTable } from "../cost/price-table.ts";
import { type Console, startConsole } from "../console/server.ts";
import { type ConsoleSource, pollEvery } from "../console/source.ts";
import type { Connection } from "../operate/environment.ts";
import { distFolder } from "./assembly.ts";
import { type CliContext, UserError } from "./command.ts";
import { localFolder } from "./endpoints.ts";

export interface ServeOptions {
  /** 0 for any free one. */
  readonly port: number;
  /** Take another one where it is taken. */
  readonly elsewhere?: boolean;
}

/** Serves the console of an environment. @throws UserError where the port is taken */
export async function serveConsole(context: CliContext, project: Project, connection: Connection, options: ServeOptions): Promise<Console> {
  try {
    return await startConsole({ ...options, source: await sourceOf(context, project, connection), page: join(distFolder, "console") });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new UserError(`port ${options.port} on 127.0.0.1 is taken by another program; choose one with --port N, or --port 0 for any free one`, 1);
  }
}

/** Who steers, as in a leaf's history. */
const who = (): string => userInfo().username;

/**
 * The environment, loaded when somebody looks at it first: `rouse up` is to start without the SDK's clients and the prices.
 * What the SDK and the history need is in src/operate; what it costs is the command line's, for it synthesizes.
 */
async function sourceOf(context: CliContext, project: Project, connection: Connection): Promise<ConsoleSource> {
  let made: Promise<ConsoleSource> | undefined;
  const source = (): Promise<ConsoleSource> => (made ??= make(context, project, connection));
  return {
    pollMs: pollEvery(project.leaves, { isLocal: connection.endpoint !== undefined }),
    overview: async () => (await source()).overview(),
    leaf: async (name) => (await source()).leaf(name),
    logs: async (name, from, onLine, signal) => (await source()).logs(name, from, onLine, signal),
    act: async (name, what) => (await source()).act(name, what),
    explain: (await import("../operate/explain.ts")).explainWith(project),
  };
}

async function make(context: CliContext, project: Project, connection: Connection): Promise<ConsoleSource> {
  const [{ awsSource }, { environmentTime }, { readHistory }, { readUse }] = await Promise.all([
    import("../console/aws-source.ts"),
    import("../operate/environment-time.ts"),
    import("../operate/history.ts"),
    import("../operate/use.ts"),
    import("../operate/use.ts"),
  ]);
  return awsSource({
    project,
    connection,
    who: who(),
    time: environmentTime(connection),
    bill: () => billOf(context, project),
    history: (leaf, sinceMs) => readHistory(project, leaf, connection, { sinceMs }),
    use: (leaf, minutes) => readUse(project, leaf, connection, { minutes }),
  });
}

/** Undefined for a region whose prices are not known. The console then shows no cost. */
async function billOf(context: CliContext, project: Project): Promise<Bill | undefined> {
  const { priceAssembly, priceProject, tablesFor } = await import("./bill.ts");
  try {
    const tables = tablesFor(project);
    const prices = (region: string): PriceTable | undefined => tables.get(region);
    // What runs here has been synthesized already.
    const deployed = join(localFolder(project.directory), "cdk.out");
    if (project.environment.name === "local" && existsSync(join(deployed, "manifest.json")))
      return priceAssembly(project, deployed, DEFAULTS, prices);
    return await priceProject(context, project, DEFAULTS, prices);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

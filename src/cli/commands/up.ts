import type { Project } from "../../config/index.ts";
import type { Console } from "../../console/server.ts";
import { connectionTo } from "../../operate/environment.ts";
import { type CliContext, untilInterrupted } from "../command.ts";
import { confirm } from "../confirm.ts";
import { removeConsole, writeConsole } from "../console-file.ts";
import { type LocalCloud, startLocal } from "../local-cloud.ts";
import { progressFor } from "../progress.ts";
import { openProject } from "../project.ts";
import { serveConsole } from "../serve-console.ts";
import { summary } from "../summary.ts";

export async function run(context: CliContext, [dir]: string[], options: Record<string, unknown>): Promise<number> {
  const progress = progressFor(context);
  const { project } = await openProject(context, { dir: dir ?? ".", env: "local" });
  let local: LocalCloud;
  try {
    local = await startLocal(
      project,
      {
        speed: Number(options["speed"]),
        port: Number(options["port"]),
        dnsPort: Number(options["dnsPort"]),
        loadBalancerPorts: { http: Number(options["httpPort"]), https: Number(options["httpsPort"]) },
        ...(options["runtime"] ? { runtime: options["runtime"] as "docker" | "process" } : {}),
        ...(options["reset"] ? { reset: true } : {}),
        mayLose: (losses) =>
          confirm(context, Boolean(options["yes"]), {
            text: `The files no longer have what holds data:\n${losses}`,
            question: "Deploy all the same?",
          }),
      },
      progress,
      context.interrupted,
    );
  } finally {
    progress.stop();
  }
  const served = await consoleOf(context, project, local, Number(options["consolePort"]));
  context.stdout.write(summary(context, project, { ...local, console: served.url }, Number(options["speed"])));
  await untilInterrupted(context.interrupted);
  progress.begin("Stopping");
  removeConsole(project.directory, project.environment.name);
  await served.close();
  await local.stop();
  progress.stop();
  return 0;
}

async function consoleOf(context: CliContext, project: Project, { cloud, loadBalancer }: LocalCloud, port: number): Promise<Console> {
  const connection = connectionTo(project, { api: cloud.url, dns: `${cloud.dns.host}:${cloud.dns.port}`, ...(loadBalancer ? { loadBalancer } : {}) });
  const served = await serveConsole(context, project, connection, { port, elsewhere: true });
  writeConsole(project.directory, project.environment.name, { url: served.url, pid: process.pid });
  return served;
}

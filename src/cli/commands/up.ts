import { type CliContext, untilInterrupted } from "../command.ts";
import { confirm } from "../confirm.ts";
import { type LocalCloud, startLocal } from "../local-cloud.ts";
import { progressFor } from "../progress.ts";
import { openProject } from "../project.ts";
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
  context.stdout.write(summary(context, project, local, Number(options["speed"])));
  await untilInterrupted(context.interrupted);
  progress.begin("Stopping");
  await local.stop();
  progress.stop();
  return 0;
}

import { relative } from "node:path";
import { createColors } from "picocolors";
import { isDnsLeaf, isRouted, type Leaf, type Project } from "../../config/index.ts";
import { type CliContext, untilInterrupted } from "../command.ts";
import { localFolder } from "../endpoints.ts";
import { type LocalCloud, startLocal } from "../local-cloud.ts";
import { progressFor } from "../progress.ts";
import { openProject } from "../project.ts";

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
        ...(options["runtime"] ? { runtime: options["runtime"] as "docker" | "process" } : {}),
        ...(options["reset"] ? { reset: true } : {}),
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

/** What runs, where, and what to try next. */
function summary(context: CliContext, project: Project, { cloud }: LocalCloud, speed: number): string {
  const paint = createColors(Boolean(context.stdout.isTTY) && !context.env["NO_COLOR"]);
  // What to try first is something that works on this machine.
  const leaf = project.leaves.filter(isDnsLeaf).find((each) => cloud.runtime.kind !== "process" || each.process) ?? project.leaves.find(isDnsLeaf);
  const nameWidth = Math.max(10, ...project.leaves.map(({ name }) => name.length));
  const lines = [
    "",
    paint.bold(`${project.base.name} is ready${speed === 1 ? "" : `, its time ${speed} times faster`}`),
    `  AWS API     ${cloud.url}`,
    `  DNS         ${cloud.dns.host}:${cloud.dns.port} (UDP and TCP)`,
    `  Containers  ${cloud.runtime.description}`,
    `  Data        ${relative(context.directory, localFolder(project.directory)) || "."}`,
    "",
    ...project.leaves.map(
      (each) =>
        `  ${paint.green(each.name.padEnd(nameWidth))} ${whereOf(each)}` +
        (cloud.runtime.kind === "process" && "environment" in each && !each.process
          ? paint.yellow("  (cannot run here: it needs a container engine, or `process:` in its file)")
          : ""),
    ),
    "",
  ];
  if (leaf) {
    const http = leaf.ports.find(({ protocol }) => protocol === "tcp");
    const tries: [command: string, comment?: string][] = [
      [`dig @${cloud.dns.host} -p ${cloud.dns.port} ${leaf.domain} +short`, "wakes it: 0.0.0.0 first, then its address"],
      [`npx rouse connect ${leaf.name}`, "the same, and waits for it"],
      ...(http ? [[`curl http://<address>:${http.port}/`] satisfies [string]] : []),
      ["npx rouse status", "who is awake"],
      [`aws --endpoint-url ${cloud.url} --region ${project.base.region} ecs list-clusters`, "with any credentials"],
    ];
    const width = Math.max(...tries.map(([command]) => command.length));
    lines.push(
      "Try, in another terminal:",
      ...tries.map(([command, comment]) => (comment ? `  ${command.padEnd(width)}  ${paint.dim(`# ${comment}`)}` : `  ${command}`)),
      "",
    );
  }
  lines.push(paint.dim("Ctrl-C stops it."), "");
  return lines.join("\n");
}

/** Where a leaf is reached: its name and ports, or its route on the load balancer. */
function whereOf(leaf: Leaf): string {
  if (isDnsLeaf(leaf)) return `${leaf.domain}  ${leaf.ports.map(({ port, protocol }) => `${port}/${protocol}`).join(" ")}`;
  return isRouted(leaf) ? leaf.route.patterns.join(" ") : "started by events";
}

import { join, relative } from "node:path";
import { isDnsLeaf, isRouted, isService, isTask, type Leaf, type Project, type ServiceLeaf, type TaskLeaf } from "../config/index.ts";
import type { CliContext } from "./command.ts";
import { localFolder } from "./endpoints.ts";
import type { LocalCloud } from "./local-cloud.ts";
import { paintFor } from "./paint.ts";

type Try = readonly [command: string, comment?: string];

/** What runs, where, and what to try next. */
export function summary(context: CliContext, project: Project, local: LocalCloud & { console?: string }, speed: number): string {
  const { cloud, loadBalancer } = local;
  const paint = paintFor(context);
  const nameWidth = Math.max(10, ...project.leaves.map(({ name }) => name.length));
  const canRun = (leaf: Leaf): boolean =>
    cloud.runtime.kind !== "process" || !("process" in leaf || "image" in leaf || "build" in leaf) || Boolean(leaf.process);
  const lines = [
    "",
    paint.bold(`${project.base.name} is ready${speed === 1 ? "" : `, its time ${speed} times faster`}`),
    `  AWS API     ${cloud.url}`,
    `  DNS         ${cloud.dns.host}:${cloud.dns.port} (UDP and TCP)`,
    ...(loadBalancer ? [`  ${loadBalancer.startsWith("https:") ? "HTTPS" : "HTTP "}       ${loadBalancer}`] : []),
    ...(local.console ? [`  Console     ${local.console}`] : []),
    `  Containers  ${cloud.runtime.description}`,
    `  Data        ${relative(context.directory, localFolder(project.directory)) || "."}`,
    "",
    ...project.leaves.map(
      (leaf) =>
        `  ${paint.green(leaf.name.padEnd(nameWidth))} ${whereOf(leaf, loadBalancer)}${isRouted(leaf) && !leaf.wake.http ? paint.dim("  (events wake it)") : ""}` +
        (canRun(leaf) ? "" : paint.yellow("  (cannot run here: it needs a container engine, or `process:` in its file)")),
    ),
    "",
  ];
  // What to try first is something that works on this machine.
  const leaf = project.leaves.find(canRun) ?? project.leaves[0];
  if (leaf) {
    // The other terminal is in this folder, too.
    const dir = relative(context.directory, project.directory);
    const rouse = (command: string): string => `npx rouse ${command}${dir === "" ? "" : ` --dir ${dir}`}`;
    const tries = [
      ...triesOf(leaf, local, { rouse, curl: curlOf(context, project, loadBalancer ?? "") }),
      [rouse("status"), "who is awake"] as const,
      ...(local.console ? [[rouse("open"), "the console, in the browser"] as const] : []),
      [`aws --endpoint-url ${cloud.url} --region ${project.base.region} ecs list-clusters`, "with any credentials"] as const,
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

/** How the leaf is woken and reached, as somebody would do it by hand. */
function triesOf(
  leaf: Leaf,
  { cloud, loadBalancer }: LocalCloud,
  { rouse, curl }: { rouse: (command: string) => string; curl: (path: string) => string },
): Try[] {
  if (isDnsLeaf(leaf)) {
    const http = leaf.ports.find(({ protocol }) => protocol === "tcp");
    return [
      [`dig @${cloud.dns.host} -p ${cloud.dns.port} ${leaf.domain} +short`, "wakes it: 0.0.0.0 first, then its address"],
      [rouse(`connect ${leaf.name}`), "the same, and waits for it"],
      ...(http ? [[`curl http://<address>:${http.port}/`] as const] : []),
    ];
  }
  if (isRouted(leaf) && leaf.wake.http && loadBalancer) {
    return [
      [curl(pathOf(leaf.route.patterns[0]!)), "wakes it: held while it starts, then answered"],
      [rouse(`connect ${leaf.name}`), "the same, and tells how long each phase took"],
    ];
  }
  if (isService(leaf)) {
    const reach = leaf.route ? [[rouse(`connect ${leaf.name}`), "a request to it"] as const] : [];
    return [...reach, [rouse(`status ${leaf.name}`), "its tasks, and its last deployment"]];
  }
  if (isTask(leaf)) return [[rouse(`run ${leaf.name}`), "runs it now, and shows its log"]];
  return [[rouse(`wake ${leaf.name}`), "starts it, as an event does"]];
}

/** A request to the load balancer. Over TLS it needs the name in the certificate, and the authority that signed it. */
function curlOf({ directory }: CliContext, project: Project, loadBalancer: string): (path: string) => string {
  const name = project.base.loadBalancer?.domain;
  if (!loadBalancer.startsWith("https:") || name === undefined) return (path) => `curl -L ${loadBalancer}${path}`;
  const authority = relative(directory, join(localFolder(project.directory), "ca", "ca.pem"));
  return (path) => `curl -L --cacert ${authority} --connect-to ::${loadBalancer.slice("https://".length)} https://${name}${path}`;
}

const pathOf = (pattern: string): string => pattern.replace(/\*.*$/, "");

/** Where a leaf is reached: its name and ports, or its route on the load balancer. */
function whereOf(leaf: Leaf, loadBalancer: string | undefined): string {
  if (isDnsLeaf(leaf)) return `${leaf.domain}  ${leaf.ports.map(({ port, protocol }) => `${port}/${protocol}`).join(" ")}`;
  if (isTask(leaf)) return whenOf(leaf);
  if (isService(leaf)) return servedAt(leaf, loadBalancer);
  return isRouted(leaf) ? `${loadBalancer ?? ""}${leaf.route.patterns.join("  ")}` : "no route: events start it";
}

/** Where a service is reached, and how many tasks it has: `https://shop.example.com/*  1 to 10 tasks`. */
function servedAt({ route, scale: { min, max } }: ServiceLeaf, loadBalancer: string | undefined): string {
  const tasks = max === 1 ? "1 task" : `${min === max ? min : `${min} to ${max}`} tasks`;
  if (!route) return `no ports: a worker, ${tasks}`;
  const where =
    route.domain === undefined ? (route.visibility === "internal" ? "internal load balancer " : (loadBalancer ?? "")) : `https://${route.domain}`;
  return `${where}${route.patterns.join("  ")}  ${tasks}${route.visibility === "internal" && route.domain !== undefined ? ", inside the network only" : ""}`;
}

/** When a task runs: `cron(0 7 * * ? *) Europe/Berlin`. */
function whenOf({ wake: { schedule } }: TaskLeaf): string {
  const { expressions, timezone, enabled } = schedule;
  const zone = expressions.some((one) => one.startsWith("cron(")) ? ` ${timezone}` : "";
  return `${expressions.join("  ")}${zone}${enabled ? "" : "  (not enabled here)"}`;
}

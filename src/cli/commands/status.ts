import { createColors } from "picocolors";
import type { LeafState, LeafStatus } from "../../operate/leaf-state.ts";
import { leafStatus } from "../../operate/observe.ts";
import type { Serving } from "../../operate/service-state.ts";
import { inZone, type Runs } from "../../operate/task-state.ts";
import type { Project } from "../../config/index.ts";
import type { CliContext } from "../command.ts";
import { findLeaf, openTarget, withAws } from "../target.ts";

export async function run(context: CliContext, [name]: string[], options: Record<string, unknown>): Promise<number> {
  const { project, connection } = await openTarget(context, options);
  const leaves = name === undefined ? project.leaves : [findLeaf(project, name)];
  const statuses = await withAws(project, () => Promise.all(leaves.map((leaf) => leafStatus(project, leaf, connection))));
  context.stdout.write(
    options["json"] ? `${JSON.stringify(statuses, null, 2)}\n` : table(statuses, Boolean(context.stdout.isTTY) && !context.env["NO_COLOR"]),
  );
  if (statuses.every(({ state }) => state === "not deployed")) context.stderr.write(nothingThere(project, name));
  return 0;
}

/** What to do where there is nothing to tell of. */
function nothingThere({ base, environment }: Project, leaf: string | undefined): string {
  const to = environment.name === "local" ? "" : ` --env ${environment.name}`;
  return `${leaf === undefined ? `nothing of ${base.name}` : leaf} is ${leaf === undefined ? "" : "not "}deployed in ${environment.name} (${base.region}). Deploy it with: rouse deploy${to}\n`;
}

/** Aligned columns; what is wrong with a leaf stands below its line. */
function table(statuses: LeafStatus[], color: boolean): string {
  // An engine's address is its URL, asleep or awake.
  const hasAddresses = statuses.some(({ domain }) => domain !== undefined);
  const cells = (name: string, state: string, address: string, when: string, where: string): string[] =>
    hasAddresses ? [name, state, address, when, where] : [name, state, when, where];
  const headings = cells("LEAF", "STATE", "ADDRESS", "SINCE", hasAddresses ? "NAME" : "URL");
  const rows = statuses.map(({ name, state, domain, address, url, ...status }) =>
    cells(name, state, domain ? (address ?? "-") : "-", since(status.since), domain ?? url ?? "-"),
  );
  const widths = headings.map((heading, i) => Math.max(heading.length, ...rows.map((row) => row[i]!.length)));
  const paint = createColors(color);
  const line = (cells: string[], state?: LeafState): string =>
    cells
      .map((cell, i) => (state && i === 1 ? paintState(paint, state)(cell.padEnd(widths[i]!)) : cell.padEnd(widths[i]!)))
      .join("  ")
      .trimEnd();
  const lines = [paint.dim(line(headings))];
  for (const [i, status] of statuses.entries()) {
    lines.push(line(rows[i]!, status.state));
    if (status.runs) lines.push(...runLines(status.runs).map((text) => paint.dim(`  ${text}`)));
    if (status.serving) lines.push(paint.dim(`  ${servingLine(status.serving)}`));
    if (status.reason) lines.push(paint.red(`  ${status.reason}`));
  }
  return `${lines.join("\n")}\n`;
}

/** How many tasks a service has, what the load balancer thinks of them, and how its last deployment went. */
function servingLine({ desired, running, min, max, healthy, targets, visibility, deployment }: Serving): string {
  const limits = min === null || min === max ? "" : ` (${min} to ${max})`;
  const health = targets === undefined ? [] : [`${healthy} of ${targets} ${targets === 1 ? "target" : "targets"} healthy`];
  const rollout = `${deployment.definition} ${ROLLOUT[deployment.state] ?? deployment.state}${deployment.at === null ? "" : ` ${since(deployment.at)}`}`;
  return [
    `${running} of ${desired} ${desired === 1 ? "task" : "tasks"}${limits}`,
    ...health,
    rollout,
    ...(visibility === "internal" ? ["inside the network only"] : []),
  ].join(", ");
}

/** ECS's rollout states. */
const ROLLOUT: Record<string, string> = { IN_PROGRESS: "is being deployed, since", COMPLETED: "deployed", FAILED: "failed" };

/** When a scheduled task runs next, by its own clock, and how its last run went. */
function runLines({ enabled, timezone, next, running, last }: Runs): string[] {
  const ticks = next.map((at) => inZone(at, timezone));
  const when = enabled ? `next ${ticks.join(", ") || "never"} ${timezone}` : "its schedule is not enabled here";
  const runs = running.length > 1 ? [`${running.length} runs go on`] : [];
  return [when, ...runs, ...(last ? [`last run ${inZone(last.startedAt ?? last.stoppedAt, timezone)}: ${howItWent(last)}`] : [])];
}

function howItWent({ startedAt, seconds, exitCode, how }: NonNullable<Runs["last"]>): string {
  if (startedAt === undefined) return how;
  return `${seconds} s, ${exitCode === undefined ? how : `exit code ${exitCode}`}`;
}

function paintState(paint: ReturnType<typeof createColors>, state: LeafState): (text: string) => string {
  switch (state) {
    case "awake":
      return paint.green;
    case "waking":
    case "falling asleep":
      return paint.yellow;
    case "crashed":
      return paint.red;
    case "asleep":
    case "not deployed":
      return paint.dim;
  }
}

/** `2026-01-05 17:03` in UTC: the same for everybody who compares notes. */
const since = (iso: string | null): string => (iso === null ? "-" : `${iso.slice(0, 10)} ${iso.slice(11, 16)}Z`);

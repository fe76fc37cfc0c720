import { visit, type VisitPhase } from "../../operate/visit.ts";
import type { CliContext } from "../command.ts";
import { findLeaf, openTarget } from "../target.ts";

export async function run(context: CliContext, [name]: string[], options: Record<string, unknown>): Promise<number> {
  const { project, connection } = await openTarget(context, options);
  const leaf = findLeaf(project, name!);
  const phases: VisitPhase[] = [];
  const json = Boolean(options["json"]);
  const result = await visit(leaf, {
    timeoutMs: Number(options["timeout"]) * 1000,
    signal: context.interrupted,
    ...(connection.dnsServer ? { dnsServer: connection.dnsServer } : {}),
    onPhase: (phase) => {
      phases.push(phase);
      if (!json) context.stdout.write(`${(phase.at / 1000).toFixed(2).padStart(8)} s  ${phase.name.padEnd(12)}  ${phase.detail}\n`);
    },
  });
  if (json) context.stdout.write(`${JSON.stringify({ leaf: leaf.name, domain: leaf.domain, ...result, phases })}\n`);
  else if (!result.ok) context.stderr.write(`rouse: ${result.reason}\n`);
  if (context.interrupted.aborted) return 130;
  return result.ok ? 0 : 1;
}

import type { DnsLeaf } from "../../config/index.ts";
import { visit, type VisitPhase, type VisitResult } from "../../operate/visit.ts";
import type { CliContext } from "../command.ts";
import { findDnsLeaf, openTarget, type Target } from "../target.ts";

export async function run(context: CliContext, [name]: string[], options: Record<string, unknown>): Promise<number> {
  const target = await openTarget(context, options);
  const leaf = findDnsLeaf(target.project, name!);
  const phases: VisitPhase[] = [];
  const json = Boolean(options["json"]);
  const result = await visitOrCrash(target, leaf, context, Number(options["timeout"]) * 1000, (phase) => {
    phases.push(phase);
    if (!json) context.stdout.write(`${(phase.at / 1000).toFixed(2).padStart(8)} s  ${phase.name.padEnd(12)}  ${phase.detail}\n`);
  });
  if (json) context.stdout.write(`${JSON.stringify({ leaf: leaf.name, domain: leaf.domain, ...result, phases })}\n`);
  else if (!result.ok) context.stderr.write(`rouse: ${result.reason}\n`);
  if (context.interrupted.aborted) return 130;
  return result.ok ? 0 : 1;
}

/** A visit that is given up as soon as the leaf is known to have crashed: it will not come, however long one waits. */
async function visitOrCrash(
  { project, connection }: Target,
  leaf: DnsLeaf,
  { interrupted }: CliContext,
  timeoutMs: number,
  onPhase: (phase: VisitPhase) => void,
): Promise<VisitResult> {
  const over = new AbortController();
  const dns = connection.dnsServer ? { dnsServer: connection.dnsServer } : {};
  const visiting = visit(leaf, { timeoutMs, signal: AbortSignal.any([interrupted, over.signal]), ...dns, onPhase });
  let crashed: string | undefined;
  const look = async (): Promise<void> => {
    // Loaded only now: most visits are over before the first look.
    const { leafStatus } = await import("../../operate/observe.ts");
    const status = await leafStatus(project, leaf, connection).catch(() => undefined);
    if (status?.state !== "crashed") return;
    crashed = `${leaf.name} has crashed: ${status.reason ?? "no reason is known"}`;
    over.abort();
  };
  const watch = setInterval(() => void look(), 2000);
  const result = await visiting.finally(() => clearInterval(watch));
  return crashed === undefined || result.ok ? result : { ok: false, reason: crashed };
}

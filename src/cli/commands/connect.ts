import { type DnsLeaf, type EngineLeaf, isDnsLeaf, isService, type ServiceLeaf } from "../../config/index.ts";
import { visit, type VisitResult } from "../../operate/visit.ts";
import { type CliContext, UserError } from "../command.ts";
import { findLeaf, openTarget, type Target, withAws } from "../target.ts";

interface Phase {
  name: string;
  at: number;
  detail: string;
}

type Result = { ok: true } | { ok: false; reason: string };
type Visit = (target: Target, context: CliContext, timeoutMs: number, onPhase: (phase: Phase) => void) => Promise<Result>;

export async function run(context: CliContext, [name]: string[], options: Record<string, unknown>): Promise<number> {
  const target = await openTarget(context, options);
  const leaf = findLeaf(target.project, name!);
  const phases: Phase[] = [];
  const json = Boolean(options["json"]);
  if (leaf.kind === "task")
    throw new UserError(`${leaf.name} is a scheduled task: nothing can connect to it; rouse run ${leaf.name} runs it and shows its log`);
  const go: Visit = isDnsLeaf(leaf)
    ? (...given) => visitOrCrash(leaf, ...given)
    : isService(leaf)
      ? (...given) => visitService(leaf, ...given)
      : (...given) => visitEngine(leaf, ...given);
  const result = await go(target, context, Number(options["timeout"]) * 1000, (phase) => {
    phases.push(phase);
    if (!json) context.stdout.write(`${(phase.at / 1000).toFixed(2).padStart(8)} s  ${phase.name.padEnd(12)}  ${phase.detail}\n`);
  });
  if (json) context.stdout.write(`${JSON.stringify({ leaf: leaf.name, ...("domain" in leaf ? { domain: leaf.domain } : {}), ...result, phases })}\n`);
  else if (!result.ok) context.stderr.write(`rouse: ${result.reason}\n`);
  if (context.interrupted.aborted) return 130;
  return result.ok ? 0 : 1;
}

/** A visit that is given up as soon as the leaf is known to have crashed: it will not come, however long one waits. */
async function visitOrCrash(
  leaf: DnsLeaf,
  { project, connection }: Target,
  { interrupted }: CliContext,
  timeoutMs: number,
  onPhase: (phase: Phase) => void,
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

/** A request to its route. Where requests do not wake it, it is woken first, as `rouse wake` does. */
async function visitEngine(
  leaf: EngineLeaf,
  { project, connection }: Target,
  { interrupted }: CliContext,
  timeoutMs: number,
  onPhase: (phase: Phase) => void,
): Promise<Result> {
  const [{ leafStatus }, { visitHttp }] = await Promise.all([import("../../operate/observe.ts"), import("../../operate/visit-http.ts")]);
  const status = () => withAws(project, () => leafStatus(project, leaf, connection));
  const began = performance.now();
  const { url, state } = await status();
  if (state === "not deployed") return { ok: false, reason: `${leaf.name} is not deployed` };
  if (!url) throw new UserError(`${leaf.name} has no route, so nobody can connect to it; rouse wake ${leaf.name} starts it`);
  if (!("http" in leaf.wake && leaf.wake.http)) {
    const { wakeLeaf } = await import("../../operate/steer.ts");
    await withAws(project, () => wakeLeaf(project, leaf, connection, "rouse connect"));
    onPhase({ name: "woken", at: performance.now() - began, detail: "requests do not wake it: rouse wake did" });
    for (let now = await status(); now.state !== "awake"; now = await status()) {
      if (now.state === "crashed") return { ok: false, reason: `${leaf.name} has crashed: ${now.reason ?? "no reason is known"}` };
      if (interrupted.aborted || performance.now() - began > timeoutMs) return { ok: false, reason: `${leaf.name} did not wake in time` };
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  const name = connection.loadBalancer ? project.base.loadBalancer?.domain : undefined;
  const offset = performance.now() - began;
  return visitHttp(url, {
    timeoutMs: timeoutMs - offset,
    signal: interrupted,
    ...(name ? { name } : {}),
    onPhase: (phase) => onPhase({ ...phase, at: phase.at + offset }),
  });
}

/** A request to a service that is always on. One that just comes up is waited for. */
async function visitService(
  leaf: ServiceLeaf,
  { project, connection }: Target,
  { interrupted }: CliContext,
  timeoutMs: number,
  onPhase: (phase: Phase) => void,
): Promise<Result> {
  const { route } = leaf;
  if (!route) throw new UserError(`${leaf.name} is a worker without ports: nobody can connect to it; rouse status ${leaf.name} tells how it goes`);
  const [{ leafStatus }, { nameOf }, { visitHttp }] = await Promise.all([
    import("../../operate/observe.ts"),
    import("../../operate/service-observe.ts"),
    import("../../operate/visit-http.ts"),
  ]);
  const status = () => withAws(project, () => leafStatus(project, leaf, connection));
  const began = performance.now();
  let now = await status();
  for (; now.state === "waking" || now.state === "falling asleep"; now = await status()) {
    if (interrupted.aborted || performance.now() - began > timeoutMs) return { ok: false, reason: `${leaf.name} did not come up in time` };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  if (now.state === "not deployed") return { ok: false, reason: `${leaf.name} is not deployed` };
  if (now.state === "crashed") return { ok: false, reason: `${leaf.name} did not come up: ${now.reason ?? "no reason is known"}` };
  if (now.state === "asleep") return { ok: false, reason: `the desired count of ${leaf.name} was set to 0` };
  if (!now.url) return { ok: false, reason: `${leaf.name} is behind no load balancer yet` };
  // On this machine the listener's address stands for the name.
  const name = connection.endpoint ? nameOf(project, route) : undefined;
  const offset = performance.now() - began;
  const result = await visitHttp(now.url, {
    timeoutMs: timeoutMs - offset,
    signal: interrupted,
    ...(name ? { name } : {}),
    onPhase: (phase) => onPhase({ ...phase, at: phase.at + offset }),
  });
  if (result.ok || route.visibility === "public" || connection.endpoint) return result;
  return { ok: false, reason: `${result.reason}\n${leaf.name} is internal: it answers inside its network (VPC) only, or over a VPN into it` };
}

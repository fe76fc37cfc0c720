import type { Engine } from "../shared/engine.ts";
import { type Answer, bad, failed, type Invocation } from "../shared/engine-request.ts";
import { type Log, told } from "../shared/log.ts";
import { meant, type Meant, readStarts } from "./request.ts";
import { start, type StartWorld } from "./start.ts";

export interface Setting {
  readonly engines: () => Promise<ReadonlyMap<string, Engine>>;
  readonly world: (meant: Meant) => StartWorld;
  /** Mails whoever looks after the engines. */
  readonly tell: (subject: string, body: string) => Promise<void>;
  readonly pollMs: number;
  readonly until: number;
}

/** Starts what the invocation asks for; several services side by side. @throws nothing */
export async function startEngines(invocation: Invocation, setting: Setting, log: Log): Promise<Answer> {
  const answer = await startAll(invocation, setting, log).catch((error: unknown) => failed(told(error)));
  log(answer.statusCode < 300 ? "answered" : "failed", { by: invocation.by, ...answer });
  if (answer.statusCode >= 300 && !invocation.isRead) await report(invocation, answer, setting, log);
  return answer;
}

async function startAll({ request, error, by, isHttp, asker }: Invocation, setting: Setting, log: Log): Promise<Answer> {
  if (!request) return bad(error ?? "nothing was asked for");
  const engines = await setting.engines();
  const starts = readStarts(request, [...engines.keys()].sort());
  if ("statusCode" in starts) return starts;
  const answers = await Promise.all(
    starts.map(async ({ service, overrides }) => {
      const what = meant(engines.get(service)!, overrides);
      const { force = false, waitForHealthy = false, wait = true } = overrides;
      const { pollMs, until } = setting;
      return await start(
        setting.world(what),
        what,
        { by, force, waitForHealthy, wait, pollMs, until, isCutShort: isHttp, ...(asker ? { asker } : {}) },
        log,
      );
    }),
  );
  if (request["services"] === undefined) return answers[0]!;
  const services = Object.fromEntries(
    starts.map(({ service }, index) => [service, { statusCode: answers[index]!.statusCode, ...answers[index]!.body }]),
  );
  return { statusCode: Math.max(...answers.map(({ statusCode }) => statusCode)), body: { services } };
}

/** Nobody reads the answer: one mail says what went wrong. */
async function report({ by }: Invocation, { body }: Answer, { tell }: Setting, log: Log): Promise<void> {
  const services = body["services"] as Record<string, { error?: string }> | undefined;
  const errors = services ? Object.values(services).flatMap(({ error }) => error ?? []) : [String(body["error"])];
  const subject = errors.length === 1 ? `not started: ${errors[0]}` : `${errors.length} services were not started`;
  const valid = Array.isArray(body["valid"]) ? [`Valid: ${body["valid"].join(", ")}`] : [];
  await tell(subject, [`A start that came by ${by} has failed.`, ...errors, ...valid].join("\n")).catch((error: unknown) =>
    log("not told", { error: told(error) }),
  );
}

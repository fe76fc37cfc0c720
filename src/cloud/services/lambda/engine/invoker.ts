import type { Clock } from "../../../core/clock.ts";
import { AwsError } from "../../../core/errors.ts";
import type { Ids } from "../../../core/ids.ts";
import type { CredentialsPort, LogsPort, MetricsPort } from "../../../core/ports.ts";
import { parseArn, type Scope } from "../../../core/scope.ts";
import type { Store } from "../../../core/store.ts";
import type { Packages } from "../code/packages.ts";
import { concurrency, type FunctionRow } from "../state.ts";
import { environmentVariables } from "./variables.ts";
import type { ExecutionEnvironment, Outcome } from "./environment.ts";
import { InlineEnvironment } from "./inline-environment.ts";
import type { Serve } from "./inline-http.ts";
import { LogStream, streamName } from "./log-stream.ts";
import type { Pool } from "./pool.ts";
import { platformLines } from "./report.ts";
import { rolePrincipal, type LambdaIam } from "./role.ts";

export interface InvokerDeps {
  store: Store;
  clock: Clock;
  ids: Pick<Ids, "hex" | "uuid">;
  credentials: CredentialsPort;
  logs: LogsPort;
  metrics: MetricsPort;
  iam: LambdaIam;
  /** This cloud's address, `http://127.0.0.1:4590`. */
  endpoint: () => string;
  /** Functions run in this thread, where they can, and are answered by this. */
  inline?: Serve;
}

export interface InvokeRequest {
  id: string;
  /** As it was invoked: with the qualifier that was named. */
  arn: string;
  /** JSON. */
  payload: string;
  /** JSON. */
  clientContext?: string;
  tail?: boolean;
  /** The function is not likely to be needed again soon: its environment, some 20 MiB, need not wait for long. */
  rare?: boolean;
}

export interface Answer {
  /** The function's answer, or the error's `{errorType, errorMessage, trace}`. */
  json: string;
  failed: boolean;
  tail: Buffer;
}

/** Lambda quotas: 6 MB, and as its error says 100 bytes more for responses ("Lambda quotas", "Function.ResponseSizeTooLarge"). */
const LARGEST_RESPONSE = 6_291_556;
/** Functions that may run at once in an account and region ("Lambda quotas"). */
const ACCOUNT_CONCURRENCY = 1000;
/** Init gets ten seconds ("Understanding the Lambda execution environment lifecycle"), or the function's own time where that is longer. */
const INIT_LIMIT_MS = 10_000;
/** Credentials that are about to expire are not handed to another invocation. */
const CREDENTIALS_MARGIN_MS = 60_000;
/** A deployment calls the function of several custom resources in a row; after it nobody calls it until the next deployment. */
const RARE_IDLE_MS = 1000;

interface Life {
  log: LogStream;
  usableUntil: number;
}

/** Runs invocations: finds or starts an environment, writes the log and the metrics. */
export class Invoker {
  private readonly deps: InvokerDeps;
  private readonly packages: Packages;
  private readonly pool: Pool;
  private readonly running = new Map<string, number>();
  private readonly lives = new WeakMap<ExecutionEnvironment, Life>();

  constructor(deps: InvokerDeps, packages: Packages, pool: Pool) {
    this.deps = deps;
    this.packages = packages;
    this.pool = pool;
  }

  /** @throws AwsError TooManyRequestsException where no more may run at once. */
  async invoke(row: FunctionRow, request: InvokeRequest): Promise<Answer> {
    const scope = scopeOf(row);
    this.enter(row, scope, request);
    const key = environmentKey(row);
    let environment: ExecutionEnvironment | undefined = this.pool.takeWarm(key);
    try {
      environment ??= await this.pool.turns.wait(key);
      const start: ColdStart = environment
        ? { life: this.renewed(environment, row) }
        : await this.pool.turns.during(() => this.startCold((environment = this.blankFor(row)), row, scope));
      const run = new Run(this.deps, row, request, start);
      const answer = await run.in(environment!);
      this.measure(row, scope, request, answer.failed, run);
      return answer;
    } finally {
      this.leave(row);
      if (environment) this.pool.giveBack(key, environment, this.usableUntil(environment), request.rare ? RARE_IDLE_MS : undefined);
    }
  }

  /** Ends what belongs to a function's earlier code or configuration. */
  dropEnvironments(row: Pick<FunctionRow, "arn" | "version">): void {
    this.pool.drop((key) => key.startsWith(`${row.arn}|${row.version}|`));
  }

  private enter(row: FunctionRow, scope: Scope, request: InvokeRequest): void {
    const now = this.running.get(row.arn) ?? 0;
    const reserved = concurrency(this.deps.store, scope).get(row.name)?.reserved;
    const total = [...this.running.values()].reduce((sum, count) => sum + count, 0);
    if ((reserved === undefined ? total : now) >= (reserved ?? ACCOUNT_CONCURRENCY)) {
      this.put(row, scope, request, [{ name: "Throttles", value: 1, unit: "Count" }]);
      const Reason = reserved === undefined ? "ConcurrentInvocationLimitExceeded" : "ReservedFunctionConcurrentInvocationLimitExceeded";
      throw new AwsError("TooManyRequestsException", "Rate Exceeded.", { status: 429, fields: { Reason, Type: "User" } });
    }
    this.running.set(row.arn, now + 1);
  }

  private leave(row: FunctionRow): void {
    const now = (this.running.get(row.arn) ?? 1) - 1;
    if (now === 0) this.running.delete(row.arn);
    else this.running.set(row.arn, now);
  }

  private blankFor(row: FunctionRow): ExecutionEnvironment {
    const { clock, inline } = this.deps;
    this.packages.prepare(row.code, row.handler);
    const script = inline && this.packages.script(row.code, row.handler);
    if (!inline || script === undefined) return this.pool.takeBlank(row.memoryMb);
    return this.pool.take(new InlineEnvironment({ clock, serve: inline, script, memoryMb: row.memoryMb }));
  }

  private usableUntil(environment: ExecutionEnvironment): number {
    return environment.renew ? Infinity : (this.lives.get(environment)?.usableUntil ?? 0);
  }

  /** A kept environment, with new credentials where it can take them and the old ones are about to expire. */
  private renewed(environment: ExecutionEnvironment, row: FunctionRow): Life {
    const life = this.lives.get(environment)!;
    if (environment.renew && life.usableUntil <= this.deps.clock.now()) {
      const credentials = this.deps.credentials.issue(row.role, row.name);
      environment.renew(credentialVariables(credentials));
      life.usableUntil = credentials.expiresAt - CREDENTIALS_MARGIN_MS;
    }
    return life;
  }

  private async startCold(environment: ExecutionEnvironment, row: FunctionRow, scope: Scope): Promise<ColdStart> {
    const { clock, ids } = this.deps;
    const began = stopwatch(clock);
    this.packages.prepare(row.code, row.handler);
    const credentials = this.deps.credentials.issue(row.role, row.name);
    const names = { group: row.logging.group, stream: streamName(clock.now(), row.version, ids.hex(32)) };
    const log = new LogStream(this.deps, scope, rolePrincipal(row.role, row.name), names);
    environment.onLog = (at, text) => log.write(at, text);
    const life = { log, usableUntil: credentials.expiresAt - CREDENTIALS_MARGIN_MS };
    this.lives.set(environment, life);
    const line = platformLines(row.logging).init(clock.now(), process.versions.node, row.runtime);
    if (line) log.write(clock.now(), line);
    const started = await environment.start(
      {
        functionName: row.name,
        version: row.version,
        memoryMb: row.memoryMb,
        runtime: row.runtime,
        handler: row.handler,
        taskRoot: this.packages.folder(row.code),
        cacheDir: this.packages.cacheFolder(row.code),
        env: {
          ...environmentVariables(row, scope, { credentials, names, endpoint: this.deps.endpoint(), taskRoot: this.packages.folder(row.code) }),
          ...(environment.renew ? credentialVariables(credentials) : {}),
        },
        logFormat: row.logging.format,
        ...(row.logging.applicationLevel ? { logLevel: row.logging.applicationLevel } : {}),
      },
      Math.max(INIT_LIMIT_MS, row.timeout * 1000),
    );
    return { life, initMs: began(), ...(started.kind === "ended" ? { ended: started } : {}) };
  }

  private measure(row: FunctionRow, scope: Scope, request: InvokeRequest, failed: boolean, run: Run): void {
    this.put(
      row,
      scope,
      request,
      [
        { name: "Invocations", value: 1, unit: "Count" },
        { name: "Errors", value: failed ? 1 : 0, unit: "Count" },
        { name: "Duration", value: run.durationMs, unit: "Milliseconds" },
        { name: "ConcurrentExecutions", value: this.running.get(row.arn) ?? 1, unit: "Count" },
      ],
      run.startedAt,
    );
  }

  /** Lambda's metrics are there by function, by function and qualifier, and over all functions ("Types of metrics for Lambda functions"). */
  private put(
    row: FunctionRow,
    scope: Scope,
    request: InvokeRequest,
    data: { name: string; value: number; unit: string }[],
    at = this.deps.clock.now(),
  ): void {
    const qualified = parseArn(request.arn)?.resource.split(":")[2];
    const sets: Record<string, string>[] = [
      { FunctionName: row.name },
      {},
      ...(qualified ? [{ FunctionName: row.name, Resource: `${row.name}:${qualified}` }] : []),
    ];
    const all = sets.flatMap((dimensions) => data.map((datum) => ({ ...datum, dimensions, at })));
    this.deps.metrics.put(scope, "AWS/Lambda", all);
  }
}

interface ColdStart {
  life: Life;
  initMs?: number;
  ended?: Extract<Outcome, { kind: "ended" }>;
}

/** One invocation in one environment. */
class Run {
  durationMs = 0;
  readonly startedAt: number;
  private readonly deps: InvokerDeps;
  private readonly row: FunctionRow;
  private readonly request: InvokeRequest;
  private readonly start: ColdStart;

  constructor(deps: InvokerDeps, row: FunctionRow, request: InvokeRequest, start: ColdStart) {
    this.deps = deps;
    this.row = row;
    this.request = request;
    this.start = start;
    this.startedAt = deps.clock.now();
  }

  async in(environment: ExecutionEnvironment): Promise<Answer> {
    const { row, request, start } = this;
    const { clock, ids } = this.deps;
    const { log } = start.life;
    const lines = platformLines(row.logging);
    if (request.tail) log.startTail();
    const first = lines.start(clock.now(), request.id, row.version);
    if (first) log.write(clock.now(), first);
    const elapsed = stopwatch(clock);
    const outcome = start.ended ?? (await environment.invoke(this.message(ids), row.timeout * 1000));
    this.durationMs = elapsed();
    const { json, error } = this.answer(outcome);
    if (outcome.kind === "ended" && outcome.timedOut) {
      const line = lines.timeout(clock.now(), request.id, row.timeout);
      if (line) log.write(clock.now(), line);
    }
    this.writeEnd(log, lines, outcome, error?.errorType);
    return { json, failed: error !== undefined, tail: log.takeTail() };
  }

  private message(ids: InvokerDeps["ids"]): Parameters<ExecutionEnvironment["invoke"]>[0] {
    const { id, arn, payload, clientContext } = this.request;
    const root = `1-${Math.floor(this.startedAt / 1000).toString(16)}-${ids.hex(24)}`;
    return { id, arn, event: payload, ...(clientContext ? { clientContext } : {}), traceId: `Root=${root};Parent=${ids.hex(16)};Sampled=0` };
  }

  private answer(outcome: Outcome): { json: string; error?: { errorType: string; errorMessage: string } } {
    if (outcome.kind === "result") {
      const size = Buffer.byteLength(outcome.json);
      if (size <= LARGEST_RESPONSE) return { json: outcome.json };
      const error = {
        errorType: "Function.ResponseSizeTooLarge",
        errorMessage: `Response payload size exceeded maximum allowed payload size (${LARGEST_RESPONSE} bytes).`,
      };
      return { json: JSON.stringify(error), error };
    }
    const { error } = outcome;
    // What the environment's end tells is without the invocation.
    const prefix = error.errorType === "Runtime.ExitError" ? `RequestId: ${this.request.id} Error: ` : "";
    const told = { ...error, errorMessage: `${prefix}${error.errorMessage}` };
    return { json: JSON.stringify(told), error: told };
  }

  private writeEnd(log: LogStream, lines: ReturnType<typeof platformLines>, outcome: Outcome, errorType: string | undefined): void {
    const { row, request, start } = this;
    const now = this.deps.clock.now();
    const ended = outcome.kind === "ended";
    const report = {
      id: request.id,
      durationMs: this.durationMs,
      memoryMb: row.memoryMb,
      usedMb: ended ? row.memoryMb : Math.min(row.memoryMb, outcome.heapMb),
      ...(start.initMs === undefined ? {} : { initMs: start.initMs }),
      ...(ended ? { status: outcome.timedOut ? ("timeout" as const) : ("error" as const), ...(errorType ? { errorType } : {}) } : {}),
    };
    for (const line of lines.end(now, report)) log.write(now, line);
    log.flush();
  }
}

/** With the time of their end, the SDK reads them again before it (@aws-sdk/credential-provider-env). */
const credentialVariables = (credentials: ReturnType<CredentialsPort["issue"]>): Record<string, string> => ({
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_SESSION_TOKEN: credentials.sessionToken,
  AWS_CREDENTIAL_EXPIRATION: new Date(credentials.expiresAt).toISOString(),
});

/** Environments serve one version of one function's code and configuration. */
const environmentKey = (row: FunctionRow): string => `${row.arn}|${row.version}|${row.revisionId}`;

export const scopeOf = (row: FunctionRow): Scope => {
  const { account, region } = parseArn(row.arn)!;
  return { account, region };
};

/** Milliseconds since the call: of the cloud's time, which is finer where it is the machine's own. */
function stopwatch(clock: Clock): () => number {
  if (clock.mode.kind === "real" && clock.mode.speed === 1) {
    const began = performance.now();
    return () => performance.now() - began;
  }
  const began = clock.now();
  return () => clock.now() - began;
}

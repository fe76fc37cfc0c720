import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { format } from "node:util";
import { Script } from "node:vm";
import type { Clock, Timer } from "../../../core/clock.ts";
import type { ExecutionEnvironment, Init, Invoke, Outcome, Started } from "./environment.ts";
import { type Serve, inlineHttp } from "./inline-http.ts";
import type { FunctionErrorBody } from "./protocol.ts";

type Module = (imports: object[], meta: object, dynamic: (specifier: string) => Promise<object>) => Promise<Record<string, unknown>>;
type Handler = (event: unknown, context: object) => unknown;

const load = createRequire(import.meta.url);

/** Names of globals that a function gets of its own, in the order in which `globals` makes them. */
const OWN = ["process", "console", "Date", "performance", "setTimeout", "clearTimeout", "setInterval", "clearInterval"] as const;

/** Compiled once for all environments of the same code. */
const scripts = new Map<string, (...own: unknown[]) => Module>();

/** Turns of the event loop after which a function that has nothing under way but timers is taken to wait for them. */
const CALM_TURNS = 3;

/**
 * An execution environment in this very thread, for simulations on virtual time: thousands of invocations without a worker, a socket
 * and a cold start. The function is the same bundle, prepared by code/prepare.ts. It has its own `process.env`, console, time and
 * timers, and a `node:http` that reaches the cloud directly. What a worker has besides, it has not: a limit of memory, an end when it
 * takes too long without waiting, an isolated `globalThis`.
 */
export class InlineEnvironment implements ExecutionEnvironment {
  readonly memoryMb: number;
  onLog: (at: number, text: string) => void = () => {};
  onEnd: () => void = () => {};
  ended = false;
  private readonly clock: Clock;
  private readonly serve: Serve;
  private readonly script: string;
  private readonly env: Record<string, string> = {};
  private readonly timers = new Set<Timer>();
  private requests = 0;
  private handler: Handler | undefined;
  private init: Init | undefined;
  private requestId: string | undefined;
  private release: (() => void) | undefined;
  private isWatching = false;

  /** @param options.script path of the prepared module */
  constructor(options: { clock: Clock; serve: Serve; script: string; memoryMb: number }) {
    this.clock = options.clock;
    this.serve = options.serve;
    this.script = options.script;
    this.memoryMb = options.memoryMb;
  }

  async start(init: Init): Promise<Started> {
    this.init = init;
    Object.assign(this.env, init.env);
    this.hold();
    try {
      const specifiers = JSON.parse(readFileSync(`${this.script}.json`, "utf8")) as string[];
      const imports = await Promise.all(specifiers.map((specifier) => this.import(specifier)));
      const meta = { url: pathToFileURL(this.script).href, filename: this.script };
      const module = await compiled(this.script)(...this.globals())(imports, meta, (specifier) => this.import(specifier));
      const name = basename(init.handler).split(".").slice(1).join(".");
      this.handler = module[name] as Handler;
      return { kind: "initialized", ms: 0, heapMb: 0 };
    } catch (error) {
      this.ended = true;
      this.onEnd();
      return { kind: "ended", error: told(error) };
    } finally {
      this.letGo();
    }
  }

  async invoke(invoke: Invoke, limitMs: number): Promise<Outcome> {
    this.requestId = invoke.id;
    this.env["_X_AMZN_TRACE_ID"] = invoke.traceId;
    const deadline = this.clock.now() + limitMs;
    const event: unknown = JSON.parse(invoke.event);
    this.hold();
    let limit: Timer | undefined;
    const late = new Promise<Outcome>((resolve) => {
      limit = this.clock.setTimer(limitMs, () => {
        this.ended = true;
        const errorMessage = `RequestId: ${invoke.id} Error: Task timed out after ${(limitMs / 1000).toFixed(2)} seconds`;
        resolve({ kind: "ended", timedOut: true, error: { errorType: "Sandbox.Timedout", errorMessage } });
      });
    });
    const outcome = await Promise.race([this.run(event, invoke, deadline), late]);
    limit?.cancel();
    this.letGo();
    if (this.ended) this.end();
    return outcome;
  }

  /** Gives it other values of variables: new credentials. */
  renew(env: Record<string, string>): void {
    Object.assign(this.env, env);
  }

  stop(): Promise<void> {
    this.ended = true;
    this.end();
    return Promise.resolve();
  }

  private async run(event: unknown, invoke: Invoke, deadline: number): Promise<Outcome> {
    try {
      const result = await this.handler!(event, this.contextOf(invoke, deadline));
      return { kind: "result", json: JSON.stringify(result === undefined ? null : result) ?? "null", heapMb: 0, ms: 0 };
    } catch (error) {
      this.log("ERROR", [`Invoke Error \t${JSON.stringify(told(error))}`]);
      return { kind: "failed", error: told(error), heapMb: 0, ms: 0 };
    }
  }

  private end(): void {
    for (const timer of this.timers) timer.cancel();
    this.timers.clear();
    this.letGo();
    this.onEnd();
  }

  private hold(): void {
    this.release ??= this.clock.hold();
  }

  private letGo(): void {
    this.release?.();
    this.release = undefined;
  }

  private import(specifier: string): Promise<object> {
    const name = specifier.replace(/^node:/, "");
    const own = this.ownModule(name);
    return own ? Promise.resolve(own) : import(specifier);
  }

  /** What a function is to have of its own in place of Node's. */
  private ownModule(name: string): object | undefined {
    if (name === "http" || name === "https") return inlineHttp({ onRequest: () => this.onRequest(), serve: this.serve });
    if (name === "module") {
      const require = (specifier: string): unknown => this.ownModule(specifier.replace(/^node:/, "")) ?? load(specifier);
      return { createRequire: () => require };
    }
    const [process, , , performance, setTimeout, clearTimeout, setInterval, clearInterval] = this.globals();
    // What it inherits from the real one is to be seen as exports too.
    if (name === "process") return Object.create(process as object, { default: { value: process } }) as object;
    if (name === "perf_hooks") return { performance, default: { performance } };
    if (name === "timers") return { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate };
    if (name === "timers/promises") return { setTimeout: (ms: number, value: unknown) => this.clock.sleep(ms).then(() => value) };
    return undefined;
  }

  private onRequest(): () => void {
    this.requests++;
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      this.requests--;
      this.watch();
    };
  }

  /** The values of OWN. */
  private globals(): unknown[] {
    return (this.own ??= this.makeGlobals());
  }
  private own: unknown[] | undefined;

  private makeGlobals(): unknown[] {
    const clock = this.clock;
    const write = (text: string): boolean => {
      for (const line of text.split("\n")) if (line !== "") this.onLog(clock.now(), line);
      return true;
    };
    const process = Object.create(globalThis.process, {
      env: { value: this.env, enumerable: true },
      stdout: { value: { write }, enumerable: true },
      stderr: { value: { write }, enumerable: true },
    }) as object;
    const console = { ...globalThis.console };
    const levels = { trace: "TRACE", debug: "DEBUG", log: "INFO", info: "INFO", warn: "WARN", error: "ERROR" } as const;
    for (const [method, level] of Object.entries(levels)) Object.assign(console, { [method]: (...args: unknown[]) => this.log(level, args) });
    const began = clock.now();
    const performance = { now: () => clock.now() - began, timeOrigin: began };
    const clear = (handle: unknown): void => void (handle instanceof Handle && handle.clear());
    const after =
      (repeat: boolean) =>
      (callback: (...args: unknown[]) => void, delay = 1, ...args: unknown[]) =>
        this.setTimer(callback, delay, args, repeat);
    return [process, console, dateOf(clock), performance, after(false), clear, after(true), clear];
  }

  private log(level: string, args: unknown[]): void {
    const at = this.clock.now();
    const time = new Date(at).toISOString();
    if (this.init?.logFormat === "JSON") {
      const message = args.length === 1 ? args[0] : format(...args);
      this.onLog(at, JSON.stringify({ timestamp: time, level, requestId: this.requestId, message }));
    } else this.onLog(at, `${time}\t${this.requestId}\t${level}\t${format(...args)}`);
  }

  private setTimer(callback: (...args: unknown[]) => void, delay: number, args: unknown[], repeat: boolean): Handle {
    const handle = new Handle(this.timers);
    const ms = Math.trunc(Math.max(1, delay || 1));
    const set = (): void =>
      handle.set(
        this.clock.setTimer(ms, () => {
          handle.clear();
          // As in a worker: while the function works the time stands still.
          if (this.requestId !== undefined) this.hold();
          if (repeat) set();
          callback(...args);
          this.watch();
        }),
      );
    set();
    this.watch();
    return handle;
  }

  /** Lets time pass once the function only waits for timers: no request is under way, and nothing has changed for some turns. */
  private watch(): void {
    if (this.isWatching) return;
    this.isWatching = true;
    let calm = 0;
    const look = (): void => {
      calm = this.requests > 0 || this.timers.size === 0 ? -1 : calm + 1;
      if (calm >= 0 && calm < CALM_TURNS) return void setImmediate(look);
      this.isWatching = false;
      if (calm >= CALM_TURNS) this.letGo();
    };
    setImmediate(look);
  }

  private contextOf({ id, arn, clientContext }: Invoke, deadline: number): object {
    const { functionName, version, memoryMb, env } = this.init!;
    return {
      callbackWaitsForEmptyEventLoop: true,
      functionName,
      functionVersion: version,
      invokedFunctionArn: arn,
      memoryLimitInMB: String(memoryMb),
      awsRequestId: id,
      logGroupName: env["AWS_LAMBDA_LOG_GROUP_NAME"],
      logStreamName: env["AWS_LAMBDA_LOG_STREAM_NAME"],
      clientContext: clientContext === undefined ? undefined : (JSON.parse(clientContext) as unknown),
      identity: undefined,
      getRemainingTimeInMillis: () => Math.max(0, deadline - this.clock.now()),
    };
  }
}

/** What setTimeout gives back. */
class Handle {
  private readonly all: Set<Timer>;
  private timer: Timer | undefined;

  constructor(all: Set<Timer>) {
    this.all = all;
  }
  set(timer: Timer): void {
    this.timer = timer;
    this.all.add(timer);
  }
  clear(): void {
    if (!this.timer) return;
    this.timer.cancel();
    this.all.delete(this.timer);
    this.timer = undefined;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return true;
  }
}

function compiled(script: string): (...own: unknown[]) => Module {
  let found = scripts.get(script);
  if (!found) {
    const text = `(function (${OWN.join(", ")}) { return ${readFileSync(`${script}.js`, "utf8").trimEnd().replace(/;$/, "")}; })`;
    found = new Script(text, { filename: script }).runInThisContext() as (...own: unknown[]) => Module;
    scripts.set(script, found);
  }
  return found;
}

/** A `Date` whose now is the clock's. No proxy: the SDK makes dates by the dozen for each request. */
function dateOf(clock: Clock): unknown {
  function own(...args: unknown[]): unknown {
    if (!new.target) return new Date(clock.now()).toString();
    return Reflect.construct(Date, args.length === 0 ? [clock.now()] : args, new.target);
  }
  return Object.defineProperties(own, {
    ...Object.getOwnPropertyDescriptors(Date),
    now: { value: () => clock.now(), writable: true, configurable: true },
  });
}

function told(thrown: unknown): FunctionErrorBody {
  if (thrown instanceof Error) return { errorType: thrown.name, errorMessage: thrown.message, trace: String(thrown.stack).split("\n") };
  return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
}

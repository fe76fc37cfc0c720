import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Clock, Timer } from "../../../core/clock.ts";
import type { FromWorker, FunctionErrorBody, ToWorker } from "./protocol.ts";

/** How an invocation, or the start of a function, ended. */
export type Outcome =
  | { kind: "result"; json: string; heapMb: number; ms: number }
  | { kind: "failed"; error: FunctionErrorBody; heapMb: number; ms: number }
  /** The environment is gone. */
  | { kind: "ended"; error: FunctionErrorBody; timedOut?: boolean };

export type Started = { kind: "initialized"; ms: number; heapMb: number } | Extract<Outcome, { kind: "ended" }>;

export type Init = Omit<Extract<ToWorker, { type: "init" }>, "type" | "clock" | "now" | "at">;
export type Invoke = Omit<Extract<ToWorker, { type: "invoke" }>, "type" | "now" | "at" | "deadline">;

/** How much longer than its heap's limit a function may grow its young generation, which every worker has. */
const YOUNG_GENERATION_MB = 16;

/** The folder of bootstrap.mjs: beside the sources, or where the build copies it to. */
export function defaultRuntimeDir(): string {
  const candidates = ["../runtime/", "./lambda-runtime/", "../lambda-runtime/"].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const found = candidates.find((path) => existsSync(join(path, "bootstrap.mjs")));
  if (!found) throw new Error(`the Lambda runtime (bootstrap.mjs) is in none of ${candidates.join(", ")}`);
  return found;
}

/** Real time in milliseconds since the epoch. Both threads share it, and only differences of it are used. */
const realTime = (): number => performance.timeOrigin + performance.now();

/** Runs one invocation at a time. */
export interface ExecutionEnvironment {
  readonly memoryMb: number;
  onLog: (at: number, text: string) => void;
  /** Told once, when it has ended for whatever reason. */
  onEnd: () => void;
  readonly ended: boolean;
  start(init: Init, limitMs: number): Promise<Started>;
  /** @param limitMs of the cloud's time */
  invoke(invoke: Invoke, limitMs: number): Promise<Outcome>;
  /** Other values of variables, where those can change while it is kept. */
  renew?(env: Record<string, string>): void;
  stop(): Promise<void>;
}

/**
 * One execution environment: a worker that runs one invocation at a time. Everything that it prints comes to `onLog`.
 * A worker ends with its environment and never serves another function.
 */
export class Environment implements ExecutionEnvironment {
  readonly memoryMb: number;
  onLog: (at: number, text: string) => void = () => {};
  /** Told once, when the worker has ended for whatever reason. */
  onEnd: () => void = () => {};
  ended = false;
  private readonly clock: Clock;
  private readonly worker: Worker;
  private settle: ((outcome: Outcome | Started) => void) | undefined;
  private release: () => void = () => {};
  private wakeUp: Timer | undefined;
  private lastError: FunctionErrorBody | undefined;
  private probes = 0;
  private readonly probing = new Map<number, (waiting: boolean) => void>();

  constructor(options: { clock: Clock; runtimeDir: string; memoryMb: number }) {
    this.clock = options.clock;
    this.memoryMb = options.memoryMb;
    this.worker = new Worker(pathToFileURL(join(options.runtimeDir, "bootstrap.mjs")), {
      env: {},
      argv: [],
      execArgv: ["--no-deprecation"],
      stdin: false,
      stdout: true,
      stderr: true,
      name: "lambda",
      resourceLimits: { maxOldGenerationSizeMb: options.memoryMb, maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    this.worker.on("message", (message: FromWorker) => this.receive(message));
    this.worker.on("error", (error: NodeJS.ErrnoException) => {
      // AWS kills the process of a function that is out of memory.
      const killed = error.code === "ERR_WORKER_OUT_OF_MEMORY";
      this.lastError ??= {
        errorType: "Runtime.ExitError",
        errorMessage: killed ? "Runtime exited with error: signal: killed" : error.message,
      };
    });
    this.worker.on("exit", (code) => this.exit(code));
    // Nothing that waits here keeps this process alive.
    this.worker.unref();
  }

  /** Makes a blank environment a function's. Fails with AWS's words when it takes longer than `limitMs`. */
  start(init: Init, limitMs: number): Promise<Started> {
    return this.work({ ...init, type: "init", clock: this.clock.mode, ...this.time() }, limitMs, "init", limitMs) as Promise<Started>;
  }

  /** @param limitMs of the cloud's time */
  invoke(invoke: Invoke, limitMs: number): Promise<Outcome> {
    const time = this.time();
    return this.work({ ...invoke, type: "invoke", ...time, deadline: time.now + limitMs }, limitMs, invoke.id, limitMs) as Promise<Outcome>;
  }

  async stop(): Promise<void> {
    await this.worker.terminate();
  }

  private time(): { now: number; at: number } {
    return { now: this.clock.now(), at: realTime() };
  }

  private work(message: ToWorker, limitMs: number, id: string, timeoutMs: number): Promise<Outcome | Started> {
    return new Promise((resolve) => {
      this.worker.ref();
      this.release = this.clock.hold();
      const stopLimit = this.limit(limitMs, () => this.timeOut(id, timeoutMs));
      this.settle = (outcome) => {
        this.settle = undefined;
        stopLimit();
        this.wakeUp?.cancel();
        this.release();
        this.worker.unref();
        resolve(outcome);
      };
      this.send(message);
    });
  }

  private send(message: ToWorker): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread, not a window
    this.worker.postMessage(message);
  }

  private receive(message: FromWorker): void {
    switch (message.type) {
      case "blank":
        return;
      case "log":
        return this.onLog(message.at, message.text);
      case "initialized":
        return this.settle?.({ kind: "initialized", ms: message.ms, heapMb: message.heapMb });
      case "result":
        return this.settle?.({ kind: "result", json: message.json, heapMb: message.heapMb, ms: message.ms });
      case "failed":
        return this.settle?.({ kind: "failed", error: message.error, heapMb: message.heapMb, ms: message.ms });
      case "fatal":
        this.lastError = message.error;
        return;
      case "waiting":
        return this.wait(message.due);
      case "probed":
        this.probing.get(message.probe)?.(message.waiting);
        this.probing.delete(message.probe);
    }
  }

  /** The function only waits for its timers: virtual time may go on until the first of them is due. */
  private wait(due: number | undefined): void {
    if (!this.settle) return;
    this.wakeUp?.cancel();
    if (due !== undefined) {
      this.wakeUp = this.clock.setTimer(Math.max(0, due - this.clock.now()), () => {
        this.release = this.clock.hold();
        this.send({ type: "fire", ...this.time() });
      });
    }
    this.release();
  }

  private exit(code: number): void {
    this.ended = true;
    const how = code === 0 ? "Runtime exited without providing a reason" : `Runtime exited with error: exit status ${code}`;
    this.settle?.({ kind: "ended", error: this.lastError ?? { errorType: "Runtime.ExitError", errorMessage: how } });
    for (const answer of this.probing.values()) answer(false);
    this.onEnd();
  }

  private timeOut(id: string, limitMs: number): void {
    const seconds = (limitMs / 1000).toFixed(2);
    const settle = this.settle;
    if (!settle) return;
    this.ended = true;
    void this.worker.terminate();
    const errorMessage =
      id === "init" ? `Error: Init timed out after ${seconds} seconds` : `RequestId: ${id} Error: Task timed out after ${seconds} seconds`;
    settle({ kind: "ended", timedOut: true, error: { errorType: "Sandbox.Timedout", errorMessage } });
  }

  /**
   * Calls `tooLong` after `limitMs` of the cloud's time. Where the cloud's time is faster than the machine's, a function
   * that really works (computes, has a request under way) has that much real time at least: its work is not sped up.
   */
  private limit(limitMs: number, tooLong: () => void): () => void {
    const { mode } = this.clock;
    const speed = mode.kind === "real" ? mode.speed : 1;
    const began = realTime();
    let timer: Timer;
    let over = false;
    const check = async (): Promise<void> => {
      if (over) return;
      if (speed > 1 && realTime() - began < limitMs && !(await this.onlyWaits())) {
        timer = this.clock.setTimer(20 * speed, check);
        return;
      }
      if (!over) tooLong();
    };
    timer = this.clock.setTimer(limitMs, check);
    return () => {
      over = true;
      timer.cancel();
    };
  }

  /** False too when the worker does not answer within 20 ms of real time: then it computes. */
  private onlyWaits(): Promise<boolean> {
    const probe = this.probes++;
    const { mode } = this.clock;
    return new Promise((resolve) => {
      this.probing.set(probe, resolve);
      this.clock.setTimer(20 * (mode.kind === "real" ? mode.speed : 1), () => resolve(false));
      this.send({ type: "probe", probe });
    });
  }
}

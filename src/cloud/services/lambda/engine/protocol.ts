/** What the cloud and a function's worker tell each other. */

export type ToWorker =
  | {
      type: "init";
      functionName: string;
      version: string;
      memoryMb: number;
      runtime: string;
      handler: string;
      /** The folder with the function's code. */
      taskRoot: string;
      /** The folder with what was prepared of it: scripts of modules, V8's code cache. */
      cacheDir: string;
      env: Record<string, string>;
      logFormat: "Text" | "JSON";
      logLevel?: string;
      clock: { kind: "real"; speed: number } | { kind: "virtual" };
      /** The cloud's time, and the real time at which it was that, both in milliseconds since the epoch. */
      now: number;
      at: number;
    }
  | {
      type: "invoke";
      id: string;
      arn: string;
      /** JSON. */
      event: string;
      /** JSON. */
      clientContext?: string;
      traceId: string;
      /** Milliseconds since the epoch, in the cloud's time. */
      deadline: number;
      now: number;
      at: number;
    }
  /** Virtual time has come to `now`: run the timers that are due. */
  | { type: "fire"; now: number; at: number }
  /** Does the function only wait? */
  | { type: "probe"; probe: number };

/** An error as Lambda answers it. */
export interface FunctionErrorBody {
  errorType: string;
  errorMessage: string;
  trace?: string[];
}

export type FromWorker =
  | { type: "blank" }
  | { type: "initialized"; ms: number; heapMb: number }
  | { type: "log"; at: number; text: string }
  | { type: "result"; id: string; json: string; heapMb: number; ms: number }
  | { type: "failed"; id: string; error: FunctionErrorBody; heapMb: number; ms: number }
  /** The environment ends with this error. */
  | { type: "fatal"; error: FunctionErrorBody }
  /** Under virtual time: nothing is left to do before the timer that is `due`. */
  | { type: "waiting"; due: number | undefined }
  | { type: "probed"; probe: number; waiting: boolean };

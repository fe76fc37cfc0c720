import type { Clock } from "../../../core/clock.ts";
import type { LogsPort } from "../../../core/ports.ts";
import { arn, type Scope } from "../../../core/scope.ts";
import type { Principal } from "../../../core/service.ts";
import { roleMay, type LambdaIam } from "./role.ts";

interface Line {
  timestamp: number;
  message: string;
}

/** The last 4 KB of an invocation's log (Lambda API Reference, Invoke, "LogResult"). */
const TAIL_BYTES = 4096;

/** `2026/01/05/[$LATEST]<32 hexadecimal digits>` (Lambda Developer Guide, "Sending Lambda function logs to CloudWatch Logs"). */
export function streamName(now: number, version: string, hex: string): string {
  return `${new Date(now).toISOString().slice(0, 10).replaceAll("-", "/")}/[${version}]${hex}`;
}

/**
 * The log stream of one environment. Lambda writes it with the function's own role: without the permission there is no
 * log, and the function runs all the same.
 */
export class LogStream {
  readonly group: string;
  readonly stream: string;
  private readonly deps: { clock: Clock; logs: LogsPort; iam: LambdaIam };
  private readonly scope: Scope;
  private readonly principal: Principal;
  private pending: Line[] = [];
  /** The role could make it: nobody makes it a second time. */
  private isMade = false;
  private tail: string[] | undefined;
  private release: () => void = () => {};

  constructor(deps: { clock: Clock; logs: LogsPort; iam: LambdaIam }, scope: Scope, principal: Principal, names: { group: string; stream: string }) {
    this.deps = deps;
    this.scope = scope;
    this.principal = principal;
    this.group = names.group;
    this.stream = names.stream;
  }

  write(timestamp: number, message: string): void {
    this.tail?.push(message);
    this.pending.push({ timestamp, message });
    if (this.pending.length > 1) return;
    this.release = this.deps.clock.hold();
    setImmediate(() => this.flush());
  }

  /** Starts keeping the lines for `LogResult`. */
  startTail(): void {
    this.tail = [];
  }

  takeTail(): Buffer {
    const text = Buffer.from((this.tail ?? []).map((line) => (line.endsWith("\n") ? line : `${line}\n`)).join(""));
    this.tail = undefined;
    return text.subarray(Math.max(0, text.byteLength - TAIL_BYTES));
  }

  flush(): void {
    const lines = this.pending;
    this.pending = [];
    this.release();
    if (lines.length === 0) return;
    const resource = (stream: string): string => arn("logs", this.scope, `log-group:${this.group}:log-stream:${stream}`);
    const may = (action: string, stream: string): boolean =>
      roleMay(this.deps.iam, this.principal, this.scope.region, `logs:${action}`, resource(stream));
    this.isMade ||= may("CreateLogStream", "");
    if (!this.isMade || !may("PutLogEvents", this.stream)) return;
    this.deps.logs.write(this.scope, this.group, this.stream, lines, { create: () => may("CreateLogGroup", "") });
  }
}

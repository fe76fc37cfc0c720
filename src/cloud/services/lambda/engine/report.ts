import type { LoggingRow } from "../state.ts";

/** What REPORT says of an invocation; milliseconds. */
export interface Report {
  id: string;
  durationMs: number;
  initMs?: number;
  memoryMb: number;
  usedMb: number;
  status?: "timeout" | "error";
  errorType?: string;
}

/** Init time is billed since August 2025 (AWS Compute Blog, "AWS Lambda standardizes billing for INIT Phase"). */
const billed = ({ durationMs, initMs = 0 }: Report): number => Math.ceil(durationMs + initMs);

const iso = (at: number): string => new Date(at).toISOString();

/**
 * The lines that Lambda itself writes, as text or as JSON (Lambda Developer Guide, "Log and monitor Node.js Lambda functions",
 * "Understanding Lambda advanced logging controls": the platform events of each system log level).
 */
export function platformLines(logging: Pick<LoggingRow, "format" | "systemLevel">): {
  init(at: number, nodeVersion: string, runtime: string): string | undefined;
  start(at: number, id: string, version: string): string | undefined;
  timeout(at: number, id: string, seconds: number): string | undefined;
  end(at: number, report: Report): string[];
} {
  if (logging.format === "JSON") return jsonLines(logging.systemLevel ?? "INFO");
  return {
    init: (_at, nodeVersion, runtime) => `INIT_START Runtime Version: ${runtime.replace(/^nodejs(\d+)\.x$/, "nodejs:$1")} (Node.js ${nodeVersion})`,
    start: (_at, id, version) => `START RequestId: ${id} Version: ${version}`,
    timeout: (at, id, seconds) => `${iso(at)} ${id} Task timed out after ${seconds.toFixed(2)} seconds\n`,
    end: (_at, report) => [`END RequestId: ${report.id}`, reportText(report)],
  };
}

function reportText(report: Report): string {
  const parts = [
    `REPORT RequestId: ${report.id}`,
    `Duration: ${report.durationMs.toFixed(2)} ms`,
    `Billed Duration: ${billed(report)} ms`,
    `Memory Size: ${report.memoryMb} MB`,
    `Max Memory Used: ${report.usedMb} MB`,
    ...(report.initMs === undefined ? [] : [`Init Duration: ${report.initMs.toFixed(2)} ms`]),
    ...(report.status ? [`Status: ${report.status}`] : []),
    ...(report.status === "error" && report.errorType ? [`Error Type: ${report.errorType}`] : []),
  ];
  return `${parts.join("\t")}\t`;
}

function jsonLines(level: string): ReturnType<typeof platformLines> {
  const info = level !== "WARN";
  const line = (at: number, type: string, record: object): string => JSON.stringify({ time: iso(at), type, record });
  return {
    init: (at, nodeVersion, runtime) =>
      info
        ? line(at, "platform.initStart", { initializationType: "on-demand", phase: "init", runtimeVersion: `${runtime} (Node.js ${nodeVersion})` })
        : undefined,
    start: (at, id, version) => (info ? line(at, "platform.start", { requestId: id, version }) : undefined),
    timeout: () => undefined,
    end: (at, report) => {
      const status = report.status === "error" ? "failure" : (report.status ?? "success");
      const metrics = {
        durationMs: Number(report.durationMs.toFixed(3)),
        billedDurationMs: billed(report),
        memorySizeMB: report.memoryMb,
        maxMemoryUsedMB: report.usedMb,
        ...(report.initMs === undefined ? {} : { initDurationMs: Number(report.initMs.toFixed(3)) }),
      };
      const record = { requestId: report.id, metrics, status, ...(report.errorType ? { errorType: report.errorType } : {}) };
      return info || report.status ? [line(at, "platform.report", record)] : [];
    },
  };
}

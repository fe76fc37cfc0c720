import { parse } from "csv-parse/sync";
import { nearest } from "../config/index.ts";
import { inOrder, MINUTE, type Visit } from "./visits.ts";

/** Columns of a trace; the first three are required. */
const COLUMNS = ["leaf", "start", "minutes", "bytes_per_second", "requests_per_minute", "kind"] as const;
type Column = (typeof COLUMNS)[number];
const REQUIRED: readonly Column[] = ["leaf", "start", "minutes"];

export interface TraceProblem {
  readonly line: number;
  /** The column's place in the line, from 1. */
  readonly column: number;
  readonly message: string;
}

export type Trace = { readonly ok: true; readonly visits: Visit[] } | { readonly ok: false; readonly problems: TraceProblem[] };

export interface TraceOptions {
  readonly leaves: readonly string[];
  /** For rows that do not say it. */
  readonly bytesPerSecond: number;
  readonly requestsPerMinute: number;
}

interface Row {
  readonly record: Readonly<Record<string, string>>;
  readonly info: { readonly lines: number };
}

/** Reads visits from CSV with a line of column names. Every mistake is told at once. */
export function readTrace(text: string, options: TraceOptions): Trace {
  let rows: Row[];
  let header: string[] = [];
  try {
    rows = parse(text, {
      bom: true,
      columns: (names: string[]) => (header = names.map((name) => name.trim().toLowerCase())),
      comment: "#",
      info: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as Row[];
  } catch (error) {
    const { lines = 1, column, message } = error as Error & { lines?: number; column?: number | string };
    return { ok: false, problems: [{ line: lines, column: typeof column === "number" ? column + 1 : 1, message }] };
  }
  const heading = headingProblems(header);
  if (heading.length > 0) return { ok: false, problems: heading };
  const problems: TraceProblem[] = [];
  const visits = rows.flatMap(({ record, info }) => {
    const wrong = (column: Column, message: string): void => void problems.push({ line: info.lines, column: header.indexOf(column) + 1, message });
    return visitOf(record, options, wrong) ?? [];
  });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, visits: inOrder(visits) };
}

function headingProblems(header: readonly string[]): TraceProblem[] {
  const unknown = header.flatMap((name, index) => {
    if ((COLUMNS as readonly string[]).includes(name)) return [];
    const near = nearest(name, [...COLUMNS]);
    return [
      {
        line: 1,
        column: index + 1,
        message: `no column is called ${JSON.stringify(name)}${near ? `; did you mean ${near}?` : ""}; there are ${COLUMNS.join(", ")}`,
      },
    ];
  });
  const missing = REQUIRED.filter((name) => !header.includes(name)).map((name) => ({ line: 1, column: 1, message: `the column ${name} is missing` }));
  return [...unknown, ...missing];
}

function visitOf(row: Readonly<Record<string, string>>, options: TraceOptions, wrong: (column: Column, message: string) => void): Visit | undefined {
  let good = true;
  const tell: typeof wrong = (column, message) => {
    good = false;
    wrong(column, message);
  };
  const leaf = row["leaf"] ?? "";
  if (!options.leaves.includes(leaf)) {
    const near = nearest(leaf, [...options.leaves]);
    tell("leaf", `there is no leaf ${JSON.stringify(leaf)}${near ? `; did you mean ${near}?` : ""}`);
  }
  const start = row["start"] ?? "";
  // A time without a zone would be another one on each machine.
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(start) ? Date.parse(start) : Number.NaN;
  if (Number.isNaN(at)) tell("start", `${JSON.stringify(start)} is no time such as 2026-03-01T19:30:00Z or 2026-03-01T19:30:00+01:00`);
  const kind = row["kind"] || "user";
  if (kind !== "user" && kind !== "scanner") tell("kind", `a visit is by a user or a scanner, not by ${JSON.stringify(kind)}`);
  const number = (column: Column, fallback: number): number => {
    const text = row[column] ?? "";
    const value = text === "" ? fallback : Number(text);
    if (!(value >= 0)) tell(column, `${JSON.stringify(text)} is no number from 0 on`);
    return value;
  };
  const minutes = number("minutes", 0);
  const bytesPerSecond = number("bytes_per_second", options.bytesPerSecond);
  const requestsPerMinute = number("requests_per_minute", options.requestsPerMinute);
  return good ? { leaf, at, kind: kind as Visit["kind"], ms: Math.round(minutes * MINUTE), bytesPerSecond, requestsPerMinute } : undefined;
}

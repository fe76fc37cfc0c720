import { isAbsolute, relative } from "node:path";
import pc from "picocolors";

/** One mistake in the configuration, where it is and what may stand there instead. */
export interface Problem {
  /** Absolute path. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Such as `watchdog.idle.for` or `ports[1]`; empty when the file as a whole is meant. */
  readonly key: string;
  readonly message: string;
  readonly allowed?: string;
  /** What was probably meant, as it would be written. */
  readonly suggestion?: string;
}

/** A place in a file; lines and columns from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type Path = readonly (string | number)[];

export function keyOf(path: Path): string {
  return path.map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`)).join("");
}

export function problem(place: Place, path: Path, message: string, more: { allowed?: string; suggestion?: string } = {}): Problem {
  const { file, line, column } = place;
  return {
    file,
    line,
    column,
    key: keyOf(path),
    message,
    ...(more.allowed === undefined ? {} : { allowed: more.allowed }),
    ...(more.suggestion === undefined ? {} : { suggestion: more.suggestion }),
  };
}

/** So many fit a person's patience and a terminal's memory. */
const MOST = 100;

/**
 * The problems for a person, sorted by file and position.
 * `from`: paths are written relative to this folder (default: the working folder) where they lie inside it.
 */
export function formatProblems(problems: readonly Problem[], options: { color: boolean; from?: string }): string {
  const colors = pc.createColors(options.color);
  const from = options.from ?? process.cwd();
  const lines = [...problems]
    .sort(byPlace)
    .slice(0, MOST)
    .map((problem) => {
      const { line, column, key, message, allowed, suggestion } = problem;
      const inside = relative(from, problem.file);
      const file = inside.startsWith("..") || isAbsolute(inside) ? problem.file : inside;
      return [
        `${colors.cyan(`${clean(file)}:${line}:${column}`)} ${key === "" ? "" : `${colors.bold(clean(key))}: `}${colors.red(clean(message))}`,
        ...(allowed === undefined ? [] : [`    allowed: ${clean(allowed)}`]),
        ...(suggestion === undefined ? [] : [`    did you mean ${colors.green(clean(suggestion))}?`]),
      ].join("\n");
    });
  const count = problems.length === 1 ? "1 mistake" : `${problems.length} mistakes`;
  const rest = problems.length > MOST ? [`… and ${problems.length - MOST} more`] : [];
  return `${[...lines, ...rest].join("\n")}\n\n${count} in the configuration.`;
}

export function byPlace(a: Problem, b: Problem): number {
  return a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column;
}

/** What a file contains must not steer the terminal, nor fill it. */
function clean(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what is to be taken out
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, "\ufffd");
  return plain.length > 300 ? `${plain.slice(0, 300)}…` : plain;
}

/** The candidate that `text` was probably meant to be: at most a third of its letters differ. */
export function nearest(text: string, candidates: Iterable<string>): string | undefined {
  if (text.length > 64) return undefined;
  const lower = text.toLowerCase();
  let best: string | undefined;
  let least = Math.max(1, Math.floor(text.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = candidate.length > 64 ? Infinity : editDistance(lower, candidate.toLowerCase());
    if (distance < least && candidate !== text) [best, least] = [candidate, distance];
  }
  return best;
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows: number[][] = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  for (let j = 0; j <= b.length; j++) rows[0]![j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1, rows[i - 1]![j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, rows[i - 2]![j - 2]! + 1);
      rows[i]![j] = least;
    }
  }
  return rows[a.length]![b.length]!;
}

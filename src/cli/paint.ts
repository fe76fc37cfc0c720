import { createColors } from "picocolors";
import type { CliContext } from "./command.ts";

export type Paint = ReturnType<typeof createColors>;

type Stream = "stdout" | "stderr";

/**
 * Whether to write in colour: to a terminal that knows some, unless told. `FORCE_COLOR` goes before `NO_COLOR`, as in Node.js
 * (documentation of `tty`, `writeStream.getColorDepth`); `NO_COLOR` counts when it is not empty (https://no-color.org).
 */
export function isColored({ env, ...context }: Pick<CliContext, "env" | Stream>, stream: Stream): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no, TERM } = env;
  if (force !== undefined) return !["0", "false"].includes(force);
  return Boolean(context[stream].isTTY) && !no && TERM !== "dumb";
}

export const paintFor = (context: Pick<CliContext, "env" | Stream>, stream: Stream = "stdout"): Paint => createColors(isColored(context, stream));

/** How wide a terminal is; `COLUMNS` says it where it does not know. Lines that go into a file or another program have no width. */
export function columnsOf({ env, stdout }: Pick<CliContext, "env" | "stdout">): { columns?: number } {
  const columns = stdout.isTTY && stdout.columns ? stdout.columns : Number(env["COLUMNS"]);
  return columns > 0 ? { columns } : {};
}

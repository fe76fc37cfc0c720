import ora from "ora";
import type { CliContext } from "./command.ts";

/** Says what is going on: a moving line in a terminal, plain lines elsewhere. */
export interface Progress {
  /** What is being done now. In a terminal it replaces the line before it. */
  step(text: string): void;
  /** Something that is over: stays on the screen. */
  done(text: string): void;
  fail(text: string): void;
  stop(): void;
}

export function progressFor(context: CliContext): Progress {
  const { stderr, env } = context;
  if (!stderr.isTTY || env["CI"] || env["TERM"] === "dumb") return plain(stderr);
  const spinner = ora({ stream: stderr, discardStdin: false });
  return {
    step: (text) => void (spinner.isSpinning ? (spinner.text = text) : spinner.start(text)),
    done: (text) => void spinner.succeed(text),
    fail: (text) => void spinner.fail(text),
    stop: () => void spinner.stop(),
  };
}

function plain(stream: NodeJS.WritableStream): Progress {
  let last = "";
  const line = (text: string): void => {
    if (text === last) return;
    last = text;
    stream.write(`${text}\n`);
  };
  return { step: () => {}, done: line, fail: line, stop: () => {} };
}

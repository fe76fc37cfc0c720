import ora from "ora";
import type { CliContext } from "./command.ts";
import { isColored } from "./paint.ts";

/** Says what is going on: a moving line in a terminal, plain lines elsewhere. */
export interface Progress {
  /** Something that takes a while begins: a line of its own where there is no terminal. */
  begin(text: string): void;
  /** What is being done now. Shown in a terminal only, where it replaces the line before it. */
  step(text: string): void;
  /** Something that is over: stays on the screen. */
  done(text: string): void;
  /** A message from elsewhere: a line of its own that does not tear the moving one. */
  log(text: string): void;
  /** Ends the moving line; `log` goes on. */
  stop(): void;
}

export function progressFor(context: CliContext): Progress {
  const { stderr, env } = context;
  // A terminal that does not know its width (0 columns) makes ora clear lines for ever.
  if (!stderr.isTTY || !stderr.columns || env["CI"] || env["TERM"] === "dumb") return plain(stderr);
  const spinner = ora({ stream: stderr, discardStdin: false, ...(isColored(context, "stderr") ? {} : { color: false }) });
  const step = (text: string): void => void (spinner.isSpinning ? (spinner.text = text) : spinner.start(text));
  return {
    begin: step,
    step,
    done: (text) => void spinner.succeed(text),
    log(text) {
      if (spinner.isSpinning) spinner.clear();
      stderr.write(`${text}\n`);
      if (spinner.isSpinning) spinner.render();
    },
    stop: () => void spinner.stop(),
  };
}

function plain(stream: NodeJS.WritableStream): Progress {
  const line = (text: string): void => void stream.write(`${text}\n`);
  return { begin: line, step: () => {}, done: line, log: line, stop: () => {} };
}

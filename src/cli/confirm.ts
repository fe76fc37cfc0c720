import type { Readable, Writable } from "node:stream";
import { type CliContext, UserError } from "./command.ts";

/** Whether somebody is there to be asked. */
const canAsk = ({ stdin, stderr, env }: CliContext): boolean => Boolean(stdin?.isTTY && stderr.isTTY && !env["CI"]);

export interface Question {
  /** What would happen: shown before the question. */
  readonly text: string;
  readonly question: string;
  /** What has to be typed; without it a yes will do. */
  readonly typed?: string;
}

/**
 * Asks whether to go on; `--yes` answers for those who are not there.
 * @throws UserError with exit code 2 where nobody can be asked, 1 where the answer is no. Nothing was done then.
 */
export async function confirm(context: CliContext, yes: boolean, { text, question, typed }: Question): Promise<void> {
  context.stderr.write(`${text}\n`);
  if (yes) return;
  if (!canAsk(context))
    throw new UserError("this needs a confirmation, and there is no terminal to ask in; nothing was done\nTo confirm it, add --yes");
  const prompts = await import("@clack/prompts");
  const streams = { input: context.stdin as unknown as Readable, output: context.stderr as unknown as Writable, signal: context.interrupted };
  const answer =
    typed === undefined
      ? await prompts.confirm({ ...streams, message: question, initialValue: false })
      : await prompts.text({ ...streams, message: `${question} Type ${typed} to confirm:` });
  if (answer === true || (typed !== undefined && answer === typed)) return;
  throw new UserError("not confirmed; nothing was done", 1);
}

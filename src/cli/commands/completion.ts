import { script } from "@bomb.sh/tab";
import { type CliContext, UserError } from "../command.ts";
import { BASH } from "../completion/bash.ts";

const SHELLS = ["bash", "zsh", "fish", "powershell"];

/** `rouse completion <shell>`: a script that the shell reads, which then asks `rouse complete` at each Tab. */
export async function run({ stdout }: CliContext, [shell]: string[]): Promise<number> {
  if (!SHELLS.includes(shell!)) throw new UserError(`there is no completion for ${shell}; there is one for ${SHELLS.join(", ")}`);
  stdout.write(shell === "bash" ? BASH : await scriptOf(shell!));
  return 0;
}

/** What @bomb.sh/tab prints. */
async function scriptOf(shell: string): Promise<string> {
  /* oxlint-disable no-console -- it knows no other way out */
  const { log } = console;
  const lines: string[] = [];
  // oxlint-disable-next-line no-console -- it has no other way to tell
  console.log = (...texts: unknown[]) => void lines.push(texts.join(" "));
  try {
    script(shell, "rouse", "rouse");
  } finally {
    // oxlint-disable-next-line no-console
    console.log = log;
  }
  /* oxlint-enable no-console */
  return `${lines.join("\n")}\n`;
}

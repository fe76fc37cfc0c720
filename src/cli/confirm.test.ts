import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import type { CliContext } from "./command.ts";
import { confirm } from "./confirm.ts";

/** A terminal in which somebody types. */
function terminal({ tty = true, env = {} }: { tty?: boolean; env?: Record<string, string> } = {}) {
  const output: string[] = [];
  const stream = () => Object.assign(new PassThrough(), { isTTY: tty, columns: 80, setRawMode: () => {} });
  const [stdin, stderr] = [stream(), stream()];
  stderr.on("data", (chunk: Buffer) => {
    output.push(chunk.toString());
  });
  const context: CliContext = { directory: ".", env, stdin, stdout: stream(), stderr, interrupted: new AbortController().signal };
  return { context, type: (keys: string) => void stdin.write(keys), shown: () => output.join("") };
}

const ASKED = { text: "It takes away the volume fs-1.", question: "Deploy all the same?" };

/** Types once the question is there. */
async function answered(keys: string[], question: Parameters<typeof confirm>[2]): Promise<unknown> {
  const { context, type, shown } = terminal();
  const outcome = confirm(context, false, question).then(
    () => "yes",
    (error: unknown) => error,
  );
  while (!shown().includes(question.question)) await new Promise(setImmediate);
  for (const key of keys) {
    type(key);
    await new Promise(setImmediate);
  }
  return outcome;
}

test("a yes in a terminal goes on, everything else does not", async () => {
  expect(await answered(["y"], ASKED)).toBe("yes");
  expect(await answered(["\r"], ASKED)).toMatchObject({ message: "not confirmed; nothing was done", exitCode: 1 });
  expect(await answered(["\u0003"], ASKED)).toMatchObject({ exitCode: 1 });
});

test("a name that has to be typed is compared as it is", async () => {
  expect(await answered(["p", "r", "o", "d", "\r"], { ...ASKED, typed: "prod" })).toBe("yes");
  expect(await answered(["p", "r", "d", "\r"], { ...ASKED, typed: "prod" })).toMatchObject({ exitCode: 1 });
});

test("without a terminal it ends with 2 and says how to confirm; --yes asks nobody; both show what would happen", async () => {
  for (const given of [terminal({ tty: false }), terminal({ env: { CI: "true" } })]) {
    await expect(confirm(given.context, false, ASKED)).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining("add --yes") });
    await confirm(given.context, true, ASKED);
    expect(given.shown().match(/fs-1/g)).toHaveLength(2);
  }
});

import { execFile, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** The AWS CLI's version line (`aws-cli/2.x …`), or undefined where it is not installed. */
export const awsCliVersion: string | undefined = ((): string | undefined => {
  const { status, stdout, stderr } = spawnSync("aws", ["--version"], { encoding: "utf8", timeout: 30_000 });
  return status === 0 ? `${stdout}${stderr}`.trim() : undefined;
})();

export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
}

export type AwsCli = (args: string[]) => Promise<CliResult>;

/** The unmodified AWS CLI against an endpoint, as the account's owner in us-west-2. Nothing of this machine's own configuration is read. */
export function awsCli(endpoint: string): AwsCli {
  const env = {
    PATH: process.env["PATH"],
    HOME: "/nonexistent",
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_DEFAULT_REGION: "us-west-2",
    AWS_PAGER: "",
    AWS_MAX_ATTEMPTS: "1",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  return sameInPython() ? served(env) : (args) => program(args, env);
}

type Env = Record<string, string | undefined>;

const program = (args: string[], env: Env): Promise<CliResult> =>
  new Promise((resolve) => {
    execFile("aws", args, { env, encoding: "utf8", maxBuffer: 1 << 24 }, (error, stdout, stderr) =>
      resolve({ code: error ? (typeof error.code === "number" ? error.code : -1) : 0, stdout, stderr }),
    );
  });

/** Is the `aws` program the one that `python3` can import? Then its start need not be paid for each command. */
function sameInPython(): boolean {
  const asked = spawnSync("python3", ["-c", "import awscli; print(awscli.__version__)"], { encoding: "utf8", timeout: 30_000 });
  return asked.status === 0 && awsCliVersion?.startsWith(`aws-cli/${asked.stdout.trim()} `) === true;
}

/** Commands at once: each takes a processor for a while. */
const AT_ONCE = 4;

/** The same CLI in forks of one process (aws-cli-server.py), which ends with this one. */
function served(env: Env): AwsCli {
  const server = spawn("python3", [join(import.meta.dirname, "aws-cli-server.py")], { env, stdio: ["pipe", "pipe", "inherit"] });
  const waiting = new Map<number, (result: CliResult) => void>();
  const queue: { id: number; args: string[] }[] = [];
  let last = 0;
  const next = (): void => {
    while (waiting.size - queue.length < AT_ONCE && queue.length > 0) server.stdin.write(`${JSON.stringify(queue.shift())}\n`);
  };
  createInterface({ input: server.stdout }).on("line", (line) => {
    const { id, ...result } = JSON.parse(line) as CliResult & { id: number };
    waiting.get(id)?.(result);
    waiting.delete(id);
    next();
  });
  server.on("exit", (code) => {
    for (const answer of waiting.values()) answer({ code: -1, stdout: "", stderr: `aws-cli-server.py ended with ${code}` });
  });
  return (args) =>
    new Promise((resolve) => {
      const id = ++last;
      waiting.set(id, resolve);
      queue.push({ id, args });
      next();
    });
}

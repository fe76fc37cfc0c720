import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./deployed.ts";
import type { Ran } from "./rouse.ts";

/** The AWS CDK's own command line, as it was published. */
const CDK = join(root, "node_modules", "aws-cdk", "bin", "cdk");

export interface Cdk {
  /** Runs `cdk` to its end. */
  run(...args: string[]): Promise<Ran>;
  /** What `docker` was called with, unless it is the real one: a script that does nothing stands for it, and knows no image. */
  dockerCalls(): string[];
  end(): void;
}

/**
 * The CDK's command line with nothing but an endpoint and credentials that mean nothing, in a home of its own: it keeps
 * the accounts of access keys there, and Docker its passwords. @param options `engine`: images are really built and pushed
 */
export function cdkCli(endpoint: string, app: string, options: { engine?: boolean } = {}): Cdk {
  const home = mkdtempSync(join(tmpdir(), "rouse-cdk-home-"));
  const calls = join(home, "docker-calls");
  if (!options.engine) {
    writeFileSync(join(home, "docker"), `#!/bin/sh\necho "$@" >> ${calls}\n[ "$1" = login ] && cat > /dev/null\n[ "$1" != inspect ]\n`);
    chmodSync(join(home, "docker"), 0o755);
  }
  const env = {
    PATH: `${home}:${process.env["PATH"] ?? ""}`,
    ...(process.env["DOCKER_HOST"] === undefined ? {} : { DOCKER_HOST: process.env["DOCKER_HOST"] }),
    HOME: home,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_REGION: "us-west-2",
    CDK_DISABLE_CLI_TELEMETRY: "true",
    CI: "true",
  };
  return {
    run(...args) {
      const child = spawn(process.execPath, [CDK, ...args, "--app", app, "--no-notices", "--no-color"], {
        cwd: home,
        env,
        stdio: ["ignore", "pipe", "pipe"],
      });
      const output = { stdout: "", stderr: "" };
      child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
      return new Promise((resolve) => child.on("close", (code) => resolve({ code, ...output })));
    },
    dockerCalls: () => (existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n") : []),
    end: () => rmSync(home, { recursive: true, force: true }),
  };
}

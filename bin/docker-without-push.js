#!/usr/bin/env node
/**
 * Stands for `docker` when the CDK's command line deploys into the embedded cloud (`CDK_DOCKER=…/docker-without-push.js`):
 * images are built and named as for AWS, and stay in the container engine, where tasks find them. There is no registry to
 * log in to or to push to.
 */
import { spawn } from "node:child_process";

const args = process.argv.slice(2);
if (args[0] === "login" || args[0] === "push") {
  // The password comes through standard input: whoever writes it must not be cut off.
  process.stdin.resume().on("end", () => process.exit(0));
} else {
  const docker = spawn("docker", args, { stdio: "inherit" });
  docker.on("error", (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(127);
  });
  docker.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}

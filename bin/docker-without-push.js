#!/usr/bin/env node
/**
 * Stands for `docker` when the CDK's command line deploys into the embedded cloud (`CDK_DOCKER=…/docker-without-push.js`) and
 * the container engine cannot reach the cloud's registry, because it is in a virtual machine: images are built and named as for
 * the registry, and stay in the engine, where tasks find them. In place of a push, the cloud is told of them.
 */
import { spawn } from "node:child_process";

const args = process.argv.slice(2);

/** @param {string} message */
function fail(message, code = 1) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

if (args[0] === "login") {
  // The password comes through standard input: whoever writes it must not be cut off.
  process.stdin.resume().on("end", () => process.exit(0));
} else if (args[0] === "push") {
  const image = args.at(-1) ?? "";
  const cloud = `http://${image.split("/")[0]}`;
  try {
    const answer = await fetch(`${cloud}/_cloud/images`, { method: "POST", body: image });
    if (!answer.ok) fail(`${cloud} does not take ${image}: ${await answer.text()}`);
  } catch (error) {
    fail(`no embedded cloud answers at ${cloud}: ${/** @type {Error} */ (error).message}`);
  }
} else {
  const docker = spawn("docker", args, { stdio: "inherit" });
  docker.on("error", (error) => fail(error.message, 127));
  docker.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}

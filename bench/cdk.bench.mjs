import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { has, pause, report, root, rouse, skip, up } from "./support.mjs";

const RUNS = 3;
const CDK = join(root, "node_modules", "aws-cdk", "bin", "cdk");
const ENVIRONMENTS = ["aws://000000000000/us-west-2", "aws://000000000000/us-east-1"];
const ROUSE_YAML = "region: us-west-2\ndomain: { name: example.com, hostedZoneId: Z1234567890 }\nenvironments: { local: {} }\n";
const HELLO =
  "wake: dns\nimage: hello\nports: [8080/tcp]\ncompute: { on: ec2, instanceType: t4g.nano }\n" +
  "process: { command: [node, server.mjs] }\nwatchdog: { idle: { below: 50, for: 2m } }\n";

/** What moto 5 can deploy of it: it knows no exports, so the leaf's own stacks fail there. */
const IN_BOTH = ["Bench-Base", "Bench-BaseDns", "Bench-Hello-Domain"];

/** `cdk deploy` of the hello leaf as a whole process, into this cloud and, where it is installed, into moto_server. */
export async function run() {
  const folder = mkdtempSync(join(tmpdir(), "rouse-bench-cdk-"));
  try {
    const assembly = synthesized(folder);
    const ours = await intoRouse(folder, assembly);
    report("cdk.deploy", ours.all, { unit: "s", note: "5 stacks, one process" });
    report("cdk.deploy.unchanged", ours.unchanged, { unit: "s", note: "the same again" });
    if (!has("moto_server")) return skip("cdk.deploy.over-moto", "moto_server is not installed");
    const theirs = await intoMoto(folder, assembly);
    const note = "the 3 of the 5 stacks that moto can deploy";
    const [here, there] = [report("cdk.deploy.part", ours.part, { unit: "s", note }), report("cdk.deploy.part.moto", theirs, { unit: "s", note })];
    report("cdk.deploy.over-moto", [here / there], { unit: "×", atMost: 1.2, note });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} folder */
function synthesized(folder) {
  const project = join(folder, "project");
  mkdirSync(join(project, "leaves"), { recursive: true });
  writeFileSync(join(project, "rouse.yaml"), `name: bench\n${ROUSE_YAML}`);
  writeFileSync(join(project, "leaves", "hello.yaml"), HELLO);
  const { status, stderr } = spawnSync(process.execPath, [rouse, "synth", "--env", "local"], { cwd: project, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return join(project, "cdk.out");
}

/** @param {string} folder @param {string} assembly */
async function intoRouse(folder, assembly) {
  // A cloud with another application in it, which takes no part.
  const other = join(folder, "other");
  mkdirSync(join(other, "leaves"), { recursive: true });
  writeFileSync(join(other, "rouse.yaml"), `name: other\n${ROUSE_YAML}`);
  writeFileSync(join(other, "leaves", "idle.yaml"), HELLO);
  const cloud = await up(other, ["--runtime", "process"]);
  try {
    const cdk = cdkWith(folder, cloud.endpoints.api);
    cdk("bootstrap", ...ENVIRONMENTS);
    const all = [];
    const unchanged = [];
    const part = [];
    for (let i = 0; i < RUNS; i++) {
      all.push(cdk("deploy", "--all", "--app", assembly, "--require-approval", "never"));
      unchanged.push(cdk("deploy", "--all", "--app", assembly, "--require-approval", "never"));
      cdk("destroy", "--all", "--force", "--app", assembly);
      part.push(cdk("deploy", ...IN_BOTH, "--exclusively", "--app", assembly, "--require-approval", "never"));
      cdk("destroy", ...IN_BOTH, "--exclusively", "--force", "--app", assembly);
    }
    return { all, unchanged, part };
  } finally {
    await cloud.stop();
  }
}

/** @param {string} folder @param {string} assembly */
async function intoMoto(folder, assembly) {
  const port = await freePort();
  const moto = spawn("moto_server", ["-H", "127.0.0.1", "-p", String(port)], {
    stdio: "ignore",
    env: { ...process.env, MOTO_ACCOUNT_ID: "000000000000" },
  });
  try {
    // moto reads a template from a path-style address only where the host is called localhost.
    const url = `http://localhost:${port}`;
    while (
      !(await fetch(`${url}/moto-api/`).then(
        (response) => response.ok,
        () => false,
      ))
    )
      await pause(100);
    const cdk = cdkWith(folder, url);
    const times = [];
    for (let i = 0; i < RUNS; i++) {
      await fetch(`${url}/moto-api/reset`, { method: "POST" });
      cdk("bootstrap", ...ENVIRONMENTS);
      times.push(cdk("deploy", ...IN_BOTH, "--exclusively", "--app", assembly, "--require-approval", "never"));
    }
    return times;
  } finally {
    moto.kill();
  }
}

/**
 * Runs the CDK's command line and returns the seconds that it took. @throws Error with its output when it fails
 * @param {string} folder @param {string} endpoint
 */
function cdkWith(folder, endpoint) {
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_REGION: "us-west-2",
    CDK_DISABLE_CLI_TELEMETRY: "true",
    CI: "true",
  };
  return (/** @type {string[]} */ ...args) => {
    const began = performance.now();
    const { status, stdout, stderr } = spawnSync(process.execPath, [CDK, ...args, "--no-notices"], { cwd: folder, env, encoding: "utf8" });
    if (status !== 0) throw new Error(`cdk ${args[0]} ended with ${status}\n${stdout}${stderr}`);
    return (performance.now() - began) / 1000;
  };
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

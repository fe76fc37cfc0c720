// Makes the image rouse/example-base, on which the `hello` example is built: Node.js and nothing else.
//
// Where the registry can be reached it is node:22-alpine; elsewhere, on Linux, it is put together from this machine's own
// node and the shared libraries that `ldd` lists. Does nothing when the image is there; never fails: it says why it could
// not, and `rouse up` runs the example as a child process then.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const IMAGE = "rouse/example-base";
const SOURCE = "node:22-alpine";
/** How long the registry may take before we build the image ourselves. */
const PULL_MS = 60_000;
/** Whether it can be reached at all is known sooner. */
const REACH_MS = 5_000;

/** @param {string[]} args @param {number} [timeout] */
function docker(args, timeout) {
  const result = spawnSync("docker", args, { encoding: "utf8", timeout, stdio: ["ignore", "pipe", "pipe"] });
  return { ok: result.status === 0, why: (result.stderr || result.error?.message || "").trim().split("\n").at(-1) ?? "" };
}

async function registryAnswers() {
  try {
    await fetch("https://registry-1.docker.io/v2/", { signal: AbortSignal.timeout(REACH_MS) });
    return true;
  } catch {
    return false;
  }
}

async function pulled() {
  if (!(await registryAnswers())) return false;
  return docker(["pull", "--quiet", SOURCE], PULL_MS).ok && docker(["tag", SOURCE, IMAGE]).ok;
}

/** The files that a program needs to run: itself, its loader and its libraries. @param {string} program */
function neededBy(program) {
  const listed = spawnSync("ldd", [program], { encoding: "utf8" });
  const libraries = [...(listed.stdout ?? "").matchAll(/(?:=> )?(\/\S+) \(0x/g)].map((match) => match[1] ?? "");
  return libraries.filter((path) => existsSync(path));
}

/** @param {string} root @param {string} path @param {string} [as] */
function put(root, path, as = path) {
  const target = join(root, as);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(realpathSync(path), target);
}

/** @returns {Promise<string | undefined>} why it could not */
async function assembled() {
  if (process.platform !== "linux") return `${SOURCE} cannot be pulled, and only on Linux can the image be made from this machine's own node`;
  const root = mkdtempSync(join(tmpdir(), "rouse-example-base-"));
  try {
    put(root, process.execPath, "/usr/local/bin/node");
    for (const library of neededBy(process.execPath)) put(root, library);
    mkdirSync(join(root, "tmp"), { mode: 0o1777 });
    mkdirSync(join(root, "etc"), { recursive: true });
    writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n");
    writeFileSync(join(root, "etc/group"), "root:x:0:\nnode:x:1000:\n");
    // A shell for health checks and RUN lines, where Debian's static busybox is installed.
    const busybox = ["/bin/busybox", "/usr/bin/busybox"].find((path) => existsSync(path) && neededBy(path).length === 0);
    if (busybox) for (const name of ["sh", "ls", "cat", "wget", "sleep", "mkdir", "chown", "id"]) put(root, busybox, `/bin/${name}`);
    return await imported(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** @param {string} root @returns {Promise<string | undefined>} */
function imported(root) {
  const tar = spawn("tar", ["--owner=0", "--group=0", "-cf", "-", "-C", root, "."], { stdio: ["ignore", "pipe", "inherit"] });
  const changes = ["--change", "ENV PATH=/usr/local/bin:/bin", "--change", 'CMD ["node"]'];
  const load = spawn("docker", ["import", ...changes, "-", IMAGE], { stdio: [tar.stdout, "ignore", "pipe"] });
  let why = "";
  load.stderr?.on("data", (part) => (why += part));
  return new Promise((resolve) => {
    load.once("error", (error) => resolve(error.message));
    load.once("close", (code) => resolve(code === 0 ? undefined : why.trim() || `docker import ended with ${code}`));
  });
}

/** Makes the image when it is not there. @returns {Promise<string | undefined>} what came of it; undefined when there was nothing to do */
async function make() {
  const engine = docker(["version", "--format", "{{.Server.Version}}"], REACH_MS);
  if (!engine.ok) return `no container engine answers (${engine.why}); the example runs as a child process`;
  if (docker(["image", "inspect", IMAGE]).ok) return undefined;
  if (await pulled()) return `${IMAGE} is ${SOURCE}`;
  const why = await assembled();
  return why ? `${IMAGE} could not be made: ${why}` : `${IMAGE} made from ${process.execPath}`;
}

/** Makes the image when it is not there, and says what came of it. Never fails. */
export async function prepareExampleImage() {
  const line = await make().catch((error) => `${IMAGE} could not be made: ${error instanceof Error ? error.message : String(error)}`);
  if (line) process.stderr.write(`example-base-image: ${line}\n`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await prepareExampleImage();

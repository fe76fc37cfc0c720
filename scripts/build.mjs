/**
 * Builds `dist/`: the command line (one file per command, loaded when it is used), the synthesizer, the Lambda functions
 * and the Lambda runtime. Does nothing when no source is newer than what it built last.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
const stamp = join(dist, ".built");

/**
 * The newest change of any file under a folder, in milliseconds.
 * @param {string} path
 * @returns {number}
 */
function newest(path) {
  const info = statSync(path);
  if (!info.isDirectory()) return info.mtimeMs;
  return Math.max(info.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

export function isFresh() {
  if (!existsSync(stamp)) return false;
  const built = statSync(stamp).mtimeMs;
  return ["src", "scripts", "package-lock.json"].every((name) => newest(join(root, name)) <= built);
}

export async function build({ force = false } = {}) {
  if (!force && isFresh()) return false;
  const { build: bundle } = await import("esbuild");
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  await bundle({
    entryPoints: { cli: join(root, "src/cli/main.ts"), synth: join(root, "src/cli/synth-process.ts") },
    outdir: dist,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    sourcemap: "linked",
    logLevel: "warning",
  });
  const { buildFunctions } = await import("./build-functions.mjs");
  await buildFunctions(join(dist, "functions"));
  const runtime = join(root, "src/cloud/services/lambda/runtime");
  mkdirSync(join(dist, "lambda-runtime"), { recursive: true });
  for (const name of readdirSync(runtime).filter((file) => file.endsWith(".mjs") || file.endsWith(".cjs"))) {
    copyFileSync(join(runtime, name), join(dist, "lambda-runtime", name));
  }
  writeFileSync(stamp, "");
  return true;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const started = performance.now();
  const did = await build({ force: process.argv.includes("--force") });
  process.stdout.write(did ? `built dist/ in ${Math.round(performance.now() - started)} ms\n` : "dist/ is up to date\n");
}

/**
 * Builds `dist/`: the command line (one file per command, loaded when it is used), the synthesizer, the Lambda functions
 * and the Lambda runtime. Does nothing when no source is newer than what it built last.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { schemaPlugin } from "./schema-plugin.mjs";

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
  // Beside dist/ first: what runs from dist/ meanwhile must not find half of it.
  const out = `${dist}.${process.pid}`;
  mkdirSync(out, { recursive: true });
  try {
    await buildInto(out);
    replaceDist(out);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
  return true;
}

/**
 * Another build may put its own in place at the same moment; either is right.
 * @param {string} out
 */
function replaceDist(out, attempts = 3) {
  try {
    rmSync(dist, { recursive: true, force: true });
    renameSync(out, dist);
  } catch (error) {
    if (attempts <= 1) throw error;
    replaceDist(out, attempts - 1);
  }
}

/** What every command loads: as part of the bundle, without what is not used of it, it takes half the time to start. */
const BUNDLED = /^(@aws-sdk\/|@smithy\/|commander$|picocolors$|yaml$|zod$)/;

/**
 * All other packages stay where npm puts them.
 * @returns {import("esbuild").Plugin}
 */
function packagesPlugin() {
  return {
    name: "packages",
    setup(setup) {
      setup.onResolve({ filter: /^[^./]/ }, ({ path, importer, kind }) => {
        if (kind === "entry-point" || BUNDLED.test(path) || importer.includes("node_modules")) return undefined;
        return { path, external: true };
      });
    },
  };
}

/** @param {string} out */
async function buildInto(out) {
  const { buildConsole } = await import("./build-console.mjs");
  await Promise.all([buildConsole(root, out), buildProgram(out)]);
}

/** @param {string} out */
async function buildProgram(out) {
  const { build: bundle } = await import("esbuild");
  await bundle({
    entryPoints: {
      cli: join(root, "src/cli/main.ts"),
      synth: join(root, "src/cli/synth-process.ts"),
      "simulate-shard": join(root, "src/simulation/shard-process.ts"),
    },
    outdir: out,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    mainFields: ["module", "main"],
    banner: { js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);' },
    plugins: [schemaPlugin(), packagesPlugin()],
    sourcemap: "linked",
    logLevel: "warning",
  });
  const { buildFunctions } = await import("./build-functions.mjs");
  await buildFunctions(join(out, "functions"));
  const runtime = join(root, "src/cloud/services/lambda/runtime");
  mkdirSync(join(out, "lambda-runtime"), { recursive: true });
  for (const name of readdirSync(runtime).filter((file) => file.endsWith(".mjs") || file.endsWith(".cjs"))) {
    copyFileSync(join(runtime, name), join(out, "lambda-runtime", name));
  }
  writeFileSync(join(out, ".built"), "");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const started = performance.now();
  const did = await build({ force: process.argv.includes("--force") });
  process.stdout.write(did ? `built dist/ in ${Math.round(performance.now() - started)} ms\n` : "dist/ is up to date\n");
}

/** Makes a fresh clone ready: installs the packages that the lock file names, and builds, each only when it is needed. */
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** npm writes this file at the end of every install, so it tells a whole install from a broken one. */
const installed = join(root, "node_modules/.package-lock.json");
const lock = join(root, "package-lock.json");

export function install() {
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  process.stdout.write("Installing packages (once) …\n");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const result = spawnSync(npm, ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: root, stdio: "inherit" });
  if (result.status !== 0) {
    process.stderr.write("rouse: the packages could not be installed; npm's message is above.\n");
    process.exit(1);
  }
}

export async function ready() {
  install();
  const { isFresh } = await import("./build.mjs");
  if (isFresh()) return;
  // In a process of its own: the bundler's service need not stay for as long as `rouse up` runs.
  const result = spawnSync(process.execPath, [join(root, "scripts/build.mjs")], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  if (result.status !== 0) process.exit(1);
}

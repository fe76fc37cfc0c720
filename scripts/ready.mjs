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
  // Not `npm ci`: it refuses a lock file that lacks optional binaries of other platforms, which a registry may not have had.
  // This installs the versions of the lock file too, and leaves the file alone.
  const result = spawnSync(npm, ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: root, stdio: "inherit" });
  if (result.status !== 0) {
    process.stderr.write("rouse: the packages could not be installed; npm's message is above.\n");
    process.exit(1);
  }
}

export async function ready() {
  install();
  const { build } = await import("./build.mjs");
  await build();
}

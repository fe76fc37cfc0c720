/** Runs console-pictures.ts, of which Node.js 20 makes nothing by itself: `node scripts/console-pictures.mjs [folder]`. */
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { build } = await import("esbuild");
const outfile = join(root, "dist/console-pictures.mjs");
await build({
  entryPoints: [join(root, "scripts/console-pictures.ts")],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
});
await import(pathToFileURL(outfile).href);

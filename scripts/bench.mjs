/**
 * `npm run bench [-- NAME …]`: measures, and prints a JSON line per figure: {bench, median, min, max, unit, goal, met, runs}.
 * What a tool is missing for is said in a line of its own, never left out in silence.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ready, root } from "./ready.mjs";

await ready();
// Advice for those who choose the version of Node.js; it would stand in the middle of the figures.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
const wanted = process.argv.slice(2);
const names = readdirSync(join(root, "bench"))
  .filter((file) => file.endsWith(".bench.mjs"))
  .map((file) => file.replace(".bench.mjs", ""))
  .filter((name) => wanted.length === 0 || wanted.includes(name));
if (names.length === 0) {
  process.stderr.write(
    `no such benchmark; there are ${readdirSync(join(root, "bench"))
      .filter((file) => file.endsWith(".bench.mjs"))
      .join(", ")}\n`,
  );
  process.exit(2);
}
for (const name of names) {
  const { run } = await import(pathToFileURL(join(root, "bench", `${name}.bench.mjs`)).href);
  await run();
}

/** `npm run generate`: writes what is made from the source: the configuration's schemas and reference, the commands, and the diagrams. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { install, root } from "./ready.mjs";

install();
const { build } = await import("esbuild");
// Beside the packages, so that what is left out of the bundle is found.
const bundle = join(root, "node_modules", `.rouse-generate-${process.pid}.mjs`);
try {
  await build({
    stdin: {
      contents:
        'export { generateConfigDocs } from "./generate-config-docs.ts"; export { generateCommandDocs } from "./generate-command-docs.ts"; export { generateDiagrams } from "./generate-diagrams.ts";',
      resolveDir: join(root, "scripts"),
    },
    outfile: bundle,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    logLevel: "warning",
  });
  const { generateConfigDocs, generateCommandDocs, generateDiagrams } = await import(pathToFileURL(bundle).href);
  for (const [path, content] of Object.entries({ ...generateConfigDocs(), ...generateCommandDocs(root), ...(await generateDiagrams(root)) })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
    process.stdout.write(`wrote ${path}\n`);
  }
} finally {
  rmSync(bundle, { force: true });
}

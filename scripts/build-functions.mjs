// Bundles src/functions/<name>/<name>.lambda.ts into dist/functions/<name>/index.mjs and prints the sizes.
// Fails when a bundle pulls in the CDK, or grows beyond what loads quickly.
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { readFile } from "node:fs/promises";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** KiB, minified. The AWS SDK's shared parts are most of it. */
const LARGEST_KIB = 512;

/**
 * The SDK's schemas have members such as `{[_x]: 1}`, which a bundler must keep for their possible side effects: all of
 * EC2's 550 KiB for one operation. Each schema in a call that is marked as pure is left out where nobody uses it.
 * @type {import("esbuild").Plugin}
 */
const pureSchemas = {
  name: "pure-schemas",
  setup(setup) {
    setup.onLoad({ filter: /@aws-sdk[\\/]client-[^\\/]+[\\/]dist-es[\\/]schemas[\\/].*\.js$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      return { loader: "js", contents: text.replace(/^((?:export )?var \w+\$? = )(\[[^;]*\]);$/gm, "$1/* @__PURE__ */ (() => $2)();") };
    });
  },
};

/**
 * In a function the credentials are in the environment (AWS Lambda Developer Guide, "Defined runtime environment
 * variables"). The SDK's chain of other places to look, with the clients of STS and SSO in it, is a fifth of a bundle.
 * @type {import("esbuild").Plugin}
 */
const credentialsOfTheEnvironment = {
  name: "credentials-of-the-environment",
  setup(setup) {
    setup.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, () => ({ path: "credentials", namespace: "rouse" }));
    setup.onLoad({ filter: /.*/, namespace: "rouse" }, () => ({
      contents: 'export { fromEnv as defaultProvider } from "@aws-sdk/credential-provider-env";',
      resolveDir: root,
    }));
  },
};

/**
 * @param {string} [outdir] one folder per function is made in it
 * @returns {Promise<Record<string, number>>} bytes of each bundle
 */
export async function buildFunctions(outdir = join(root, "dist", "functions")) {
  const source = join(root, "src", "functions");
  const names = readdirSync(source).filter((name) => existsSync(join(source, name, `${name}.lambda.ts`)));
  const result = await build({
    entryPoints: Object.fromEntries(names.map((name) => [join(name, "index"), join(source, name, `${name}.lambda.ts`)])),
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    target: "node20",
    mainFields: ["module", "main"],
    // CommonJS parts of the SDK call require() for Node's own modules; an ES module has none.
    banner: { js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);' },
    legalComments: "none",
    plugins: [pureSchemas, credentialsOfTheEnvironment],
    metafile: true,
    write: false,
    logLevel: "warning",
  });
  const forbidden = Object.keys(result.metafile.inputs).filter((path) => /node_modules\/(aws-cdk-lib|constructs)\//.test(path));
  if (forbidden.length > 0) throw new Error(`a function pulls in the CDK: ${forbidden[0]}`);
  /** @type {Record<string, number>} */
  const sizes = {};
  for (const name of names) {
    const file = result.outputFiles.find(({ path }) => path === join(outdir, name, "index.mjs"));
    if (!file) throw new Error(`esbuild wrote no bundle of ${name}`);
    if (file.contents.length > LARGEST_KIB * 1024) throw new Error(`the bundle of ${name} is larger than ${LARGEST_KIB} KiB`);
    sizes[name] = file.contents.length;
    writeWhole(join(outdir, name, "index.mjs"), file.contents);
  }
  for (const name of readdirSync(outdir)) if (!names.includes(name) && !name.endsWith(".tmp")) rmSync(join(outdir, name), { recursive: true });
  return sizes;
}

/** Whole or not at all, and only where it differs: others may be reading it.
 * @param {string} path @param {Uint8Array} contents */
function writeWhole(path, contents) {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${dirname(path)}.${process.pid}.tmp`;
  writeFileSync(temporary, contents);
  renameSync(temporary, path);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const sizes = await buildFunctions();
  for (const [name, bytes] of Object.entries(sizes)) console.log(`${name}: ${(bytes / 1024).toFixed(0)} KiB`);
}

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const SCHEMAS = "dist-es/schemas/schemas_0.js";
const NAMESPACE = "aws-schemas";

/**
 * The cloud needs of an SDK client (`sdk: () => import("@aws-sdk/client-ec2")`) only the schemas. In the build each such
 * import becomes a module with nothing else: every operation and error by name, and the shapes of those operations alone
 * that the service's folder mentions. EC2 shrinks from 2 MB and 230 ms of loading to a twentieth.
 * @returns {import("esbuild").Plugin}
 */
export function schemaPlugin() {
  return {
    name: "aws-schemas",
    setup(setup) {
      setup.onResolve({ filter: /^@aws-sdk\/client-/ }, ({ path, kind, importer }) => {
        const service = /src\/cloud\/services\/([a-z0-9]+)\/index\.ts$/.exec(importer.replaceAll("\\", "/"))?.[1];
        if (kind !== "dynamic-import" || !service) return undefined;
        return { path: `${path}|${service}`, namespace: NAMESPACE };
      });
      setup.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => {
        const [client = "", service = ""] = path.split("|");
        const file = join(root, "node_modules", client, SCHEMAS);
        if (!existsSync(file)) throw new Error(`${client} has no ${SCHEMAS}: the SDK's layout has changed`);
        const mentioned = wordsIn(join(root, "src/cloud/services", service));
        return { contents: prune(readFileSync(file, "utf8"), mentioned), resolveDir: dirname(file), loader: "js" };
      });
    },
  };
}

/** Every capitalized word in the sources of a folder. @param {string} folder @returns {Set<string>} */
function wordsIn(folder) {
  const words = new Set();
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".ts") || entry.name.endsWith(".test.ts")) continue;
    const text = readFileSync(join(entry.parentPath ?? entry.path, entry.name), "utf8");
    for (const word of text.match(/\b[A-Z]\w+\b/g) ?? []) words.add(word);
  }
  return words;
}

/**
 * Keeps operations and errors as exports; operations that nobody mentions lose their shapes. What is then unused is marked
 * as pure, so that the bundler leaves it out.
 * @param {string} text @param {Set<string>} mentioned
 */
function prune(text, mentioned) {
  const kept = text
    .replace(/^export var (\w+)\$ = (\[9, [\s\S]*?), \(\) => [\w$]+, \(\) => [\w$]+(\s*\]);$/gm, (whole, name, head, tail) =>
      mentioned.has(name) ? whole : `export var ${name}$ = ${head}, "unit", "unit"${tail};`,
    )
    .replace(/^export var (\w+\$ = \[(?!9,|-3,))/gm, "var $1");
  return kept.replace(/^((?:export )?var \w+\$? = )(\[[^;]*\]);$/gm, "$1/* @__PURE__ */ (() => $2)();");
}

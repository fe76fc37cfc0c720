/**
 * Loads a function's handler as Lambda's Node.js runtime does (aws/aws-lambda-nodejs-runtime-interface-client,
 * src/UserFunction.js): names, order of file endings, errors.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import vm from "node:vm";
import { RuntimeError } from "./errors.mjs";
import { native } from "./time.mjs";

const load = createRequire(import.meta.url);
/** @type {any} */
const Module = load("node:module");

/** @type {{ script: vm.Script, file: string }[]} */
const uncached = [];

/**
 * @param {{ taskRoot: string, cacheDir: string, handler: string, runtime: string }} options
 * @returns {Promise<Function>}
 */
export async function loadHandler({ taskRoot, cacheDir, handler, runtime }) {
  const name = basename(handler);
  const folder = handler.slice(0, handler.length - name.length);
  const match = /^([^.]*)\.(.*)$/.exec(name);
  if (handler.includes(".."))
    throw new RuntimeError(
      "MalformedHandlerName",
      `'${handler}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  if (!match) throw new RuntimeError("MalformedHandlerName", "Bad handler");
  const [, module, path] = match;
  const exported = await loadModule({ taskRoot, cacheDir, base: resolve(taskRoot, folder, /** @type {string} */ (module)), module: folder + module });
  /** @type {any} */
  let found = exported;
  for (const part of /** @type {string} */ (path).split(".")) found = found?.[part];
  // import() of CommonJS may have the exports only below `default`.
  if (found === undefined)
    for (const part of ["default", .../** @type {string} */ (path).split(".")]) found = (found === undefined ? exported : found)?.[part];
  if (!found) throw new RuntimeError("HandlerNotFound", `${handler} is undefined or not exported`);
  if (typeof found !== "function") throw new RuntimeError("HandlerNotFound", `${handler} is not a function`);
  if (found.length >= 3 && !takesCallbacks(runtime)) {
    throw new RuntimeError(
      "CallbackHandlerDeprecated",
      "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later.",
    );
  }
  return found;
}

/** Callbacks went with Node.js 24 (AWS Compute Blog, "Node.js 24 runtime now available in AWS Lambda"). @param {string} runtime */
export const takesCallbacks = (runtime) => Number(/^nodejs(\d+)/.exec(runtime)?.[1] ?? 24) < 24;

/** @param {{ taskRoot: string, cacheDir: string, base: string, module: string }} options */
async function loadModule({ taskRoot, cacheDir, base, module }) {
  const file = ["", ".js", ".mjs", ".cjs"].map((ending) => base + ending).find((path, i) => existsSync(path) && (i > 0 || /\.[cm]?js$/.test(path)));
  if (!file) throw new RuntimeError("ImportModuleError", `Error: Cannot find module '${module}'\nRequire stack:\n- /var/runtime/index.mjs`);
  try {
    const cached = join(cacheDir, relative(taskRoot, file));
    if (existsSync(`${cached}.js`)) return await runPrepared(file, cached);
    if (isModule(file, taskRoot)) return await import(pathToFileURL(file).href);
    return requireCached(file, cached);
  } catch (error) {
    const thrown = /** @type {NodeJS.ErrnoException} */ (error);
    if (thrown instanceof SyntaxError) throw new RuntimeError("UserCodeSyntaxError", String(thrown), thrown);
    if (thrown?.code === "MODULE_NOT_FOUND" || thrown?.code === "ERR_MODULE_NOT_FOUND")
      throw new RuntimeError("ImportModuleError", String(thrown), thrown);
    throw error;
  }
}

/** Is a file an ES module? `.js` follows the nearest package.json. @param {string} file @param {string} taskRoot */
function isModule(file, taskRoot) {
  if (!file.endsWith(".js")) return file.endsWith(".mjs");
  for (let folder = dirname(file); folder.startsWith(taskRoot); folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest)) return JSON.parse(readFileSync(manifest, "utf8")).type === "module";
  }
  return false;
}

/**
 * An ES module that the cloud has turned into a script, so that V8 can take it from its code cache (code/prepare.ts).
 * @param {string} file @param {string} cached
 */
async function runPrepared(file, cached) {
  /** @type {string[]} */
  const specifiers = JSON.parse(readFileSync(`${cached}.json`, "utf8"));
  const script = compile(readFileSync(`${cached}.js`, "utf8"), file, cached);
  const [imports, run] = [await Promise.all(specifiers.map((specifier) => import(specifier))), script.runInThisContext()];
  const meta = { url: pathToFileURL(file).href, filename: file, dirname: dirname(file) };
  return run(imports, meta, (/** @type {string} */ specifier) => import(specifier));
}

/** CommonJS, with V8's code cache for the entry file. @param {string} file @param {string} cached */
function requireCached(file, cached) {
  const { _compile } = Module.prototype;
  Module.prototype._compile = /** @this {any} @param {string} text @param {string} filename */ function (text, filename) {
    if (filename !== file || text.startsWith("#!")) return _compile.call(this, text, filename);
    const run = compile(Module.wrap(text), file, cached).runInThisContext();
    const local = createRequire(filename);
    return run.call(this.exports, this.exports, Object.assign(local, { main: this }), this, filename, dirname(filename));
  };
  try {
    return createRequire(file)(file);
  } finally {
    Module.prototype._compile = _compile;
  }
}

/** @param {string} text @param {string} file @param {string} cached */
function compile(text, file, cached) {
  const data = `${cached}.${process.versions.v8}.bin`;
  const cachedData = existsSync(data) ? readFileSync(data) : undefined;
  const script = new vm.Script(text, {
    filename: file,
    ...(cachedData ? { cachedData } : {}),
    importModuleDynamically: /** @type {any} */ (vm.constants)?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  if (!cachedData || script.cachedDataRejected) uncached.push({ script, file: data });
  return script;
}

/** Writes V8's code cache, after a first invocation: then it has the functions that are compiled when first called. */
export function saveCache() {
  for (const { script, file } of uncached.splice(0)) {
    native.setImmediate(() => {
      try {
        mkdirSync(dirname(file), { recursive: true });
        const own = `${file}.${process.pid}.${native.now()}`;
        writeFileSync(own, script.createCachedData());
        renameSync(own, file);
      } catch {
        // Without the cache the next cold start is slower, and right.
      }
    });
  }
}

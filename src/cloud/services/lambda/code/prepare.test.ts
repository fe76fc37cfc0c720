import vm from "node:vm";
import { expect, test } from "vitest";
import { prepareModule } from "./prepare.ts";

async function run(source: string): Promise<Record<string, unknown>> {
  const prepared = prepareModule(source);
  if (!prepared) throw new Error("not prepared");
  const imports = await Promise.all(prepared.specifiers.map((specifier) => import(specifier) as Promise<unknown>));
  const factory = new vm.Script(prepared.script).runInThisContext() as (...args: unknown[]) => Promise<Record<string, unknown>>;
  return factory(imports, { url: "file:///x.mjs" }, (specifier: string) => import(specifier));
}

test("imports in every form and exports by name are the module's own", async () => {
  const module = await run(
    `import fs, { readFileSync as r, existsSync } from "node:fs";import*as os from "node:os";import{join as j}from"path";import "node:http";
     const { platform } = await import("node:process");
     const url = import.meta.url; let n = 1; function up() { n++ }
     export const loaded = [typeof fs.readFileSync, typeof r, typeof existsSync, typeof os.cpus, j("a","b"), platform, url];
     export { n as count, up };`,
  );
  expect(module.loaded).toEqual(["function", "function", "function", "function", "a/b", process.platform, "file:///x.mjs"]);
  (module.up as () => void)();
  expect(module.count).toBe(2);
});

test("a module is strict, and its lines keep their numbers", async () => {
  const module = await run(
    `import {\n  join\n} from "node:path";\nexport function where() { return [this === undefined, new Error("x").stack, join("a", "b")] }`,
  );
  const where = module.where as () => [boolean, string];
  const [strict, stack] = where();
  expect(strict).toBe(true);
  expect(stack.split("\n")[1]).toMatch(/:4:\d+/);
});

test.each([
  ["another package", `import { x } from "lodash"; export { x }`],
  ["another file", `import { x } from "./x.mjs"; export const y = x`],
  ["what is found by name at run time", `const m = await import(process.argv[2]); export const y = m`],
  ["a default export", `export default function () {}`],
  ["a re-export", `export { join } from "node:path"`],
  ["export all", `export * from "node:path"`],
  ["a syntax error", `import {`],
])("a module with %s is left as it is", (_what, source) => {
  expect(prepareModule(source)).toBeUndefined();
});

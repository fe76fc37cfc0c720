import { zipSync } from "fflate";
import { CFN_RESPONSE } from "./cfn-response.ts";

/**
 * A deployment package of the source text that a template has in `Code.ZipFile`: a file `index` and, for Node.js, the module
 * `cfn-response` (CloudFormation User Guide, "AWS::Lambda::Function Code", "cfn-response module"). Source with `import` or
 * `export` statements is an ES module.
 */
export function inlinePackage(source: string, runtime: string): Uint8Array {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const isModule = /^\s*(?:import\s[^(]|import\s*["'{*]|export\s)/m.test(source);
  const name = runtime.startsWith("python") ? "index.py" : isModule ? "index.mjs" : "index.js";
  // A fixed time, so that the same source is the same package.
  const mtime = new Date(Date.UTC(2020, 0, 1, 12));
  return zipSync({
    [name]: [encode(source), { mtime }],
    ...(runtime.startsWith("nodejs") ? { "node_modules/cfn-response/index.js": [encode(CFN_RESPONSE), { mtime }] } : {}),
  });
}

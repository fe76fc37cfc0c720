/**
 * The load balancer's proxy alone, in a process of its own, with one listener and one target: `node proxy-plane.mjs <target port>`.
 * Prints the port that it listens on. Bundled as `dist/` is, from the sources.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root } from "./support.mjs";

const folder = mkdtempSync(join(tmpdir(), "rouse-proxy-"));
const outfile = join(folder, "proxy.mjs");
await build({
  stdin: {
    contents: `
      export { createDataPlane } from "./src/cloud/services/elasticloadbalancing/engine/proxy/index.ts";
      export { RealClock } from "./src/cloud/core/clock.ts";
      export { randomIds } from "./src/cloud/core/ids.ts";`,
    resolveDir: root,
  },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  outfile,
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
});
const { createDataPlane, RealClock, randomIds } = await import(pathToFileURL(outfile).href);
rmSync(folder, { recursive: true, force: true });

const target = Number(process.argv[2]);
const scope = { account: "000000000000", region: "us-west-2" };
const plane = createDataPlane({
  clock: new RealClock(),
  ids: randomIds(),
  network: { publish: () => () => {}, route: () => ({ host: "127.0.0.1", port: target }) },
  lambda: { invokeAsync: async () => {}, invokeSync: async () => ({ payload: null }) },
  metrics: { put: () => {} },
  log: (/** @type {string} */ line) => process.stderr.write(`${line}\n`),
});
plane.setTargetGroup({
  arn: "group",
  scope,
  fullName: "targetgroup/bench/1",
  targetType: "ip",
  protocol: "HTTP",
  port: 80,
  vpcId: "vpc-1",
  attributes: {},
  targets: [{ id: "10.0.0.1", port: 80, state: "healthy" }],
});
const forward = [{ Type: "forward", TargetGroupArn: "group" }];
const { port } = await plane.setListener(
  {
    arn: "listener",
    scope,
    port: 80,
    protocol: "HTTP",
    certificates: [],
    attributes: {},
    loadBalancer: {
      arn: "lb",
      name: "bench",
      fullName: "app/bench/1",
      dnsName: "bench.elb",
      vpcId: "vpc-1",
      securityGroupIds: ["sg-1"],
      attributes: {},
    },
    rules: [
      { arn: "api", priority: 1, conditions: [{ Field: "path-pattern", PathPatternConfig: { Values: ["/api/other/*"] } }], actions: forward },
      { arn: "default", priority: "default", conditions: [], actions: forward },
    ],
  },
  { host: "127.0.0.1", port: 0 },
);
process.stdout.write(`${port}\n`);
process.once("SIGTERM", () => process.exit());
process.once("disconnect", () => process.exit());

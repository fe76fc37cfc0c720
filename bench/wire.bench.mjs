import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { has, project, report, skip, up } from "./support.mjs";

const LUA = `
wrk.method = "POST"
wrk.body = "{}"
wrk.headers["content-type"] = "application/x-amz-json-1.1"
wrk.headers["x-amz-target"] = "AmazonEC2ContainerServiceV20141113.ListClusters"
wrk.headers["authorization"] = "AWS4-HMAC-SHA256 Credential=test/20260101/us-west-2/ecs/aws4_request, SignedHeaders=host, Signature=0"
`;
const RUNS = 5;

/** Requests per second of the AWS API and of the DNS server, from another process on this machine. */
export async function run() {
  const { directory, remove } = project(1);
  const cloud = await up(directory, ["--runtime", "process"]);
  const folder = mkdtempSync(join(tmpdir(), "rouse-bench-"));
  try {
    api(cloud.endpoints.api, folder);
    dns(cloud.endpoints.dns, folder);
  } finally {
    await cloud.stop();
    remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} url @param {string} folder */
function api(url, folder) {
  if (!has("wrk")) return skip("wire.list-clusters", "wrk is not installed");
  const script = join(folder, "list.lua");
  writeFileSync(script, LUA);
  const rates = [];
  for (let i = 0; i < RUNS; i++) {
    const { stdout } = spawnSync("wrk", ["-t1", "-c8", "-d3", "-s", script, url], { encoding: "utf8" });
    if (/Non-2xx/.test(stdout)) throw new Error(stdout);
    rates.push(Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]));
  }
  report("wire.list-clusters", rates, { unit: "requests/s", atLeast: 10_000, note: "wrk, 8 connections" });
}

/** @param {string} address @param {string} folder */
function dns(address, folder) {
  if (!has("dnsperf")) return skip("wire.dns", "dnsperf is not installed");
  const [host = "", port = ""] = address.split(":");
  // The root zone's own names: a query for a leaf would wake it.
  const names = join(folder, "names");
  writeFileSync(names, "example.com SOA\nexample.com NS\nnothing.example.com A\n");
  const woken = join(folder, "woken");
  writeFileSync(woken, "hello0.example.com AAAA\n");
  for (const [bench, file] of /** @type {const} */ ([
    ["wire.dns", names],
    ["wire.dns.logged", woken],
  ])) {
    const rates = [];
    for (let i = 0; i < RUNS; i++) {
      const { stdout } = spawnSync("dnsperf", ["-s", host, "-p", port, "-d", file, "-l", "3", "-c", "8"], { encoding: "utf8" });
      rates.push(Number(/Queries per second:\s+([\d.]+)/.exec(stdout)?.[1]));
    }
    report(bench, rates, {
      unit: "answers/s",
      atLeast: 15_000,
      note: bench === "wire.dns" ? "dnsperf, 8 clients" : "the same, each query written to the query log",
    });
  }
}

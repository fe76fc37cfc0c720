import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { report, rouse } from "./support.mjs";

/** Thirty simulated days, without the synthesis: the second run finds the stacks as they are. */
export async function run() {
  measure(1, 3, 5);
  measure(50, 1, 120);
}

/** @param {number} leaves @param {number} runs @param {number} atMost */
function measure(leaves, runs, atMost) {
  const directory = mkdtempSync(join(tmpdir(), "rouse-bench-"));
  try {
    mkdirSync(join(directory, "leaves"));
    writeFileSync(
      join(directory, "rouse.yaml"),
      "name: bench\nregion: us-west-2\ndomain: { name: example.com, hostedZoneId: Z1234567890 }\nenvironments: { local: {} }\n",
    );
    for (let i = 0; i < leaves; i++) {
      writeFileSync(
        join(directory, "leaves", `game${i}.yaml`),
        "wake: dns\nimage: itzg/minecraft-server\nports: [25565/tcp]\ncompute: { on: ec2, instanceType: m5.large }\nwatchdog: { idle: { below: 1175, for: 7m } }\n",
      );
    }
    simulate(directory, 1);
    const taken = Array.from({ length: runs }, () => simulate(directory, 30));
    report(`simulate.${leaves}`, taken, { unit: "s", atMost, note: `30 days of ${leaves} ${leaves === 1 ? "leaf" : "leaves"}, pattern evenings` });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** @param {string} directory @param {number} days */
function simulate(directory, days) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [rouse, "simulate", "--days", String(days), "--json"], {
    cwd: directory,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout).seconds;
}

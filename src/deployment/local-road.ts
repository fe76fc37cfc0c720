import { request } from "node:http";
import { createInterface } from "node:readline";
import type { OnProgress, Outcome, Road, StackProgress } from "./road.ts";

/**
 * Deploys into the embedded cloud of another process: it reads the assembly from this machine's disk itself, without the
 * upload, the roles and the looks every few seconds of the way through the CDK's toolkit. Both end in the same (tested).
 * @param api where it is: `http://127.0.0.1:4590`
 * @param hostedZones zones that exist before any deployment
 */
export function localRoad(api: string, hostedZones: readonly { name: string; id: string }[]): Road {
  return {
    deploy: (assembly, onProgress) => post(`${api}/_cloud/deploy`, { assembly, hostedZones }, onProgress),
    destroy: (assembly, onProgress) => post(`${api}/_cloud/destroy`, { assembly }, onProgress),
  };
}

type Line = StackProgress | { result: Outcome } | { error: string };

/** Without a limit of time, which fetch has. */
function post(url: string, body: object, onProgress: OnProgress): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const req = request(url, { method: "POST", headers: { "content-type": "application/json" } }, (response) => {
      const lines = createInterface({ input: response });
      lines.on("line", (text) => {
        const line = JSON.parse(text) as Line;
        if ("result" in line) resolve(line.result);
        else if ("error" in line) reject(new Error(line.error));
        else onProgress(line);
      });
      // After the last line nobody waits any more, and this changes nothing.
      lines.on("close", () => reject(new Error("the embedded cloud has stopped before the end")));
    });
    req.on("error", reject);
    req.end(JSON.stringify(body));
  });
}

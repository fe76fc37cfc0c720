import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isAlive } from "./lock.ts";

/** Where a running embedded cloud can be reached; other programs read it too. */
export interface Endpoints {
  /** `http://127.0.0.1:4590` */
  api: string;
  /** `127.0.0.1:5300` */
  dns: string;
  /** `http://127.0.0.1:8080`, where the project has a load balancer. */
  loadBalancer?: string;
  pid: number;
}

/** Everything that `rouse up` keeps for a project. */
export const localFolder = (directory: string): string => join(directory, ".rouse", "local");

const endpointsFile = (directory: string): string => join(localFolder(directory), "endpoints.json");

export function writeEndpoints(directory: string, endpoints: Endpoints): void {
  const file = endpointsFile(directory);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(endpoints)}\n`);
}

export function removeEndpoints(directory: string): void {
  rmSync(endpointsFile(directory), { force: true });
}

/** The cloud that runs for a project; undefined when none does (a file that a killed process left counts as none). */
export function readEndpoints(directory: string): Endpoints | undefined {
  let endpoints: Endpoints;
  try {
    endpoints = JSON.parse(readFileSync(endpointsFile(directory), "utf8")) as Endpoints;
  } catch {
    return undefined;
  }
  return isAlive(endpoints.pid) ? endpoints : undefined;
}

import { type Answer, bad } from "../shared/engine-request.ts";

export interface Stop {
  readonly services: readonly string[];
  /** Out of the target group first, and drained. */
  readonly deregister: boolean;
  readonly wait: boolean;
}

const KEYS = ["service", "services", "deregister", "wait"];

/** @param known names of the engines: all of them where the request names none */
export function readStop(request: Readonly<Record<string, unknown>>, known: readonly string[]): Stop | Answer {
  const unknownKeys = Object.keys(request).filter((key) => !KEYS.includes(key));
  if (unknownKeys.length > 0) return bad(`unknown: ${unknownKeys.join(", ")}`, { unknown: unknownKeys, valid: KEYS });
  for (const key of ["deregister", "wait"]) {
    if (request[key] !== undefined && typeof request[key] !== "boolean") return bad(`${key} must be true or false`, { invalid: [key] });
  }
  const { service, services = service === undefined ? known : [service], deregister = true, wait = true } = request;
  if (service !== undefined && request["services"] !== undefined) return bad("service and services exclude each other", { valid: known });
  const isNames = (value: unknown): value is string[] => Array.isArray(value) && value.every((name) => typeof name === "string" && name !== "");
  if (!isNames(services)) return bad("services must be a list of names", { invalid: [service === undefined ? "services" : "service"], valid: known });
  const unknown = services.filter((name) => !known.includes(name));
  if (unknown.length > 0) return bad(`there is no service ${unknown.join(", ")}`, { unknown, valid: known });
  return { services: [...new Set(services)], deregister: deregister as boolean, wait: wait as boolean };
}

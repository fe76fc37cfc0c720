import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { within } from "../../../../machines/host-time.ts";
import type { HealthCheck } from "../../state.ts";
import { matches } from "./matcher.ts";

/** What one health check found. `refused`: nobody listens; the connection broke or was no HTTP otherwise. */
export type Outcome = { kind: "ok" } | { kind: "code"; code: number } | { kind: "timeout" } | { kind: "refused" } | { kind: "failed" };

export const judge = (check: Pick<HealthCheck, "matcher">, code: number): Outcome =>
  matches(check.matcher, code) ? { kind: "ok" } : { kind: "code", code };

const outcomeOf = (error: NodeJS.ErrnoException): Outcome => ({ kind: error.code === "ECONNREFUSED" ? "refused" : "failed" });

/**
 * One request to a target, on a connection of its own that is closed after it. The time-out is the host's time: it is real work
 * that the check does. User agent and Host as "Health checks for Application Load Balancer target groups" and re:Post's "How do I
 * troubleshoot … failed health checks" have them; a target's certificate is not validated.
 * @param at where the target is on this machine; `address` is what it is called inside the VPC
 */
export async function checkOverHttp(
  check: Pick<HealthCheck, "protocol" | "path" | "timeout" | "matcher">,
  at: { host: string; port: number },
  address: string,
): Promise<Outcome> {
  const send = check.protocol === "HTTPS" ? httpsRequest : httpRequest;
  let give: (outcome: Outcome) => void = () => {};
  const answered = new Promise<Outcome>((resolve) => (give = resolve));
  const request = send(
    {
      host: at.host,
      port: at.port,
      path: check.path,
      method: "GET",
      agent: false,
      rejectUnauthorized: false,
      headers: { host: address, "user-agent": "ELB-HealthChecker/2.0", connection: "close", "accept-encoding": "gzip, compressed" },
    },
    (response: IncomingMessage) => {
      response.on("error", () => {});
      give(judge(check, response.statusCode ?? 0));
    },
  );
  request.on("error", (error) => give(outcomeOf(error)));
  request.end();
  const outcome = await within(check.timeout * 1000, answered);
  request.destroy();
  return outcome ?? { kind: "timeout" };
}

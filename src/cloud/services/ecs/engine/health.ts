import type { HealthCheck, HealthStatus } from "@aws-sdk/client-ecs";
import type { Clock, Timer } from "../../../core/clock.ts";

/**
 * A container with a check is probed a few times quickly before its first interval is over, so that a client that waits
 * for HEALTHY does not wait out the interval. (ECS waits for it.) Such a probe only counts when it succeeds. Where nothing runs
 * and ECS's own times are to be seen, there are none.
 */
const EAGER_EVERY_MS = 250;
const EAGER_FOR_MS = 10_000;

/** The check's times in milliseconds of the cloud's clock, with ECS's defaults (API_HealthCheck). */
export function timesOf(check: HealthCheck): { interval: number; timeout: number; retries: number; startPeriod: number } {
  const seconds = (value: number | undefined, usual: number): number => (value ?? usual) * 1000;
  return {
    interval: seconds(check.interval, 30),
    timeout: seconds(check.timeout, 5),
    retries: check.retries ?? 3,
    startPeriod: seconds(check.startPeriod, 0),
  };
}

/** The command line of a check: `CMD` runs the arguments, `CMD-SHELL` the text in a shell; undefined for `NONE`. */
export function commandOf(check: HealthCheck): string[] | undefined {
  const [kind, ...rest] = check.command ?? [];
  if (kind === "CMD") return rest;
  if (kind === "CMD-SHELL") return ["/bin/sh", "-c", rest.join(" ")];
  return undefined;
}

/**
 * Checks a container's health until the returned function is called. `probe` tells whether the command succeeded;
 * `onStatus` is told of changes.
 */
export function watchHealth(
  clock: Clock,
  check: HealthCheck,
  probe: (command: string[], timeoutMs: number) => Promise<number | undefined>,
  onStatus: (status: HealthStatus) => void,
  hurries = true,
): () => void {
  const command = commandOf(check);
  if (!command) return () => {};
  const times = timesOf(check);
  const startedAt = clock.now();
  let timer: Timer | undefined;
  let ended = false;
  let failures = 0;
  let status: HealthStatus = "UNKNOWN";
  const tell = (next: HealthStatus): void => {
    if (next === status || ended) return;
    status = next;
    onStatus(next);
  };
  const once = async (counts: boolean): Promise<void> => {
    // The timeout is the host's time: it is real work that the check does.
    const code = await clock.during(probe(command, times.timeout));
    if (code === 0) {
      failures = 0;
      tell("HEALTHY");
    } else if (counts && (status === "HEALTHY" || clock.now() - startedAt > times.startPeriod)) {
      if (++failures >= times.retries) tell("UNHEALTHY");
    }
  };
  const eagerUntil = startedAt + Math.min(EAGER_FOR_MS, times.interval);
  const next = (): void => {
    if (ended) return;
    const eager = hurries && status === "UNKNOWN" && clock.now() + EAGER_EVERY_MS < eagerUntil;
    const regular = startedAt + (Math.floor((clock.now() - startedAt) / times.interval) + 1) * times.interval;
    const delay = eager ? EAGER_EVERY_MS : regular - clock.now();
    timer = clock.setTimer(delay, () => round(!eager));
  };
  const round = async (counts: boolean): Promise<void> => {
    await once(counts);
    next();
  };
  if (hurries) void round(false);
  else next();
  return () => {
    ended = true;
    timer?.cancel();
  };
}

import type { Leaf, Project } from "../config/index.ts";
import { UNAVAILABLE_ADDRESS } from "../functions/shared/names.ts";
import type { Connection } from "./environment.ts";
import type { EnvironmentTime } from "./environment-time.ts";
import type { LeafStatus } from "./leaf-state.ts";
import { leafStatus } from "./observe.ts";

/** A leaf as somebody sees it at a glance. What `rouse status --json` and `rouse watch --json` print. Times are ISO 8601. */
export interface Glance extends LeafStatus {
  /** The environment's time, of this look. */
  now: string;
  /** When it goes to sleep if nobody uses it from now on; null where nothing says so. */
  sleepsAt: string | null;
  /** What a waking leaf waits for: `instance: i-0123, Pending`. */
  waitsFor?: string;
}

/** Of the newest minutes only what it takes to say when it sleeps. */
const MINUTES = 1;

/** @throws the SDK's errors */
export async function glanceAt(project: Project, leaf: Leaf, connection: Connection, time: () => Promise<EnvironmentTime>): Promise<Glance> {
  const [status, clock] = await Promise.all([leafStatus(project, leaf, connection), time()]);
  const seen = { ...status, now: new Date(clock.now()).toISOString() };
  if (status.state === "awake") return { ...seen, sleepsAt: await sleepsAt(project, leaf, connection) };
  const waitsFor = status.state === "waking" ? await waiting(project, leaf, status, connection) : undefined;
  return { ...seen, sleepsAt: null, ...(waitsFor === undefined ? {} : { waitsFor }) };
}

/** Who may look but not read metrics or functions still sees the rest. */
async function sleepsAt(project: Project, leaf: Leaf, connection: Connection): Promise<string | null> {
  // Loaded only now: most leaves sleep.
  const { readUse } = await import("./use.ts");
  const use = await readUse(project, leaf, connection, { minutes: MINUTES }).catch((error: unknown) => {
    if (error instanceof Error && /AccessDenied/.test(error.name)) return null;
    throw error;
  });
  return use?.sleepsAt ?? null;
}

/** The first part of its way that has not been reached. */
async function waiting(project: Project, leaf: Leaf, status: LeafStatus, connection: Connection): Promise<string | undefined> {
  const { livePath } = await import("./path-observe.ts");
  const { steps } = await livePath(project, leaf, status, connection);
  const step = steps.find(({ state }) => state === "working" || state === "failed");
  // The address of nobody says nothing to anybody.
  return step && `${step.title}${step.detail === null || step.detail === UNAVAILABLE_ADDRESS ? "" : `: ${step.detail}`}`;
}

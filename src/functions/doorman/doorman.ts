import type { Engine } from "../shared/engine.ts";
import { type Log, told } from "../shared/log.ts";
import { type AlbAnswer, forOrigin, ignored, preflight, progress, redirect, unready } from "./answers.ts";
import { progressOf } from "./phase.ts";
import { type AlbEvent, arrivalOf, type DoorRequest, type Ignoring, type Kind, kindOf, readRequest, wokenBy } from "./request.ts";
import { type DoorWorld, type Held, type Opened, wake } from "./wake.ts";

export interface Door {
  readonly engine: Engine;
  readonly ignoring: Ignoring;
  /** How long a client is held, ms; from when the load balancer got its request. */
  readonly holdMs: number;
}

/** A browser that waits so long for its page notices nothing; if it is ready by then, it sees no waiting page at all. */
const GLANCE_MS = 300;

/** Answers a request to an engine that is not awake, or was not a moment ago. @throws nothing: whoever knocks gets an answer that says why */
export async function openDoor(event: AlbEvent, world: DoorWorld, door: Door, log: Log): Promise<AlbAnswer> {
  const request = readRequest(event);
  const kind = kindOf(request, door.ignoring);
  return forOrigin(request, kind, await answerTo(request, kind, world, door, log));
}

async function answerTo(request: DoorRequest, kind: Kind, world: DoorWorld, door: Door, log: Log): Promise<AlbAnswer> {
  const { service } = door.engine;
  if (kind === "monitor" || kind === "crawler") {
    log("ignored", { service, kind, method: request.method, path: request.path, agent: request.header("user-agent") });
    return ignored(kind);
  }
  if (kind === "progress") return progress(request, await howFar(world, door.engine, log));
  const asPage = kind === "page";
  const arrived = arrivalOf(request, world.now());
  const holdMs = { page: GLANCE_MS, upgrade: 0, preflight: door.holdMs, held: door.holdMs }[kind];
  const opened = await open(world, door, { arrived, until: arrived + holdMs, woken: wokenBy(request, arrived, world.now()) }, log);
  log("answered", { service, kind, method: request.method, path: request.path, opened });
  if (opened.kind === "ready" && kind === "preflight") return preflight(request);
  return opened.kind === "ready" && kind !== "upgrade" ? redirect(request) : answerLater(request, opened, { service, now: world.now(), asPage });
}

/** A WebSocket's client follows no redirect: it comes again. */
const answerLater = (request: DoorRequest, opened: Opened, about: { service: string; now: number; asPage: boolean }): AlbAnswer =>
  unready(request, opened.kind === "ready" ? { kind: "waiting", phase: "ready" } : opened, about);

async function open(world: DoorWorld, { engine }: Door, held: Held, log: Log): Promise<Opened> {
  try {
    return await wake(world, engine, held, log);
  } catch (error) {
    log("failed", { service: engine.service, error: told(error) });
    // Anybody may knock: what AWS says of roles and accounts is for the log.
    return { kind: "failed", reason: "AWS did not do what it was asked; the doorman's log says more" };
  }
}

async function howFar(world: DoorWorld, engine: Engine, log: Log): Promise<ReturnType<typeof progressOf>> {
  try {
    const [tasks, reaches] = await Promise.all([world.tasks.look(), world.reaches()]);
    return progressOf(tasks, engine, reaches, world.now());
  } catch (error) {
    // It asks again in a second.
    log("failed", { service: engine.service, error: told(error) });
    return { state: "waking" };
  }
}

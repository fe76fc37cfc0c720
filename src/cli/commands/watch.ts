import { isContainerLeaf, type Leaf } from "../../config/index.ts";
import type { Change } from "../../operate/changes.ts";
import type { Connection } from "../../operate/environment.ts";
import { environmentTime } from "../../operate/environment-time.ts";
import { type Glance, glanceAt } from "../../operate/glance.ts";
import { readLogs } from "../../operate/logs.ts";
import type { CliContext } from "../command.ts";
import { glanceText } from "../glance-text.ts";
import { columnsOf, paintFor } from "../paint.ts";
import { findLeaf, openTarget, type Target, withAws } from "../target.ts";
import { type Watcher, watchLeaves } from "../watch-loop.ts";

/** `rouse watch [leaf]`: the status, live; where nobody looks at a terminal, a line for each change. */
export async function run(context: CliContext, [name]: string[], options: Record<string, unknown>): Promise<number> {
  const leavesOf = ({ project }: Target): readonly Leaf[] => (name === undefined ? project.leaves : [findLeaf(project, name)]);
  const open = (): Promise<Target> => openTarget(context, options);
  const first = await open();
  const [leaf] = leavesOf(first);
  const times = new WeakMap<Connection, ReturnType<typeof environmentTime>>();
  const look = (target: Target): Promise<Glance[]> => {
    const { project, connection } = target;
    const time = times.get(connection) ?? environmentTime(connection);
    times.set(connection, time);
    return Promise.all(leavesOf(target).map((each) => glanceAt(project, each, connection, time)));
  };
  const ended = new AbortController();
  const signal = AbortSignal.any([context.interrupted, ended.signal]);
  // A project of one leaf is about that one.
  const one = name !== undefined || first.project.leaves.length === 1 ? leaf : undefined;
  const view = options["json"] ? jsonLines(context) : isLive(context) ? await liveView(context, first, one, ended) : plainLines(context);
  const logs = one && view.line ? followLogs(first, one, signal, view.line) : undefined;
  try {
    const waits = typeof options["interval"] === "number" ? { pollMs: options["interval"] * 1000 } : {};
    await withAws(first.project, () => watchLeaves({ look, open, signal, ...waits }, view));
  } finally {
    ended.abort();
    view.end?.();
    await logs;
  }
  // It has no other end than being ended.
  return 0;
}

interface View extends Watcher {
  /** A line of a container's log. */
  readonly line?: (text: string) => void;
  end?(): void;
}

const isLive = ({ stdout, env }: CliContext): boolean => Boolean(stdout.isTTY) && env["TERM"] !== "dumb" && !env["CI"];

const clock = (iso: string): string => iso.slice(11, 19);

function plainLines(context: CliContext): View {
  const paint = paintFor(context);
  const say = (text: string): void => void context.stdout.write(`${text}\n`);
  return {
    looked: (_, changes) => changes.forEach(({ at, leaf, what }) => say(`${paint.dim(`${clock(at)}Z`)} ${leaf} ${what}`)),
    lost: (message) => void context.stderr.write(`rouse: ${message.replace(/\n.*/s, "")}; trying again\n`),
    recovered: () => void context.stderr.write("rouse: it answers again\n"),
  };
}

function jsonLines({ stdout }: CliContext): View {
  const say = (line: object): void => void stdout.write(`${JSON.stringify(line)}\n`);
  return {
    looked: (glances, changes) =>
      changes.forEach((change) => say({ change: "leaf", ...change, status: glances.find(({ name }) => name === change.leaf) })),
    lost: (message) => say({ change: "lost", message }),
    recovered: () => say({ change: "recovered" }),
  };
}

/** Changes and log lines that are shown below the table. */
const KEPT = 10;

/** Drawn again in place, each second: countdowns go on between two looks. */
async function liveView(context: CliContext, { project }: Target, leaf: Leaf | undefined, ended: AbortController): Promise<View> {
  const { createLogUpdate } = await import("log-update");
  const paint = paintFor(context);
  const screen = createLogUpdate(context.stdout);
  const happened: string[] = [];
  const written: string[] = [];
  let glances: readonly Glance[] = [];
  let lost: string | undefined;
  const keep = (lines: string[], text: string): void => void (lines.push(text), lines.splice(0, Math.max(0, lines.length - KEPT)));
  const draw = (): void => {
    const lines = [
      `${paint.bold(project.base.name)} ${paint.dim(`${project.environment.name}, ${project.base.region}`)}${glances[0] ? paint.dim(`  ${clock(glances[0].now)}Z`) : ""}`,
      ...(lost === undefined ? [] : [paint.red(`✗ ${lost}`)]),
      "",
      glances.length > 0 ? glanceText(glances, { paint, ...columnsOf(context) }) : paint.dim("Looking …\n"),
      ...happened,
      ...(written.length > 0 ? ["", paint.dim(`log of ${leaf!.name}`), ...written] : []),
      "",
      paint.dim("q ends it"),
    ];
    screen(lines.join("\n"));
  };
  const keys = readKeys(context, ended);
  draw();
  return {
    looked: (seen, changes) => {
      glances = seen;
      for (const { at, leaf: whose, what } of changes.filter(isNews)) keep(happened, `${paint.dim(`${clock(at)}Z`)} ${whose} ${what}`);
      draw();
    },
    lost: (message) => {
      lost = `${message.replace(/\n.*/s, "")} Trying again …`;
      draw();
    },
    recovered: () => {
      lost = undefined;
      keep(happened, paint.green("it answers again"));
    },
    ...(leaf && isContainerLeaf(leaf) ? { line: (text: string) => (keep(written, `  ${text}`), draw()) } : {}),
    end: () => {
      keys();
      screen.done();
    },
  };
}

/** At the first look everything is new, and the table says it. */
const isNews = ({ what }: Change): boolean => !/^is (asleep|not deployed)$/.test(what);

/** q and Ctrl-C end it. @returns what gives the keyboard back */
function readKeys({ stdin }: CliContext, ended: AbortController): () => void {
  const keyboard = stdin as (NodeJS.ReadStream & { setRawMode?(on: boolean): void }) | undefined;
  if (!keyboard?.isTTY || !keyboard.setRawMode) return () => {};
  const onKey = (key: Buffer): void => {
    if (["q", "Q", "\u0003", "\u001b"].includes(key.toString())) ended.abort();
  };
  keyboard.setRawMode(true);
  keyboard.on("data", onKey);
  return () => {
    keyboard.off("data", onKey);
    keyboard.setRawMode(false);
    keyboard.pause();
  };
}

/** What its container writes, from now on; a leaf that has no log yet has none to show. */
async function followLogs({ project, connection }: Target, leaf: Leaf, signal: AbortSignal, line: (text: string) => void): Promise<void> {
  while (!signal.aborted) {
    const onLine = ({ message }: { message: string }): void => line(printable(message));
    await readLogs(project, leaf, connection, { since: 60, follow: true, signal, onLine }).catch(() => false);
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

/** Without what would move the cursor. */
const printable = (text: string): string => text.replaceAll(/[\p{Cc}]/gu, " ");

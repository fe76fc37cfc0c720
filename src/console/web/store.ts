import { computed, effect, signal } from "@preact/signals";
import type { Done, LeafDetail, Overview, Problem } from "../api-types.ts";

/** What the page knows, and how it hears of it. One stream of events; nothing is polled. */

export const TABS = ["history", "logs", "alerts", "resources"] as const;
export type Tab = (typeof TABS)[number];

/** `#/leaf/hello/logs` */
export interface Route {
  readonly leaf?: string;
  readonly tab: Tab;
}

export const overview = signal<Overview | undefined>(undefined);
export const detail = signal<LeafDetail | undefined>(undefined);
/** What is wrong; what was seen last stays on the page. */
export const problem = signal<string | undefined>(undefined);
/** When something was heard last, milliseconds of this machine. */
export const heardAt = signal(Date.now());
export const route = signal<Route>(readRoute());

function readRoute(): Route {
  const [, kind, name, tab] = location.hash.split("/");
  const known = TABS.find((one) => one === tab) ?? "history";
  return kind === "leaf" && name ? { leaf: decodeURIComponent(name), tab: known } : { tab: known };
}

export const addressOf = ({ leaf, tab }: { leaf?: string; tab?: Tab }): string =>
  leaf === undefined ? "#/" : `#/leaf/${encodeURIComponent(leaf)}${tab === undefined || tab === "history" ? "" : `/${tab}`}`;

// ------------------------------------------------------------------------------------------------------------- time

/** When the overview came, milliseconds of this machine: its `now` was then. */
let overviewAt = performance.now();
const tick = signal(0);
setInterval(() => tick.value++, 1000);

/** The environment's time, milliseconds; anew each second. */
export const now = computed(() => {
  // Read, so that the seconds bring it about again.
  void tick.value;
  const shown = overview.value;
  if (!shown) return Date.now();
  return Date.parse(shown.now) + (performance.now() - overviewAt) * shown.speed;
});

// ----------------------------------------------------------------------------------------------------------- events

let source: EventSource | undefined;
const openLeaf = computed(() => route.value.leaf);

/** Begins to listen; again whenever another leaf is open. */
export function listen(): void {
  addEventListener("hashchange", () => {
    route.value = readRoute();
  });
  effect(() => connect(openLeaf.value));
}

function connect(leaf: string | undefined): void {
  source?.close();
  if (detail.peek()?.card.name !== leaf) detail.value = undefined;
  const stream = new EventSource(`/api/events${leaf === undefined ? "" : `?leaf=${encodeURIComponent(leaf)}`}`);
  source = stream;
  const on = (event: string, take: (data: unknown) => void): void =>
    stream.addEventListener(event, ({ data }: MessageEvent<string>) => {
      heardAt.value = Date.now();
      take(JSON.parse(data));
    });
  on("overview", (data) => {
    overviewAt = performance.now();
    overview.value = data as Overview;
    problem.value = undefined;
  });
  on("leaf", (data) => {
    const shown = data as LeafDetail;
    if (shown.card.name === openLeaf.peek()) detail.value = shown;
  });
  on("problem", (data) => {
    problem.value = (data as Problem).message;
  });
  on("recovered", () => {
    problem.value = undefined;
  });
  stream.addEventListener("open", () => {
    if (problem.peek() === GONE) problem.value = undefined;
  });
  stream.addEventListener("error", () => {
    problem.value = GONE;
    // The browser tries again by itself, but not after an answer such as 401: the console is another one by now.
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => source === stream && connect(leaf), AGAIN_MS);
  });
}

const AGAIN_MS = 2000;
const GONE = "The console does not answer. If rouse up (or rouse console) has ended, start it again; rouse open then opens the new page.";

// ---------------------------------------------------------------------------------------------------------- steering

/** @returns what was done, or what stood in the way */
export async function steer(leaf: string, what: "wake" | "sleep" | "run"): Promise<{ ok: boolean; message: string }> {
  try {
    const response = await fetch(`/api/leaves/${encodeURIComponent(leaf)}/${what}`, { method: "POST" });
    const { message } = (await response.json()) as Done | Problem;
    return { ok: response.ok, message };
  } catch {
    return { ok: false, message: GONE };
  }
}

import { isDnsLeaf, isContainerLeaf, type Leaf, type Project } from "../config/index.ts";
import type { Bill } from "../cost/bill.ts";
import type { Connection } from "../operate/environment.ts";
import type { EnvironmentTime } from "../operate/environment-time.ts";
import { explainError } from "../operate/explain.ts";
import type { History } from "../operate/history-types.ts";
import type { Use } from "../operate/idle-types.ts";
import type { LeafStatus } from "../operate/leaf-state.ts";
import { readLogs } from "../operate/logs.ts";
import { type CostSoFar, costSoFar, sumOf } from "../operate/month-cost.ts";
import { leafStatus } from "../operate/observe.ts";
import { livePath } from "../operate/path-observe.ts";
import { readResources, stacksOf } from "../operate/resources.ts";
import type { ResourceView } from "../operate/resource-types.ts";
import { NeverSleeps, sleepLeaf, wakeLeaf } from "../operate/steer.ts";
import type { LeafCard, LeafDetail, LogLineView, Overview } from "./api-types.ts";
import { Kept } from "./kept.ts";
import { type Action, CannotDo, type ConsoleSource, pollEvery } from "./source.ts";
import { wakesOf } from "./words.ts";

export interface SourceOptions {
  readonly project: Project;
  readonly connection: Connection;
  /** Who steers, for the wake's mark. */
  readonly who: string;
  readonly time: () => Promise<EnvironmentTime>;
  /** What it costs; undefined where it is not known. Asked once in a while. */
  readonly bill: () => Promise<Bill | undefined>;
  readonly history: (leaf: Leaf, sinceMs: number) => Promise<History>;
  /** @param minutes back from now */
  readonly use: (leaf: Leaf, minutes: number) => Promise<Use | null>;
}

const DAY_MS = 86_400_000;

/**
 * How long something may be shown before it is read again, milliseconds of this machine. On AWS describing things is free, but
 * metrics are not (0.01 US dollars for 1000 that GetMetricData reads), and accounts have limits of requests a second.
 */
const FRESH = {
  local: { use: 2000, history: 2000, cost: 5000, resources: 10_000 },
  aws: { use: 60_000, history: 30_000, cost: 60_000, resources: 300_000 },
};

/** An environment of a project, by the AWS SDK. */
export function awsSource(options: SourceOptions): ConsoleSource {
  const { project, connection } = options;
  const isLocal = connection.endpoint !== undefined;
  const fresh = isLocal ? FRESH.local : FRESH.aws;
  const pollMs = pollEvery(project.leaves, { isLocal });
  const reader = new Reader(options, fresh);
  const find = (name: string): Leaf => {
    const leaf = project.leaves.find((one) => one.name === name);
    if (leaf) return leaf;
    throw new CannotDo(404, `there is no leaf ${name}`);
  };
  return {
    pollMs,
    explain: (error) => explainError(error, project),
    overview: () => reader.overview(),
    leaf: (name) => reader.leaf(find(name)),
    logs: (name, from, onLine, signal) => followLogs(find(name), from, onLine, signal, { ...options, pollMs }),
    act: async (name, what) => {
      const done = await act(find(name), what, options);
      reader.forget(name);
      return done;
    },
  };
}

/** Reads what the pages show; what is dear or slow to read is kept for a while. */
class Reader {
  private readonly options: SourceOptions;
  private readonly histories: Kept<string, History>;
  private readonly uses: Kept<string, Use | null>;
  private readonly resources: Kept<string, ResourceView[]>;
  private readonly bills: Kept<"", Bill | undefined>;

  constructor(options: SourceOptions, fresh: (typeof FRESH)["aws"]) {
    this.options = options;
    this.histories = new Kept(fresh.history);
    this.uses = new Kept(fresh.use);
    this.resources = new Kept(fresh.resources);
    this.bills = new Kept(fresh.cost);
  }

  async overview(): Promise<Overview> {
    const { project, time } = this.options;
    const { base, environment } = project;
    const leaves = await Promise.all(project.leaves.map((leaf) => this.card(leaf)));
    const clock = await time();
    const bill = this.bill();
    const now = clock.now();
    const costs = leaves.flatMap(({ cost }) => cost ?? []);
    const shared = bill ? [costSoFar({ kind: "service", ...bill.shared }, [], now)] : [];
    return {
      application: base.name,
      environment: environment.name,
      region: base.region,
      now: new Date(now).toISOString(),
      speed: clock.speed,
      leaves,
      cost: bill ? rounded({ ...sumOf([...costs, ...shared]), hoursAwake: sumOf(costs).hoursAwake }) : null,
    };
  }

  async leaf(leaf: Leaf): Promise<LeafDetail> {
    const { project, connection } = this.options;
    const card = await this.card(leaf);
    const [path, past, resources, use] = await Promise.all([
      livePath(project, leaf, card.status, connection),
      this.history(leaf),
      this.resources.get(leaf.name, () => readResources(stacksOf(project, leaf), connection)),
      this.uses.get(`${leaf.name} long`, () => this.options.use(leaf, LONG_USE)),
    ]);
    return { card, path, wakes: past.wakes.slice(0, MOST), alerts: past.alerts.slice(0, MOST), resources, use };
  }

  /** Something was done to it. */
  forget(name: string): void {
    this.histories.forget(name);
  }

  private async card(leaf: Leaf): Promise<LeafCard> {
    const { project, connection } = this.options;
    const [status, use, cost] = await Promise.all([
      leafStatus(project, leaf, connection),
      this.uses.get(leaf.name, () => this.options.use(leaf, SHORT_USE)),
      this.cost(leaf),
    ]);
    return cardOf(leaf, status, use, cost);
  }

  private async cost(leaf: Leaf): Promise<CostSoFar | null> {
    const cost = this.bill()?.leaves.find(({ name }) => name === leaf.name);
    return cost ? rounded(costSoFar(cost, (await this.history(leaf)).wakes, (await this.options.time()).now())) : null;
  }

  private history(leaf: Leaf): Promise<History> {
    return this.histories.get(leaf.name, () => this.options.history(leaf, 31 * DAY_MS));
  }

  /** Nobody waits for it: it may have to be synthesized first. */
  private bill(): Bill | undefined {
    return this.bills.latest("", this.options.bill);
  }
}

/** Minutes on a card, and on a leaf's own page. */
const SHORT_USE = 30;
const LONG_USE = 180;
/** Wakes and alerts that a page gets. */
const MOST = 200;

/** To a hundredth of a cent, and to a minute: the pages hear of what changes, and these change all the time. */
const rounded = ({ soFar, always, hoursAwake }: CostSoFar): CostSoFar => ({
  soFar: Math.round(soFar * 10_000) / 10_000,
  always: Math.round(always * 10_000) / 10_000,
  hoursAwake: Math.round(hoursAwake * 60) / 60,
});

async function followLogs(
  leaf: Leaf,
  from: Parameters<ConsoleSource["logs"]>[1],
  onLine: (line: LogLineView) => void,
  signal: AbortSignal,
  { project, connection, time, pollMs }: SourceOptions & { pollMs: number },
): Promise<boolean> {
  if (!isContainerLeaf(leaf))
    throw new CannotDo(409, `${leaf.name} is made of parts that are not Rouse's (existing): its task definition says where its log is`);
  const after = "after" in from ? Date.parse(from.after) : 0;
  const since = "since" in from ? from.since : Math.max(0, ((await time()).now() - after) / 1000);
  return await readLogs(project, leaf, connection, {
    since,
    follow: true,
    signal,
    pollMs,
    onLine: ({ at, task, message }) => {
      if (at > after) onLine({ at: new Date(at).toISOString(), task, message });
    },
  });
}

function cardOf(leaf: Leaf, status: LeafStatus, use: Use | null, cost: CostSoFar | null): LeafCard {
  const there = status.state !== "not deployed";
  const isUp = status.state === "awake" || status.state === "waking";
  return {
    name: leaf.name,
    kind: leaf.kind,
    wakes: wakesOf(leaf),
    status,
    copy: copyOf(leaf, status),
    use,
    cost,
    can: {
      wake: there && !isUp && (leaf.kind === "dns" || leaf.kind === "engine"),
      sleep: there && isUp && leaf.kind !== "service",
      run: there && leaf.kind === "task",
    },
  };
}

/** What leads to it, asleep too: a visit wakes it. */
function copyOf(leaf: Leaf, { url }: LeafStatus): string | null {
  if (!isDnsLeaf(leaf)) return url ?? null;
  const [first] = leaf.ports;
  if (!first) return leaf.domain;
  // A game's client knows its port by itself, and a browser these two.
  return first.protocol === "tcp" && (first.port === 80 || first.port === 443)
    ? `${first.port === 80 ? "http" : "https"}://${leaf.domain}/`
    : `${leaf.domain}:${first.port}`;
}

/** In a sentence what was done. @throws CannotDo where the leaf cannot */
async function act(leaf: Leaf, what: Action, { project, connection, who }: SourceOptions): Promise<string> {
  if (what === "run" && leaf.kind !== "task") throw new CannotDo(409, `${leaf.name} is no scheduled task: wake it`);
  try {
    if (what === "sleep") return (await sleepLeaf(project, leaf, connection)) ? `${leaf.name} is going to sleep.` : `${leaf.name} was not up.`;
    const started = await wakeLeaf(project, leaf, connection, who);
    if (leaf.kind === "task") return started ? `${leaf.name} runs.` : `A run of ${leaf.name} goes on already.`;
    return started ? `${leaf.name} is waking.` : `${leaf.name} was up already.`;
  } catch (error) {
    if (error instanceof NeverSleeps) throw new CannotDo(409, error.message);
    throw error;
  }
}

import type { LeafCard, LeafDetail, LogLineView, Overview } from "../../src/console/api-types.ts";
import { type Action, CannotDo, type ConsoleSource } from "../../src/console/source.ts";
import type { Wake } from "../../src/operate/history-types.ts";
import type { Use } from "../../src/operate/idle-types.ts";
import type { LeafStatus } from "../../src/operate/leaf-state.ts";
import type { LivePath, PathStep } from "../../src/operate/path-types.ts";

/** A console with a leaf in every state, which nothing stands behind: for looking at the page, and for its pictures. */

const NOW = Date.UTC(2026, 0, 6, 20, 31, 12);
const iso = (minutesAgo: number): string => new Date(NOW - minutesAgo * 60_000).toISOString();

function use(values: readonly (number | null)[], sleepsInMinutes: number | null, alarm: Use["alarm"] = "OK"): Use {
  return {
    unit: "bytes/s",
    threshold: 1175,
    forSeconds: 420,
    minutes: values.map((value, i) => ({ at: iso(values.length - i), value })),
    sleepsAt: sleepsInMinutes === null ? null : iso(-sleepsInMinutes),
    alarm,
  };
}

const wave = (n: number, quietFrom: number): (number | null)[] =>
  Array.from({ length: n }, (_, i) =>
    i < n * 0.3 ? null : i > quietFrom ? 300 + ((i * 37) % 90) : 9000 + Math.sin(i / 5) * 5000 + ((i * 7919) % 1700),
  );

function card(
  name: string,
  kind: LeafCard["kind"],
  status: Omit<LeafStatus, "name" | "address" | "since"> & Partial<LeafStatus>,
  more: Partial<LeafCard> = {},
): LeafCard {
  const { state } = status;
  const isUp = state === "awake" || state === "waking";
  return {
    name,
    kind,
    wakes: kind === "dns" ? "a DNS query" : kind === "engine" ? "HTTP, events" : kind === "task" ? "cron(0 * * * ? *)" : "always on",
    status: { name, address: null, since: iso(90), ...status },
    copy: kind === "dns" ? `${name}.arcade.example.com:25565` : kind === "task" ? null : `https://api.example.com/${name}/`,
    use: null,
    cost: { soFar: 0.31, always: 13.4, hoursAwake: 4.2 },
    can: {
      wake: !isUp && (kind === "dns" || kind === "engine") && state !== "not deployed",
      sleep: isUp && kind !== "service",
      run: kind === "task",
    },
    ...more,
  };
}

const CARDS: LeafCard[] = [
  card(
    "minecraft",
    "dns",
    { state: "awake", since: iso(134), address: "203.0.113.7", wokenBy: "DNS query from 192.0.2.53 for 198.51.100.0/24" },
    { use: use(wave(30, 26), 4.4), cost: { soFar: 2.17, always: 14.05, hoursAwake: 19.5 } },
  ),
  card("valheim", "dns", { state: "waking", since: iso(0.7), wokenBy: "anna (rouse wake)" }),
  card("hello", "dns", { state: "asleep", since: iso(60 * 29) }, { cost: { soFar: 0.004, always: 2.13, hoursAwake: 0.3 } }),
  card("factorio", "dns", {
    state: "crashed",
    since: iso(12),
    reason: `stopped by itself 3 times (exit code 137, OutOfMemoryError: container killed due to memory usage); starts again ${iso(-18)}, or by rouse wake`,
  }),
  card(
    "auth",
    "engine",
    { state: "falling asleep", since: iso(1), wokenBy: "an HTTP request" },
    { cost: { soFar: 0.02, always: 2.1, hoursAwake: 1.1 } },
  ),
  card("report", "task", {
    state: "asleep",
    since: iso(31),
    reason: "its last run failed: its container report exited with code 1",
    runs: {
      enabled: true,
      timezone: "Europe/Berlin",
      schedules: ["cron(0 * * * ? *)"],
      next: [iso(-29), iso(-89)],
      running: [],
      last: {
        task: "3f2a",
        startedAt: iso(33),
        stoppedAt: iso(31),
        exitCode: 1,
        how: "its container report exited with code 1",
        failed: true,
        seconds: 92,
      },
    },
  }),
  card("orders", "service", {
    state: "awake",
    since: iso(60 * 5),
    url: "https://api.example.com/orders/",
    serving: {
      desired: 3,
      running: 2,
      min: 1,
      max: 10,
      healthy: 2,
      targets: 3,
      visibility: "public",
      deployment: { definition: "arcade-orders:14", state: "IN_PROGRESS", at: iso(2) },
    },
  }),
  card("a-leaf-with-a-very-long-name-indeed", "dns", { state: "not deployed", since: null }, { cost: null }),
];

const step = (id: string, title: string, state: PathStep["state"], detail: string | null, at: string | null = null): PathStep => ({
  id,
  title,
  state,
  detail,
  at,
});

function pathOf({ status, name }: LeafCard): LivePath {
  const { state } = status;
  const on = state === "awake" ? "on" : state === "waking" ? "working" : "off";
  const isUp = on !== "off";
  const steps = [
    step("dns", "DNS query", isUp ? "on" : "off", isUp ? "192.0.2.53 for 198.51.100.0/24" : "nobody has asked yet", iso(134.2)),
    step("function", "start-system", isUp ? "on" : state === "crashed" ? "failed" : "off", "reads the query log", iso(134.15)),
    step("group", "Auto Scaling group", isUp ? "on" : "off", `desired ${isUp ? 1 : 0}`, iso(134.1)),
    step("instance", "Instance", isUp ? "on" : "off", isUp ? "i-0706df520621067c7, InService" : null, iso(133.6)),
    step("task", "Task", state === "crashed" ? "failed" : on, isUp ? "b359fdaf, running" : null, iso(133.1)),
    step("record", "DNS record", state === "awake" ? "on" : "off", state === "awake" ? "203.0.113.7" : "0.0.0.0", null),
  ];
  return { steps: name === "orders" ? steps.slice(3) : steps, links: steps.slice(1).map(({ id }, i) => ({ from: steps[i]!.id, to: id })) };
}

const wake = (id: string, minutesAgo: number, more: Partial<Wake> = {}): Wake => {
  const at = (seconds: number): string => new Date(NOW - minutesAgo * 60_000 + seconds * 1000).toISOString();
  return {
    leaf: "minecraft",
    id,
    woken: { by: "dns", who: "192.0.2.53" },
    wokenBy: "DNS query from 192.0.2.53 for 198.51.100.0/24",
    phases: [
      { name: "asked", at: at(0) },
      { name: "noticed", at: at(3.1) },
      { name: "desired", at: at(3.6) },
      { name: "instance", at: at(31) },
      { name: "task", at: at(44) },
      { name: "image", at: at(58) },
      { name: "running", at: at(59) },
      { name: "healthy", at: at(96) },
      { name: "published", at: at(97) },
      { name: "traffic", at: at(120) },
    ],
    readyMs: 97_000,
    address: "203.0.113.7",
    slept: { at: at(5400), why: "idle", reason: "nobody used it" },
    keptUp: "used in 71 minutes, the last at 18:03Z, 48.1 MB in all",
    upSeconds: 5400,
    usd: 0.162,
    isFalse: false,
    ...more,
  };
};

const WAKES: Wake[] = [
  wake("i-1", 134, { slept: null, keptUp: null, usd: null, isFalse: null, upSeconds: 8040 }),
  wake("i-2", 60 * 25, { isFalse: true, keptUp: "nobody used it", upSeconds: 512, usd: 0.0154, wokenBy: "DNS query from 203.0.113.99" }),
  wake("i-3", 60 * 30, { wokenBy: "anna (rouse)", woken: { by: "cli", who: "anna" } }),
  wake("i-4", 60 * 75, {
    slept: { at: iso(60 * 68), why: "left-up", reason: "it was up for longer than its watchdog allows" },
    upSeconds: 25_200,
    usd: 0.757,
  }),
];

const detailOf = (shown: LeafCard): LeafDetail => ({
  card: shown,
  path: pathOf(shown),
  wakes: shown.kind === "dns" && shown.status.state !== "not deployed" ? WAKES : [],
  alerts: [
    {
      at: iso(12),
      subject: `${shown.name} keeps crashing: exit code 137`,
      notice: {
        id: "n1",
        occasion: "crashed",
        application: "arcade",
        environment: "prod",
        leaf: shown.name,
        at: iso(12),
        log: ["[19:59:01] Loading map …", "[19:59:14] FATAL out of memory"],
      },
      deliveries: [
        { channel: "discord", to: "discord.com", ok: true, at: iso(12) },
        { channel: "webhook", to: "ops.example.com", ok: false, error: "HTTP 503, three times", at: iso(11) },
      ],
    },
    {
      at: iso(133),
      subject: `${shown.name} is up`,
      notice: { id: "n2", occasion: "ready", application: "arcade", environment: "prod", leaf: shown.name, at: iso(133) },
      deliveries: [],
    },
  ],
  resources: [
    [
      "Auto Scaling group",
      "AWS::AutoScaling::AutoScalingGroup",
      `arcade-${shown.name}`,
      `aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names arcade-${shown.name} --region us-west-2`,
    ],
    ["ECS cluster", "AWS::ECS::Cluster", `arcade-${shown.name}`, `aws ecs describe-clusters --clusters arcade-${shown.name} --region us-west-2`],
    ["ECS service", "AWS::ECS::Service", `arn:aws:ecs:us-west-2:222222222222:service/arcade-${shown.name}/arcade-${shown.name}`, null],
  ].map(([what, type, name, command]) => ({
    what: what!,
    type: type!,
    name: name!,
    command: command ?? null,
    stack: "Arcade-Minecraft",
    region: "us-west-2",
  })),
  use: shown.use && use(wave(180, 173), 4.4),
});

export class FixtureSource implements ConsoleSource {
  readonly pollMs = 50;
  leaves: LeafCard[] = CARDS;
  /** What it fails with, where it does. */
  broken: string | undefined;

  async overview(): Promise<Overview> {
    if (this.broken) throw new Error(this.broken);
    return {
      application: "arcade",
      environment: "prod",
      region: "us-west-2",
      now: new Date(NOW).toISOString(),
      speed: 1,
      leaves: this.leaves,
      cost: { soFar: 4.21, always: 71.3, hoursAwake: 31 },
    };
  }

  async leaf(name: string): Promise<LeafDetail> {
    if (this.broken) throw new Error(this.broken);
    const found = this.leaves.find((one) => one.name === name);
    if (!found) throw new CannotDo(404, `there is no leaf ${name}`);
    return detailOf(found);
  }

  async logs(name: string, _from: unknown, onLine: (line: LogLineView) => void, signal: AbortSignal): Promise<boolean> {
    for (let i = 0; i < 40; i++)
      onLine({
        at: iso(40 - i),
        task: "b359fdaf",
        message:
          i % 7 === 3
            ? `[Server thread/WARN]: ${name} can't keep up! Is the server overloaded? Running ${i * 40} ms behind`
            : `[Server thread/INFO]: player${i % 5} moved to chunk ${i * 3}, ${i * 5}`,
      });
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    return true;
  }

  async act(name: string, what: Action): Promise<string> {
    if (name === "factorio") throw new CannotDo(409, "factorio cannot be woken: AWS (environment prod, us-west-2) does not allow it");
    return `${name}: ${what}.`;
  }

  explain(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
  }
}

import type { Glance } from "../operate/glance.ts";
import type { LeafState } from "../operate/leaf-state.ts";
import type { Serving } from "../operate/service-state.ts";
import { inZone, type Runs } from "../operate/task-state.ts";
import { moment, span } from "../operate/words.ts";
import type { Paint } from "./paint.ts";

export interface GlanceStyle {
  readonly paint: Paint;
  /** Of the terminal; undefined where nobody knows. */
  readonly columns?: number;
  /** Time zone of who reads; this machine's unless told. */
  readonly zone?: string;
}

/** What each state looks like: a sign, for who sees no colours, and one. */
const LOOKS: Record<LeafState, { sign: string; paint: (paint: Paint, text: string) => string }> = {
  awake: { sign: "●", paint: (paint, text) => paint.green(text) },
  waking: { sign: "◐", paint: (paint, text) => paint.yellow(text) },
  "falling asleep": { sign: "◑", paint: (paint, text) => paint.yellow(text) },
  crashed: { sign: "✗", paint: (paint, text) => paint.bold(paint.red(text)) },
  asleep: { sign: "○", paint: (paint, text) => paint.dim(text) },
  "not deployed": { sign: "-", paint: (paint, text) => paint.dim(text) },
};

/** Aligned columns, with what there is to say of a leaf below its line; where they do not fit, everything below its name. */
export function glanceText(glances: readonly Glance[], style: GlanceStyle): string {
  const { paint, columns = Infinity } = style;
  const rows = glances.map((glance) => [glance.name, stateWords(glance, style), whereOf(glance)] as const);
  const widths = [0, 1].map((i) => Math.max(["LEAF", "STATE"][i]!.length, ...rows.map((row) => row[i]!.length)));
  const widest = Math.max(...rows.map(([, , where]) => where.length));
  const fits = 2 + widths[0]! + 2 + widths[1]! + 2 + widest <= columns;
  const lines = glances.flatMap((glance, i) => {
    const [name, state, where] = rows[i]!;
    const look = LOOKS[glance.state];
    const below = belowOf(glance, style).flatMap(([text, color]) => folded(text, columns - 4).map((line) => color(`    ${line}`)));
    if (!fits) {
      const apart = [look.paint(paint, state), ...(where === "" ? [] : [where])].map((line) => `    ${line}`);
      return [`${look.paint(paint, look.sign)} ${paint.bold(name)}`, ...apart, ...below];
    }
    const cells = [name.padEnd(widths[0]!), look.paint(paint, state.padEnd(widths[1]!)), where];
    return [`${look.paint(paint, look.sign)} ${cells.join("  ").trimEnd()}`, ...below];
  });
  const heading = fits ? [paint.dim(`  ${"LEAF".padEnd(widths[0]!)}  ${"STATE".padEnd(widths[1]!)}  ${widest > 0 ? "WHERE" : ""}`.trimEnd())] : [];
  return `${[...heading, ...lines].join("\n")}\n`;
}

/** `awake for 2 h, sleeps in 4 min`. */
export function stateWords({ state, since, now, sleepsAt, waitsFor, retryAt }: Glance, { zone }: Pick<GlanceStyle, "zone">): string {
  const [at, time] = [since === null ? undefined : Date.parse(since), Date.parse(now)];
  const lasts = at === undefined ? "" : ` for ${span(time - at)}`;
  switch (state) {
    case "awake":
      return `awake${lasts}${sleepsAt === null ? "" : `, ${until(Date.parse(sleepsAt) - time)}`}`;
    case "waking":
      return `waking${lasts}${waitsFor === undefined ? "" : `, ${waitsFor}`}`;
    case "falling asleep":
      return `falling asleep${lasts}`;
    case "crashed":
      return `crashed${at === undefined ? "" : ` ${span(time - at)} ago`}${retryAt === undefined ? "" : `, starts again in ${span(Date.parse(retryAt) - time)}`}`;
    case "asleep":
      return at === undefined ? "asleep" : time - at < HOUR_MS ? `asleep${lasts}` : `asleep since ${moment(at, time, zone)}`;
    case "not deployed":
      return state;
  }
}

const HOUR_MS = 3_600_000;

const until = (left: number): string => (left <= 0 ? "about to sleep" : `sleeps in ${span(left)}`);

/** An engine's address is its URL, asleep or awake; a name has one only while its leaf is awake. */
function whereOf({ domain, address, url }: Glance): string {
  if (domain === undefined) return url ?? "";
  return address === null ? domain : `${domain} = ${address}`;
}

type Line = readonly [text: string, color: (text: string) => string];

function belowOf(glance: Glance, { paint, zone }: GlanceStyle): Line[] {
  const { state, wokenBy, runs, serving, reason, retryAt, now } = glance;
  const isUp = state === "awake" || state === "waking" || state === "falling asleep";
  const plain = (text: string): Line => [text, paint.dim];
  return [
    ...(isUp && wokenBy ? [plain(`woken by ${wokenBy}`)] : []),
    ...(runs ? runLines(runs).map(plain) : []),
    ...(serving ? [plain(servingLine(serving, Date.parse(now), zone))] : []),
    ...(reason ? [[retryAt ? reason.replace(retryAt, `at ${moment(Date.parse(retryAt), Date.parse(now), zone)}`) : reason, paint.red] as const] : []),
  ];
}

/** Words in lines of a width, as far as they can be. */
function folded(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** How many tasks a service has, what the load balancer thinks of them, and how its last deployment went. */
function servingLine({ desired, running, min, max, healthy, targets, visibility, deployment }: Serving, now: number, zone?: string): string {
  const limits = min === null || min === max ? "" : ` (${min} to ${max})`;
  const health = targets === undefined ? [] : [`${healthy} of ${targets} ${targets === 1 ? "target" : "targets"} healthy`];
  const at = deployment.at === null ? "" : ` ${moment(Date.parse(deployment.at), now, zone)}`;
  return [
    `${running} of ${desired} ${desired === 1 ? "task" : "tasks"}${limits}`,
    ...health,
    `${deployment.definition} ${ROLLOUT[deployment.state] ?? deployment.state}${at}`,
    ...(visibility === "internal" ? ["inside the network only"] : []),
  ].join(", ");
}

/** ECS's rollout states. */
const ROLLOUT: Record<string, string> = { IN_PROGRESS: "is being deployed, since", COMPLETED: "deployed", FAILED: "failed" };

/** When a scheduled task runs next, by its own clock, and how its last run went. */
function runLines({ enabled, timezone, next, running, last }: Runs): string[] {
  const ticks = next.map((at) => inZone(at, timezone));
  const when = enabled ? `next ${ticks.join(", ") || "never"} ${timezone}` : "its schedule is not enabled here";
  const runs = running.length > 1 ? [`${running.length} runs go on`] : [];
  return [when, ...runs, ...(last ? [`last run ${inZone(last.startedAt ?? last.stoppedAt, timezone)}: ${howItWent(last)}`] : [])];
}

function howItWent({ startedAt, seconds, exitCode, how }: NonNullable<Runs["last"]>): string {
  if (startedAt === undefined) return how;
  return `${seconds} s, ${exitCode === undefined ? how : `exit code ${exitCode}`}`;
}

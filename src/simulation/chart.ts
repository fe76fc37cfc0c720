import { scaleLinear, scaleUtc } from "d3-scale";
import { isFalseWake, type LeafResult } from "./result.ts";
import { DAY, HOUR } from "./visits.ts";

export interface ChartInput {
  readonly title: string;
  readonly results: readonly LeafResult[];
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly days: number;
  /** The time on the wall, in which its days are written. */
  readonly wall: (time: number) => number;
  /** US dollars a month of each leaf, beside always on. */
  readonly usd: (leaf: string) => { readonly month: number; readonly always: number } | undefined;
}

const WIDTH = 960;
const LEFT = 150;
const RIGHT = 190;
const TOP = 74;
const ROW = 34;
const BOTTOM = 46;
/** Rows that are drawn; more leaves are summed up in a line. */
const MOST_ROWS = 60;
/** A time up is at least that wide, or nobody sees it. */
const LEAST_WIDTH = 1.5;

/** The times up of each leaf over the days, as a drawing for light and dark pages alike. */
export function chartSvg({ title, results, start, days, wall, usd }: ChartInput): string {
  const shown = results.slice(0, MOST_ROWS);
  const end = start + days * DAY;
  const height = TOP + shown.length * ROW + BOTTOM;
  const x = scaleUtc([new Date(start), new Date(end)], [LEFT, WIDTH - RIGHT]);
  const at = (time: number): number => round(x(new Date(Math.min(Math.max(time, start), end))));
  const ticks = scaleLinear([0, days], [0, days])
    .ticks(Math.min(days, 10))
    .filter((day) => Number.isInteger(day));
  const bottom = TOP + shown.length * ROW;
  const parts = [
    `<text class="title" x="24" y="30">${escape(title)}</text>`,
    `<rect class="awake" x="24" y="41" width="10" height="10" rx="1.5"/><text class="quiet" x="40" y="50">awake</text>`,
    `<rect class="false" x="86" y="41" width="10" height="10" rx="1.5"/><text class="quiet" x="102" y="50">awake for nobody</text>`,
    `<text class="quiet end" x="${WIDTH - 24}" y="50">hours awake · a month / always on</text>`,
    ...weekends(start, days, wall).map(
      (day) => `<rect class="weekend" x="${at(day)}" y="${TOP}" width="${round(at(day + DAY) - at(day))}" height="${bottom - TOP}"/>`,
    ),
    ...ticks.map((day) => {
      const time = start + day * DAY;
      return `<line class="grid" x1="${at(time)}" x2="${at(time)}" y1="${TOP}" y2="${bottom + 5}"/><text class="quiet middle" x="${at(time)}" y="${bottom + 20}">${dateText(wall(time))}</text>`;
    }),
    ...shown.map((leaf, index) => row(leaf, TOP + index * ROW, { at, start, end, wall }, usd(leaf.name))),
    ...(results.length > shown.length
      ? [`<text class="quiet" x="24" y="${height - 8}">and ${results.length - shown.length} more leaves</text>`]
      : []),
  ];
  const label = `${title}. ${shown.map(({ name, hoursAwake, wakes }) => `${name}: ${wakes} wakes, ${hoursAwake.toFixed(1)} hours`).join("; ")}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escape(label)}">
<style>${STYLE}</style>
<rect class="page" width="${WIDTH}" height="${height}" rx="10"/>
${parts.join("\n")}
</svg>
`;
}

function row(
  { name, kind, ups, hoursAwake, falseWakes }: LeafResult,
  y: number,
  { at, start, end, wall }: { at: (time: number) => number; start: number; end: number; wall: (time: number) => number },
  usd: { month: number; always: number } | undefined,
): string {
  const middle = y + ROW / 2;
  const spans = kind === "service" ? [{ launched: start, gone: end, users: 1, by: "user" as const }] : ups;
  const bars = spans.map(({ launched, gone = end, ...up }) => {
    const isFalse = falseWakes !== null && isFalseWake(up);
    const width = Math.max(LEAST_WIDTH, round(at(gone) - at(launched)));
    return `<rect class="${isFalse ? "false" : "awake"}" x="${at(launched)}" y="${middle - 8}" width="${width}" height="16" rx="1.5"><title>${dateText(wall(launched))} ${timeText(wall(launched))} to ${timeText(wall(gone))}, ${((gone - launched) / HOUR).toFixed(1)} h${isFalse ? ", nobody came" : ""}</title></rect>`;
  });
  const money = usd === undefined ? "" : ` · $${usd.month.toFixed(2)} / $${usd.always.toFixed(2)}`;
  return [
    `<line class="track" x1="${at(start)}" x2="${at(end)}" y1="${middle}" y2="${middle}"/>`,
    `<text class="name" x="24" y="${middle + 4}">${escape(short(name))}</text>`,
    ...bars,
    `<text class="figure end" x="${WIDTH - 24}" y="${middle + 4}">${hoursAwake.toFixed(1)} h${money}</text>`,
  ].join("");
}

const STYLE = `
text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:#1f2733}
.page{fill:#fff}.title{font-size:16px;font-weight:600}.quiet{fill:#667085;font-size:11px}.name{font-weight:500}
.figure{font-variant-numeric:tabular-nums}.end{text-anchor:end}.middle{text-anchor:middle}
.weekend{fill:#f3f5f8}.grid{stroke:#e1e5eb;stroke-width:1}.track{stroke:#d5dae2;stroke-width:1}
.awake{fill:#2f7d5b}.false{fill:#e0a33a}
@media (prefers-color-scheme:dark){text{fill:#e6e9ee}.page{fill:#14181f}.quiet{fill:#98a2b3}.weekend{fill:#1b212b}
.grid{stroke:#2a313d}.track{stroke:#333c4a}.awake{fill:#5cc79a}.false{fill:#f0bd62}}`;

/** Saturdays and Sundays. */
const weekends = (start: number, days: number, wall: (time: number) => number): number[] =>
  Array.from({ length: days }, (_, day) => start + day * DAY).filter((time) => [0, 6].includes(new Date(wall(time) + DAY / 2).getUTCDay()));

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const dateText = (time: number): string => `${new Date(time).getUTCDate()} ${MONTHS[new Date(time).getUTCMonth()]}`;
const timeText = (time: number): string => new Date(time).toISOString().slice(11, 16);
const round = (value: number): number => Math.round(value * 10) / 10;
const short = (name: string): string => (name.length > 18 ? `${name.slice(0, 17)}…` : name);
const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { Use } from "../../operate/idle-types.ts";
import { now } from "./store.ts";
import { amount, duration } from "./words.ts";

const HEIGHT = 180;

/** Traffic of the last hours against the threshold below which it is idle. */
export function UseChart({ use }: { use: Use }) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const { unit, threshold, forSeconds, sleepsAt, alarm } = use;
  useEffect(() => {
    const element = place.current!;
    const draw = (): void => {
      chart.current?.destroy();
      chart.current = new uPlot(options(element, use), data(use), element);
    };
    draw();
    const resized = new ResizeObserver(() => chart.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", draw);
    return () => {
      resized.disconnect();
      dark.removeEventListener("change", draw);
      chart.current?.destroy();
    };
  }, [unit, threshold]);
  useEffect(() => chart.current?.setData(data(use)), [use]);
  const last = use.minutes.findLast(({ value }) => value !== null)?.value;
  return (
    <figure class="use">
      <figcaption class="small">
        <span>{last === undefined || last === null ? "nothing measured" : `now ${amount(last, unit)}`}</span>
        {threshold !== null && (
          <span class="dim">
            {unit === "requests"
              ? `idle without a request for ${duration(forSeconds * 1000)}`
              : `idle below ${amount(threshold, unit)} for ${duration(forSeconds * 1000)}`}
          </span>
        )}
        {sleepsAt && <span class="dim">sleeps in {duration(Date.parse(sleepsAt) - now.value)} if nobody uses it</span>}
        {alarm && (
          <span class={`alarm ${alarm}`} title="State of its alarm in CloudWatch">
            alarm {alarm === "INSUFFICIENT_DATA" ? "has no data yet" : alarm}
          </span>
        )}
      </figcaption>
      <div ref={place} role="img" aria-label={`Traffic of the last ${use.minutes.length} minutes`} />
    </figure>
  );
}

/** Of a time in seconds, as clocks where the page is show it. */
const clock = (at: number): string => new Date(at * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

function data({ minutes, threshold }: Use): uPlot.AlignedData {
  const times = minutes.map(({ at }) => Date.parse(at) / 1000);
  return [times, minutes.map(({ value }) => value), times.map(() => threshold)];
}

function options(element: HTMLElement, { unit, threshold }: Use): uPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const axis = { stroke: color("--dim"), grid: { stroke: color("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false },
    scales: { y: { range: (_self, _min, max) => [0, Math.max(max, (threshold ?? 0) * 2, 1) * 1.1] } },
    axes: [
      { ...axis, size: 28, values: (_self, values) => values.map(clock) },
      { ...axis, size: 72, values: (_self, values) => values.map((value) => amount(value, unit).replace(/ requests?$/, "")) },
    ],
    series: [
      {},
      {
        label: "traffic",
        stroke: color("--accent"),
        fill: color("--accent-soft"),
        width: 1.5,
        paths: uPlot.paths.bars!({ size: [0.9, 12] }),
        points: { show: false },
      },
      { label: "idle below", stroke: color("--warn"), width: 1, dash: [4, 4], points: { show: false }, show: threshold !== null && threshold > 0 },
    ],
  };
}

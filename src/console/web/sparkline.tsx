import type { Use } from "../../operate/idle-types.ts";
import { amount } from "./words.ts";

const WIDTH = 120;
const HEIGHT = 28;

/** The last half hour, with the line below which it is idle. */
export function Sparkline({ use }: { use: Use }) {
  const { minutes, threshold, unit } = use;
  const values = minutes.map(({ value }) => value);
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return <span class="dim small">no traffic measured</span>;
  // By the square root: what is just above the threshold is to be seen beside what is a hundred times as much.
  const top = Math.max(...known, (threshold ?? 0) * 2, 1);
  const y = (value: number): number => HEIGHT - 1 - Math.sqrt(value / top) * (HEIGHT - 3);
  const step = WIDTH / Math.max(1, values.length);
  const last = known.at(-1)!;
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`Traffic: now ${amount(last, unit)}${threshold === null ? "" : `, idle below ${amount(threshold, unit)}`}`}
    >
      {values.map((value, i) =>
        value === null ? null : (
          <rect
            class={threshold !== null && value < threshold ? "idle" : ""}
            x={i * step}
            y={y(value)}
            width={Math.max(1, step - 1)}
            height={Math.max(1, HEIGHT - y(value))}
          />
        ),
      )}
      {threshold !== null && threshold > 0 && <line x1="0" x2={WIDTH} y1={y(threshold)} y2={y(threshold)} />}
    </svg>
  );
}

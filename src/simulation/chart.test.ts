import { expect, test } from "vitest";
import { chartSvg } from "./chart.ts";
import { resultOf } from "./result.ts";
import { DAY, HOUR } from "./visits.ts";

test("the drawing has a bar for each time up, in another colour where nobody came, dates of the time zone, and words for those who do not see it", () => {
  const start = Date.UTC(2026, 1, 28, 23);
  const up = (at: number, users: number) => ({
    leaf: "a",
    asked: start + at,
    by: "user" as const,
    launched: start + at,
    users,
    gone: start + at + 2 * HOUR,
  });
  const results = [resultOf({ name: "a", ups: [up(HOUR, 1), up(DAY, 0)], visits: [], asked: 2 }, "dns", { start, days: 2 })];
  const usd = () => ({ month: 1.5, always: 70 });
  const svg = chartSvg({ title: "a <b> & c", results, start, days: 2, wall: (time) => time + HOUR, usd });
  // One of each is the legend's.
  expect([svg.match(/class="awake"/g)?.length, svg.match(/class="false"/g)?.length]).toEqual([2, 2]);
  expect(svg).toContain("a &lt;b> &amp; c");
  expect(svg).toContain("<title>1 Mar 01:00 to 03:00, 2.0 h</title>");
  expect(svg).toContain("4.0 h · $1.50 / $70.00");
  expect(svg).toContain('aria-label="a &lt;b> &amp; c. a: 2 wakes, 4.0 hours"');
  expect(svg).toContain("prefers-color-scheme:dark");
});

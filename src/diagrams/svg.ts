import { curveMonotoneX, curveMonotoneY, line } from "d3-shape";
import type { Diagram, DiagramNode } from "./diagram.ts";
import { type Laid, layOut, LINE, type Point, type Rect } from "./layout.ts";

/** Colours as variables: the picture follows the dark mode of who looks at it, also where a page has it as an image. */
const STYLE = `
    svg { --paper: #ffffff; --ink: #1f2933; --soft: #52606d; --line: #7b8794; --node: #ffffff; --frame0: #f3f6fb; --frame1: #e6edf7; --frame2: #d8e3f2; --edge: #b8c4d6; --fn: #fff4dc; --store: #e8f5ec; --out: #efe9fb; }
    @media (prefers-color-scheme: dark) { svg { --paper: #0f1720; --ink: #e4e9f0; --soft: #a5b1c2; --line: #8593a6; --node: #1c2733; --frame0: #15202c; --frame1: #1b2938; --frame2: #223346; --edge: #3b4d63; --fn: #3a3018; --store: #173226; --out: #2c2545; } }
    .paper { fill: var(--paper); }
    text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; font-size: 13px; fill: var(--ink); }
    .frame { stroke: var(--edge); } .f0 { fill: var(--frame0); } .f1 { fill: var(--frame1); } .f2 { fill: var(--frame2); }
    .title { font-size: 12px; font-weight: 600; fill: var(--soft); }
    .node { fill: var(--node); stroke: var(--line); } .double { fill: var(--fn); } .store { fill: var(--store); } .round { fill: var(--out); }
    .kind { font-size: 12px; fill: var(--soft); }
    .edge { fill: none; stroke: var(--line); stroke-width: 1.4; } .weak { stroke-dasharray: 4 4; } .head { fill: var(--line); }
    .label { font-size: 11px; fill: var(--soft); paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }`;

/** @returns an SVG that stands by itself: no script, no font, nothing from elsewhere */
export function svg(diagram: Diagram, title: string): string {
  const laid = layOut(diagram);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${laid.width} ${laid.height}" width="${laid.width}" height="${laid.height}" role="img">`,
    `  <title>${escaped(title)}</title>`,
    `  <style>${STYLE}\n  </style>`,
    '  <defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path class="head" d="M0 0 8 4 0 8z"/></marker></defs>',
    '  <rect class="paper" width="100%" height="100%"/>',
    ...laid.boxes.map(frame),
    ...laid.edges.map((edge) => `  <path class="edge${edge.weak ? " weak" : ""}" marker-end="url(#head)" d="${path(edge.points, laid.direction)}"/>`),
    ...laid.nodes.map(({ node, rect }) => drawn(node, rect)),
    ...laid.edges.flatMap(label),
    "</svg>",
    "",
  ].join("\n");
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
/** A tenth of a pixel: enough, and the same on every machine. */
const n = (value: number): number => Math.round(value * 10) / 10;

function frame({ box, rect, depth }: Laid["boxes"][number]): string {
  return [
    `  <rect class="frame f${Math.min(depth, 2)}" x="${n(rect.x)}" y="${n(rect.y)}" width="${n(rect.width)}" height="${n(rect.height)}" rx="8"/>`,
    `  <text class="title" x="${n(rect.x + 10)}" y="${n(rect.y + 17)}">${escaped(box.title.join("  "))}</text>`,
  ].join("\n");
}

/** Through every point, so that the label is on its line. */
const curves = {
  TB: line<Point>()
    .x(({ x }) => n(x))
    .y(({ y }) => n(y))
    .curve(curveMonotoneY),
  LR: line<Point>()
    .x(({ x }) => n(x))
    .y(({ y }) => n(y))
    .curve(curveMonotoneX),
};

/** Rounded numbers: a spline has many digits. */
const path = (points: readonly Point[], direction: Diagram["direction"]): string =>
  (curves[direction]([...points]) ?? "").replaceAll(/\d+\.\d+/g, (number) => String(n(Number(number))));

function drawn({ shape, lines }: DiagramNode, { x, y, width, height }: Rect): string {
  const [middle, first] = [n(x + width / 2), y + height / 2 - ((lines.length - 1) * LINE) / 2 + 4.5];
  const radius = shape === "round" ? height / 2 : shape === "store" ? 12 : 5;
  const outline = `  <rect class="node ${shape}" x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" rx="${n(radius)}"/>`;
  const texts = lines.map((text, i) => {
    const kind = lines.length > 1 && i === 0 ? ' class="kind"' : "";
    return `  <text${kind} text-anchor="middle" x="${middle}" y="${n(first + i * LINE)}">${escaped(text)}</text>`;
  });
  return [outline, ...texts].join("\n");
}

function label({ label: at, lines }: Laid["edges"][number]): string[] {
  if (!at) return [];
  return lines.map(
    (text, i) =>
      `  <text class="label" text-anchor="middle" x="${n(at.x)}" y="${n(at.y - ((lines.length - 1) * 13) / 2 + i * 13 + 4)}">${escaped(text)}</text>`,
  );
}

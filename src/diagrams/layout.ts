import { Graph, layout } from "@dagrejs/dagre";
import type { Box, Diagram, DiagramNode } from "./diagram.ts";

/** Pixels. */
export const LINE = 16;
const PAD = { x: 14, y: 9 };
/** Of a frame, above what dagre has it around. */
const TITLE = 18;

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Laid {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly { readonly node: DiagramNode; readonly rect: Rect }[];
  /** The outer ones first. */
  readonly boxes: readonly { readonly box: Box; readonly rect: Rect; readonly depth: number }[];
  readonly direction: Diagram["direction"];
  readonly edges: readonly { readonly points: readonly Point[]; readonly label?: Point; readonly lines: readonly string[]; readonly weak: boolean }[];
}

/**
 * How wide a text is at most, pixels: there is no font here to ask. Letters of a usual sans-serif are between 0.23 and 0.95 of its size
 * wide (Helvetica's metrics: i 0.22, a 0.56, m 0.83, M 0.83, W 0.94).
 */
export function textWidth(text: string, size: number): number {
  let width = 0;
  for (const letter of text)
    width += /[iljt.,:;'|!()[\] /]/.test(letter) ? 0.36 : /[mwMW@%…→]/.test(letter) ? 0.95 : /[A-Z0-9_<>=+]/.test(letter) ? 0.7 : 0.58;
  return width * size;
}

const widest = (lines: readonly string[], size: number): number => Math.max(0, ...lines.map((line) => textWidth(line, size)));

export function layOut({ direction, nodes, boxes, edges }: Diagram): Laid {
  const graph = new Graph({ compound: true, multigraph: true });
  graph.setGraph({ rankdir: direction, nodesep: direction === "LR" ? 40 : 28, ranksep: 46, edgesep: 14, marginx: 16, marginy: 16 });
  const placed = new Map<string, DiagramNode>();
  const inside = new Map<string, string>();
  const frames: { box: Box; depth: number }[] = [];
  const add = (node: DiagramNode, parent?: string): void => {
    placed.set(node.id, node);
    graph.setNode(node.id, { width: widest(node.lines, 13) + 2 * PAD.x, height: node.lines.length * LINE + 2 * PAD.y });
    if (parent !== undefined) graph.setParent(node.id, parent);
  };
  const frame = (box: Box, depth: number, parent?: string): void => {
    frames.push({ box, depth });
    graph.setNode(box.id, {});
    if (parent !== undefined) graph.setParent(box.id, parent);
    for (const node of box.nodes) add(node, box.id);
    for (const each of box.boxes) frame(each, depth + 1, box.id);
    inside.set(box.id, firstIn(box));
  };
  for (const node of nodes) add(node);
  for (const box of boxes) frame(box, 0);
  // An arrow ends at a node: one of a box is drawn to something in it, and cut where the box begins.
  for (const [i, { from, to, lines }] of edges.entries())
    graph.setEdge(
      inside.get(from) ?? from,
      inside.get(to) ?? to,
      lines.length === 0 ? {} : { width: widest(lines, 11) + 8, height: lines.length * 13 + 4, labelpos: "c" },
      String(i),
    );
  layout(graph);
  const rects = framesOf(graph, frames);
  const laidEdges = (graph.edges() as { v: string; w: string; name: string }[]).map((edge) => {
    const { from, to, lines, weak } = edges[Number(edge.name)]!;
    const { points, x, y } = graph.edge(edge) as { points: Point[]; x?: number; y?: number };
    const outOf = rects.get(from);
    const into = rects.get(to);
    const cut = outside(outside(points, into).toReversed(), outOf).toReversed();
    return { points: cut, lines, weak, ...(lines.length > 0 && x !== undefined && y !== undefined ? { label: { x, y } } : {}) };
  });
  const laidNodes = [...placed.values()].map((node) => ({ node, rect: rectOf(graph.node(node.id) as Centered) }));
  const all = [...rects.values(), ...laidNodes.map(({ rect }) => rect)];
  const ends = laidEdges.flatMap(({ points }) => points);
  const [left, top] = [Math.min(0, ...all.map(({ x }) => x - 12)), Math.min(0, ...all.map(({ y }) => y - 12))];
  const shift = ({ x, y }: Point): Point => ({ x: x - left, y: y - top });
  return {
    direction,
    width: Math.ceil(Math.max(...all.map(({ x, width }) => x + width), ...ends.map(({ x }) => x)) - left + 16),
    height: Math.ceil(Math.max(...all.map(({ y, height }) => y + height), ...ends.map(({ y }) => y)) - top + 16),
    nodes: laidNodes.map(({ node, rect }) => ({ node, rect: { ...rect, ...shift(rect) } })),
    boxes: frames.map(({ box, depth }) => ({ box, depth, rect: { ...rects.get(box.id)!, ...shift(rects.get(box.id)!) } })),
    edges: laidEdges.map((edge) => ({ ...edge, points: edge.points.map(shift), ...(edge.label ? { label: shift(edge.label) } : {}) })),
  };
}

interface Centered {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const rectOf = ({ x, y, width, height }: Centered): Rect => ({ x: x - width / 2, y: y - height / 2, width, height });

const firstIn = ({ nodes, boxes }: Box): string => nodes[0]?.id ?? firstIn(boxes[0]!);

/** Frames as dagre has them, with room for their titles: the inner ones first, so that the outer ones go around them. */
function framesOf(graph: Graph, frames: readonly { box: Box }[]): Map<string, Rect> {
  const rects = new Map<string, Rect>();
  for (const { box } of frames.toReversed()) {
    const own = rectOf(graph.node(box.id) as Centered);
    const inner = box.boxes.map(({ id }) => rects.get(id)!);
    const x = Math.min(own.x, ...inner.map((each) => each.x - 10));
    const y = Math.min(own.y, ...inner.map((each) => each.y - 10)) - TITLE;
    const right = Math.max(own.x + own.width, ...inner.map((each) => each.x + each.width + 10));
    const bottom = Math.max(own.y + own.height, ...inner.map((each) => each.y + each.height + 10));
    const width = Math.max(right - x, widest([box.title.join("  ")], 12) + 24);
    rects.set(box.id, { x: x - (width - (right - x)) / 2, y, width, height: bottom - y });
  }
  return rects;
}

/** A line without its part in a rectangle at its end. */
function outside(points: readonly Point[], rect: Rect | undefined): readonly Point[] {
  if (!rect) return points;
  const isIn = ({ x, y }: Point): boolean => x >= rect.x && x <= rect.x + rect.width && y >= rect.y && y <= rect.y + rect.height;
  const first = points.findIndex((point, i) => i > 0 && isIn(point));
  if (first < 0 || isIn(points[0]!)) return points;
  let [a, b] = [points[first - 1]!, points[first]!];
  // Halved until it is there to a hundredth of a pixel.
  for (let i = 0; i < 16; i++) {
    const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
    if (isIn(middle)) b = middle;
    else a = middle;
  }
  return [...points.slice(0, first), a];
}

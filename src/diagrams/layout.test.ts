import { describe, expect, test } from "vitest";
import type { Box, Diagram, DiagramNode } from "./diagram.ts";
import { layOut, type Rect, textWidth } from "./layout.ts";
import { mermaid } from "./mermaid.ts";
import { svg } from "./svg.ts";

const node = (id: string): DiagramNode => ({ id, shape: "box", lines: ["Function", `the-function-of-${id}`] });
const box = (id: string, nodes: string[], boxes: Box[] = []): Box => ({ id, title: [id], nodes: nodes.map(node), boxes });
const DIAGRAM: Diagram = {
  direction: "TB",
  nodes: [{ id: "who", shape: "round", lines: ['A "visitor" <b>'] }],
  boxes: [box("region", [], [box("stack", ["a", "b"], [box("nested", ["c", "d"])]), box("other", ["e"])])],
  edges: [
    { from: "who", to: "a", lines: ["asks"], weak: false },
    { from: "a", to: "c", lines: ["invokes"], weak: false },
    { from: "c", to: "a", lines: [], weak: true },
    { from: "b", to: "d", lines: ["a long label of several words"], weak: false },
    { from: "d", to: "e", lines: [], weak: false },
    { from: "e", to: "nested", lines: [], weak: true },
  ],
};

const isIn = (inner: Rect, outer: Rect): boolean =>
  inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.width <= outer.x + outer.width && inner.y + inner.height <= outer.y + outer.height;
const overlap = (a: Rect, b: Rect): boolean => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

describe.each(["TB", "LR"] as const)("laid out %s", (direction) => {
  const laid = layOut({ ...DIAGRAM, direction });
  const rectOf = new Map([
    ...laid.nodes.map(({ node, rect }) => [node.id, rect] as const),
    ...laid.boxes.map(({ box, rect }) => [box.id, rect] as const),
  ]);

  test("no node covers another, and each is within its frame, below its title", () => {
    const rects = laid.nodes.map(({ rect }) => rect);
    expect(rects.filter((one, i) => rects.slice(i + 1).some((other) => overlap(one, other)))).toEqual([]);
    for (const { box, rect } of laid.boxes) {
      for (const { id } of [...box.nodes, ...box.boxes])
        expect([id, isIn(rectOf.get(id)!, { ...rect, y: rect.y + 16, height: rect.height - 16 })]).toEqual([id, true]);
    }
  });

  test("everything is within the picture, and texts are within their nodes", () => {
    const all = { x: 0, y: 0, width: laid.width, height: laid.height };
    for (const rect of rectOf.values()) expect(isIn(rect, all)).toBe(true);
    for (const { node, rect } of laid.nodes) for (const line of node.lines) expect(textWidth(line, 13)).toBeLessThan(rect.width);
  });

  test("an arrow to a frame ends at its border", () => {
    const { x, y, width, height } = rectOf.get("nested")!;
    const end = laid.edges.at(-1)!.points.at(-1)!;
    const distance = Math.min(Math.abs(end.x - x), Math.abs(end.x - x - width), Math.abs(end.y - y), Math.abs(end.y - y - height));
    expect(distance).toBeLessThan(1);
  });
});

test("what is special in Mermaid or in XML is written so that it is text", () => {
  expect(mermaid(DIAGRAM)).toContain('who(["A #quot;visitor#quot; <b>"])');
  expect(svg(DIAGRAM, "a < b")).toContain('>A "visitor" &lt;b&gt;</text>');
  expect(svg(DIAGRAM, "a < b")).toContain("<title>a &lt; b</title>");
});

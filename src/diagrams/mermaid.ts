import type { Box, Diagram, DiagramNode, Edge } from "./diagram.ts";

/** Text as Mermaid takes it inside quotes. */
const quoted = (lines: readonly string[]): string => `"${lines.join("<br/>").replaceAll('"', "#quot;")}"`;

/** A name that is an id for Mermaid, and for an SVG. */
export const identifier = (text: string): string => text.replaceAll(/[^A-Za-z0-9]+/g, "_");

const SHAPES: Record<DiagramNode["shape"], readonly [string, string]> = {
  box: ["[", "]"],
  double: ["[[", "]]"],
  store: ["[(", ")]"],
  round: ["([", "])"],
};

/** @returns a Mermaid flowchart */
export function mermaid({ direction, nodes, boxes, edges }: Diagram): string {
  return [`flowchart ${direction}`, ...nodes.map((each) => node(each, 1)), ...boxes.flatMap((each) => box(each, 1)), ...edges.map(edge), ""].join(
    "\n",
  );
}

const indent = (depth: number): string => "  ".repeat(depth);

function node({ id, shape, lines }: DiagramNode, depth: number): string {
  const [open, close] = SHAPES[shape];
  return `${indent(depth)}${id}${open}${quoted(lines)}${close}`;
}

function box({ id, title, nodes, boxes }: Box, depth: number): string[] {
  return [
    `${indent(depth)}subgraph ${id}[${quoted(title)}]`,
    ...nodes.map((each) => node(each, depth + 1)),
    ...boxes.flatMap((each) => box(each, depth + 1)),
    `${indent(depth)}end`,
  ];
}

const edge = ({ from, to, lines, weak }: Edge): string => {
  const label = lines.length === 0 ? "" : `|${quoted(lines)}|`;
  return `  ${from} ${weak ? "-.->" : "-->"}${label} ${to}`;
};

/** A picture before it is drawn: boxes in boxes, nodes, arrows. Mermaid and SVG are made of the same one. */

export interface DiagramNode {
  readonly id: string;
  /** `double`: a function; `store`: something that keeps; `round`: outside of the stacks. */
  readonly shape: "box" | "double" | "store" | "round";
  readonly lines: readonly string[];
}

export interface Box {
  readonly id: string;
  readonly title: readonly string[];
  readonly nodes: readonly DiagramNode[];
  readonly boxes: readonly Box[];
}

export interface Edge {
  /** Ids of nodes or boxes. */
  readonly from: string;
  readonly to: string;
  readonly lines: readonly string[];
  /** Looks, prepares, or orders: does not set off, or carries nothing. */
  readonly weak: boolean;
}

export interface Diagram {
  /** Top to bottom, or left to right. */
  readonly direction: "TB" | "LR";
  /** Outside of all boxes. */
  readonly nodes: readonly DiagramNode[];
  readonly boxes: readonly Box[];
  readonly edges: readonly Edge[];
}

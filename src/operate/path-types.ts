/** The way of the present wake, or of the next one. */
export interface LivePath {
  /** In the order in which they light up. */
  readonly steps: readonly PathStep[];
  /** Ids of steps. */
  readonly links: readonly { readonly from: string; readonly to: string }[];
}

export interface PathStep {
  readonly id: string;
  /** `Instance`. */
  readonly title: string;
  /** What is there now: `i-0abc`; `0.0.0.0`. */
  readonly detail: string | null;
  readonly state: "off" | "working" | "on" | "failed";
  /** When it became so, ISO 8601; null where AWS does not tell. */
  readonly at: string | null;
}

import type { Leaf } from "../config/index.ts";

/** What wakes a leaf, in a few words. */
export function wakesOf(leaf: Leaf): string {
  switch (leaf.kind) {
    case "dns":
      return "a DNS query";
    case "task":
      return leaf.wake.schedule.expressions.join(", ");
    case "service":
      return "always on";
    case "engine":
      return [...("http" in leaf.wake && leaf.wake.http ? ["HTTP"] : []), ...(leaf.wake.event ? ["events"] : [])].join(", ");
  }
}

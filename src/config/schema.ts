/**
 * The one definition of `rouse.yaml` and of a leaf's file. Types, defaults, the JSON Schemas for editors (schemas/) and
 * docs/reference.md come from it. Every key says what it means, in which unit.
 */
export { baseSchema } from "./base-schema.ts";
export { leafSchema } from "./leaf-schema.ts";
export type { AlertOccasion, Alerts } from "./alerts-schema.ts";
export type * from "./project.ts";
export { isBalanced, isContainerLeaf, isDnsLeaf, isEngine, isInSharedZone, isRouted, isService, isTask } from "./project.ts";

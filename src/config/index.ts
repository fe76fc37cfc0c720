/** Reading, checking and explaining what users write: rouse.yaml, the leaves, and their overlays. */
export { LOCAL, LOCAL_ACCOUNT, LOCAL_DOMAIN } from "./base-rules.ts";
export { type Loaded, loadProject } from "./load.ts";
export { formatProblems, nearest, type Problem } from "./problems.ts";
export type { Architecture, Base, DnsLeaf, EngineLeaf, Health, Leaf, OwnEngine, Port, Project, ServiceLeaf, TaskLeaf, Vpc } from "./schema.ts";
export { isBalanced, isContainerLeaf, isDnsLeaf, isEngine, isInSharedZone, isRouted, isService, isTask } from "./schema.ts";
export { formatDuration, parseDuration, PER_LEAF } from "./values.ts";

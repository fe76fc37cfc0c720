import type { Scope } from "../../core/scope.ts";
import type { Store, Table } from "../../core/store.ts";
import { contextOf, reasonOf } from "../engine/context.ts";
import type { Engine } from "../engine/engine.ts";
import { resources, scopeOf, type ResourceRow, type StackRow } from "../engine/state.ts";
import { isGone, tagList } from "../providers/helpers.ts";
import type { Properties } from "../providers/provider.ts";
import { differencesOf, type Difference } from "./compare.ts";
import { readers } from "./readers/index.ts";

/** What was found out about one resource; there is none for a type that cannot be checked. */
export interface DriftRow {
  logicalId: string;
  physicalId: string;
  type: string;
  /** UNKNOWN: it could not be read, and `reason` says why. */
  status: "IN_SYNC" | "MODIFIED" | "DELETED" | "UNKNOWN";
  /** Milliseconds since the epoch. */
  timestamp: number;
  expected?: Properties;
  actual?: Properties;
  differences: Difference[];
  reason?: string;
}

/** One look at a whole stack, or at some of its resources. */
export interface DetectionRow {
  id: string;
  stackId: string;
  timestamp: number;
  status: "DRIFTED" | "IN_SYNC" | "UNKNOWN";
  drifted: number;
  reason?: string;
}

export const drifts = (store: Store, stackId: string): Table<DriftRow> =>
  store.table<DriftRow>(`cloudformation.drifts/${stackId.slice(stackId.lastIndexOf("/") + 1)}`, scopeOf(stackId));
export const detections = (store: Store, scope: Scope): Table<DetectionRow> => store.table<DetectionRow>("cloudformation.detections", scope);

/** What is known of a resource's drift; nothing once the resource was changed by its stack since. */
export function driftOf(store: Store, stackId: string, row: Pick<ResourceRow, "logicalId" | "physicalId" | "timestamp">): DriftRow | undefined {
  const known = drifts(store, stackId).get(row.logicalId);
  return known && known.physicalId === row.physicalId && known.timestamp >= row.timestamp ? known : undefined;
}

/** The last look at a stack. */
export const lastDetection = (store: Store, stack: Pick<StackRow, "stackId">): DetectionRow | undefined =>
  detections(store, scopeOf(stack.stackId))
    .filter((row) => row.stackId === stack.stackId)
    .sort((a, b) => a.timestamp - b.timestamp)
    .at(-1);

/** Compares a stack's resources, or those named, with what the services say of them. */
export async function detectStack(engine: Engine, stack: StackRow, only: readonly string[] | undefined): Promise<DetectionRow> {
  const scope = scopeOf(stack.stackId);
  const rows = resources(engine.store, scope, stack.stackId).filter((row) => only === undefined || only.includes(row.logicalId));
  const found = (await Promise.all(rows.map((row) => detectResource(engine, stack, row)))).filter((row) => row !== undefined);
  const drifted = found.filter(({ status }) => status === "MODIFIED" || status === "DELETED").length;
  const unknown = found.filter(({ status }) => status === "UNKNOWN");
  const id = engine.ids.uuid();
  return detections(engine.store, scope).set(id, {
    id,
    stackId: stack.stackId,
    timestamp: engine.clock.now(),
    // A stack with no resource that can be checked is in sync, too ("Drift detection status codes").
    status: drifted > 0 ? "DRIFTED" : unknown.length > 0 ? "UNKNOWN" : "IN_SYNC",
    drifted,
    ...(unknown.length === 0 ? {} : { reason: `Failed to detect drift on resource [${unknown.map((row) => row.logicalId).join(", ")}]` }),
  });
}

/** Compares one resource; undefined where this cloud cannot read its type. */
export async function detectResource(engine: Engine, stack: StackRow, row: ResourceRow): Promise<DriftRow | undefined> {
  const read = readers[row.type];
  if (!read || row.physicalId === undefined) return undefined;
  const context = contextOf(engine, stack, row.logicalId, row.definition, new AbortController().signal);
  const base = { logicalId: row.logicalId, physicalId: row.physicalId, type: row.type, differences: [] };
  const table = drifts(engine.store, stack.stackId);
  const keep = (found: Pick<DriftRow, "status"> & Partial<DriftRow>): DriftRow =>
    table.set(row.logicalId, { ...base, ...found, timestamp: engine.clock.now() });
  try {
    const live = await read(context, { physicalId: row.physicalId, attributes: row.attributes, properties: row.properties });
    if (live === undefined) return keep({ status: "DELETED" });
    const expected = comparable(row.shown ?? row.properties, live);
    const differences = differencesOf(expected, comparable(live, live));
    return keep({
      status: differences.length > 0 ? "MODIFIED" : "IN_SYNC",
      expected,
      actual: actualOf(expected, comparable(live, live)),
      differences,
    });
  } catch (error) {
    return keep(isGone(error) ? { status: "DELETED" } : { status: "UNKNOWN", reason: reasonOf(error) });
  }
}

/** Tags in one form, without those that AWS itself has set (`aws:…`). */
function comparable(properties: Properties, live: Properties): Properties {
  const own = (tags: unknown): unknown => tagList(tags).filter(({ Key }) => !Key.startsWith("aws:"));
  const names = ["Tags", "FileSystemTags"].filter((name) => name in properties && name in live);
  return { ...properties, ...Object.fromEntries(names.map((name) => [name, own(properties[name])])) };
}

/** The live values of what was compared. */
const actualOf = (expected: Properties, live: Properties): Properties =>
  Object.fromEntries(Object.entries(live).filter(([name, value]) => name in expected && value !== undefined));

import type { Clock } from "../../../core/clock.ts";
import type { Table } from "../../../core/store.ts";
import { runtimeError } from "../asl/errors.ts";
import type { EventRow } from "../state.ts";

/** "Maximum execution history size: 25,000 events in a single state machine execution history" (Step Functions quotas). */
const MAX_EVENTS = 25_000;

/** Writes an execution's events, and tells of each. */
export class History {
  private readonly table: Table<EventRow>;
  private readonly clock: Clock;
  private readonly told: (event: EventRow) => void;

  constructor(table: Table<EventRow>, clock: Clock, told: (event: EventRow) => void) {
    this.table = table;
    this.clock = clock;
    this.told = told;
  }

  /** @throws StatesError States.Runtime when the history is full; `last` events are always taken. */
  add(previousEventId: number, type: string, details?: EventRow["details"], last = false): number {
    const id = this.table.size + 1;
    if (id >= MAX_EVENTS && !last) throw runtimeError(`The execution reached the maximum number of history events (${MAX_EVENTS}).`);
    const event: EventRow = { id, previousEventId, type, timestamp: this.clock.now(), ...(details ? { details } : {}) };
    this.table.set(String(id).padStart(6, "0"), event);
    this.told(event);
    return id;
  }

  get length(): number {
    return this.table.size;
  }
}

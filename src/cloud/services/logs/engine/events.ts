import type { Clock, Timer } from "../../../core/clock.ts";
import type { Scope } from "../../../core/scope.ts";
import type { Store } from "../../../core/store.ts";
import { chunks, keyIn, type ChunkRow, type StoredEvent } from "../state.ts";

/** Events that go to disk in one row. */
const CHUNK = 500;
/** The most that one stream keeps; the oldest chunk goes first. AWS keeps everything: see README. */
const MAX_CHUNKS = 40;
const MAX_BYTES = 16 * 1024 * 1024;
/** How long a new event may be in memory only, in the cloud's time. */
const SAVE_AFTER_MS = 1000;
/** What each event counts besides its message (PutLogEvents: "plus 26 bytes for each log event"). */
export const EVENT_OVERHEAD = 26;

interface Chunk {
  index: number;
  events: StoredEvent[];
  bytes: number;
  saved: boolean;
}

/** What a stream knows of its events. */
export interface StreamFigures {
  firstEventTimestamp?: number;
  lastEventTimestamp?: number;
  lastIngestionTime?: number;
  bytes: number;
}

/** The events of one stream, in order of arrival. */
class StreamEvents {
  readonly scope: Scope;
  readonly group: string;
  readonly name: string;
  readonly list: Chunk[] = [];
  private sorted: StoredEvent[] | undefined;

  constructor(scope: Scope, group: string, name: string) {
    this.scope = scope;
    this.group = group;
    this.name = name;
  }

  get bytes(): number {
    return this.list.reduce((sum, chunk) => sum + chunk.bytes, 0);
  }

  append(events: readonly StoredEvent[]): void {
    for (const event of events) {
      let chunk = this.list.at(-1);
      if (!chunk || chunk.events.length >= CHUNK) this.list.push((chunk = { index: (chunk?.index ?? -1) + 1, events: [], bytes: 0, saved: false }));
      chunk.events.push(event);
      chunk.bytes += event.message.length + EVENT_OVERHEAD;
      chunk.saved = false;
    }
    this.sorted = undefined;
  }

  /** Drops whole chunks from the front. @returns their indices */
  trim(): number[] {
    const gone: number[] = [];
    while (this.list.length > 1 && (this.list.length > MAX_CHUNKS || this.bytes > MAX_BYTES)) gone.push(this.list.shift()!.index);
    if (gone.length > 0) this.sorted = undefined;
    return gone;
  }

  /** Drops events older than `horizon`. @returns the indices of chunks that are now empty */
  expire(horizon: number): number[] {
    const gone: number[] = [];
    // A copy, because chunks are taken out on the way.
    for (const chunk of this.list.slice()) {
      const kept = chunk.events.filter((event) => event.timestamp >= horizon);
      if (kept.length === chunk.events.length) continue;
      this.sorted = undefined;
      if (kept.length === 0) {
        this.list.splice(this.list.indexOf(chunk), 1);
        gone.push(chunk.index);
      } else Object.assign(chunk, { events: kept, saved: false, bytes: kept.reduce((sum, event) => sum + event.message.length + EVENT_OVERHEAD, 0) });
    }
    return gone;
  }

  /** By timestamp, then by arrival: the order that every answer has. */
  inOrder(): readonly StoredEvent[] {
    return (this.sorted ??= this.list.flatMap((chunk) => chunk.events).sort(byTime));
  }
}

/** "Sorted by event timestamp, the timestamp when the event was ingested, and the ID of the PutLogEvents request" (FilterLogEvents). */
export const byTime = (a: StoredEvent, b: StoredEvent): number => a.timestamp - b.timestamp || a.ingestionTime - b.ingestionTime || a.order - b.order;

/** An event's identifier: 56 digits like AWS's own, ordered as `byTime`. */
export const eventId = (event: StoredEvent): string =>
  `3${String(event.timestamp).padStart(15, "0")}${String(event.ingestionTime).padStart(15, "0")}${String(event.order).padStart(25, "0")}`;

/**
 * All events, in memory; written to the store in chunks a second after they came, and at the end. Bounded per stream.
 */
export class EventStore {
  private readonly store: Store;
  private readonly clock: Clock;
  private readonly streams = new Map<string, StreamEvents>();
  private readonly unsaved = new Set<StreamEvents>();
  private saving: Timer | undefined;
  private order = 0;

  constructor(store: Store, clock: Clock) {
    this.store = store;
    this.clock = clock;
    this.load();
  }

  /** Appends in order of arrival; `ingestionTime` is now. */
  append(scope: Scope, group: string, stream: string, lines: readonly { timestamp: number; message: string }[]): StoredEvent[] {
    const ingestionTime = this.clock.now();
    const events = lines.map((line) => ({ timestamp: line.timestamp, message: line.message, ingestionTime, order: this.order++ }));
    const target = this.of(scope, group, stream);
    target.append(events);
    this.forget(target, target.trim());
    this.unsaved.add(target);
    this.saving ??= this.clock.setTimer(SAVE_AFTER_MS, () => this.save());
    return events;
  }

  /** By timestamp; without those whose retention has ended. */
  read(scope: Scope, group: string, stream: string, horizon: number): readonly StoredEvent[] {
    const events = this.streams.get(key(scope, group, stream))?.inOrder() ?? [];
    const expired = lowerBound(events, horizon);
    return expired === 0 ? events : events.slice(expired);
  }

  figures(scope: Scope, group: string, stream: string, horizon: number): StreamFigures {
    const events = this.read(scope, group, stream, horizon);
    if (events.length === 0) return { bytes: 0 };
    const lastIngestionTime = events.reduce((latest, event) => Math.max(latest, event.ingestionTime), 0);
    const bytes = events.reduce((sum, event) => sum + event.message.length + EVENT_OVERHEAD, 0);
    return { firstEventTimestamp: events[0]!.timestamp, lastEventTimestamp: events.at(-1)!.timestamp, lastIngestionTime, bytes };
  }

  /** Forgets a stream's events that are older than `horizon`, on disk too. */
  expire(scope: Scope, group: string, stream: string, horizon: number): void {
    const target = this.streams.get(key(scope, group, stream));
    if (!target) return;
    this.forget(target, target.expire(horizon));
    if (target.list.some((chunk) => !chunk.saved)) this.unsaved.add(target);
    this.save();
  }

  delete(scope: Scope, group: string, stream: string): void {
    const name = key(scope, group, stream);
    const target = this.streams.get(name);
    if (!target) return;
    this.forget(
      target,
      target.list.map((chunk) => chunk.index),
    );
    this.unsaved.delete(target);
    this.streams.delete(name);
  }

  /** Writes what is not on disk yet. */
  save(): void {
    this.saving?.cancel();
    this.saving = undefined;
    for (const target of this.unsaved) {
      const table = chunks(this.store, target.scope);
      for (const chunk of target.list.filter((each) => !each.saved)) {
        const row: ChunkRow = { group: target.group, stream: target.name, index: chunk.index, events: [...chunk.events] };
        table.set(chunkKey(target, chunk.index), row);
        chunk.saved = true;
      }
    }
    this.unsaved.clear();
  }

  /** Forgets everything in memory. */
  clear(): void {
    this.saving?.cancel();
    this.saving = undefined;
    this.streams.clear();
    this.unsaved.clear();
  }

  private of(scope: Scope, group: string, stream: string): StreamEvents {
    const name = key(scope, group, stream);
    let events = this.streams.get(name);
    if (!events) this.streams.set(name, (events = new StreamEvents({ account: scope.account, region: scope.region }, group, stream)));
    return events;
  }

  private forget(target: StreamEvents, indices: readonly number[]): void {
    for (const index of indices) chunks(this.store, target.scope).delete(chunkKey(target, index));
  }

  private load(): void {
    for (const scope of this.store.scopes("logs.chunks")) {
      for (const row of chunks(this.store, scope)
        .values()
        .sort((a, b) => a.index - b.index)) {
        const bytes = row.events.reduce((sum, event) => sum + event.message.length + EVENT_OVERHEAD, 0);
        this.of(scope, row.group, row.stream).list.push({ index: row.index, events: [...row.events], bytes, saved: true });
        this.order = Math.max(this.order, ...row.events.map((event) => event.order + 1));
      }
    }
  }
}

const key = (scope: Scope, group: string, stream: string): string => `${scope.account}|${scope.region}|${keyIn(group, stream)}`;
const chunkKey = (target: StreamEvents, index: number): string => `${keyIn(target.group, target.name)}:${String(index).padStart(9, "0")}`;

/** The index of the first event at or after `timestamp`. */
export function lowerBound(events: readonly StoredEvent[], timestamp: number): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (events[middle]!.timestamp < timestamp) low = middle + 1;
    else high = middle;
  }
  return low;
}

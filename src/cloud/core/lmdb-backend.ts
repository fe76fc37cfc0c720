import { mkdirSync } from "node:fs";
import { open } from "lmdb";
import type { StoreBackend } from "./store.ts";

/** Bytes of table and key; LMDB's own limit, 1978, is for both with what separates them (lmdb-js, README). */
const LARGEST_KEY = 1970;

interface Change {
  table: string;
  key: string;
  /** Undefined: the row is gone. */
  row: unknown;
}

/**
 * Keeps the rows in an LMDB file under `folder`. Writes are batched and asynchronous; `close` waits for them. A process
 * that is killed loses at most the last few milliseconds of changes, never the file (LMDB commits are atomic).
 *
 * Of a row that changes several times in one turn of the event loop only the last version is encoded and written: a
 * deployment sets each resource three times, and encoding was a tenth of its time.
 */
export function lmdbBackend(folder: string): StoreBackend {
  mkdirSync(folder, { recursive: true });
  const db = open<unknown, [string, string]>({ path: `${folder}/state.mdb`, encoding: "msgpack", structuredClone: true } as never);
  const changes = new Map<string, Change>();
  let planned: NodeJS.Immediate | undefined;
  const flush = (): void => {
    planned = undefined;
    for (const { table, key, row } of changes.values()) void (row === undefined ? db.remove([table, key]) : db.put([table, key], row));
    changes.clear();
  };
  const note = (change: Change): void => {
    // Said to whoever sets the row, not to the event loop later.
    if (change.key.length > LARGEST_KEY / 3 && Buffer.byteLength(change.table + change.key) > LARGEST_KEY)
      throw new Error(`a key of ${change.table} is longer than ${LARGEST_KEY} bytes`);
    changes.set(`${change.table}\0${change.key}`, change);
    planned ??= setImmediate(flush);
  };
  return {
    *load() {
      for (const { key, value } of db.getRange({})) yield { table: key[0], key: key[1], row: value };
    },
    put(table, key, row) {
      note({ table, key, row });
    },
    remove(table, key) {
      note({ table, key, row: undefined });
    },
    async clear() {
      changes.clear();
      await db.clearAsync();
    },
    async close() {
      clearImmediate(planned);
      flush();
      await db.flushed;
      await db.close();
    },
  };
}

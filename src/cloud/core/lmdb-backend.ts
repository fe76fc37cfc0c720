import { mkdirSync } from "node:fs";
import { open } from "lmdb";
import type { StoreBackend } from "./store.ts";

/**
 * Keeps the rows in an LMDB file under `folder`. Writes are batched and asynchronous; `close` waits for them. A process
 * that is killed loses at most the last few milliseconds of changes, never the file (LMDB commits are atomic).
 */
export function lmdbBackend(folder: string): StoreBackend {
  mkdirSync(folder, { recursive: true });
  const db = open<unknown, [string, string]>({ path: `${folder}/state.mdb`, encoding: "msgpack", structuredClone: true } as never);
  return {
    *load() {
      for (const { key, value } of db.getRange({})) yield { table: key[0], key: key[1], row: value };
    },
    put(table, key, row) {
      void db.put([table, key], row);
    },
    remove(table, key) {
      void db.remove([table, key]);
    },
    async clear() {
      await db.clearAsync();
    },
    async close() {
      await db.flushed;
      await db.close();
    },
  };
}

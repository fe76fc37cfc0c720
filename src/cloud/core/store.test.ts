import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lmdbBackend } from "./lmdb-backend.ts";
import { Store } from "./store.ts";

const scope = { account: "000000000000", region: "us-west-2" };

describe("a store in a folder", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "rouse-store-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("has the same rows after it was closed and opened again", async () => {
    const first = new Store(lmdbBackend(folder));
    const row = { name: "a", at: new Date(5), nested: { list: [1, 2], bytes: new Uint8Array([1, 2]) }, tags: new Map([["x", "y"]]) };
    first.table("t.rows", scope).set("arn:aws:x:1", row);
    first.table("t.rows", scope).set("gone", { name: "b" });
    first.table("t.rows", scope).delete("gone");
    await first.close();

    const second = new Store(lmdbBackend(folder));
    expect(second.table<{ name: string }>("t.rows", scope).entries()).toEqual([["arn:aws:x:1", row]]);
    expect(second.scopes("t.rows")).toEqual([scope]);
    await second.close();
  });

  test("is empty after a reset, and stays so", async () => {
    const first = new Store(lmdbBackend(folder));
    first.table("t.rows", scope).set("a", { n: 1 });
    await first.reset();
    expect(first.table("t.rows", scope).size).toBe(0);
    await first.close();
    const second = new Store(lmdbBackend(folder));
    expect(second.table("t.rows", scope).size).toBe(0);
    await second.close();
  });

  test("keeps the last of several changes in a row, whatever they were", async () => {
    const first = new Store(lmdbBackend(folder));
    const table = first.table<{ n: number }>("t.rows", scope);
    for (const n of [1, 2, 3]) table.set("changed", { n });
    table.set("back", { n: 1 });
    table.delete("back");
    table.set("back", { n: 2 });
    await new Promise((resolve) => setImmediate(resolve));
    table.set("later", { n: 1 });
    table.update("changed", { n: 4 });
    await first.close();
    const second = new Store(lmdbBackend(folder));
    expect(Object.fromEntries(second.table("t.rows", scope).entries())).toEqual({ changed: { n: 4 }, back: { n: 2 }, later: { n: 1 } });
    await second.close();
  });

  test("refuses a key that the file cannot take where the row is set", async () => {
    const store = new Store(lmdbBackend(folder));
    expect(() => store.table("t.rows", scope).set("ä".repeat(1000), {})).toThrow("longer than 1970 bytes");
    await store.close();
  });

  test("takes long keys and undefined members", async () => {
    const first = new Store(lmdbBackend(folder));
    const key = "k".repeat(1500);
    first.table("t.rows", scope).set(key, { a: undefined, b: 1 });
    await first.close();
    const second = new Store(lmdbBackend(folder));
    expect(second.table<{ b: number }>("t.rows", scope).get(key)?.b).toBe(1);
    await second.close();
  });
});

describe("tables", () => {
  test("of two regions are apart", () => {
    const store = new Store();
    store.table("t.rows", scope).set("a", 1);
    expect(store.table("t.rows", { ...scope, region: "us-east-1" }).size).toBe(0);
  });

  test("an update of a row that is not there is an error", () => {
    expect(() => new Store().table("t.rows", scope).update("a", {})).toThrow("t.rows");
  });
});

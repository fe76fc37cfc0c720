import type { Scope } from "./scope.ts";

/**
 * One kind of thing in one account and region, by key. Rows are plain data (what structured cloning takes) and are
 * treated as immutable: change one by `set` with a new object, or by `update`, so that the change is kept on disk too.
 */
export interface Table<T> {
  get(key: string): T | undefined;
  has(key: string): boolean;
  set(key: string, row: T): T;
  /** Replaces some members of a row. @throws Error when there is no such row. */
  update(key: string, change: Partial<T>): T;
  delete(key: string): boolean;
  values(): T[];
  entries(): [string, T][];
  find(test: (row: T) => boolean): T | undefined;
  filter(test: (row: T) => boolean): T[];
  readonly size: number;
}

/** What keeps the rows when the process ends. */
export interface StoreBackend {
  load(): Iterable<{ table: string; key: string; row: unknown }>;
  put(table: string, key: string, row: unknown): void;
  remove(table: string, key: string): void;
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** The state of the whole cloud: declared tables, per account and region. Reset and persistence are here and nowhere else. */
export class Store {
  private readonly tables = new Map<string, Map<string, unknown>>();
  /** The scopes of the tables of each name: engines ask for them every minute. */
  private readonly scopesOf = new Map<string, { scope: Scope; rows: Map<string, unknown> }[]>();
  private readonly backend: StoreBackend | undefined;

  /** False: nobody will read the rows again when the process has ended, so what is kept in memory besides need not be written into rows. */
  readonly isKept: boolean;

  constructor(backend?: StoreBackend, { isKept = true }: { isKept?: boolean } = {}) {
    this.backend = backend;
    this.isKept = isKept;
    for (const { table, key, row } of backend?.load() ?? []) this.rows(table).set(key, row);
  }

  /** The table `name` (such as `ecs.tasks`) of one account and region. Cheap: may be called for every request. */
  table<T>(name: string, scope: Scope): Table<T> {
    const full = `${name}|${scope.account}|${scope.region}`;
    return new MapTable<T>(full, this.rows(full) as Map<string, T>, this.backend);
  }

  /** The scopes in which a table has rows: for engines that work across accounts and regions. */
  scopes(name: string): Scope[] {
    return (this.scopesOf.get(name) ?? []).filter(({ rows }) => rows.size > 0).map(({ scope }) => scope);
  }

  /** Forgets everything, on disk too. */
  async reset(): Promise<void> {
    for (const rows of this.tables.values()) rows.clear();
    await this.backend?.clear();
  }

  async close(): Promise<void> {
    await this.backend?.close();
  }

  private rows(full: string): Map<string, unknown> {
    let rows = this.tables.get(full);
    if (!rows) {
      rows = new Map();
      this.tables.set(full, rows);
      const [name, account, region] = full.split("|");
      const own = this.scopesOf.get(name!) ?? [];
      own.push({ scope: { account: account!, region: region! }, rows });
      this.scopesOf.set(name!, own);
    }
    return rows;
  }
}

class MapTable<T> implements Table<T> {
  private readonly name: string;
  private readonly rows: Map<string, T>;
  private readonly backend: StoreBackend | undefined;

  constructor(name: string, rows: Map<string, T>, backend: StoreBackend | undefined) {
    this.name = name;
    this.rows = rows;
    this.backend = backend;
  }

  get(key: string): T | undefined {
    return this.rows.get(key);
  }
  has(key: string): boolean {
    return this.rows.has(key);
  }
  set(key: string, row: T): T {
    this.rows.set(key, row);
    this.backend?.put(this.name, key, row);
    return row;
  }
  update(key: string, change: Partial<T>): T {
    const row = this.rows.get(key);
    if (row === undefined) throw new Error(`${this.name} has no row ${key}`);
    return this.set(key, { ...row, ...change });
  }
  delete(key: string): boolean {
    const had = this.rows.delete(key);
    if (had) this.backend?.remove(this.name, key);
    return had;
  }
  values(): T[] {
    return [...this.rows.values()];
  }
  entries(): [string, T][] {
    return [...this.rows.entries()];
  }
  find(test: (row: T) => boolean): T | undefined {
    for (const row of this.rows.values()) if (test(row)) return row;
    return undefined;
  }
  filter(test: (row: T) => boolean): T[] {
    const found: T[] = [];
    for (const row of this.rows.values()) if (test(row)) found.push(row);
    return found;
  }
  get size(): number {
    return this.rows.size;
  }
}

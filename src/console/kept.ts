/** Values that may be shown for a while before they are read again. Those who ask at the same time share one reading. */
export class Kept<K, V> {
  private readonly freshMs: number;
  private readonly now: () => number;
  private readonly values = new Map<K, { at: number; value: Promise<V> }>();

  /** @param freshMs milliseconds of this machine */
  constructor(freshMs: number, now: () => number = () => performance.now()) {
    this.freshMs = freshMs;
    this.now = now;
  }

  get(key: K, read: () => Promise<V>): Promise<V> {
    const kept = this.values.get(key);
    if (kept && this.now() - kept.at < this.freshMs) return kept.value;
    const value = read();
    const entry = { at: this.now(), value };
    this.values.set(key, entry);
    // What could not be read is read again by the next one.
    value.catch(() => {
      if (this.values.get(key) === entry) this.values.delete(key);
    });
    return value;
  }

  forget(key: K): void {
    this.values.delete(key);
  }
}

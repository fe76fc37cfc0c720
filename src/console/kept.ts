/** Values that may be shown for a while before they are read again. Those who ask at the same time share one reading. */
export class Kept<K, V> {
  private readonly freshMs: number;
  private readonly now: () => number;
  private readonly values = new Map<K, { at: number; value: Promise<V> }>();
  /** For `latest`. */
  private readonly known = new Map<K, V>();
  private readonly failed = new Map<K, { error: unknown }>();
  private readonly reading = new Set<K>();

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

  /**
   * What is known, without waiting: for what takes long to read. What is old is shown until the new one is there.
   * @returns undefined until the first reading has ended
   * @throws what a reading has thrown, once
   */
  latest(key: K, read: () => Promise<V>): V | undefined {
    const failed = this.failed.get(key);
    this.failed.delete(key);
    if (failed) throw failed.error;
    if (!this.reading.has(key) && !(this.values.has(key) && this.now() - this.values.get(key)!.at < this.freshMs)) {
      const value = this.get(key, read);
      this.reading.add(key);
      value
        .then(
          (known) => this.known.set(key, known),
          (error: unknown) => this.failed.set(key, { error }),
        )
        .finally(() => this.reading.delete(key));
    }
    return this.known.get(key);
  }

  forget(key: K): void {
    this.values.delete(key);
  }
}

/** Metadata of a target (a class), by key. */
type Kept = WeakMap<object, Map<unknown, unknown>>;

/**
 * @peculiar/x509 has its parts made by tsyringe, which keeps what it knows of classes through three functions of the "Metadata
 * Reflection API" and refuses to load without them. The package `reflect-metadata` brings the whole API (60 KB); these are the
 * three. Where somebody has brought them already, they stay.
 */
export function provideMetadata(): void {
  if ("getMetadata" in Reflect) return;
  const kept: Kept = new WeakMap();
  const own = (key: unknown, target: object): unknown => kept.get(target)?.get(key);
  const inherited = (key: unknown, target: object): unknown => {
    for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at) as object | null) {
      if (kept.get(at)?.has(key)) return own(key, at);
    }
    return undefined;
  };
  const define = (key: unknown, value: unknown, target: object): void => {
    const values = kept.get(target) ?? new Map<unknown, unknown>();
    kept.set(target, values.set(key, value));
  };
  for (const [name, value] of Object.entries({ getMetadata: inherited, getOwnMetadata: own, defineMetadata: define })) {
    Object.defineProperty(Reflect, name, { value, configurable: true, writable: true });
  }
}

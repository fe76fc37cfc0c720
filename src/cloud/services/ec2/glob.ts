const cache = new Map<string, RegExp>();

/** A filter's value as a pattern: `*` any characters, `?` one, a backslash takes the next character as it is. */
export function globToRegExp(glob: string): RegExp {
  let pattern = cache.get(glob);
  if (!pattern) {
    if (cache.size > 500) cache.clear();
    // Runs of stars are one star, so that a pattern cannot take exponential time.
    const source = glob.replace(/\*+/g, "*").replace(/\\(.)|([*?])|([.+^${}()|[\]\\])/gs, (_all, taken?: string, wild?: string, special?: string) => {
      if (taken !== undefined) return taken.replace(/[.*+?^${}()|[\]\\]/, String.raw`\$&`);
      if (wild !== undefined) return wild === "*" ? "[^]*" : "[^]";
      return `\\${special}`;
    });
    cache.set(glob, (pattern = new RegExp(`^${source}$`)));
  }
  return pattern;
}

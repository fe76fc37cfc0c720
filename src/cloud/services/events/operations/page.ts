/** One page of a list. The marker is the index that the next page starts at. */
export function page<T>(all: readonly T[], marker: string | undefined, size: number): { items: T[]; next?: string } {
  const start = Number(marker ?? 0) || 0;
  const end = start + size;
  return { items: all.slice(start, end), ...(end < all.length ? { next: String(end) } : {}) };
}

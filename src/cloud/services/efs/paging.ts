/** One page; the marker is the position that comes next. */
export function paged<T>(rows: T[], marker: string | undefined, size = 100): { items: T[]; next?: string } {
  const start = Number(marker ?? 0) || 0;
  const items = rows.slice(start, start + size);
  return { items, next: start + size < rows.length ? String(start + size) : undefined };
}

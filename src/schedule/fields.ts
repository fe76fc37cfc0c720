/**
 * The numbers of a cron field with `*`, lists, ranges and increments (`0/15`, `1-10/2`), or undefined where it is none.
 * @param names for the first numbers from `low` on: JAN-DEC, SUN-SAT
 */
export function numbersOf(field: string, low: number, high: number, names: readonly string[] = []): Set<number> | undefined {
  const numbers = new Set<number>();
  for (const part of field.split(",")) {
    const range = rangeOf(part, low, high, names);
    if (!range) return undefined;
    for (const number of range) numbers.add(number);
  }
  return numbers;
}

function rangeOf(part: string, low: number, high: number, names: readonly string[]): number[] | undefined {
  const [bounds, step, ...more] = part.split("/") as [string, string | undefined, ...string[]];
  if (more.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) return undefined;
  const [first, last, ...rest] = bounds.split("-") as [string, string | undefined, ...string[]];
  if (rest.length > 0) return undefined;
  const from = first === "*" ? low : numberOf(first, low, high, names);
  // `5` is one number, `5/10` goes on to the end.
  const to = last !== undefined ? numberOf(last, low, high, names) : first === "*" || step !== undefined ? high : from;
  if (from === undefined || to === undefined || (first === "*" && last !== undefined)) return undefined;
  // Quartz, whose syntax this is, lets a range go round: FRI-MON, 22-2.
  const size = high - low + 1;
  const length = from <= to ? to - from : to - from + size;
  const range: number[] = [];
  for (let i = 0; i <= length; i += Number(step ?? 1)) range.push(low + ((from - low + i) % size));
  return range;
}

/** One number or name; undefined where it is neither or out of range. */
export function numberOf(text: string, low: number, high: number, names: readonly string[]): number | undefined {
  const named = names.indexOf(text.toUpperCase());
  if (named >= 0) return low + named;
  if (!/^\d{1,4}$/.test(text)) return undefined;
  const number = Number(text);
  return number >= low && number <= high ? number : undefined;
}

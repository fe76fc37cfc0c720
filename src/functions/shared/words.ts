/** How long and how dear, in words for people who are told of it. */

/** `42 s`, `12 min`, `3 h 05 min`. @param seconds not negative */
export function lasted(seconds: number): string {
  if (seconds < 100) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** `$1.20`, `$0.034`: a cent is much for a short wake. */
export function dollars(usd: number): string {
  if (usd >= 0.995) return `$${usd.toFixed(2)}`;
  return usd === 0 || usd >= 0.0001 ? `$${Number(usd.toPrecision(2))}` : "less than $0.0001";
}

/** `It was up for 12 min, which cost $0.034.` */
export const upAndCost = ({ upSeconds, usd }: { readonly upSeconds?: number; readonly usd?: number }): string =>
  upSeconds === undefined ? "" : `It was up for ${lasted(upSeconds)}${usd === undefined ? "" : `, which cost ${dollars(usd)}`}.`;

/** What being up cost. @param hourUsd price of an hour, as the function's environment says it; empty where none is known */
export function costOf(upSeconds: number, hourUsd: string): { usd?: number } {
  const price = Number(hourUsd);
  return hourUsd === "" || !Number.isFinite(price) ? {} : { usd: Number(((upSeconds / 3600) * price).toPrecision(6)) };
}

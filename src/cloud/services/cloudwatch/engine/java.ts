/**
 * CloudWatch writes numbers and times as Java does: `1.0`, `1.5E7`, `2026-01-05T12:00:00.000+0000`. Programs that read its
 * messages (and people who know them) see the difference.
 */

/** A number as Java's Double.toString writes it. */
export function javaDouble(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e7 || size < 1e-3)) {
    const [mantissa, exponent] = value.toExponential().split("e");
    return `${mantissa!.includes(".") ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** A number that `javaJson` writes as a Double, not as an integer. */
export class Double {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
  toJSON(): string {
    return `\u0001${javaDouble(this.value)}\u0001`;
  }
}

/** JSON in which a Double has its decimal point. */
export const javaJson = (value: unknown): string => JSON.stringify(value).replaceAll(/"\\u0001([^\\"]*)\\u0001"/g, "$1");

/** `2026-01-05T12:00:00.000+0000`. */
export const javaTime = (at: number): string => new Date(at).toISOString().replace("Z", "+0000");

/** `05/01/26 12:00:00`, as in an alarm's reason. */
export function reasonTime(at: number): string {
  const iso = new Date(at).toISOString();
  return `${iso.slice(8, 10)}/${iso.slice(5, 7)}/${iso.slice(2, 4)} ${iso.slice(11, 19)}`;
}

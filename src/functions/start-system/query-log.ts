import { gunzipSync } from "node:zlib";

/**
 * One line of a public hosted zone's query log. Fields, divided by single spaces: format version, time, hosted zone,
 * name, type, response code, layer 4 protocol, edge location, resolver's address, EDNS client subnet or `-`
 * (Amazon Route 53 Developer Guide, "Public DNS query logging", values that appear in DNS query logs).
 */
export interface Query {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** As logged, without a dot at the end. In any case of letters. */
  readonly name: string;
  readonly type: string;
  readonly code: string;
  readonly resolver: string;
  readonly subnet?: string;
}

/** @returns undefined where the line is not a query log line. */
export function parseQuery(line: string): Query | undefined {
  const [version, time, , name, type, code, , , resolver, subnet] = line.trim().split(/\s+/);
  if (!version?.startsWith("1.") || !time || !name || !type || !code || !resolver) return undefined;
  const at = Date.parse(time);
  if (Number.isNaN(at)) return undefined;
  return { at, name: name.replace(/\.$/, ""), type, code, resolver, ...(subnet && subnet !== "-" ? { subnet } : {}) };
}

/** Queries by their name, in lower case; and the lines that are none. */
export function byName(lines: readonly string[]): { queries: Map<string, Query[]>; others: string[] } {
  const queries = new Map<string, Query[]>();
  const others: string[] = [];
  for (const line of lines) {
    const query = parseQuery(line);
    const name = query?.name.toLowerCase();
    if (!query || name === undefined) others.push(line);
    else queries.set(name, [...(queries.get(name) ?? []), query]);
  }
  return { queries, others };
}

interface LogsPayload {
  readonly messageType: string;
  readonly logEvents: { readonly message: string }[];
}

/**
 * The log lines of an event from a subscription filter: base64, gzip, JSON (CloudWatch Logs User Guide, "Subscription
 * filters with AWS Lambda"). A CONTROL_MESSAGE, which only tries whether the destination is there, has none.
 */
export function decodeLines(event: { readonly awslogs: { readonly data: string } }): string[] {
  const payload = JSON.parse(gunzipSync(Buffer.from(event.awslogs.data, "base64")).toString("utf8")) as LogsPayload;
  return payload.messageType === "DATA_MESSAGE" ? payload.logEvents.map(({ message }) => message) : [];
}

import type { Clock } from "../../../core/clock.ts";
import type { LogsPort } from "../../../core/ports.ts";
import { toText } from "../names.ts";
import type { Query } from "./message.ts";
import { typeName, type Rcode } from "./types.ts";
import type { Zone } from "./zones.ts";

export interface LoggedQuery {
  query: Query;
  zone: Zone;
  rcode: Rcode;
  protocol: "UDP" | "TCP";
  resolver: string;
}

/**
 * Query logs, in the format of "Public DNS query logging" (Route 53 Developer Guide), "Values that appear in DNS query
 * logs": version, time, hosted zone, name, type, response code, protocol, edge location, resolver, client subnet.
 * - The name is "the domain or subdomain that was specified in the request": in the request's own case, since nothing there
 *   says otherwise, and without the trailing dot (as in all of the guide's examples).
 * - "The format for the name of each log stream is hosted-zone-id/edge-location-ID, for example, Z1D633PJN98FT9/DFW3."
 * On AWS a line takes seconds to minutes; here it is written in the same turn of the event loop, together with the others
 * of that turn.
 */
export class QueryLog {
  private readonly clock: Clock;
  private readonly logs: LogsPort;
  private readonly edge: string;
  private readonly waiting = new Map<Zone, { timestamp: number; message: string }[]>();
  private release: (() => void) | undefined;

  constructor(clock: Clock, logs: LogsPort, edge: string) {
    this.clock = clock;
    this.logs = logs;
    this.edge = edge;
  }

  write(entry: LoggedQuery): void {
    if (!entry.zone.logGroup) return;
    const timestamp = this.clock.now();
    const line = { timestamp, message: formatLine(entry, timestamp, this.edge) };
    const lines = this.waiting.get(entry.zone);
    if (lines) lines.push(line);
    else this.waiting.set(entry.zone, [line]);
    if (this.release) return;
    this.release = this.clock.hold();
    setImmediate(() => this.flush());
  }

  flush(): void {
    const batches = [...this.waiting];
    this.waiting.clear();
    try {
      for (const [zone, lines] of batches) this.logs.write(zone.logGroup!.scope, zone.logGroup!.name, `${zone.id}/${this.edge}`, lines);
    } finally {
      this.release?.();
      this.release = undefined;
    }
  }
}

/** `1.0 2017-12-13T08:16:02.130Z Z123412341234 example.com A NOERROR UDP FRA6 192.168.1.1 -` */
export function formatLine({ query, zone, rcode, protocol, resolver }: LoggedQuery, timestamp: number, edge: string): string {
  // Escapes for everything unusual, so that no name can pretend to be further fields.
  const name = toText(query.asked).slice(0, -1) || ".";
  return `1.0 ${new Date(timestamp).toISOString()} ${zone.id} ${name} ${typeName(query.type)} ${rcode} ${protocol} ${edge} ${resolver} ${query.edns?.subnet?.text ?? "-"}`;
}

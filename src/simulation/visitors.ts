import type { Clock } from "../cloud/core/clock.ts";
import type { Names } from "../cloud/index.ts";
import type { ModelConnection, ModelRuntime } from "../cloud/machines/model/index.ts";
import type { DnsLeaf } from "../config/index.ts";
import { UNAVAILABLE_ADDRESS } from "../functions/shared/names.ts";
import { aQuery } from "./dns-query.ts";
import type { Ups } from "./ups.ts";
import { MINUTE, type Visit } from "./visits.ts";

/** How people are. Milliseconds. */
export interface Manners {
  /** Between two tries to reach a leaf that does not answer. */
  readonly retry: number;
  /** After how long a user gives up. */
  readonly patience: number;
}

export interface VisitOutcome {
  readonly visit: Visit;
  /** Milliseconds until the leaf could be used; undefined: never, or nobody wanted to. */
  readonly waited?: number;
  /** The connection ended before the visit did. How often. */
  readonly cutOff: number;
}

export interface DnsWorld {
  readonly clock: Clock;
  readonly names: Names;
  readonly machines: Pick<ModelRuntime, "connect">;
  readonly manners: Manners;
  /** Milliseconds from a query until its line is in the query log. */
  logDelay(leaf: string): number;
}

/** A leaf that DNS wakes, with those who come to it. */
export class DnsVisits {
  asked = 0;
  private readonly world: DnsWorld;
  private readonly leaf: DnsLeaf;
  private readonly ups: Ups;
  private id = 0;

  constructor(world: DnsWorld, leaf: DnsLeaf, ups: Ups) {
    this.world = world;
    this.leaf = leaf;
    this.ups = ups;
    let last = this.address();
    world.names.onChange(() => {
      const address = this.address();
      if (address !== last && address !== undefined) ups.ready(world.clock.now());
      last = address;
    });
  }

  end(): void {}

  async visit(visit: Visit): Promise<VisitOutcome> {
    if (visit.kind === "scanner") {
      this.ask("scanner");
      return { visit, cutOff: 0 };
    }
    return this.use(visit);
  }

  private async use(visit: Visit): Promise<VisitOutcome> {
    const { clock, manners } = this.world;
    let waited: number | undefined;
    let left = visit.ms;
    let cutOff = -1;
    let since = clock.now();
    while (left > 0 && clock.now() - since < manners.patience) {
      const connection = this.connect(this.ask("user"));
      if (!connection) {
        await clock.sleep(manners.retry);
        continue;
      }
      waited ??= clock.now() - visit.at;
      this.ups.used();
      cutOff += 1;
      left -= await this.stay(connection, left, visit.bytesPerSecond);
      since = clock.now();
    }
    return { visit, ...(waited === undefined ? {} : { waited }), cutOff: Math.max(0, cutOff) };
  }

  /** Asks DNS. The query comes to the query log, and so to the function, a while later. */
  private ask(by: Visit["kind"]): string | undefined {
    const { clock, names } = this.world;
    const address = this.address();
    if (address === undefined) this.ups.asked(clock.now(), by);
    this.asked += 1;
    const message = aQuery(this.leaf.domain, ++this.id);
    // Addresses for documentation (RFC 5737).
    const resolver = by === "user" ? "192.0.2.53" : "198.51.100.66";
    clock.setTimer(this.world.logDelay(this.leaf.name), () => void names.query(message, resolver));
    return address;
  }

  private address(): string | undefined {
    const [address] = this.world.names.addresses(this.leaf.domain);
    return address === UNAVAILABLE_ADDRESS ? undefined : address;
  }

  private connect(address: string | undefined): ModelConnection | undefined {
    const [port] = this.leaf.ports;
    return address === undefined || !port ? undefined : this.world.machines.connect(address, port.port, port.protocol);
  }

  /** Sends for as long as it is to be, and as there is somebody who receives. @returns milliseconds of it */
  private async stay(connection: ModelConnection, ms: number, bytesPerSecond: number): Promise<number> {
    const { clock } = this.world;
    const began = clock.now();
    let sent = began;
    const send = (): void => {
      connection.send(Math.round(((clock.now() - sent) / 1000) * bytesPerSecond));
      sent = clock.now();
    };
    while (connection.open && clock.now() - began < ms) {
      // Each minute's bytes are counted in its last millisecond.
      const toMinute = MINUTE - 1 - (clock.now() % MINUTE) || MINUTE;
      await clock.sleep(Math.min(toMinute, began + ms - clock.now()));
      send();
    }
    return clock.now() - began;
  }
}

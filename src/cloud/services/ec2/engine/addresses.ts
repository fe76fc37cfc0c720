import type { Store } from "../../../core/store.ts";
import { addresses } from "../state.ts";

/** 127.77.0.0/16 without the first and the last address of each /24. */
const COUNT = 256 * 254;
const format = (index: number): string => `127.77.${Math.floor(index / 254)}.${(index % 254) + 1}`;

/**
 * Public addresses of instances and of tasks: loopback addresses of this machine. They are given out in turn, so that one that was
 * just freed is not given to the next one at once: a client with an old DNS answer must not reach somebody else.
 */
export class Addresses {
  private readonly store: Store;
  private readonly linux: boolean;
  private next: number;

  /**
   * @param start which address comes first. The process's number unless told, so that two clouds on one machine (tests
   * in parallel) do not begin with the same.
   */
  constructor(store: Store, options: { platform?: string; start?: number } = {}) {
    this.store = store;
    // Other systems have no loopback addresses but 127.0.0.1 unless somebody sets them up.
    this.linux = (options.platform ?? process.platform) === "linux";
    this.next = (options.start ?? process.pid * 97) % COUNT;
  }

  /** @param holder the instance or the network interface */
  allocate(holder: string): string {
    if (!this.linux) return "127.0.0.1";
    const table = addresses(this.store);
    for (let tries = 0; tries < COUNT; tries++) {
      const address = format(this.next);
      this.next = (this.next + 1) % COUNT;
      if (!table.has(address)) {
        table.set(address, { holder });
        return address;
      }
    }
    throw new Error("all addresses of 127.77.0.0/16 are in use");
  }

  release(address: string): void {
    addresses(this.store).delete(address);
  }
}

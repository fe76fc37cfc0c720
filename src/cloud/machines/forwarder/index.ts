import type { Clock } from "../../core/clock.ts";
import type { PortProtocol } from "../runtime.ts";
import { openTcp } from "./tcp.ts";
import { openUdp } from "./udp.ts";

/** Bytes and packets as EC2's NetworkIn, NetworkOut and their packet counts see them. `in` is towards the container. */
export interface Traffic {
  in?: number;
  out?: number;
  packetsIn?: number;
  packetsOut?: number;
}

/** One port of an instance that leads to a container. */
export interface ForwardSpec {
  protocol: PortProtocol;
  /** Where clients connect: the instance's address and the host port (0: any free one). */
  address: string;
  port: number;
  target: { host: string; port: number };
  /** The target is behind something that accepts before the container does; see `RunningContainer.proxied`. */
  proxied: boolean;
  /** Whether the security groups let it be reached. Asked again by `reevaluate`. */
  allowed: () => boolean;
  onTraffic: (traffic: Traffic) => void;
  clock: Clock;
}

/** A port that is open, or waits for its security group. */
export interface Forward {
  /** The port that clients connect to; differs from the spec's for 0, and where the host lets only root open it. */
  readonly port: number;
  /** Opens or closes after a change of the security groups' rules. Connections that exist stay. */
  reevaluate(): Promise<void>;
  /** Stops listening; connections may finish what the container has sent, and end with it. */
  close(): Promise<void>;
}

/** The ports below 1024 that a host gives only to root are opened this much higher; the task's container says so. */
export const PRIVILEGED_OFFSET = 10_000;

/**
 * Opens a port and carries what comes to the container.
 *
 * On a real instance a client is refused between the start of a container and the moment it listens. Here its first
 * connection is held for up to `HOLD_MS` (60 s): DNS names the instance as soon as the task runs, and the client that woke it is
 * to succeed at its first try. Once the container has accepted a connection, a refused one is refused to the client too.
 *
 * @throws Error with `code` EADDRINUSE or EADDRNOTAVAIL when the address cannot be had.
 */
export async function openForward(spec: ForwardSpec): Promise<Forward> {
  const open = spec.protocol === "tcp" ? openTcp : openUdp;
  try {
    return await open(spec);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EACCES" || spec.port >= 1024) throw error;
    return open({ ...spec, port: spec.port + PRIVILEGED_OFFSET });
  }
}

import { type RemoteInfo, type Socket, createSocket } from "node:dgram";
import type { Timer } from "../../core/clock.ts";
import { hostSleep } from "../host-time.ts";
import { type Patience, patience, pauseBefore } from "./hold.ts";
import type { Forward, ForwardSpec } from "./index.ts";
import { udpTraffic } from "./traffic.ts";

/** A session without a packet for so long is forgotten; Linux's conntrack keeps a UDP stream for 120 s, docker-proxy for 90 s. */
const IDLE_MS = 120_000;
/** Datagrams of one client that are kept for a container that does not listen yet. */
const KEPT = 32;
/** The most clients at once; beyond, the longest idle one makes room. */
const MOST_SESSIONS = 4096;

interface Session {
  upstream: Socket;
  connected: boolean;
  lastSeen: number;
  expiry: Timer;
  /** Sent before the container answered: sent again when they were refused. */
  kept: Buffer[];
  refusals: number;
  retrying?: boolean;
}

interface Relay {
  spec: ForwardSpec;
  patient: Patience;
  sessions: Map<string, Session>;
  server: Socket | undefined;
}

export async function openUdp(spec: ForwardSpec): Promise<Forward> {
  const relay: Relay = { spec, patient: patience(), sessions: new Map(), server: undefined };
  relay.server = await bind(relay, spec.port);
  const { port } = relay.server.address();
  const unbind = (): void => {
    relay.server?.close();
    relay.server = undefined;
    for (const key of relay.sessions.keys()) forget(relay, key);
  };
  if (!spec.allowed()) unbind();
  return {
    port,
    reevaluate: async () => {
      if (spec.allowed() === (relay.server !== undefined)) return;
      if (relay.server) unbind();
      else relay.server = await bind(relay, port);
    },
    close: async () => {
      relay.patient.end();
      unbind();
    },
  };
}

function bind(relay: Relay, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const server = createSocket({ type: "udp4", recvBufferSize: 1 << 20 });
    server.once("error", reject);
    server.bind(port, relay.spec.address, () => {
      server.off("error", reject);
      server.on("error", () => {}); // A client that is gone.
      server.on("message", (data, from) => inbound(relay, data, from));
      server.unref();
      resolve(server);
    });
  });
}

function inbound(relay: Relay, data: Buffer, from: RemoteInfo): void {
  const { bytes, packets } = udpTraffic(data.length);
  relay.spec.onTraffic({ in: bytes, packetsIn: packets });
  const key = `${from.address}:${from.port}`;
  const session = relay.sessions.get(key) ?? begin(relay, key, from);
  session.lastSeen = relay.spec.clock.now();
  if (!session.connected || (relay.patient.holding() && session.kept.length < KEPT)) session.kept.push(data);
  if (session.connected) session.upstream.send(data);
}

function begin(relay: Relay, key: string, from: RemoteInfo): Session {
  if (relay.sessions.size >= MOST_SESSIONS) forget(relay, longestIdle(relay.sessions));
  const upstream = createSocket("udp4");
  const session: Session = {
    upstream,
    connected: false,
    lastSeen: relay.spec.clock.now(),
    expiry: expire(relay, key, IDLE_MS),
    kept: [],
    refusals: 0,
  };
  relay.sessions.set(key, session);
  upstream.unref();
  upstream.on("message", (data) => {
    relay.patient.answered();
    session.kept = [];
    session.lastSeen = relay.spec.clock.now();
    const { bytes, packets } = udpTraffic(data.length);
    relay.spec.onTraffic({ out: bytes, packetsOut: packets });
    relay.server?.send(data, from.port, from.address);
  });
  // A connected socket is told of "port unreachable".
  upstream.on("error", () => void resend(relay, key, session));
  upstream.connect(relay.spec.target.port, relay.spec.target.host, () => {
    session.connected = true;
    for (const data of session.kept) upstream.send(data);
    if (!relay.patient.holding()) session.kept = [];
  });
  return session;
}

/** The container does not listen yet: what it refused is sent again, until it is not refused any more. */
async function resend(relay: Relay, key: string, session: Session): Promise<void> {
  if (!relay.patient.holding() || session.retrying) return;
  session.retrying = true;
  await hostSleep(pauseBefore(session.refusals++));
  session.retrying = false;
  if (relay.sessions.get(key) === session) for (const data of session.kept) session.upstream.send(data);
}

function longestIdle(sessions: Map<string, Session>): string {
  let oldest: [string, Session] | undefined;
  for (const entry of sessions) if (!oldest || entry[1].lastSeen < oldest[1].lastSeen) oldest = entry;
  return oldest![0];
}

function expire(relay: Relay, key: string, delay: number): Timer {
  return relay.spec.clock.setTimer(delay, () => {
    const session = relay.sessions.get(key);
    if (!session) return;
    const left = session.lastSeen + IDLE_MS - relay.spec.clock.now();
    if (left > 0) session.expiry = expire(relay, key, left);
    else forget(relay, key);
  });
}

function forget(relay: Relay, key: string): void {
  const session = relay.sessions.get(key);
  if (!session) return;
  relay.sessions.delete(key);
  session.expiry.cancel();
  session.upstream.close();
}

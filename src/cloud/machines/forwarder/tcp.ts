import { type Server, type Socket, connect, createServer } from "node:net";
import { hostSleep, within } from "../host-time.ts";
import { type Patience, patience, pauseBefore } from "./hold.ts";
import type { Forward, ForwardSpec } from "./index.ts";
import { TCP_CONNECTION, tcpTraffic } from "./traffic.ts";

/** How long what a container that has ended sent may still take to reach its clients, ms of the host's time. */
const DRAIN_MS = 1000;
/** How long a proxy takes at most to close a connection that the container has refused, ms of the host's time. */
const PROXY_VERDICT_MS = 50;

export async function openTcp(spec: ForwardSpec): Promise<Forward> {
  const pairs = new Set<Socket>();
  const patient = patience();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
    pairs.add(client);
    client.on("close", () => pairs.delete(client));
    client.on("error", () => {}); // The close that follows is what counts.
    carry(client, spec, patient).catch(() => client.resetAndDestroy());
  });
  await listen(server, spec.address, spec.port);
  let { port } = server.address() as { port: number };
  if (!spec.allowed()) await unlisten(server);
  return {
    get port() {
      return port;
    },
    reevaluate: async () => {
      if (spec.allowed() === server.listening) return;
      if (server.listening) await unlisten(server);
      else await listen(server, spec.address, port);
    },
    close: async () => {
      patient.end();
      if (server.listening) await unlisten(server);
      void drain(pairs);
    },
  };
}

async function drain(pairs: Set<Socket>): Promise<void> {
  await hostSleep(DRAIN_MS);
  for (const client of pairs) client.destroy();
}

function listen(server: Server, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: address, port, backlog: 1024 }, () => {
      server.off("error", reject);
      server.unref();
      resolve();
    });
  });
}

/** Stops listening at once; connections stay. */
function unlisten(server: Server): Promise<void> {
  server.close();
  return Promise.resolve();
}

async function carry(client: Socket, spec: ForwardSpec, patient: Patience): Promise<void> {
  spec.onTraffic({ in: TCP_CONNECTION.bytes, packetsIn: TCP_CONNECTION.packets, out: TCP_CONNECTION.bytes, packetsOut: TCP_CONNECTION.packets });
  const upstream = await reach(client, spec, patient);
  if (!upstream) return void client.resetAndDestroy();
  patient.answered();
  count(client, (bytes, packets) => spec.onTraffic({ in: bytes, packetsIn: packets }));
  count(upstream, (bytes, packets) => spec.onTraffic({ out: bytes, packetsOut: packets }));
  join(client, upstream);
  join(upstream, client);
  client.pipe(upstream);
  upstream.pipe(client);
}

/** Connects to the container, with patience while it starts. Undefined when it refuses, or the client has gone. */
async function reach(client: Socket, spec: ForwardSpec, patient: Patience): Promise<Socket | undefined> {
  client.read(0); // Reads ahead a little, so that a client that breaks off is noticed.
  for (let attempt = 0; !client.destroyed; attempt++) {
    const upstream = await attemptOnce(spec, patient);
    if (upstream) {
      if (!client.destroyed) return upstream;
      upstream.destroy();
      return undefined;
    }
    if (!patient.holding()) return undefined;
    await hostSleep(pauseBefore(attempt));
  }
  return undefined;
}

function attemptOnce(spec: ForwardSpec, patient: Patience): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const upstream = connect({ host: spec.target.host, port: spec.target.port, allowHalfOpen: true, noDelay: true });
    const refused = (): void => resolve(undefined);
    upstream.once("error", refused);
    upstream.once("connect", () => {
      upstream.off("error", refused);
      upstream.on("error", () => {}); // As for the client.
      if (!spec.proxied || !patient.holding()) return resolve(upstream);
      void proxyVerdict(upstream).then(resolve);
    });
  });
}

/** A proxy accepts, tries the container, and closes when that refuses. Bytes that came meanwhile are given back. */
async function proxyVerdict(upstream: Socket): Promise<Socket | undefined> {
  const spoke = new Promise<boolean>((resolve) => {
    upstream.once("readable", () => {
      const chunk = upstream.read() as Buffer | null;
      if (chunk) upstream.unshift(chunk);
      resolve(chunk !== null);
    });
    upstream.once("close", () => resolve(false));
  });
  const alive = await within(PROXY_VERDICT_MS, spoke);
  upstream.removeAllListeners("readable");
  if (alive !== false) return upstream;
  upstream.destroy();
  return undefined;
}

function count(socket: Socket, onBytes: (bytes: number, packets: number) => void): void {
  socket.on("data", (chunk: Buffer) => {
    const { bytes, packets } = tcpTraffic(chunk.length);
    onBytes(bytes, packets);
  });
  socket.pause(); // Until it is piped; the listener alone would have started it.
}

/** When one side breaks, the other is broken too; a side that ends in good order is ended by the pipe. */
function join(one: Socket, other: Socket): void {
  one.once("error", () => other.resetAndDestroy());
  one.once("close", (hadError) => {
    if (!hadError && !other.destroyed) other.end();
  });
}

import { type Socket as UdpSocket, createSocket } from "node:dgram";
import { type Server, connect, createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../../core/clock.ts";
import { hostSleep } from "../host-time.ts";
import { freePort } from "../process/free-port.ts";
import { type Forward, type ForwardSpec, openForward } from "./index.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function forward(
  target: number,
  more: Partial<ForwardSpec> = {},
): Promise<Forward & { counted: { in: number; out: number; packetsIn: number; packetsOut: number } }> {
  const counted = { in: 0, out: 0, packetsIn: 0, packetsOut: 0 };
  const one = await openForward({
    protocol: "tcp",
    address: "127.0.0.1",
    port: 0,
    target: { host: "127.0.0.1", port: target },
    proxied: false,
    allowed: () => true,
    clock: new VirtualClock(),
    onTraffic: (traffic) => {
      for (const [key, value] of Object.entries(traffic)) counted[key as keyof typeof counted] += value as number;
    },
    ...more,
  });
  closers.push(() => one.close());
  return Object.assign(one, { counted });
}

function serve(port: number, handler: Parameters<typeof createServer>[1]): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer({ allowHalfOpen: true }, handler).listen(port, "127.0.0.1", () => resolve(server));
    closers.push(() => server.close());
  });
}

const portOf = (server: Server): number => (server.address() as { port: number }).port;

/** Sends `data`, ends, and resolves with all that came back. */
function talk(port: number, data: Buffer | string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true }, () => socket.end(data));
    socket.on("data", (part) => parts.push(part));
    socket.on("end", () => resolve(Buffer.concat(parts)));
    socket.on("error", reject);
  });
}

describe("the TCP forwarder", () => {
  test("a megabyte goes through and comes back whole, with a half-open client, and is counted", async () => {
    const server = await serve(0, (socket) => socket.pipe(socket));
    const one = await forward(portOf(server));
    const data = Buffer.alloc(1 << 20, "abcdefg");
    const answer = await talk(one.port, data);
    expect(answer.equals(data)).toBe(true);
    for (const [bytes, packets] of [
      [one.counted.in, one.counted.packetsIn],
      [one.counted.out, one.counted.packetsOut],
    ] as const) {
      expect(bytes).toBe((1 << 20) + packets * 52);
      expect(packets).toBeGreaterThanOrEqual(Math.ceil((1 << 20) / 1448) + 2);
    }
  });

  test("the first connection is held until the container listens", async () => {
    const port = await freePort("tcp");
    const one = await forward(port);
    const answer = talk(one.port, "hello");
    await hostSleep(60);
    await serve(port, (socket) => socket.pipe(socket));
    expect((await answer).toString()).toBe("hello");
  });

  test("once the container has answered, a refused connection is refused to the client too", async () => {
    const server = await serve(0, (socket) => socket.pipe(socket));
    const one = await forward(portOf(server));
    await talk(one.port, "x");
    await new Promise((resolve) => server.close(resolve));
    await expect(talk(one.port, "x")).rejects.toThrow(/ECONNRESET/);
  });

  test("a client that breaks off while it is held never reaches the container", async () => {
    const port = await freePort("tcp");
    const one = await forward(port);
    const client = connect(one.port, "127.0.0.1");
    await new Promise((resolve) => client.once("connect", resolve));
    client.resetAndDestroy();
    let connections = 0;
    await hostSleep(40);
    await serve(port, () => connections++);
    await hostSleep(60);
    expect(connections).toBe(0);
  });

  test("it opens only when the security group allows, and follows a change of its rules", async () => {
    const server = await serve(0, (socket) => socket.pipe(socket));
    let open = false;
    const one = await forward(portOf(server), { allowed: () => open });
    await expect(talk(one.port, "x")).rejects.toThrow(/ECONNREFUSED/);
    open = true;
    await one.reevaluate();
    expect((await talk(one.port, "x")).toString()).toBe("x");
    open = false;
    await one.reevaluate();
    await expect(talk(one.port, "x")).rejects.toThrow(/ECONNREFUSED/);
  });

  test("a client that reads slowly slows the container down: the data is not piled up here", async () => {
    let written = 0;
    const server = await serve(0, (socket) => {
      const write = (): void => {
        while (written < 200 << 20) {
          written += 1 << 16;
          if (!socket.write(Buffer.alloc(1 << 16))) return;
        }
      };
      socket.on("drain", write);
      socket.on("error", () => {});
      write();
    });
    const one = await forward(portOf(server));
    const client = connect(one.port, "127.0.0.1").pause();
    await hostSleep(300);
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(64 << 20);
    client.destroy();
  });

  test("behind a proxy that accepts and closes, the first connection is held as well", async () => {
    let up = false;
    const proxy = await serve(0, (socket) => (up ? socket.pipe(socket) : socket.destroy()));
    const one = await forward(portOf(proxy), { proxied: true });
    const answer = talk(one.port, "hello");
    await hostSleep(60);
    up = true;
    expect((await answer).toString()).toBe("hello");
  });

  test("an address in use is an error with its code", async () => {
    const server = await serve(0, () => {});
    await expect(forward(1, { port: portOf(server) })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});

describe("the UDP forwarder", () => {
  function udp(port: number): Promise<UdpSocket> {
    return new Promise((resolve) => {
      const socket = createSocket("udp4");
      socket.bind(port, "127.0.0.1", () => resolve(socket));
      closers.push(() => socket.close());
    });
  }
  const echo = async (port: number): Promise<UdpSocket> => {
    const server = await udp(port);
    return server.on("message", (data, from) => server.send(`${from.port}:${data.toString()}`, from.port, from.address));
  };
  const next = (socket: UdpSocket): Promise<string> => new Promise((resolve) => socket.once("message", (data) => resolve(data.toString())));

  test("each client has its own session, and datagrams are counted", async () => {
    const server = await echo(0);
    const one = await forward(server.address().port, { protocol: "udp" });
    const [a, b] = [await udp(0), await udp(0)];
    a.send("one", one.port, "127.0.0.1");
    const first = await next(a);
    b.send("two", one.port, "127.0.0.1");
    const second = await next(b);
    expect([first.split(":")[1], second.split(":")[1]]).toEqual(["one", "two"]);
    expect(first.split(":")[0]).not.toBe(second.split(":")[0]);
    expect(one.counted).toMatchObject({ in: 3 + 3 + 56, packetsIn: 2, packetsOut: 2 });
  });

  test("a session that is idle for two minutes is forgotten, an active one is kept", async () => {
    const clock = new VirtualClock();
    const server = await echo(0);
    const one = await forward(server.address().port, { protocol: "udp", clock });
    const client = await udp(0);
    const ask = async (): Promise<string> => {
      client.send("x", one.port, "127.0.0.1");
      return next(client);
    };
    const first = await ask();
    await clock.advance(100_000);
    expect(await ask()).toBe(first);
    await clock.advance(100_000);
    expect(await ask()).toBe(first);
    await clock.advance(121_000);
    expect(await ask()).not.toBe(first);
  });

  test("a datagram sent before the container listens arrives when it does", async () => {
    const port = await freePort("udp");
    const one = await forward(port, { protocol: "udp" });
    const client = await udp(0);
    client.send("early", one.port, "127.0.0.1");
    const answer = next(client);
    await hostSleep(60);
    await echo(port);
    expect((await answer).split(":")[1]).toBe("early");
  });
});

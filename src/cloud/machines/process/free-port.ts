import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import type { PortProtocol } from "../runtime.ts";

/** A port of 127.0.0.1 that nobody listens on at this moment. */
export function freePort(protocol: PortProtocol): Promise<number> {
  return new Promise((resolve, reject) => {
    if (protocol === "udp") {
      const socket = createSocket("udp4");
      socket.once("error", reject);
      socket.bind(0, "127.0.0.1", () => {
        const { port } = socket.address();
        socket.close(() => resolve(port));
      });
      return;
    }
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

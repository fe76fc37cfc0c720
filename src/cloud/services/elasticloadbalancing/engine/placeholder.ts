import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { DataPlane } from "./model.ts";

/** PLACEHOLDER until the proxy is here: opens the listeners' ports and answers everything with 503. */
export function placeholderDataPlane(): DataPlane {
  const servers = new Map<string, Server>();
  const close = (server: Server): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    async setListener({ arn }, { host, port }) {
      const known = servers.get(arn);
      if (known) return { port: (known.address() as AddressInfo).port };
      const server = createServer((_request, response) => void response.writeHead(503).end());
      await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, host, resolve));
      servers.set(arn, server);
      return { port: (server.address() as AddressInfo).port };
    },
    async removeListener(arn) {
      const server = servers.get(arn);
      servers.delete(arn);
      if (server) await close(server);
    },
    setTargetGroup() {},
    removeTargetGroup() {},
    inFlight: () => 0,
    async stop() {
      await Promise.all([...servers.values()].map(close));
      servers.clear();
    },
  };
}

import { createServer } from "node:http";

const server = createServer((request, response) => {
  request.resume();
  const path = (request.url ?? "/").split("?")[0] ?? "/";
  const answer = path === "/health" ? { healthy: true } : { service: "stock", method: request.method, path };
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
});

server.listen(Number(process.env["PORT"] ?? 8080), () => {
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  process.stdout.write(`stock listens on port ${port}\n`);
});

// Requests that run are answered, idle connections are closed, and then nothing keeps the process alive.
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    server.close();
    server.closeIdleConnections();
  });
}

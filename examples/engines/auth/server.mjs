import { createServer } from "node:http";

/** @param {string} path */
const page = (path) => `<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <title>auth</title>
  <h1>auth is awake</h1>
  <p>This page is at <code>${path.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)}</code>.</p>
</html>
`;

const server = createServer((request, response) => {
  request.resume();
  const path = (request.url ?? "/").split("?")[0] ?? "/";
  if (request.method === "GET" && request.headers.accept?.includes("text/html")) {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page(path));
    return;
  }
  const answer = path === "/health" ? { healthy: true } : { service: "auth", method: request.method, path };
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
});

server.listen(Number(process.env["PORT"] ?? 8080), () => {
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  process.stdout.write(`auth listens on port ${port}\n`);
});

// Requests that run are answered, idle connections are closed, and then nothing keeps the process alive.
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    server.close();
    server.closeIdleConnections();
  });
}

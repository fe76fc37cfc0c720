import { createServer } from "node:http";

const STYLE = `
  :root { color-scheme: light dark }
  body { font: 16px/1.6 system-ui, sans-serif; max-width: 30rem; margin: 20vh auto; padding: 0 1.5rem }
  h1 { font-size: 1.65rem; font-weight: 600; line-height: 1.2 }
  code { overflow-wrap: anywhere }
`;

/** @param {string} text */
const escaped = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/** @param {string} path */
const page = (path) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>auth</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
<h1>auth is awake</h1>
<p>This page is at <code>${escaped(path)}</code>.</p>
<p>When nobody has asked for it for half an hour, it falls asleep. The next request wakes it.</p>
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

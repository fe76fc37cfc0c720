import { createServer } from "node:http";

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Shop</title>
<link rel="icon" href="data:,">
<style>
  :root { color-scheme: light dark }
  body { font: 16px/1.6 system-ui, sans-serif; max-width: 30rem; margin: 20vh auto; padding: 0 1.5rem }
</style>
<h1>The shop is open</h1>
<p>Always. A new version takes over from the old one while you read this.</p>
</html>
`;

const server = createServer((request, response) => {
  request.resume();
  const path = (request.url ?? "/").split("?")[0] ?? "/";
  if (path === "/health") return void response.writeHead(200, { "content-type": "application/json" }).end('{"healthy":true}');
  response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(PAGE);
});

server.listen(Number(process.env["PORT"] ?? 8080), () => {
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  process.stdout.write(`www listens on port ${port}\n`);
});

// Requests that run are answered, idle connections are closed, and then nothing keeps the process alive.
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    server.close();
    server.closeIdleConnections();
  });
}

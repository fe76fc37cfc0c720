import { createServer } from "node:http";

const port = Number(process.env["PORT"] ?? 8080);
const started = performance.now();

const server = createServer((request, response) => {
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  response.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
  response.end(`Hello! You woke me up ${seconds} seconds ago. Leave me alone for a while and I will go back to sleep.\n`);
  request.resume();
});

server.listen(port, () => process.stdout.write(`hello listens on port ${server.address().port}\n`));

// Requests that run are answered, idle connections are closed, and then nothing keeps the process alive.
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    process.stdout.write(`${signal}: closing\n`);
    server.close();
    server.closeIdleConnections();
  });
}

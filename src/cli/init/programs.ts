/** The programs of a new project: Node.js without any package, small enough to be read and thrown away. */

/** @param port absent for what does not listen */
export const DOCKERFILE = (file: string, port: number | undefined): string => `FROM node:22-alpine
COPY ${file} /srv/${file}
${port === undefined ? "" : `EXPOSE ${port}\n`}# The exec form: the stop signal reaches the program itself, not a shell in front of it.
CMD ["node", "/srv/${file}"]
`;

export const SERVER = (port: number | undefined): string => `import { createServer } from "node:http";

// Rouse names a port where it runs this as a process; in the container it is the one of the leaf.
const port = Number(process.env["PORT"] ?? ${port ?? 8080});
const started = Date.now();

const server = createServer((request, response) => {
  response.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
  response.end(\`Hello! I have been up for \${Math.round((Date.now() - started) / 1000)} seconds.\\n\`);
});

server.listen(port, () => console.log(\`listening on port \${server.address().port}\`));

// Requests that run are answered, idle connections are closed, and then nothing keeps the process alive.
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    server.close();
    server.closeIdleConnections();
  });
}
`;

export const JOB = `// A run: it does its work and ends. Exit code 0 says that it went well.
console.log(\`report of \${new Date().toISOString()}: all is well\`);
`;

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { has, pause, report, root, skip } from "./support.mjs";

const ROUNDS = 5;
const SECONDS = 3;
const CONNECTIONS = 64;
const RATE = 1000;

/**
 * The load balancer's proxy against nginx, in front of the same backend (nginx, a fixed answer of 34 bytes), in turns: small
 * GETs over 64 connections, then what it adds to a request's time at 1,000 requests a second.
 */
export async function run() {
  for (const command of ["nginx", "wrk"]) {
    if (!has(command)) {
      skip("proxy.throughput", `not measured: ${command} is not installed (Debian: apt-get install nginx-light wrk)`);
      skip("proxy.latency", `not measured: ${command} is not installed`);
      return;
    }
  }
  const folder = mkdtempSync(join(tmpdir(), "rouse-bench-"));
  /** @type {import("node:child_process").ChildProcess[]} */
  const children = [];
  try {
    const backend = await nginx(folder, children, "backend", 1, 'default_type text/plain; return 200 "hello world, this is a small body\\n";');
    const front = {
      before: `upstream backend { server 127.0.0.1:${backend}; keepalive 128; keepalive_requests 100000000; }`,
      location:
        'proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host; ' +
        "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Port $server_port;",
    };
    const one = await nginx(folder, children, "one", 1, front.location, front.before);
    const auto = await nginx(folder, children, "auto", "auto", front.location, front.before);
    const ours = await plane(children, backend);
    throughput({ ours, one, auto });
    await latency({ ours, backend });
  } finally {
    for (const child of children) child.kill();
    await Promise.all(children.filter((child) => child.exitCode === null).map((child) => once(child, "exit")));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {{ours: number, one: number, auto: number}} ports */
function throughput({ ours, one, auto }) {
  for (const port of [ours, one, auto]) requestsPerSecond(port, 1);
  const toOne = [];
  const toAuto = [];
  const rates = [];
  for (let round = 0; round < ROUNDS; round++) {
    const nginxOne = requestsPerSecond(one, SECONDS);
    const rate = requestsPerSecond(ours, SECONDS);
    const nginxAuto = requestsPerSecond(auto, SECONDS);
    rates.push(rate);
    toOne.push(rate / nginxOne);
    toAuto.push(rate / nginxAuto);
  }
  report("proxy.throughput", rates, { unit: "requests/s", note: `small GETs, ${CONNECTIONS} connections, one process` });
  report("proxy.throughput.nginx", toOne, { unit: "of nginx", atLeast: 0.35, note: "worker_processes 1" });
  report("proxy.throughput.nginx-auto", toAuto, { unit: "of nginx", atLeast: 0.35, note: "worker_processes auto" });
}

/** @param {number} port @param {number} seconds */
function requestsPerSecond(port, seconds) {
  const { stdout } = spawnSync("wrk", ["-t1", `-c${CONNECTIONS}`, `-d${seconds}`, `http://127.0.0.1:${port}/`], { encoding: "utf8" });
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(stdout);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
}

/** @param {{ours: number, backend: number}} ports */
async function latency({ ours, backend }) {
  const p50 = [];
  const p99 = [];
  await times(ours, 1);
  await times(backend, 1);
  for (let round = 0; round < ROUNDS; round++) {
    const direct = await times(backend, SECONDS);
    const through = await times(ours, SECONDS);
    p50.push(at(through, 0.5) - at(direct, 0.5));
    p99.push(at(through, 0.99) - at(direct, 0.99));
  }
  report("proxy.latency.p50", p50, { unit: "ms", atMost: 1, note: `added at ${RATE} requests/s` });
  report("proxy.latency.p99", p99, { unit: "ms", atMost: 10, note: `added at ${RATE} requests/s` });
}

/** @param {number[]} sorted @param {number} quantile */
const at = (sorted, quantile) => sorted[Math.floor(sorted.length * quantile)] ?? Number.NaN;

/**
 * How long requests take, in ms and in order, that begin at a steady rate whether or not those before are answered.
 * @param {number} port @param {number} seconds
 */
async function times(port, seconds) {
  const sockets = await Promise.all(Array.from({ length: 32 }, () => open(port)));
  const request = `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`;
  /** @type {number[]} */
  const all = [];
  const free = [...sockets];
  const began = performance.now();
  const total = RATE * seconds;
  let sent = 0;
  while (sent < total) {
    while (sent < ((performance.now() - began) * RATE) / 1000 && sent < total) {
      const socket = free.shift();
      if (!socket) break; // All are busy: it begins when one is free.
      sent++;
      const start = performance.now();
      socket.once("data", () => {
        all.push(performance.now() - start);
        free.push(socket);
      });
      socket.write(request);
    }
    await pause(1);
  }
  while (all.length < total) await pause(1);
  for (const socket of sockets) socket.destroy();
  return all.toSorted((a, b) => a - b);
}

/** @param {number} port */
async function open(port) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return socket;
}

/**
 * The proxy in a process of its own. Resolves with its port.
 * @param {import("node:child_process").ChildProcess[]} children @param {number} backend
 */
async function plane(children, backend) {
  const child = spawn(process.execPath, [join(root, "bench", "proxy-plane.mjs"), String(backend)], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const [line] = await once(child.stdout, "data");
  return Number(String(line));
}

/**
 * An nginx with one server. Resolves with its port.
 * @param {string} folder @param {import("node:child_process").ChildProcess[]} children @param {string} name
 * @param {number | "auto"} workers @param {string} location @param {string} [before]
 */
async function nginx(folder, children, name, workers, location, before = "") {
  const port = await freePort();
  const file = join(folder, `${name}.conf`);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${join(folder, `${name}-${kind}`)};`)
    .join(" ");
  writeFileSync(
    file,
    `worker_processes ${workers}; daemon off; pid ${join(folder, `${name}.pid`)}; error_log ${join(folder, `${name}.log`)};\n` +
      `events { worker_connections 4096; }\n` +
      `http { access_log off; keepalive_requests 100000000; ${temporary} ${before}\n` +
      `server { listen 127.0.0.1:${port}; location / { ${location} } } }\n`,
  );
  children.push(spawn("nginx", ["-e", join(folder, `${name}.log`), "-c", file], { stdio: "ignore" }));
  for (let attempt = 0; attempt < 200; attempt++) {
    const socket = connect(port, "127.0.0.1");
    const connected = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return port;
    await pause(10);
  }
  throw new Error(`nginx (${name}) does not listen`);
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  server.close();
  await once(server, "close");
  return port;
}

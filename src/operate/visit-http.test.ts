import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { type HttpPhase, type HttpVisit, visitHttp } from "./visit-http.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that gives these answers, one for each request, and the last one for all that follow. */
async function serving(...answers: Answer[]): Promise<{ url: string; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    answers[Math.min(asked.length, answers.length) - 1]!(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/auth/`, asked };
}

const says =
  (status: number, headers: Record<string, string> = {}, body = ""): Answer =>
  (_request, response) =>
    void response.writeHead(status, headers).end(body);

async function visited(url: string, more: { timeoutMs?: number; signal?: AbortSignal; name?: string } = {}): Promise<[HttpVisit, string[]]> {
  const phases: HttpPhase[] = [];
  const result = await visitHttp(url, { timeoutMs: 10_000, onPhase: (phase) => phases.push(phase), ...more });
  expect(phases.map(({ at }) => at)).toEqual(phases.map(({ at }) => at).toSorted((a, b) => a - b));
  return [result, phases.map(({ name, detail }) => `${name}: ${detail}`)];
}

const waking = says(503, { "x-rouse-state": "waking", "retry-after": "3" }, "auth is waking up and waits for its image. Try again in a moment.\n");

test("an engine that is awake answers at once; whatever it says is its own business", async () => {
  const { url } = await serving(says(418));
  expect(await visited(url)).toEqual([{ ok: true, status: 418 }, [`asked: GET ${url}`, "first byte: HTTP 418"]]);
});

test("a request that was held is redirected to the same URL, and goes there", async () => {
  const { url, asked } = await serving(waking, says(307, { "x-rouse-state": "ready", location: "/api/auth/" }), says(200));
  expect(await visited(url)).toEqual([{ ok: true, status: 200 }, [`asked: GET ${url}`, "awake: HTTP 307 to /api/auth/", "first byte: HTTP 200"]]);
  expect(asked.map((request) => [request.method, request.url, request.headers["user-agent"]])).toEqual(
    Array.from({ length: 3 }, () => ["GET", "/api/auth/", "rouse"]),
  );
});

test.each([
  ["crashed", "auth keeps crashing: exit code 3. It is not started again before 2026-01-05T12:00:00.000Z."],
  ["asleep", "auth could not be started: Capacity is unavailable at this time."],
])("one that is %s is not asked again, and its reason is told", async (state, text) => {
  const { url, asked } = await serving(says(503, { "x-rouse-state": state }, `${text}\n`));
  expect((await visited(url))[0]).toEqual({ ok: false, reason: text });
  expect(asked).toHaveLength(1);
});

test.each([
  [404, "no rule leads to it"],
  [502, "the task broke the connection, or sent no HTTP"],
  [503, "no task is registered"],
  [504, "the task did not answer in time"],
])("the load balancer's own %d is no answer of the engine", async (status, why) => {
  const { url } = await serving(says(status, { server: "awselb/2.0" }));
  expect((await visited(url))[0]).toEqual({ ok: false, reason: `HTTP ${status} from the load balancer: ${why}` });
});

test("one that does not wake in time: what it said last", async () => {
  const { url } = await serving(waking);
  const [result] = await visited(url, { timeoutMs: 400 });
  expect(result).toEqual({ ok: false, reason: expect.stringMatching(/^it did not wake in time: (auth is waking up|.*no answer)/) });
});

test("nobody listens: the reason is the connection's", async () => {
  const { url } = await serving(waking);
  const closed = url.replace(/:\d+/, ":1");
  const [result] = await visited(closed, { timeoutMs: 300 });
  expect(result).toEqual({ ok: false, reason: expect.stringContaining("ECONNREFUSED") });
});

test("it ends when the user asks to stop, in the middle of being held", async () => {
  const stop = new AbortController();
  const { url } = await serving(() => stop.abort());
  expect((await visited(url, { signal: stop.signal }))[0]).toMatchObject({ ok: false });
});

test("the load balancer's own name is the host that is asked for", async () => {
  const { url, asked } = await serving(says(200));
  await visited(url, { name: "api.example.com" });
  expect(asked[0]!.headers.host).toBe("api.example.com");
});

import { describe, expect, test } from "vitest";
import { type AlbEvent, arrivalOf, type Ignoring, kindOf, readRequest } from "./request.ts";

const BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
const NAVIGATION = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";
const ignoring: Ignoring = {
  agents: ["my-monitor"],
  paths: ["/api/auth/ping", "/api/auth/probe/*"],
  healthPath: "/health",
  route: ["/api/auth", "/api/auth/*"],
};

const event = (changes: { method?: string; path?: string; headers?: Record<string, string>; query?: Record<string, string[]> } = {}): AlbEvent => ({
  httpMethod: changes.method ?? "GET",
  path: changes.path ?? "/api/auth/login",
  multiValueHeaders: Object.fromEntries(Object.entries(changes.headers ?? {}).map(([name, value]) => [name, [value]])),
  multiValueQueryStringParameters: changes.query ?? {},
});
const kind = (...changes: Parameters<typeof event>) => kindOf(readRequest(event(...changes)), ignoring);

describe("the same address again", () => {
  test("has the query as it came, not decoded, several values in their order", () => {
    const query = { q: ["a%20b", "c%2Fd"], empty: [""], "x%5B%5D": ["1"] };
    expect(readRequest(event({ query })).location).toBe("/api/auth/login?q=a%20b&q=c%2Fd&empty=&x%5B%5D=1");
    expect(readRequest(event()).location).toBe("/api/auth/login");
  });
  test("works without multi-value headers", () => {
    const single = { httpMethod: "GET", path: "/a", headers: { Accept: NAVIGATION }, queryStringParameters: { q: "1" } };
    expect(readRequest(single).location).toBe("/a?q=1");
    expect(kindOf(readRequest(single), ignoring)).toBe("page");
  });
  test.each(["//evil.example/x", "/\\evil.example", "///evil.example"])("is never another host's: %s", (path) => {
    const { location } = readRequest(event({ path }));
    expect(new URL(location, "https://example.com/api/auth/").host).toBe("example.com");
  });
});

describe("a request", () => {
  test.each<[string, Parameters<typeof event>[0], ReturnType<typeof kind>]>([
    ["of a browser that goes there is a page", { headers: { accept: NAVIGATION, "user-agent": BROWSER, "sec-fetch-dest": "document" } }, "page"],
    ["of an old browser, too", { headers: { accept: "text/html", "user-agent": BROWSER } }, "page"],
    ["of a browser's script is held", { headers: { accept: NAVIGATION, "sec-fetch-dest": "empty" } }, "held"],
    ["of curl is held", { headers: { accept: "*/*", "user-agent": "curl/8.5.0" } }, "held"],
    ["that likes JSON better is held", { headers: { accept: "application/json, text/html;q=0.5" } }, "held"],
    ["that wants no page at all is held", { headers: { accept: "text/html;q=0, */*" } }, "held"],
    ["without Accept is held", {}, "held"],
    ["that posts a form is held", { method: "POST", headers: { accept: NAVIGATION, "user-agent": BROWSER } }, "held"],
    ["for a WebSocket is an upgrade", { headers: { upgrade: "websocket", connection: "Upgrade" } }, "upgrade"],
    ["of the waiting page is about progress", { method: "HEAD", headers: { "x-rouse-progress": "1", "user-agent": BROWSER } }, "progress"],
    ["for the health path wakes nobody", { path: "/health" }, "monitor"],
    ["for an ignored path wakes nobody", { path: "/api/auth/probe/deep/er", method: "POST" }, "monitor"],
    ["for a path beside it is held", { path: "/api/auth/pingpong" }, "held"],
    ["HEAD / wakes nobody", { method: "HEAD", path: "/" }, "monitor"],
    ["HEAD of the route's root wakes nobody", { method: "HEAD", path: "/api/auth/" }, "monitor"],
    ["HEAD of anything else is held", { method: "HEAD" }, "held"],
    ["of a monitor of one's own wakes nobody", { headers: { "user-agent": "My-Monitor/2" } }, "monitor"],
    [
      "of UptimeRobot wakes nobody",
      { headers: { "user-agent": "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)" } },
      "monitor",
    ],
    [
      "of Route 53 wakes nobody",
      { headers: { "user-agent": "Amazon-Route53-Health-Check-Service (ref x; report http://amzn.to/1vsZADi)" } },
      "monitor",
    ],
    ["of kubelet wakes nobody", { headers: { "user-agent": "kube-probe/1.29" } }, "monitor"],
    [
      "of Googlebot is a crawler's",
      { headers: { "user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", accept: NAVIGATION } },
      "crawler",
    ],
    ["of GPTBot is a crawler's", { headers: { "user-agent": "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)" } }, "crawler"],
    ["of a bot that posts is a webhook's", { method: "POST", headers: { "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)" } }, "held"],
    ["of a library is held", { headers: { "user-agent": "python-requests/2.31" } }, "held"],
    ["of a browser by program is a page", { headers: { "user-agent": BROWSER.replace("Chrome", "HeadlessChrome"), accept: NAVIGATION } }, "page"],
  ])("%s", (_what, changes, expected) => expect(kind(changes)).toBe(expected));
});

test("a pattern's dots and brackets are what they are", () => {
  const paths = ["/a.b/?/(c)*"];
  const is = (path: string): string => kindOf(readRequest(event({ path })), { ...ignoring, paths });
  expect(is("/a.b/x/(c)/d")).toBe("monitor");
  expect(is("/aXb/x/(c)")).toBe("held");
  expect(is("/a.b/xy/(c)")).toBe("held");
});

describe("when the load balancer got a request", () => {
  const NOW = 0x67891233 * 1000 + 5_400;
  const arrival = (trace?: string): number => arrivalOf(readRequest(event({ headers: trace ? { "X-Amzn-Trace-Id": trace } : {} })), NOW) - NOW;
  test("is in its trace header, to the second: at its end, and never in what is to come", () => {
    expect(arrival("Root=1-67891233-abcdef012345678912345678")).toBe(-4_400);
    expect(arrival("Root=1-67891238-abcdef012345678912345678")).toBe(0);
  });
  test("is what the load balancer says, and not what the client says", () => {
    expect(arrival("Self=1-67891235-12456789abcdef012345678;Root=1-67891233-abcdef012345678912345678")).toBe(-2_400);
  });
  test("is now where nothing says it, or nothing that can be", () => {
    expect([arrival(), arrival("Root=mine"), arrival("Root=1-67890000-abcdef012345678912345678")]).toEqual([0, 0, 0]);
  });
});

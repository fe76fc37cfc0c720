import { describe, expect, test } from "vitest";
import { cookieName, type Guarded, judge, SECURITY_HEADERS } from "./guard.ts";

const console_ = { port: 4600, token: "t".repeat(32) };
const SIGNED_IN = { host: "127.0.0.1:4600", cookie: `rouse_console_4600=${console_.token}` };
const ask = (changes: Partial<Guarded> & { headers?: Guarded["headers"] }) =>
  judge({ method: "GET", url: "/", ...changes, headers: { ...SIGNED_IN, ...changes.headers } }, console_);

describe("a page of the console itself", () => {
  test.each<[string, Partial<Guarded>]>([
    ["reads", {}],
    ["reads by its other name", { headers: { host: "localhost:4600" } }],
    ["reads as a browser does", { url: "/api/overview", headers: { "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" } }],
    ["is reloaded", { headers: { "sec-fetch-site": "none", "sec-fetch-mode": "navigate" } }],
    ["steers", { method: "POST", url: "/api/leaves/x/wake", headers: { origin: "http://127.0.0.1:4600", "sec-fetch-site": "same-origin" } }],
    ["has cookies of other consoles too", { headers: { cookie: `rouse_console_4601=other; a=b=c; ${SIGNED_IN.cookie}` } }],
  ])("%s", (_, request) => expect(ask(request)).toEqual({ kind: "allow" }));
});

describe("everybody else is refused", () => {
  test.each<[string, Partial<Guarded>, number, RegExp]>([
    ["a name that resolves here (DNS rebinding)", { headers: { host: "evil.example:4600" } }, 400, /is not evil\.example/],
    ["the port of another server", { headers: { host: "127.0.0.1:80" } }, 400, /is not/],
    ["a name that begins like ours", { headers: { host: "localhost:4600.evil.example" } }, 400, /is not/],
    ["no name", { headers: { host: undefined } }, 400, /without a name/],
    ["an address that cannot be read", { url: "http://[" }, 400, /cannot be read/],
    ["no cookie", { headers: { cookie: undefined } }, 401, /lacks its token/],
    ["the cookie of a console on another port", { headers: { cookie: `rouse_console_46000=${console_.token}` } }, 401, /lacks/],
    ["a cookie that is longer", { headers: { cookie: `${SIGNED_IN.cookie}t` } }, 401, /another console/],
    ["a cookie of the same length", { headers: { cookie: `rouse_console_4600=${"u".repeat(32)}` } }, 401, /another console/],
    ["an empty cookie", { headers: { cookie: "rouse_console_4600=" } }, 401, /another console/],
    ["a wrong token, with a good cookie", { url: "/?token=wrong" }, 401, /another console/],
    ["the token where it does not belong", { url: `/api/overview?token=${console_.token}`, headers: { cookie: undefined } }, 401, /lacks/],
    ["a change without Origin", { method: "POST" }, 403, /own page/],
    ["a change from another port of this machine", { method: "POST", headers: { origin: "http://127.0.0.1:8080" } }, 403, /own page/],
    ["a change by the other name", { method: "POST", headers: { origin: "http://localhost:4600" } }, 403, /own page/],
    ["a change from a sandboxed frame", { method: "POST", headers: { origin: "null" } }, 403, /own page/],
    ["a preflight of another page", { method: "OPTIONS", headers: { origin: "https://evil.example" } }, 403, /own page/],
    ["a read by another page's script", { headers: { origin: "https://evil.example" } }, 403, /own page/],
    ["an image on a page of another port", { headers: { "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors" } }, 403, /another page/],
    ["a script on another site", { headers: { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" } }, 403, /another page/],
    [
      "a form of a page that lies about Origin",
      { method: "POST", headers: { origin: "http://127.0.0.1:4600", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" } },
      403,
      /another page/,
    ],
  ])("%s", (_, request, status, why) => expect(ask(request)).toEqual({ kind: "refuse", status, why: expect.stringMatching(why) as string }));
});

test("the token signs in, once Host is right, and leads to the address without it", () => {
  const url = `/?token=${console_.token}`;
  expect(ask({ url, headers: { cookie: undefined } })).toEqual({ kind: "sign in", to: "/" });
  expect(ask({ url, headers: { cookie: undefined, host: "evil.example:4600" } })).toMatchObject({ kind: "refuse", status: 400 });
});

test("a cookie's name says which port it is for", () => expect(cookieName(1)).not.toBe(cookieName(2)));

test("pages load nothing from elsewhere, and nobody frames them", () => {
  const policy = SECURITY_HEADERS["content-security-policy"]!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).toContain("connect-src 'self'");
  expect(policy).toMatch(/script-src 'self'(;|$)/);
  expect(policy).not.toMatch(/https?:|\*/);
});

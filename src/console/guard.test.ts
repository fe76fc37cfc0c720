import { describe, expect, test } from "vitest";
import { cookieName, type Guarded, judge } from "./guard.ts";

const console_ = { port: 4600, token: "s3cret-token-of-the-console" };
const cookie = `${cookieName(4600)}=${console_.token}`;
const HOST = "127.0.0.1:4600";

const ask = (headers: Guarded["headers"], url = "/", method = "GET") => judge({ method, url, headers: { host: HOST, ...headers } }, console_);

describe("who may talk to the console", () => {
  test("the token in the address is taken once, for a cookie", () => {
    expect(ask({}, `/?token=${console_.token}`)).toEqual({ kind: "sign in", to: "/" });
    expect(ask({ cookie })).toEqual({ kind: "allow" });
    expect(ask({ cookie: `other=1; ${cookie}; more=2` })).toEqual({ kind: "allow" });
  });

  test.each([
    ["no token at all", {}, "/"],
    ["another token in the address", {}, "/?token=wrong"],
    ["another token, though the cookie is right", { cookie }, "/?token=wrong"],
    ["another token in the cookie", { cookie: `${cookieName(4600)}=wrong` }, "/api/overview"],
    ["the cookie of a console at another port", { cookie: `${cookieName(4601)}=${console_.token}` }, "/api/overview"],
    ["the token anywhere but at the front door", {}, `/api/overview?token=${console_.token}`],
  ])("refuses %s", (_what, headers, url) => {
    expect(ask(headers, url)).toMatchObject({ kind: "refuse", status: 401 });
  });

  test.each([undefined, "evil.example:4600", "127.0.0.1:4601", "127.0.0.1", "localhost.evil.example:4600"])(
    "refuses what was meant for %s",
    (host) => {
      expect(ask({ host, cookie })).toMatchObject({ kind: "refuse", status: 400 });
    },
  );

  test("takes localhost for itself", () => {
    expect(ask({ host: "localhost:4600", cookie })).toEqual({ kind: "allow" });
  });

  test("changes something for its own page alone", () => {
    const wake = (headers: Guarded["headers"]) => ask({ cookie, ...headers }, "/api/leaves/hello/wake", "POST");
    expect(wake({ origin: `http://${HOST}` })).toEqual({ kind: "allow" });
    for (const origin of [undefined, "null", "http://127.0.0.1:4601", "https://127.0.0.1:4600", "http://evil.example"])
      expect(wake({ origin }), String(origin)).toMatchObject({ kind: "refuse", status: 403 });
  });

  test("is read by its own page alone", () => {
    expect(ask({ cookie, origin: "http://evil.example" }, "/api/overview")).toMatchObject({ kind: "refuse", status: 403 });
    expect(ask({ cookie, "sec-fetch-site": "cross-site" }, "/api/overview")).toMatchObject({ kind: "refuse", status: 403 });
    expect(ask({ cookie, "sec-fetch-site": "same-site" }, "/api/overview")).toMatchObject({ kind: "refuse", status: 403 });
    expect(ask({ cookie, "sec-fetch-site": "same-origin" }, "/api/overview")).toEqual({ kind: "allow" });
    // A link in a mail, or in a terminal.
    expect(ask({ "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }, `/?token=${console_.token}`)).toMatchObject({ kind: "sign in" });
  });

  test("an address that cannot be read is no crash", () => {
    expect(ask({ cookie }, "//[")).toMatchObject({ kind: "refuse", status: 400 });
  });
});

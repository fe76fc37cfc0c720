import { expect, test } from "vitest";
import { locationOf } from "./redirect.ts";

const from = { protocol: "http", host: "Example.com", port: "80", path: "/a/b%20c", query: "x=1" } as const;

test.each([
  [{ Protocol: "HTTPS", Port: "443" }, "https://Example.com:443/a/b%20c?x=1"],
  [{ Protocol: "HTTPS", Port: "40443", Host: "#{host}", Path: "/#{path}", Query: "#{query}" }, "https://Example.com:40443/a/b%20c?x=1"],
  [{ Path: "/new/#{path}" }, "http://Example.com:80/new/a/b%20c?x=1"],
  [{ Host: "www.#{host}", Query: "" }, "http://www.Example.com:80/a/b%20c"],
  [
    { Host: "other.com", Path: "/#{host}/#{port}", Query: "#{query}&from=#{protocol}&p=#{path}" },
    "http://other.com:80/Example.com/80?x=1&from=http&p=a/b%20c",
  ],
  [{ Path: "/#{unknown}" }, "http://Example.com:80/#{unknown}?x=1"],
])("%j", (config, expected) => {
  expect(locationOf({ StatusCode: "HTTP_302", ...config }, from)).toBe(expected);
});

test("a port of the load balancer is told as the one of this machine, where the host stays", () => {
  const portAt = (port: string): string => (port === "443" ? "8443" : port);
  expect(locationOf({ StatusCode: "HTTP_301", Protocol: "HTTPS", Port: "443" }, from, portAt)).toBe("https://Example.com:8443/a/b%20c?x=1");
  expect(locationOf({ StatusCode: "HTTP_301", Protocol: "HTTPS", Port: "443", Host: "aws.com" }, from, portAt)).toBe(
    "https://aws.com:443/a/b%20c?x=1",
  );
});

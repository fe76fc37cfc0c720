import { describe, expect, test } from "vitest";
import { chooseRoute, parseRouteKey } from "./routes.ts";

// The table of "Routing API requests" (API Gateway Developer Guide, "Create routes for HTTP APIs").
const ROUTES = ["GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default"].map((routeKey) => ({ routeKey }));

const chosen = (method: string, path: string, routes = ROUTES): [string | undefined, object | undefined] => {
  const match = chooseRoute(routes, method, path);
  return [match?.route.routeKey, match?.pathParameters];
};

describe("the most specific route is chosen", () => {
  test.each([
    ["GET", "/pets/dog/1", "GET /pets/dog/1", {}],
    ["GET", "/pets/dog/2", "GET /pets/dog/{id}", { id: "2" }],
    ["GET", "/pets/cat/1", "GET /pets/{proxy+}", { proxy: "cat/1" }],
    ["POST", "/test/5", "ANY /{proxy+}", { proxy: "test/5" }],
    ["POST", "/pets/dog/1", "ANY /{proxy+}", { proxy: "pets/dog/1" }],
    ["GET", "/", "$default", {}],
    ["GET", "/pets/dog/a%20b", "GET /pets/dog/{id}", { id: "a b" }],
  ])("%s %s", (method, path, routeKey, parameters) => {
    expect(chosen(method, path)).toEqual([routeKey, parameters]);
  });

  test("a method goes before ANY", () => {
    expect(chosen("POST", "/start", [{ routeKey: "ANY /start" }, { routeKey: "POST /start" }])[0]).toBe("POST /start");
  });

  test("none fits", () => {
    expect(chosen("GET", "/stop", [{ routeKey: "POST /start" }])[0]).toBeUndefined();
  });
});

test.each(["GET pets", "FETCH /pets", "GET /{a+}/b", "GET /a{b}", "get /pets", ""])("%s is no route key", (text) => {
  expect(parseRouteKey(text)).toBeUndefined();
});

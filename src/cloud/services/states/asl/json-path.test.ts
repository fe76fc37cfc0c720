import { expect, test } from "vitest";
import { isReferencePath, parsePath, place, select } from "./json-path.ts";
import type { Json } from "./types.ts";

const SHOP: Json = {
  a: {
    "b-c": [1, 2, 3, 4],
    list: [
      { n: 1, s: "x" },
      { n: 2, s: "y" },
    ],
  },
  "odd key": true,
};

test.each<[string, Json[]]>([
  ["$", [SHOP]],
  ["$.a['b-c'][0]", [1]],
  ["$.a.b-c[-1]", [4]],
  ["$['odd key']", [true]],
  ["$.a.b-c[1:3]", [2, 3]],
  ["$.a.b-c[::2]", [1, 3]],
  ["$.a.b-c[0,2]", [1, 3]],
  ["$.a.list[*].s", ["x", "y"]],
  ["$..n", [1, 2]],
  ["$..list[0].s", ["x"]],
  ["$.a.list[?(@.n > 1)].s", ["y"]],
  ["$.a.list[?(@.s == 'x')].n", [1]],
  ["$.a.list[?(@.none)]", []],
  ["$.none.none", []],
])("%s", (path, found) => {
  expect(select(parsePath(path), SHOP)).toEqual(found);
});

test.each(["a", "$.", "$.a[", "$.a[?(@.n > 1 && @.s)]", "$.a.length()", "$..", "$[x]"])("%s is refused", (path) => {
  expect(() => parsePath(path)).toThrow(SyntaxError);
});

test("roots are the input, the context and variables", () => {
  expect(["$.x", "$$.Execution.Id", "$order.id"].map((path) => parsePath(path).root)).toEqual(["$", "$$", "order"]);
});

test("only reference paths can be written to, and what is missing is made", () => {
  expect(["$.a.b", "$.a[0]", "$['a']"].map(isReferencePath)).toEqual([true, true, true]);
  expect(["$.a[*]", "$..a", "$.a[0,1]", "$$.x", "$.a[-1]", "$.a[0:1]"].map(isReferencePath)).toEqual([false, false, false, false, false, false]);
  expect(place(parsePath("$.a.x.y"), { a: { b: 1 } }, 2)).toEqual({ a: { b: 1, x: { y: 2 } } });
  expect(place(parsePath("$.l[1]"), { l: [1, 2] }, 3)).toEqual({ l: [1, 3] });
  expect(place(parsePath("$.a.b"), { a: 1 }, 2)).toBeUndefined();
});

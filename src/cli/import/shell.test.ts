import { expect, test } from "vitest";
import { readShell } from "./shell.ts";

const value = (text: string): unknown => readShell(text).map((statement) => (statement.kind === "set" ? statement.value : "command"));

test.each([
  ["A=b", [["b"]]],
  ["export A=b  # a comment", [["b"]]],
  ["A=b#c", [["b#c"]]],
  ["A=", [[]]],
  ['A="b c"', [["b c"]]],
  ["A='b $C'", [["b $C"]]],
  ["A=\"b\"c'd'", [["bcd"]]],
  ["A=$B", [[{ name: "B" }]]],
  ['A="x-${B}-y"', [["x-", { name: "B" }, "-y"]]],
  ["A=${B:-c d}", [[{ name: "B", fallback: "c d" }]]],
  ["A=\\$B", [["$B"]]],
  ["A=$(pwd)/x", [[{ command: "$(pwd)" }, "/x"]]],
  ["A=`pwd`", [[{ command: "`pwd`" }]]],
  ["A=b c", ["command"]],
  ["A=b; rm -rf x", ["command"]],
  ["source config.global", ["command"]],
  ["if true; then", ["command"]],
  ['A="b\nc"\nD=e', [["b\nc"], ["e"]]],
  ["A=b\\\nc\nD=e", [["bc"], ["e"]]],
  ["# A=b\n\n   \n", []],
  ['A="b # c"', [["b # c"]]],
  ["A=it's", ["command"]],
])("%j", (text, expected) => expect(value(text)).toEqual(expected));

test("lines are counted as they stand, also after one that goes on", () => {
  expect(readShell("A=1\ndocker run \\\n  x \\\n  y\n\nB=2\r\nC=3").map(({ line, kind }) => [line, kind])).toEqual([
    [1, "set"],
    [2, "command"],
    [6, "set"],
    [7, "set"],
  ]);
});

test("an apostrophe in a comment opens no quote", () => {
  expect(readShell("A=1 # don't\nB=2").map((each) => each.kind === "set" && each.key)).toEqual(["A", "B"]);
});

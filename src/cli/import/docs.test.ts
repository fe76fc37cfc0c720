import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CONFIG_ROWS } from "./config-keys.ts";
import { BASE_ROWS, LEAF_ROWS } from "./container-manager-keys.ts";
import { SERVICE_ROWS, SETTING_ROWS } from "./service-mappings.ts";

describe("docs/importing.md", () => {
  const page = readFileSync(new URL("../../../docs/importing.md", import.meta.url), "utf8");
  /** Rows of the table below a heading: old key, new key, how. */
  const rowsBelow = (heading: string): string[][] => {
    const section = page.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
    const lines = section.split("\n").filter((line) => line.startsWith("| `"));
    return lines.map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  };
  const code = (keys: string): string =>
    keys
      .split(", ")
      .map((key) => `\`${key}\``)
      .join(", ");

  test.each([
    ["A container manager", [...LEAF_ROWS, ...BASE_ROWS]],
    ["An engine starter", [...SERVICE_ROWS, ...SETTING_ROWS]],
    ["Scheduled and always-on apps", CONFIG_ROWS],
  ])("%s: the table is what the code does", (heading, rows) => {
    const expected = rows.map(({ old, becomes, how }) => {
      const [, file, key] = /^(?:(rouse[^:]*): )?(.*)$/.exec(becomes)!;
      return [code(old), becomes === "" ? "–" : `${file === undefined ? "" : `${file}: `}\`${key}\``, how];
    });
    expect(rowsBelow(heading)).toEqual(expected);
  });
});

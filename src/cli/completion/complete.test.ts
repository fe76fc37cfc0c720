import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { commands } from "../commands.ts";
import { Folders } from "../testing.ts";
import { complete } from "./complete.ts";
import { namesIn } from "./names.ts";

const folders = new Folders();
afterAll(() => folders.remove());
const directory = folders.with({
  "rouse.yaml": "name: arcade\nenvironments: { local: {}, staging: { account: 1 }, prod: }\nbroken: yes\n",
  "leaves/hello.yaml": "this: is: no YAML",
  "leaves/minecraft.yaml": "wake: dns\n",
  "leaves/minecraft.prod.yaml": "",
  "other/rouse.yaml": "leaves: all/**/*.yaml\n",
});
mkdirSync(join(directory, "other/all/deep"), { recursive: true });
writeFileSync(join(directory, "other/all/deep/auth.yaml"), "");

const at = (...typed: string[]) => complete(commands, typed, namesIn(directory));
const words = async (...typed: string[]): Promise<string[]> => (await at(...typed)).words.map(({ value }) => value);

describe("what may stand at the end of a command line", () => {
  test.each<[string[], string[]]>([
    [["st"], ["status"]],
    [
      ["status", ""],
      ["hello", "minecraft"],
    ],
    [["status", "m"], ["minecraft"]],
    [["wake", "hello", ""], []],
    [
      ["status", "--env", ""],
      ["local", "staging", "prod"],
    ],
    [["status", "--env=p"], ["--env=prod"]],
    [["status", "--env", "prod", "h"], ["hello"]],
    [["status", "--dir", "other", ""], ["auth"]],
    [["status", "--dir=other", ""], ["auth"]],
    [["wake", "--j"], ["--json"]],
    [
      ["up", "--runtime", ""],
      ["docker", "process"],
    ],
    [
      ["completion", ""],
      ["bash", "zsh", "fish", "powershell"],
    ],
    [["nothing", ""], []],
  ])("%j: %j", async (typed, expected) => {
    expect(await words(...typed)).toEqual(expected);
  });

  test("every command, with what it does", async () => {
    const { words } = await at("");
    expect(words.map(({ value }) => value)).toEqual([...commands.map(({ name }) => name), "--help"]);
    expect(words.every(({ description }) => description !== "")).toBe(true);
  });

  test("files are left to the shell", async () => {
    expect(await at("synth", "--out", "")).toEqual({ words: [], files: true });
    expect(await at("import", "a.yaml", "")).toEqual({ words: [], files: true });
    expect(await at("logs", "hello", "--since", "")).toEqual({ words: [], files: false });
  });
});

import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "./support/deployed.ts";

/** The script for bash, in a bash that has nothing else, and the built command line that it asks. */

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "rouse-completion-"));
  mkdirSync(join(directory, "leaves"));
  mkdirSync(join(directory, "bin"));
  writeFileSync(join(directory, "rouse.yaml"), "name: arcade\nenvironments: { prod: {} }\n");
  writeFileSync(join(directory, "leaves", "hello.yaml"), "");
  const rouse = join(directory, "bin", "rouse");
  writeFileSync(rouse, `#!/bin/sh\nexec ${process.execPath} ${join(root, "bin", "rouse.js")} "$@"\n`);
  chmodSync(rouse, 0o755);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What bash would put in the last word's place. Bash itself ends a word at `=`. */
const SCRIPT = `
source <(rouse completion bash)
tab() { COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); _rouse 2>/dev/null; echo "\${COMPREPLY[*]}"; }
tab rouse stat
tab rouse wake ""
tab rouse status --env ""
tab rouse status --env = p
tab rouse status '$(touch evil)' ""
ls evil 2>/dev/null || echo none
`;

test("commands, leaves and environments in a real bash; what has been typed is not evaluated", async () => {
  const { stdout } = await promisify(execFile)("bash", ["--norc", "-c", SCRIPT], {
    cwd: directory,
    env: { PATH: `${join(directory, "bin")}:/usr/bin:/bin`, HOME: directory },
  });
  expect(stdout.split("\n")).toEqual(["status", "hello", "local prod", "prod", "", "none", ""]);
});

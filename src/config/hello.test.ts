import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";

test("the example server answers where PORT says, and ends by itself when asked to stop", async () => {
  const server = spawn(process.execPath, [join(import.meta.dirname, "../../leaves/hello/server.mjs")], {
    env: { PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [line] = (await once(server.stdout, "data")) as [Buffer];
    const port = /port (\d+)/.exec(line.toString())?.[1];
    // A connection that is kept alive must not keep the process alive.
    const response = await fetch(`http://127.0.0.1:${port}/`);
    expect(response.status).toBe(200);
    expect(await response.text()).toMatch(/^Hello!.* \d+\.\d seconds ago/);
    server.kill("SIGTERM");
    expect(await once(server, "exit")).toEqual([0, null]);
  } finally {
    server.kill("SIGKILL");
  }
});

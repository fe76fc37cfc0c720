import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadProject } from "./load.ts";
import { isRouted } from "./schema.ts";

const directory = join(import.meta.dirname, "../../examples/engines");

describe("the example of engines", () => {
  test.each(["local", "prod"])("has no mistakes in the environment %s", async (environment) => {
    const loaded = await loadProject({ directory, environment, env: {} });
    expect(loaded).toMatchObject({ ok: true });
    if (!loaded.ok) return;
    const routed = loaded.project.leaves.filter(isRouted);
    expect(routed.map(({ name, route }) => [name, route.port])).toEqual([
      ["auth", 8080],
      ["batch", 6060],
      ["fa", 2531],
      ["pdf", 9080],
      ["users", 7070],
    ]);
  });

  test.each(["auth", "batch", "fa", "pdf", "users"])("%s answers with its name and the path, is healthy, and ends when asked to", async (name) => {
    const server = spawn(process.execPath, [join(directory, name, "server.mjs")], { env: { PORT: "0" }, stdio: ["ignore", "pipe", "inherit"] });
    try {
      const [line] = (await once(server.stdout, "data")) as [Buffer];
      const url = `http://127.0.0.1:${/port (\d+)/.exec(line.toString())?.[1]}`;
      expect(await (await fetch(`${url}/api/${name}/x?y=1`)).json()).toEqual({ service: name, method: "GET", path: `/api/${name}/x` });
      expect(await (await fetch(`${url}/health`)).json()).toEqual({ healthy: true });
      if (name === "auth") {
        const page = await fetch(`${url}/api/auth/<b>`, { headers: { accept: "text/html" } });
        expect(await page.text()).toContain("auth is awake");
      }
      server.kill("SIGTERM");
      expect(await once(server, "exit")).toEqual([0, null]);
    } finally {
      server.kill("SIGKILL");
    }
  });
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadProject } from "./load.ts";
import { isService } from "./schema.ts";

const directory = join(import.meta.dirname, "../../examples/services");

describe("the example of services that are always on", () => {
  test.each([
    ["local", "www.example.com", 2],
    ["staging", "staging-www.example.com", 1],
    ["prod", "www.example.com", 2],
  ])("has no mistakes in the environment %s", async (environment, www, orders) => {
    const loaded = await loadProject({ directory, environment, env: {} });
    expect(loaded).toMatchObject({ ok: true });
    if (!loaded.ok) return;
    const services = loaded.project.leaves.filter(isService);
    expect(services.map(({ name, route }) => [name, route?.visibility, route?.domain])).toEqual([
      ["mailer", undefined, undefined],
      ["orders", "public", undefined],
      ["stock", "internal", undefined],
      ["www", "public", www],
    ]);
    expect(services[1]!.scale).toMatchObject({ min: orders, cpu: 75, requests: 1000 });
  });

  test.each(["orders", "stock", "www"])("%s answers, is healthy, and ends when asked to", async (name) => {
    const server = spawn(process.execPath, [join(directory, name, "server.mjs")], { env: { PORT: "0" }, stdio: ["ignore", "pipe", "inherit"] });
    try {
      const [line] = (await once(server.stdout, "data")) as [Buffer];
      const url = `http://127.0.0.1:${/port (\d+)/.exec(line.toString())?.[1]}`;
      expect(await (await fetch(`${url}/health`)).json()).toEqual({ healthy: true });
      const text = await (await fetch(`${url}/api/x`)).text();
      if (name === "www") expect(text).toContain("The shop is open");
      else expect(JSON.parse(text)).toEqual({ service: name, method: "GET", path: "/api/x" });
      server.kill("SIGTERM");
      expect(await once(server, "exit")).toEqual([0, null]);
    } finally {
      server.kill("SIGKILL");
    }
  });

  test("the worker works, and ends when asked to", async () => {
    const worker = spawn(process.execPath, [join(directory, "mailer", "worker.mjs")], { env: {}, stdio: ["ignore", "pipe", "inherit"] });
    try {
      await once(worker.stdout, "data");
      worker.kill("SIGTERM");
      expect(await once(worker, "exit")).toEqual([0, null]);
    } finally {
      worker.kill("SIGKILL");
    }
  });
});

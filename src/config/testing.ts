import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { type Loaded, loadProject } from "./load.ts";

export const BASE = `name: arcade
region: us-west-2
domain: { name: example.com, hostedZoneId: Z1234567890 }
environments:
  staging: { account: "111111111111" }
`;

export const LEAF = `wake: dns
image: some/image
ports: [25565/tcp]
compute: { on: ec2, instanceType: m5.large }
`;

/** A base whose network suits a load balancer, and an engine behind it. */
export const ENGINE_BASE = `${BASE}vpc: { maxAzs: 2 }\n`;
export const ENGINE = `wake: [event, http]
image: some/auth
ports: [8080]
compute: { on: fargate }
route: /api/auth/*
`;

/**
 * Loads a project of these files (path → content; null: leave it out) from a folder that is removed afterwards. There is a good
 * rouse.yaml and a good leaves/game.yaml unless they are given.
 */
export async function load(
  files: Record<string, string | Uint8Array | null> = {},
  options: { environment?: string; env?: Record<string, string> } = {},
): Promise<Loaded & { directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), "rouse-config-"));
  try {
    for (const [path, content] of Object.entries({ "rouse.yaml": BASE, "leaves/game.yaml": LEAF, ...files })) {
      if (content === null) continue;
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), content);
    }
    return { ...(await loadProject({ directory, environment: options.environment ?? "local", env: options.env ?? {} })), directory };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The mistakes of a project, each as one line: `file:line:column key | message | suggestion`. */
export async function mistakes(
  files: Record<string, string | Uint8Array | null>,
  options: { environment?: string; env?: Record<string, string> } = {},
): Promise<string[]> {
  const loaded = await load(files, options);
  if (loaded.ok) return [];
  return loaded.problems.map((each) => {
    const place = `${relative(loaded.directory, each.file)}:${each.line}:${each.column}`;
    const message = each.message.replaceAll(`${loaded.directory}/`, "");
    return [`${place} ${each.key}`.trim(), message, each.suggestion ?? "-"].join(" | ");
  });
}

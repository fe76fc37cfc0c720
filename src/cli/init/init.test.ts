import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { runInNewContext } from "node:vm";
import { afterAll, describe, expect, test } from "vitest";
import { parse, parseDocument } from "yaml";
import { loadProject } from "../../config/index.ts";
import { commands } from "../commands.ts";
import { Folders, rouseHere } from "../testing.ts";
import { type KindName, KINDS } from "./kinds.ts";

const folders = new Folders();
afterAll(() => folders.remove());

const kinds = Object.keys(KINDS) as KindName[];
const ZONE = ["--domain", "Example.com", "--hosted-zone-id", "Z1234567890"];
const read = (directory: string, path: string): string => readFileSync(join(directory, path), "utf8");
const filesIn = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((path) => statSync(join(directory, path)).isFile())
    .sort();

async function made(...flags: string[]): Promise<string> {
  const directory = folders.with();
  const { code, stderr } = await rouseHere(["init", "--yes", ...flags], { directory });
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return directory;
}

async function problemsIn(directory: string, environment: string): Promise<unknown> {
  const loaded = await loadProject({ directory, environment, env: {} });
  return loaded.ok ? [] : loaded.problems;
}

const environmentsOf = (directory: string): string[] => Object.keys((parse(read(directory, "rouse.yaml")) as { environments: object }).environments);

describe("what it writes is a project without mistakes, in every environment", () => {
  const variants: [string, string[]][] = [
    ["of a folder that it fills", []],
    ["of an image", ["--image", "registry.example.com:5000/team/app:1.2", "--port", "9000"]],
    ["with a domain", ZONE],
    ["with two accounts", [...ZONE, "--account", "staging=111111111111", "--account", "prod=222222222222"]],
    ["with one account for both", [...ZONE, "--account", "staging=111111111111", "--account", "prod=111111111111"]],
    ["without GitHub", ["--no-github"]],
  ];
  const all = kinds.flatMap((kind) => variants.map(([name, flags]): [KindName, string, string[]] => [kind, name, flags]));

  test.each(all)("%s, %s", async (kind, _name, flags) => {
    const fit = kind === "schedule" ? flags.filter((flag) => flag !== "--port" && flag !== "9000") : flags;
    const directory = await made("--kind", kind, ...fit);
    const environments = environmentsOf(directory);
    expect(environments).toEqual(kind === "dns" && !fit.includes("--domain") ? ["local"] : ["local", "staging", "prod"]);
    for (const environment of environments) expect(await problemsIn(directory, environment)).toEqual([]);
    expect(existsSync(join(directory, ".github/workflows/rouse.yml"))).toBe(!fit.includes("--no-github"));
  });

  test("an image without a port is a worker, where the kind needs none", async () => {
    for (const kind of ["event", "always"]) {
      const directory = await made("--kind", kind, "--image", "team/worker");
      expect(await problemsIn(directory, "local")).toEqual([]);
      expect(read(directory, `leaves/${KINDS[kind as KindName].leaf}.yaml`)).not.toContain("ports:");
    }
  });

  test("two environments that may be in one account have different names, for the application and for the leaf", async () => {
    const directory = await made("--kind", "dns", ...ZONE);
    const names = await Promise.all(
      ["staging", "prod"].map(async (environment) => {
        const loaded = await loadProject({ directory, environment, env: {} });
        if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
        return [loaded.project.base.name, ...loaded.project.leaves.map((leaf) => ("domain" in leaf ? leaf.domain : ""))];
      }),
    );
    for (const index of [0, 1]) expect(names[0]![index]).not.toBe(names[1]![index]);
    expect(
      existsSync(join(await made("--kind", "http", "--account", "staging=111111111111", "--account", "prod=222222222222"), "rouse.staging.yaml")),
    ).toBe(false);
  });

  test("the schemas that its files name are those of the package that it depends on", async () => {
    const directory = await made("--kind", "dns", ...ZONE);
    for (const path of filesIn(directory).filter((file) => /^(?:rouse|leaves).*\.yaml$/.test(file))) {
      const schema = /^# yaml-language-server: \$schema=(.+)$/m.exec(read(directory, path))?.[1];
      expect(join(path, "..", schema!)).toMatch(/^node_modules\/rouse\/schemas\//);
      expect(existsSync(new URL(`../../../schemas/${schema!.split("/").at(-1)}`, import.meta.url))).toBe(true);
    }
    expect(JSON.parse(read(directory, "package.json"))).toMatchObject({ private: true, devDependencies: { rouse: expect.any(String) } });
  });

  test("a folder with a Dockerfile is taken as it is", async () => {
    const directory = folders.with({ "app/Dockerfile": "FROM scratch\n" });
    expect((await rouseHere(["init", "--yes", "--kind", "http", "--build", "./app/"], { directory })).code).toBe(0);
    expect(filesIn(directory).filter((file) => file.startsWith("app/"))).toEqual(["app/Dockerfile"]);
    expect(read(directory, "leaves/hello.yaml")).not.toContain("process:");
    expect(await problemsIn(directory, "local")).toEqual([]);
  });
});

describe("where nobody can be asked", () => {
  test("what is missing is listed, and nothing is written", async () => {
    const directory = folders.with();
    const { code, stderr } = await rouseHere(["init"], { directory });
    expect(code).toBe(2);
    for (const flag of ["--name", "--kind dns|http|event|schedule|always", "--leaf", "--image <image> or --build <folder>", "--region"])
      expect(stderr).toContain(flag);
    expect(filesIn(directory)).toEqual([]);
  });

  test("everything given is enough without --yes", async () => {
    const directory = folders.with();
    const flags = ["--name", "shop", "--kind", "http", "--leaf", "cart", "--build", "cart", "--region", "eu-central-1"];
    expect((await rouseHere(["init", ...flags], { directory })).code).toBe(0);
    expect(read(directory, "rouse.yaml")).toContain("name: shop\nregion: eu-central-1\n");
  });

  test("all mistakes come at once", async () => {
    const flags = [
      "--name",
      "My App",
      "--kind",
      "https",
      "--leaf",
      "-x",
      "--image",
      "a b",
      "--build",
      "../x",
      "--region",
      "here",
      "--domain",
      "x",
      "--account",
      "dev=1",
    ];
    const { code, stderr } = await rouseHere(["init", "--yes", ...flags], { directory: folders.with() });
    expect(code).toBe(2);
    const given = [
      '--name "My App"',
      '--kind "https"',
      '--leaf "-x"',
      '--image "a b"',
      '--build "../x"',
      '--region "here"',
      '--domain "x"',
      '--account "dev=1"',
    ];
    for (const each of [...given, "exclude each other", "--domain needs --hosted-zone-id"]) expect(stderr).toContain(each);
  });

  test.each([
    [["--kind", "dns", "--account", "prod=111111111111"], "needs --domain"],
    [["--kind", "schedule", "--port", "80"], "reached by nobody"],
    [["--hosted-zone-id", "Z1"], "needs --domain"],
  ])("%j is refused", async (flags, why) => {
    const { code, stderr } = await rouseHere(["init", "--yes", ...flags], { directory: folders.with() });
    expect(code).toBe(2);
    expect(stderr).toContain(why);
  });
});

describe("files that are there", () => {
  test("are listed, and nothing is written", async () => {
    const directory = folders.with({ "rouse.yaml": "mine", "README.md": "mine" });
    const { code, stderr } = await rouseHere(["init", "--yes"], { directory });
    expect(code).toBe(2);
    expect(stderr).toContain("  rouse.yaml\n  README.md\n");
    expect(filesIn(directory)).toEqual(["README.md", "rouse.yaml"]);
    expect(read(directory, "rouse.yaml")).toBe("mine");
  });

  test("are overwritten with --force, but not package.json and .gitignore", async () => {
    const directory = folders.with({ "rouse.yaml": "mine", "package.json": "{}", ".gitignore": "x\n" });
    const { code, stdout } = await rouseHere(["init", "--yes", "--force"], { directory });
    expect(code).toBe(0);
    expect(read(directory, "rouse.yaml")).toContain("region:");
    expect([read(directory, "package.json"), read(directory, ".gitignore")]).toEqual(["{}", "x\n"]);
    expect(stdout).toContain("package.json was there and stays as it is");
    expect(stdout).toContain(".gitignore was there and stays as it is");
  });

  test("a file where a folder is needed stops it, too, even with --force", async () => {
    const directory = folders.with({ leaves: "a file" });
    const { code, stderr } = await rouseHere(["init", "--yes", "--force"], { directory });
    expect(code).toBe(2);
    expect(stderr).toContain("  leaves\n");
    expect(filesIn(directory)).toEqual(["leaves"]);
  });

  test("a folder to build without a Dockerfile is refused", async () => {
    const directory = folders.with({ "hello/main.go": "" });
    const { code, stderr } = await rouseHere(["init", "--yes"], { directory });
    expect(code).toBe(2);
    expect(stderr).toContain("has no Dockerfile");
  });

  test("what fails halfway is taken back", async () => {
    const directory = folders.with({ "rouse.yaml": "mine" });
    // A folder in the place of a file, which only writing finds out with --force.
    mkdirSync(join(directory, "README.md"));
    const { code, stderr } = await rouseHere(["init", "--yes", "--force"], { directory });
    expect(code).toBe(1);
    expect(stderr).toContain("nothing was written");
    expect(filesIn(directory)).toEqual(["rouse.yaml"]);
    expect(read(directory, "rouse.yaml")).toBe("mine");
    expect(readdirSync(directory).sort()).toEqual(["README.md", "rouse.yaml"]);
  });
});

describe("in a terminal", () => {
  const ENTER = "\r";
  const DOWN = "\u001B[B";

  /** Types an answer whenever a new question has been asked. */
  async function typing(directory: string, answers: string[], flags: string[] = []): Promise<{ code: number; stdout: string; stderr: string }> {
    const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => stdin });
    const left = [...answers];
    let running = true;
    const next = (): void => {
      if (!running) return;
      const answer = left.shift();
      if (answer !== undefined) stdin.write(answer);
      setImmediate(() => setImmediate(next));
    };
    setImmediate(next);
    const ran = await rouseHere(["init", ...flags], { directory, stdin });
    running = false;
    return ran;
  }

  test("it asks for what the flags leave open, and takes Enter for the default", async () => {
    const directory = folders.with();
    const keys = ["shop", ENTER, DOWN, ENTER, ENTER, ENTER, ENTER, ENTER, ENTER, ENTER, ENTER, ENTER, ENTER, ENTER];
    const { code, stdout, stderr } = await typing(directory, keys);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    for (const question of ["Name of the application", "What wakes it?", "What does it run?", "AWS region", "GitHub Actions"])
      expect(stdout).toContain(question);
    expect(read(directory, "rouse.yaml")).toContain("name: shop\n");
    expect(await problemsIn(directory, "prod")).toEqual([]);
  });

  test("Ctrl-C writes nothing", async () => {
    const directory = folders.with();
    const { code, stderr } = await typing(directory, ["\u0003"]);
    expect(code).toBe(130);
    expect(stderr).toContain("nothing was written");
    expect(filesIn(directory)).toEqual([]);
  });
});

describe("the workflow for GitHub Actions", () => {
  interface Job {
    if: string;
    needs?: string;
    environment?: string;
    concurrency?: { group: string; "cancel-in-progress": boolean };
    permissions?: Record<string, string>;
    steps: { uses?: string; run?: string; with?: Record<string, string> }[];
  }
  const workflowOf = (directory: string) =>
    parse(read(directory, ".github/workflows/rouse.yml")) as {
      on: { push: { branches: string[]; tags?: string[] } };
      permissions: object;
      jobs: Record<string, Job>;
    };

  /** The jobs that a push starts, in the words of GitHub: expressions of this workflow mean the same in JavaScript. */
  const startedBy = (jobs: Record<string, Job>, ref: string): string[] => {
    const github = { event_name: "push", ref, repository: "o/r", event: { pull_request: { head: { repo: { full_name: "" } } } } };
    const startsWith = (text: string, start: string) => text.startsWith(start);
    return Object.keys(jobs).filter((name) => runInNewContext(jobs[name]!.if, { github, startsWith }) === true);
  };

  test.each([
    ["refs/heads/topic", ["test"]],
    ["refs/heads/main", ["test", "deploy-staging"]],
    ["refs/tags/v1.0.0", ["test", "deploy-prod"]],
    ["refs/tags/destroy-staging-1", ["test", "destroy-staging"]],
    ["refs/tags/destroy-prod-1", ["test", "destroy-prod"]],
  ])("a push to %s starts %j", async (ref, jobs) => {
    const { on, jobs: all } = workflowOf(await made());
    expect(startedBy(all, ref)).toEqual(jobs);
    const [, , kind, name] = /^refs\/((heads)|tags)\/(.+)$/.exec(ref)!;
    const patterns = kind === "heads" ? on.push.branches : on.push.tags!;
    expect(patterns.some((pattern) => new RegExp(`^${pattern.replace(/\*+/g, ".*")}$`).test(name!))).toBe(true);
  });

  test("each deployment has a role of its environment for itself, no keys, and waits for the tests and for the one before", async () => {
    const directory = await made("--region", "eu-west-1");
    const { jobs, permissions } = workflowOf(directory);
    expect(permissions).toEqual({ contents: "read" });
    for (const [name, job] of Object.entries(jobs).filter(([name]) => name !== "test")) {
      const [what, environment] = name.split("-") as [string, string];
      expect(job).toMatchObject({
        needs: "test",
        environment,
        concurrency: { group: `rouse-${environment}`, "cancel-in-progress": false },
        permissions: { contents: "read", "id-token": "write" },
      });
      const credentials = job.steps.find(({ uses }) => uses?.startsWith("aws-actions/configure-aws-credentials@"));
      expect(credentials?.with).toEqual({ "role-to-assume": "${{ vars.AWS_ROLE_ARN }}", "aws-region": "eu-west-1" });
      expect(job.steps.at(-1)?.run).toBe(`npx rouse ${what} --env ${environment} --yes`);
    }
    expect(read(directory, ".github/workflows/rouse.yml")).not.toMatch(/secrets\.|access-key/);
  });

  test("tests look at every environment", async () => {
    const { jobs } = workflowOf(await made());
    const runs = jobs["test"]!.steps.map(({ run }) => run);
    for (const name of ["local", "staging", "prod"])
      for (const run of [`npx rouse validate --env ${name}`, `npx rouse synth --env ${name} --out cdk.out/${name}`]) expect(runs).toContain(run);
  });

  test("a leaf that has no name on AWS is tested, and not deployed", async () => {
    const directory = await made("--kind", "dns");
    expect(Object.keys(workflowOf(directory).jobs)).toEqual(["test"]);
    expect(existsSync(join(directory, "deploy-role.yaml"))).toBe(false);
  });
});

/** Built elsewhere, and not in this version yet: each is taken out of here when it is. */
const COMING = ["deploy", "destroy", "diff", "run"];

test("every command that a new project names is there", async () => {
  const known = new Set([...commands.map(({ name }) => name), ...COMING]);
  for (const kind of kinds) {
    const directory = await made("--kind", kind, ...ZONE);
    const named = ["README.md", ".github/workflows/rouse.yml"].flatMap((path) =>
      [...read(directory, path).matchAll(/npx rouse ([a-z]+)/g)].map((match) => match[1]!),
    );
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  }
});

describe("the role that GitHub deploys with", () => {
  interface Statement {
    Action: string;
    Resource?: string[];
    Condition?: { StringEquals: Record<string, string> };
  }
  const template = async () => {
    const text = read(await made(), "deploy-role.yaml");
    // Short forms of intrinsics are tags; here their texts are enough.
    return parseDocument(text, { logLevel: "silent" }).toJS() as {
      Resources: {
        Role: { Properties: { AssumeRolePolicyDocument: { Statement: Statement[] }; Policies: { PolicyDocument: { Statement: Statement[] } }[] } };
      };
    };
  };

  test("trusts one repository and environment, each exactly", async () => {
    const { Properties } = (await template()).Resources.Role;
    expect(Properties.AssumeRolePolicyDocument.Statement).toEqual([
      expect.objectContaining({
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:${Repository}:environment:${Environment}",
          },
        },
      }),
    ]);
  });

  test("may assume the CDK's roles, but not CloudFormation's, and do nothing else", async () => {
    const { Properties } = (await template()).Resources.Role;
    const [statement, ...others] = Properties.Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
    expect(others).toEqual([]);
    expect(statement!.Action).toBe("sts:AssumeRole");
    const roles = statement!.Resource!.map((arn) => /role\/cdk-\$\{Qualifier\}-([a-z-]+?)(?:-role-\$\{AWS::AccountId\})?-\*$/.exec(arn)?.[1]);
    expect(roles).toEqual(["deploy", "file-publishing", "image-publishing", "img", "lookup"]);
  });
});

test("the server that it writes runs, answers and ends", async () => {
  const directory = await made("--kind", "http");
  const { spawn } = await import("node:child_process");
  const child = spawn(process.execPath, ["server.mjs"], { cwd: join(directory, "hello"), env: { PORT: "0", PATH: process.env["PATH"] } });
  try {
    const line = await new Promise<string>((resolve) => child.stdout.once("data", (chunk: Buffer) => resolve(String(chunk))));
    expect(line).toMatch(/^listening on port \d+\n$/);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
  } finally {
    child.kill("SIGKILL");
  }
});

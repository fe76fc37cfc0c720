import { beforeEach, describe, expect, test } from "vitest";
import type { RegistryImage } from "../../../core/ports.ts";
import { Store } from "../../../core/store.ts";
import { RuntimeError } from "../../../machines/runtime.ts";
import { fakeRuntime } from "../testing.ts";
import { fetchImage, type ImageUser } from "./images.ts";

const REPOSITORY = "000000000000.dkr.ecr.us-west-2.amazonaws.com/web";
const DIGEST = `sha256:${"1".repeat(64)}`;
const OTHER = `sha256:${"2".repeat(64)}`;
const EXECUTION = "arn:aws:iam::000000000000:role/execution";
const INSTANCE = "arn:aws:iam::000000000000:role/instance";
const scope = { account: "000000000000", region: "us-west-2" };

const pushed = (digest: string): RegistryImage => ({ kind: "pushed", digest, reference: `127.0.0.1:4590/${REPOSITORY}@${digest}` });

let known: Record<string, RegistryImage>;
let inEngine: Set<string>;
let denied: (role: string, action: string) => boolean;
let pulls: [image: string, password: string | undefined][];
let store: Store;

const deps = () => ({
  store,
  authorize: (role: string, needs: { action: string }[]) => ({ allowed: !needs.some(({ action }) => denied(role, action)), reason: "it may not" }),
  registry: {
    resolve: (image: string) => (image.includes(".dkr.ecr.") ? (known[image] ?? { kind: "no-image" as const }) : undefined),
    credentials: (role: string) => ({ username: "AWS", password: role }),
  },
  runtime: {
    ...fakeRuntime(),
    kind: "docker" as const,
    imageInfo: async (image: string) => (inEngine.has(image) ? { id: DIGEST, size: 1 } : undefined),
    ensureImage: async (image: string, _labels: object, credentials?: { password: string }) => void pulls.push([image, credentials?.password]),
  },
});

const fetched = (image: string, user: Partial<ImageUser> = {}, container: object = {}) =>
  fetchImage(deps(), { scope, definition: { executionRoleArn: EXECUTION }, place: { fargate: true }, ...user }, { name: "web", image, ...container });
const onInstance = { definition: {}, place: { fargate: false, roleArn: INSTANCE } };

beforeEach(() => {
  known = { [`${REPOSITORY}:v1`]: pushed(DIGEST), [`${REPOSITORY}@${DIGEST}`]: pushed(DIGEST), [`${REPOSITORY}:v1@${DIGEST}`]: pushed(DIGEST) };
  inEngine = new Set();
  denied = () => false;
  pulls = [];
  store = new Store();
});

describe("an image of ECR", () => {
  test("is pulled by digest, as the role", async () => {
    const reference = `127.0.0.1:4590/${REPOSITORY}@${DIGEST}`;
    for (const image of [`${REPOSITORY}:v1`, `${REPOSITORY}@${DIGEST}`]) expect(await fetched(image)).toEqual({ name: reference, digest: DIGEST });
    await fetched(`${REPOSITORY}:v1`, onInstance);
    await fetched(`${REPOSITORY}:v1`, { ...onInstance, definition: { executionRoleArn: EXECUTION } });
    expect(pulls).toEqual([
      [reference, EXECUTION],
      [reference, EXECUTION],
      [reference, INSTANCE],
      [reference, EXECUTION],
    ]);
  });

  test("is what its tag means when a task starts; in a deployment of a service, when its first one did", async () => {
    const digestOf = async (user: Partial<ImageUser>, container?: object) => (await fetched(`${REPOSITORY}:v1`, user, container)).digest;
    await digestOf({ deploymentId: "ecs-svc/1" });
    known[`${REPOSITORY}:v1`] = pushed(OTHER);
    expect(await digestOf({})).toBe(OTHER);
    expect(await digestOf({ deploymentId: "ecs-svc/1" })).toBe(DIGEST);
    expect(await digestOf({ deploymentId: "ecs-svc/1" }, { versionConsistency: "disabled" })).toBe(OTHER);
    expect(await digestOf({ deploymentId: "ecs-svc/2" })).toBe(OTHER);
  });

  test("is not pulled where it was built into the engine, as long as that has it", async () => {
    known[`${REPOSITORY}:v1`] = { kind: "in-engine", digest: DIGEST, name: `${REPOSITORY}:v1` };
    await expect(fetched(`${REPOSITORY}:v1`)).rejects.toThrow("not found");
    inEngine.add(`${REPOSITORY}:v1`);
    expect(await fetched(`${REPOSITORY}:v1`)).toEqual({ name: `${REPOSITORY}:v1`, digest: DIGEST });
    expect(pulls).toEqual([]);
  });

  test("that is not there fails in the words of Fargate and of an instance's agent", async () => {
    const failure = (image: string, user?: Partial<ImageUser>): Promise<unknown> =>
      fetched(image, user).catch((error: unknown) => (error as Error).message);
    expect(await failure(`${REPOSITORY}:none`)).toBe(
      `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${REPOSITORY}:none: ${REPOSITORY}:none: not found`,
    );
    expect(await failure(`${REPOSITORY}:none`, onInstance)).toBe(
      `CannotPullContainerError: Error response from daemon: manifest for ${REPOSITORY}:none not found: manifest unknown: Requested image not found`,
    );
    known[`${REPOSITORY}:none`] = { kind: "no-repository" };
    expect(await failure(`${REPOSITORY}:none`, onInstance)).toBe(
      `CannotPullContainerError: Error response from daemon: repository ${REPOSITORY} not found: name unknown: The repository with name 'web' does not exist in the registry with id '000000000000'`,
    );
  });

  test("that is in an instance's engine runs there all the same, and not on Fargate", async () => {
    inEngine.add(`${REPOSITORY}:none`);
    expect(await fetched(`${REPOSITORY}:none`, onInstance)).toEqual({ name: `${REPOSITORY}:none` });
    await expect(fetched(`${REPOSITORY}:none`)).rejects.toBeInstanceOf(RuntimeError);
  });

  test("needs permissions: of the execution role, or on an instance of its role", async () => {
    denied = (role, action) => role === EXECUTION && action === "ecr:BatchGetImage";
    await expect(fetched(`${REPOSITORY}:v1`)).rejects.toThrow(/403 Forbidden: it may not$/);
    await fetched(`${REPOSITORY}:v1`, { definition: { executionRoleArn: EXECUTION }, place: { fargate: false, roleArn: INSTANCE } });
    expect(pulls.map(([, password]) => password)).toEqual([INSTANCE]);
    await expect(fetched(`${REPOSITORY}:v1`, { definition: {}, place: { fargate: false } })).rejects.toThrow("no basic auth credentials");
  });
});

test("other registries are the engine's affair", async () => {
  expect(await fetched("itzg/minecraft-server")).toEqual({ name: "itzg/minecraft-server" });
  expect(pulls).toEqual([["itzg/minecraft-server", undefined]]);
});

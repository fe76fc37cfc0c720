import { expect, test } from "vitest";
import { NotSupported } from "../../../core/errors.ts";
import { harness } from "../testing.ts";

const container = { name: "web", image: "hello", memory: 64 };
const register = async (input: object): Promise<{ taskDefinition: Record<string, unknown> }> =>
  (await harness()).run("RegisterTaskDefinition", { family: "hello", containerDefinitions: [container], ...input });

test("revisions count up, and go on when all have been deleted", async () => {
  const h = await harness();
  const input = { family: "hello", containerDefinitions: [container] };
  const revision = async (): Promise<number> => (await h.run("RegisterTaskDefinition", input)).taskDefinition.revision;
  expect([await revision(), await revision()]).toEqual([1, 2]);
  for (const name of ["hello:1", "hello:2"]) await h.run("DeregisterTaskDefinition", { taskDefinition: name });
  await h.run("DeleteTaskDefinitions", { taskDefinitions: ["hello:1", "hello:2"] });
  await expect(h.run("DescribeTaskDefinition", { taskDefinition: "hello" })).rejects.toMatchObject({ code: "ClientException" });
  expect(await revision()).toBe(3);
});

test("the family alone means its latest active revision", async () => {
  const h = await harness();
  for (const image of ["a", "b", "c"]) await h.run("RegisterTaskDefinition", { family: "hello", containerDefinitions: [{ ...container, image }] });
  await h.run("DeregisterTaskDefinition", { taskDefinition: "hello:3" });
  expect((await h.run("DescribeTaskDefinition", { taskDefinition: "hello" })).taskDefinition.revision).toBe(2);
});

test("defaults are filled in as DescribeTaskDefinition shows them", async () => {
  const { taskDefinition } = await register({ containerDefinitions: [{ ...container, portMappings: [{ containerPort: 80 }] }] });
  expect(taskDefinition.containerDefinitions).toEqual([
    expect.objectContaining({ essential: true, cpu: 0, portMappings: [{ containerPort: 80, hostPort: 0, protocol: "tcp" }] }),
  ]);
});

test.each([
  ["no containers", { containerDefinitions: [] }, "Container list cannot be empty."],
  ["no image", { containerDefinitions: [{ name: "web", memory: 64 }] }, "Container.image should not be null or empty."],
  [
    "no memory",
    { containerDefinitions: [{ name: "web", image: "x" }] },
    "Invalid setting for container 'web'. At least one of 'memory' or 'memoryReservation' must be specified.",
  ],
  ["no essential container", { containerDefinitions: [{ ...container, essential: false }] }, "essential"],
  [
    "a mount of an unknown volume",
    { containerDefinitions: [{ ...container, mountPoints: [{ sourceVolume: "data", containerPath: "/" }] }] },
    "Unknown volume 'data'.",
  ],
  [
    "other ports in host mode",
    { networkMode: "host", containerDefinitions: [{ ...container, portMappings: [{ containerPort: 80, hostPort: 81 }] }] },
    "must match",
  ],
  [
    "a circle of dependencies",
    { containerDefinitions: [{ ...container, dependsOn: [{ containerName: "web", condition: "START" }] }] },
    "depends on itself",
  ],
  [
    "an interval out of range",
    { containerDefinitions: [{ ...container, healthCheck: { command: ["CMD", "x"], interval: 1 } }] },
    "interval must be between 5 and 300",
  ],
  [
    "an access point without TLS",
    { volumes: [{ name: "data", efsVolumeConfiguration: { fileSystemId: "fs-1", authorizationConfig: { accessPointId: "fsap-1" } } }] },
    "Transit encryption must be enabled",
  ],
])("%s is refused", async (_what, input, message) => {
  await expect(register(input)).rejects.toMatchObject({ code: "ClientException", message: expect.stringContaining(message) });
});

test.each([
  ["links", { containerDefinitions: [{ ...container, links: ["db"] }] }],
  ["another log driver", { containerDefinitions: [{ ...container, logConfiguration: { logDriver: "splunk" } }] }],
  ["a shared PID namespace", { pidMode: "host" }],
  ["a restart policy", { containerDefinitions: [{ ...container, restartPolicy: { enabled: true } }] }],
])("%s, which would change what the task does, is not ignored", async (_what, input) => {
  await expect(register(input)).rejects.toBeInstanceOf(NotSupported);
});

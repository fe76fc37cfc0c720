import { describe, expect, test } from "vitest";
import { toMember, unknownMembers } from "./mapping.ts";
import { inputShape } from "./shapes.ts";

const task = inputShape("ecs", "RegisterTaskDefinition");

describe("toMember", () => {
  test("spells nested properties as the API does and gives them its types", () => {
    const properties = {
      Cpu: 256,
      ContainerDefinitions: [
        {
          Name: "web",
          Essential: "true",
          MemoryReservation: "512",
          PortMappings: [{ ContainerPort: "80", Protocol: "tcp" }],
          LogConfiguration: { LogDriver: "awslogs", Options: { "awslogs-Group": "/x" } },
          HealthCheck: undefined,
        },
      ],
      Volumes: [{ Name: "v", EFSVolumeConfiguration: { FilesystemId: "fs-1", AuthorizationConfig: { IAM: "ENABLED" } } }],
    };
    expect(toMember(task, properties, "ecs")).toEqual({
      cpu: "256",
      containerDefinitions: [
        {
          name: "web",
          essential: true,
          memoryReservation: 512,
          portMappings: [{ containerPort: 80, protocol: "tcp" }],
          logConfiguration: { logDriver: "awslogs", options: { "awslogs-Group": "/x" } },
        },
      ],
      volumes: [{ name: "v", efsVolumeConfiguration: { fileSystemId: "fs-1", authorizationConfig: { iam: "ENABLED" } } }],
    });
  });

  test("writes a document as text where the API wants text", () => {
    expect(toMember(inputShape("events", "PutRule"), { Name: "r", EventPattern: { source: ["a"] } }, "events")).toEqual({
      Name: "r",
      EventPattern: '{"source":["a"]}',
    });
  });

  test("names the property whose value does not fit", () => {
    expect(() => toMember(task, { ContainerDefinitions: [{ Memory: "much" }] }, "ecs")).toThrow(
      "Value of property ContainerDefinitions.Memory must be a number",
    );
  });

  test("follows renamed members", () => {
    expect(
      toMember(inputShape("ecs", "CreateCluster"), { ClusterSettings: [{ Name: "containerInsights", Value: "enabled" }] }, "ecs", {
        ClusterSettings: "settings",
      }),
    ).toEqual({
      settings: [{ name: "containerInsights", value: "enabled" }],
    });
  });
});

describe("unknownMembers", () => {
  test("finds nested properties that the API does not have, behind conditions too, and leaves intrinsics and maps alone", () => {
    const properties = {
      Family: { Ref: "X" },
      Nope: 1,
      ContainerDefinitions: [
        { Name: "a", Imagee: "b", DockerLabels: { anything: "goes" } },
        { "Fn::If": ["C", { Naem: "c" }, { Ref: "AWS::NoValue" }] },
      ],
    };
    expect(unknownMembers(task, properties, "ecs")).toEqual(["Nope", "ContainerDefinitions.Imagee", "ContainerDefinitions.Naem"]);
  });
});

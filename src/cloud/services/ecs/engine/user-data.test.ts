import { expect, test } from "vitest";
import { clusterInUserData } from "./user-data.ts";

test.each([
  ["echo ECS_CLUSTER=arcade >> /etc/ecs/ecs.config", "arcade"],
  ['echo "ECS_CLUSTER=arcade" >> /etc/ecs/ecs.config', "arcade"],
  ["cat <<'EOF' >> /etc/ecs/ecs.config\nECS_CLUSTER=arcade\nECS_ENABLE_TASK_IAM_ROLE=true\nEOF", "arcade"],
  ["# echo ECS_CLUSTER=old >> x\necho ECS_CLUSTER=new >> /etc/ecs/ecs.config", "new"],
  ["echo NOT_ECS_CLUSTER=arcade >> /etc/ecs/ecs.config", undefined],
  ["echo hello", undefined],
  [undefined, undefined],
])("%j joins %j", (script, cluster) => {
  expect(clusterInUserData(script)).toBe(cluster);
  if (script) expect(clusterInUserData(Buffer.from(`#!/bin/bash\n${script}`).toString("base64"))).toBe(cluster);
});

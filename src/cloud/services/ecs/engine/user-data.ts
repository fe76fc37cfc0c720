/**
 * The cluster that an instance's user data tells the ECS agent to join: `ECS_CLUSTER=<name>` that a shell script writes to
 * /etc/ecs/ecs.config (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html). The last one counts.
 * @param userData as EC2 keeps it (base64), or plain text.
 */
export function clusterInUserData(userData: string | undefined): string | undefined {
  if (!userData) return undefined;
  let cluster: string | undefined;
  for (const line of plain(userData).split("\n")) {
    if (/^\s*#(?!!)/.test(line)) continue;
    for (const match of line.matchAll(/(?:^|[\s"'])ECS_CLUSTER=["']?([A-Za-z0-9_:/-]+)/g)) cluster = match[1];
  }
  return cluster;
}

function plain(userData: string): string {
  if (userData.includes("ECS_CLUSTER") || !/^[A-Za-z0-9+/=\s]+$/.test(userData)) return userData;
  return Buffer.from(userData, "base64").toString("utf8");
}

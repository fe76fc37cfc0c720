import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeContainerInstancesCommand, type ECSClient } from "@aws-sdk/client-ecs";
import { CLIENT } from "../shared/sdk.ts";

/** Private addresses of container instances, by their ARN. @param known those that were asked for before; an instance keeps its address */
export async function instanceAddresses(
  ecs: ECSClient,
  cluster: string,
  arns: readonly string[],
  known: Record<string, string>,
  ec2: () => EC2Client = () => new EC2Client(CLIENT),
): Promise<Record<string, string>> {
  const unknown = arns.filter((arn) => !(arn in known));
  if (unknown.length === 0) return known;
  const { containerInstances = [] } = await ecs.send(new DescribeContainerInstancesCommand({ cluster, containerInstances: unknown }));
  const Values = containerInstances.map(({ ec2InstanceId }) => ec2InstanceId).filter((id) => id !== undefined);
  if (Values.length === 0) return known;
  // By filter and not by id: an id that EC2 has forgotten would be an error.
  const { Reservations = [] } = await ec2().send(new DescribeInstancesCommand({ Filters: [{ Name: "instance-id", Values }] }));
  const instances = Reservations.flatMap(({ Instances = [] }) => Instances);
  for (const { containerInstanceArn, ec2InstanceId } of containerInstances) {
    const address = instances.find(({ InstanceId }) => InstanceId === ec2InstanceId)?.PrivateIpAddress;
    if (containerInstanceArn && address) known[containerInstanceArn] = address;
  }
  return known;
}

import { tagSpecifications, updateEc2Tags } from "./ec2-network.ts";
import { gone, properties } from "./helpers.ts";
import type { ResourceProvider } from "./provider.ts";

const networkInterface: ResourceProvider = {
  type: "AWS::EC2::NetworkInterface",
  // Groups and description can be changed in place on AWS; here, with ModifyNetworkInterfaceAttribute absent, it is another one.
  properties: properties({ replace: "SubnetId PrivateIpAddress Description GroupSet InterfaceType", update: "Tags" }),
  required: ["SubnetId"],
  attributes: ["Id", "PrimaryPrivateIpAddress", "VpcId"],
  tags: { property: "Tags", form: "list" },
  async create(context, props) {
    const { SubnetId, PrivateIpAddress, Description, GroupSet: Groups, InterfaceType } = props;
    const input = {
      SubnetId,
      PrivateIpAddress,
      Description,
      Groups,
      InterfaceType,
      TagSpecifications: tagSpecifications("network-interface", props),
    };
    const { NetworkInterface: made } = await context.call("ec2", "CreateNetworkInterface", input);
    const attributes = { Id: made.NetworkInterfaceId, PrimaryPrivateIpAddress: made.PrivateIpAddress, VpcId: made.VpcId };
    return { physicalId: made.NetworkInterfaceId, attributes };
  },
  update: (context, props, existing) => updateEc2Tags(context, existing.physicalId, existing.properties["Tags"], props["Tags"]),
  delete: (context, existing) => gone(context.call("ec2", "DeleteNetworkInterface", { NetworkInterfaceId: existing.physicalId })),
};

export const ec2InterfaceProviders: ResourceProvider[] = [networkInterface];

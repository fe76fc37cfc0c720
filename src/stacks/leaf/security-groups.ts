import { aws_ec2 as ec2, NestedStack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { LeafContext } from "../leaf-stack.ts";
import { acknowledge } from "../rouse-stack.ts";

const NFS = 2049;

/** Who may reach what. In a stack of its own, so that the others refer to it and not to each other. */
export class SecurityGroups extends NestedStack {
  /** Of the instance, and so of the container's ports on it. */
  readonly instance: ec2.SecurityGroup;
  /** Of the volumes' mount targets, where there are volumes. */
  readonly fileSystems?: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, { leaf, project, vpc }: LeafContext & { vpc: ec2.IVpc }) {
    super(scope, id);
    this.instance = new ec2.SecurityGroup(this, "Instance", { vpc, description: `${leaf.name}: its ports, from anywhere` });
    for (const { port, protocol } of leaf.ports) {
      this.instance.addIngressRule(ec2.Peer.anyIpv4(), protocol === "tcp" ? ec2.Port.tcp(port) : ec2.Port.udp(port), `${port}/${protocol}`);
    }
    for (const range of project.base.ssh?.from ?? []) {
      this.instance.addIngressRule(range.includes(":") ? ec2.Peer.ipv6(range) : ec2.Peer.ipv4(range), ec2.Port.tcp(22), "SSH");
    }
    acknowledge(this.instance, "AwsSolutions-EC23", "The leaf's ports are what it is for: anybody may connect. Nothing else is open.");

    if (Object.keys(leaf.volumes).length === 0) return;
    this.fileSystems = new ec2.SecurityGroup(this, "FileSystems", {
      vpc,
      description: `${leaf.name}: its volumes, from its instance only`,
      allowAllOutbound: false,
    });
    this.fileSystems.addIngressRule(this.instance, ec2.Port.tcp(NFS), "NFS from the instance");
  }
}

import type { ResourceType } from "@aws-sdk/client-ec2";

/** Resource types by the first part of an identifier (`vpc-0a1b…`). */
const TYPES: Record<string, ResourceType> = {
  vpc: "vpc",
  subnet: "subnet",
  igw: "internet-gateway",
  rtb: "route-table",
  sg: "security-group",
  sgr: "security-group-rule",
  key: "key-pair",
  lt: "launch-template",
  i: "instance",
  eni: "network-interface",
  vol: "volume",
  acl: "network-acl",
};

/** What kind of thing an identifier names; undefined for what is none of EC2's here. */
export const typeOf = (id: string): ResourceType | undefined => TYPES[id.slice(0, id.indexOf("-"))];

import * as catalog from "./catalog.ts";
import * as changeInstances from "./change-instances.ts";
import * as describeInstances from "./describe-instances.ts";
import * as internetGateways from "./internet-gateways.ts";
import * as keyPairs from "./key-pairs.ts";
import * as launchTemplates from "./launch-templates.ts";
import * as networkInterfaces from "./network-interfaces.ts";
import * as routeTables from "./route-tables.ts";
import * as routes from "./routes.ts";
import { RunInstances } from "./run-instances.ts";
import * as securityGroupRules from "./security-group-rules.ts";
import * as securityGroups from "./security-groups.ts";
import * as subnets from "./subnets.ts";
import * as tags from "./tags.ts";
import * as vpcs from "./vpcs.ts";
import { DescribeVpnGateways } from "./vpn-gateways.ts";

const { requireVpc: _1, ...ofVpcs } = vpcs;
const { requireSubnet: _2, ...ofSubnets } = subnets;
const { requireInternetGateway: _3, ...ofInternetGateways } = internetGateways;
const { requireRouteTable: _4, ...ofRouteTables } = routeTables;
const { requireGroup: _5, groupByIdOrName: _6, permissionsOf: _7, ...ofSecurityGroups } = securityGroups;
const { requireTemplate: _8, requireVersion: _9, ...ofLaunchTemplates } = launchTemplates;
const { requireInstances: _10, ...ofInstances } = describeInstances;

/** All handlers by operation name. */
export const operations = {
  ...ofVpcs,
  DescribeVpnGateways,
  ...ofSubnets,
  ...ofInternetGateways,
  ...ofRouteTables,
  ...routes,
  ...ofSecurityGroups,
  ...securityGroupRules,
  ...keyPairs,
  ...ofLaunchTemplates,
  RunInstances,
  ...ofInstances,
  ...changeInstances,
  ...networkInterfaces,
  ...tags,
  ...catalog,
};

import { aws_ec2 as ec2, aws_servicecatalogappregistry as appregistry, type aws_sns as sns } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { isBalanced, isRouted, isService, type Leaf, type Project } from "../config/schema.ts";
import { alertTopic, subscribeMails } from "./alert-topic.ts";
import { anyChannel, anyHearer } from "./alerts/channels.ts";
import { Notify } from "./alerts/notify.ts";
import { WatchStacks } from "./alerts/watch-stacks.ts";
import { ImageRepositories } from "./images.ts";
import { isBuilt } from "./leaf-synthesizer.ts";
import { LoadBalancer } from "./load-balancer.ts";
import { LOCAL, stackNames } from "./names.ts";
import { acknowledge, RouseStack, untagged } from "./rouse-stack.ts";

/** The most that rouse.yaml takes (config/base-schema.ts). */
const MOST_ZONES = 6;
/** Prefix length of the smallest range that can be divided by eight: a subnet has 16 addresses at least (Amazon VPC User Guide, "Subnet sizing"). */
const SMALLEST_DIVISIBLE = 25;

/**
 * Keeps room for all zones that there may ever be, so that a subnet's range does not depend on how many there are: one more
 * would make the others be replaced by smaller ones, inside ranges that are still in use. A small range has no such room.
 */
function reserveOf({ maxAzs, cidr }: { maxAzs: number; cidr?: string }): { reservedAzs?: number } {
  const prefix = Number(cidr?.split("/")[1] ?? 16);
  return prefix > SMALLEST_DIVISIBLE || maxAzs >= MOST_ZONES ? {} : { reservedAzs: MOST_ZONES - maxAzs };
}

/** What all leaves share: the network, the key pair for SSH, and the topic of who hears of everything. */
export class BaseStack extends RouseStack {
  readonly vpc: ec2.IVpc;
  readonly keyPair: ec2.KeyPair;
  readonly topic: sns.Topic;
  /** Value of the tag of the AppRegistry application; undefined where rouse.yaml says that there is none. */
  readonly application?: string;
  /** Where a leaf has a route that is open to everybody. */
  readonly loadBalancer?: LoadBalancer;
  /** Where one has a route for the network only. */
  readonly internalLoadBalancer?: LoadBalancer;

  constructor(scope: Construct, project: Project, functionsDir: string) {
    const { base } = project;
    super(scope, stackNames.base(project), { project, region: base.region, description: `${base.name}: what all leaves share` });
    if (base.appRegistry) this.application = this.register(project);
    this.vpc = this.network(project);
    this.keyPair = new ec2.KeyPair(this, "KeyPair", { keyPairName: `${base.name}-${base.region}`, type: ec2.KeyPairType.ED25519 });
    this.topic = alertTopic(this, "Topic", base.name);
    subscribeMails(this.topic, base.alerts);
    if (anyChannel(project)) new Notify(this, "Channels", { project, topic: this.topic, functionsDir });
    if (anyHearer(project)) new WatchStacks(this, "Stacks", { project, topic: this.topic, functionsDir });
    if (project.leaves.some(isBuilt)) new ImageRepositories(this, "Images", project);
    const balancer = (id: string, visibility: "public" | "internal") => new LoadBalancer(this, id, { project, vpc: this.vpc, visibility });
    if (project.leaves.some((leaf) => isBehind(leaf, "public"))) this.loadBalancer = balancer("LoadBalancer", "public");
    if (project.leaves.some((leaf) => isBehind(leaf, "internal"))) this.internalLoadBalancer = balancer("InternalLoadBalancer", "internal");
    this.exportAll();
  }

  /**
   * What leaves may refer to is exported whether one does or not: the base is updated before them, and could not take back what
   * one that is deployed still uses.
   */
  private exportAll(): void {
    this.exportValue(this.keyPair.keyPairName);
    this.exportValue(this.topic.topicArn);
    // One that is looked up is known by its id alone.
    if (!(this.vpc instanceof ec2.Vpc)) return;
    for (const value of [this.vpc.vpcId, ...this.vpc.publicSubnets.map(({ subnetId }) => subnetId)]) this.exportValue(value);
  }

  /** The application with whose tag costs group: seed's `app_tags`. It cannot have that tag itself. */
  private register({ base, environment }: Project): string {
    const application = new appregistry.CfnApplication(this, "Application", {
      name: `${base.name}-${environment.name}`,
      description: `${base.name}, environment ${environment.name}`,
    });
    // What leaves may refer to is exported whether one does or not.
    this.exportValue(application.attrApplicationTagValue);
    return untagged(application).attrApplicationTagValue;
  }

  private network({ base, environment, leaves }: Project): ec2.IVpc {
    const { vpc } = base;
    // The embedded cloud begins empty: a network that exists in an account does not exist there, and it makes its own.
    if (environment.name !== LOCAL && "name" in vpc) return ec2.Vpc.fromLookup(this, "Vpc", { vpcName: vpc.name });
    if (environment.name !== LOCAL && "default" in vpc) return ec2.Vpc.fromLookup(this, "Vpc", { isDefault: true });
    const own: { maxAzs: number; cidr?: string } = "maxAzs" in vpc ? vpc : { maxAzs: leaves.some(isBalanced) ? 2 : 1 };
    const created = new ec2.Vpc(this, "Vpc", {
      maxAzs: own.maxAzs,
      ...reserveOf(own),
      ...(own.cidr ? { ipAddresses: ec2.IpAddresses.cidr(own.cidr) } : {}),
      // Public subnets and no NAT gateway: an instance has an address of its own anyhow, and NAT costs more than it.
      natGateways: 0,
      subnetConfiguration: [{ name: "Public", subnetType: ec2.SubnetType.PUBLIC, mapPublicIpOnLaunch: true }],
      // Would need a custom resource in every deployment; no leaf uses the default security group.
      restrictDefaultSecurityGroup: false,
    });
    acknowledge(
      created,
      "AwsSolutions-VPC7",
      "Flow logs of public game and demo servers cost more than the servers; traffic is metered per instance.",
    );
    return created;
  }
}

/** Whether a leaf is behind the load balancer of this visibility. */
const isBehind = (leaf: Leaf, visibility: "public" | "internal"): boolean =>
  visibility === "public"
    ? isRouted(leaf) || (isService(leaf) && leaf.route?.visibility === "public")
    : isService(leaf) && leaf.route?.visibility === "internal";

import {
  aws_certificatemanager as acm,
  aws_ec2 as ec2,
  aws_elasticloadbalancingv2 as elbv2,
  aws_route53 as route53,
  CfnOutput,
  Tags,
} from "aws-cdk-lib";
import { Construct } from "constructs";
import { isService, type Project, type ServiceLeaf, type ServiceRoute } from "../config/schema.ts";
import { TAGS } from "../functions/shared/names.ts";
import { acknowledge, type RouseStack, untagged } from "./rouse-stack.ts";

export const HTTP = 80;
export const HTTPS = 443;

/** TLS 1.3, and 1.2 with forward secrecy and authenticated encryption only (ELB user guide, "Security policies for your Application Load Balancer"). */
const TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06";

const NO_ROUTE = JSON.stringify({ message: "No leaf has this route." });

type Visibility = ServiceRoute["visibility"];
type Named = ServiceLeaf & { readonly route: ServiceRoute & { readonly domain: string } };

export interface LoadBalancerProps {
  readonly project: Project;
  readonly vpc: ec2.IVpc;
  readonly visibility: Visibility;
}

/** One load balancer of all leaves of its visibility. A leaf's own stack adds its rules to it. */
export class LoadBalancer extends Construct {
  readonly securityGroup: ec2.ISecurityGroup;
  /** ARN of the listener of rules without a name of their own. */
  readonly listener: string;
  /** ARN of the listener on port 443, which has the rules with a name; undefined where there is no certificate. */
  readonly https?: string;
  /** ARN of the listener on port 80, where it does not redirect everything: rules with a name redirect from there. */
  readonly redirectFrom?: string;
  /** `app/…/…`, as metrics name it. */
  readonly fullName: string;
  readonly dnsName: string;
  /** Where an alias record to it belongs. */
  readonly hostedZoneId: string;
  /** `https://api.example.com`, or `http://` and the load balancer's own name. */
  readonly address: string;

  constructor(stack: RouseStack, id: string, { project, vpc, visibility }: LoadBalancerProps) {
    super(stack, id);
    // Of what rouse.yaml says, the internal one has the idle timeout: the rest is about who comes from outside.
    const { idleTimeout, ...outside } = project.base.loadBalancer;
    const { domain, certificate, from } = visibility === "public" ? outside : {};
    const named = namedServices(project, visibility);
    const secure = domain !== undefined || named.length > 0;
    this.securityGroup = this.accessFrom(project, vpc, {
      ports: secure ? [HTTP, HTTPS] : [HTTP],
      ...(visibility === "public" ? { from: from ?? ["0.0.0.0/0"] } : {}),
    });
    if (visibility === "public" && !from)
      acknowledge(this.securityGroup, "AwsSolutions-EC23", "The routes are for everybody, unless rouse.yaml says loadBalancer.from.");
    if (visibility === "internal")
      acknowledge(this.securityGroup, "AwsSolutions-EC23", "Its range is the network's own, which the check cannot read.");
    const balancer = this.balancer(vpc, visibility, idleTimeout);

    const noRoute = { type: "fixed-response", fixedResponseConfig: { statusCode: "404", contentType: "application/json", messageBody: NO_ROUTE } };
    const listener = (name: string, props: Omit<elbv2.CfnListenerProps, "loadBalancerArn">): string =>
      untagged(new elbv2.CfnListener(this, name, { loadBalancerArn: balancer.ref, ...props })).ref;
    const http = listener("Http", { port: HTTP, protocol: "HTTP", defaultActions: [domain === undefined ? noRoute : TO_HTTPS] });
    if (secure) {
      const own = domain === undefined ? undefined : (certificate ?? this.certificateFor("Certificate", domain, project));
      const others = named.map((leaf) => this.certificateFor(`Certificate-${leaf.name}`, leaf.route.domain, project, leaf.name));
      this.https = listener("Https", {
        port: HTTPS,
        protocol: "HTTPS",
        sslPolicy: TLS_POLICY,
        // For who names no host, or another one. Each service's is in the list below as well: which of them is the default one changes
        // when leaves come and go, and a certificate may be both (Elastic Load Balancing API reference, DescribeListenerCertificates).
        certificates: [{ certificateArn: (own ?? others[0])! }],
        defaultActions: [noRoute],
      });
      for (const [index, certificateArn] of others.entries()) {
        const listed = { listenerArn: this.https, certificates: [{ certificateArn }] };
        new elbv2.CfnListenerCertificate(this, `Listed-${named[index]!.name}`, listed);
      }
    }
    this.listener = domain === undefined ? http : this.https!;
    if (domain === undefined) this.redirectFrom = http;
    this.fullName = balancer.attrLoadBalancerFullName;
    this.dnsName = balancer.attrDnsName;
    this.hostedZoneId = balancer.attrCanonicalHostedZoneId;
    this.address = domain === undefined ? `http://${balancer.attrDnsName}` : `https://${domain}`;
    if (domain !== undefined) aliasRecord(this, "Alias", project, domain, this);
    // What leaves may refer to is exported whether one does or not: a rule that moves to the other listener, or a leaf that is
    // the last to go, would otherwise take away an export that a deployed leaf still imports.
    const referred = [http, this.https, this.securityGroup.securityGroupId, this.fullName, this.dnsName, this.hostedZoneId];
    for (const value of referred) if (value !== undefined) stack.exportValue(value);
    const what = visibility === "public" ? "Where the leaves' routes are." : "Where the routes of the leaves with visibility: internal are.";
    new CfnOutput(stack, visibility === "public" ? "Address" : "InternalAddress", { value: this.address, description: what });
  }

  private balancer(vpc: ec2.IVpc, visibility: Visibility, idleTimeout: number): elbv2.CfnLoadBalancer {
    // An internal one's addresses are private ones, whatever subnets it is in; there are no others than these.
    const { subnetIds: subnets, internetConnectivityEstablished } = vpc.selectSubnets({ subnetType: ec2.SubnetType.PUBLIC });
    const balancer = new elbv2.CfnLoadBalancer(this, "LoadBalancer", {
      type: "application",
      scheme: visibility === "public" ? "internet-facing" : "internal",
      ipAddressType: "ipv4",
      subnets,
      securityGroups: [this.securityGroup.securityGroupId],
      loadBalancerAttributes: [
        { key: "idle_timeout.timeout_seconds", value: String(idleTimeout) },
        { key: "routing.http.drop_invalid_header_fields.enabled", value: "true" },
        // An environment is made and deleted as a whole; nothing is kept in a load balancer.
        { key: "deletion_protection.enabled", value: "false" },
      ],
    });
    acknowledge(
      balancer,
      "AwsSolutions-ELB2",
      "Access logs need a bucket that grows for ever, and the metrics and the functions' logs say who woke what.",
    );
    balancer.node.addDependency(internetConnectivityEstablished);
    return balancer;
  }

  /** @param to `from`: address ranges; without them the network's own */
  private accessFrom({ base }: Project, vpc: ec2.IVpc, to: { ports: readonly number[]; from?: readonly string[] }): ec2.ISecurityGroup {
    const description = to.from ? `${base.name}: its load balancer` : `${base.name}: its internal load balancer`;
    const group = new ec2.SecurityGroup(this, "SecurityGroup", { vpc, description });
    for (const port of to.ports) {
      for (const range of to.from ?? [vpc.vpcCidrBlock]) {
        group.addIngressRule(range.includes(":") ? ec2.Peer.ipv6(range) : ec2.Peer.ipv4(range), ec2.Port.tcp(port), `HTTP, port ${port}`);
      }
    }
    return group;
  }

  private certificateFor(id: string, domain: string, { base }: Project, leaf?: string): string {
    const hostedZoneId = zoneOf(base).hostedZoneId;
    const certificate = new acm.CfnCertificate(this, id, {
      domainName: domain,
      validationMethod: "DNS",
      domainValidationOptions: [{ domainName: domain, hostedZoneId }],
    });
    if (leaf !== undefined) Tags.of(certificate).add(TAGS.leaf, leaf);
    return certificate.ref;
  }
}

export const TO_HTTPS = { type: "redirect", redirectConfig: { protocol: "HTTPS", port: String(HTTPS), statusCode: "HTTP_301" } };

const isNamed = (leaf: ServiceLeaf): leaf is Named => leaf.route?.domain !== undefined;
const namedServices = ({ leaves }: Project, visibility: Visibility): Named[] =>
  leaves
    .filter(isService)
    .filter(isNamed)
    .filter(({ route }) => route.visibility === visibility);

/** A name in the project's zone that stands for a load balancer. */
export function aliasRecord(
  scope: Construct,
  id: string,
  { base }: Project,
  domain: string,
  { dnsName, hostedZoneId }: Pick<LoadBalancer, "dnsName" | "hostedZoneId">,
): void {
  new route53.CfnRecordSet(scope, id, {
    hostedZoneId: zoneOf(base).hostedZoneId,
    name: `${domain}.`,
    type: "A",
    aliasTarget: { dnsName, hostedZoneId, evaluateTargetHealth: false },
  });
}

function zoneOf({ domain }: Project["base"]): { hostedZoneId: string } {
  if (!domain) throw new Error("a name of a load balancer: rouse.yaml has no domain, in whose zone its record would be");
  return domain;
}

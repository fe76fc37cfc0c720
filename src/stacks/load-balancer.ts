import { aws_certificatemanager as acm, aws_ec2 as ec2, aws_elasticloadbalancingv2 as elbv2, aws_route53 as route53, CfnOutput } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { Project } from "../config/schema.ts";
import { acknowledge, type RouseStack, untagged } from "./rouse-stack.ts";

export const HTTP = 80;
export const HTTPS = 443;

/** TLS 1.3, and 1.2 with forward secrecy and authenticated encryption only (ELB user guide, "Security policies for your Application Load Balancer"). */
const TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06";

const NO_ROUTE = JSON.stringify({ message: "No leaf has this route." });

/** The one load balancer of all leaves with a route. A leaf's own stack adds its rule to it. */
export class LoadBalancer extends Construct {
  readonly securityGroup: ec2.ISecurityGroup;
  /** ARN of the listener that the leaves' rules belong to. */
  readonly listener: string;
  /** `app/…/…`, as metrics name it. */
  readonly fullName: string;
  /** `https://api.example.com`, or `http://` and the load balancer's own name. */
  readonly address: string;

  constructor(stack: RouseStack, id: string, { project, vpc }: { project: Project; vpc: ec2.IVpc }) {
    super(stack, id);
    const { domain, certificate, idleTimeout } = project.base.loadBalancer;
    this.securityGroup = this.accessFrom(project, vpc);
    const { subnetIds: subnets, internetConnectivityEstablished } = vpc.selectSubnets({ subnetType: ec2.SubnetType.PUBLIC });
    const balancer = new elbv2.CfnLoadBalancer(this, "LoadBalancer", {
      type: "application",
      scheme: "internet-facing",
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

    const noRoute = { type: "fixed-response", fixedResponseConfig: { statusCode: "404", contentType: "application/json", messageBody: NO_ROUTE } };
    const toHttps = { type: "redirect", redirectConfig: { protocol: "HTTPS", port: String(HTTPS), statusCode: "HTTP_301" } };
    const listener = (name: string, props: Omit<elbv2.CfnListenerProps, "loadBalancerArn">): string =>
      untagged(new elbv2.CfnListener(this, name, { loadBalancerArn: balancer.ref, ...props })).ref;
    const http = listener("Http", { port: HTTP, protocol: "HTTP", defaultActions: [domain === undefined ? noRoute : toHttps] });
    const https =
      domain === undefined
        ? undefined
        : listener("Https", {
            port: HTTPS,
            protocol: "HTTPS",
            sslPolicy: TLS_POLICY,
            certificates: [{ certificateArn: certificate ?? this.certificateFor(domain, project) }],
            defaultActions: [noRoute],
          });
    this.listener = https ?? http;
    this.fullName = balancer.attrLoadBalancerFullName;
    this.address = domain === undefined ? `http://${balancer.attrDnsName}` : `https://${domain}`;
    if (domain !== undefined) this.alias(domain, project, balancer);
    // What leaves may refer to is exported whether one does or not: a rule that moves to the other listener, or a leaf that is
    // the last to go, would otherwise take away an export that a deployed leaf still imports.
    for (const value of [http, https, this.securityGroup.securityGroupId, this.fullName, balancer.attrDnsName])
      if (value !== undefined) stack.exportValue(value);
    new CfnOutput(stack, "Address", { value: this.address, description: "Where the leaves' routes are." });
  }

  private accessFrom({ base }: Project, vpc: ec2.IVpc): ec2.ISecurityGroup {
    const { domain, from } = base.loadBalancer;
    const group = new ec2.SecurityGroup(this, "SecurityGroup", { vpc, description: `${base.name}: its load balancer` });
    for (const port of domain === undefined ? [HTTP] : [HTTP, HTTPS]) {
      for (const range of from ?? ["0.0.0.0/0"]) {
        group.addIngressRule(range.includes(":") ? ec2.Peer.ipv6(range) : ec2.Peer.ipv4(range), ec2.Port.tcp(port), `HTTP, port ${port}`);
      }
    }
    if (!from) acknowledge(group, "AwsSolutions-EC23", "The routes are for everybody, unless rouse.yaml says loadBalancer.from.");
    return group;
  }

  private certificateFor(domain: string, { base }: Project): string {
    const hostedZoneId = zoneOf(base).hostedZoneId;
    return new acm.CfnCertificate(this, "Certificate", {
      domainName: domain,
      validationMethod: "DNS",
      domainValidationOptions: [{ domainName: domain, hostedZoneId }],
    }).ref;
  }

  private alias(domain: string, { base }: Project, balancer: elbv2.CfnLoadBalancer): void {
    new route53.CfnRecordSet(this, "Alias", {
      hostedZoneId: zoneOf(base).hostedZoneId,
      name: `${domain}.`,
      type: "A",
      aliasTarget: { dnsName: balancer.attrDnsName, hostedZoneId: balancer.attrCanonicalHostedZoneId, evaluateTargetHealth: false },
    });
  }
}

function zoneOf({ domain }: Project["base"]): { hostedZoneId: string } {
  if (!domain) throw new Error("loadBalancer.domain: rouse.yaml has no domain, in whose zone its record would be");
  return domain;
}

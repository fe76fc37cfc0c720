import { aws_ec2 as ec2, aws_efs as efs, aws_iam as iam, NestedStack, RemovalPolicy } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { ContainerLeaf } from "../../config/schema.ts";

/** A path in the container, and the folder on a file system that is mounted there. */
export interface MountedPath {
  readonly path: string;
  readonly accessPointId: string;
  readonly accessPointArn: string;
}

/** One volume: one file system, so that its backups and its end are its own. */
export interface Volume {
  readonly name: string;
  readonly fileSystemId: string;
  readonly fileSystemArn: string;
  readonly paths: readonly MountedPath[];
}

export interface VolumesProps {
  readonly leaf: Pick<ContainerLeaf, "name" | "volumes">;
  readonly vpc: ec2.IVpc;
  readonly securityGroup: ec2.ISecurityGroup;
}

/** A metric-math alarm takes ten metrics; the watchdog's own four leave six file systems (CloudWatch User Guide, "Create an alarm based on a metric math expression"). */
const MOST_VOLUMES = 6;

/** Most images of servers run as this user; root may write everywhere anyhow. */
const OWNER = "1000";

/**
 * File systems: encrypted, mounted with TLS and IAM only, seen by a container only below its own access points. The backups
 * are in AWS Backup's vault, which nothing that runs on the instance may touch.
 */
export class Volumes extends NestedStack {
  readonly all: readonly Volume[];

  constructor(scope: Construct, id: string, { leaf, vpc, securityGroup }: VolumesProps) {
    super(scope, id);
    const names = Object.keys(leaf.volumes);
    if (names.length > MOST_VOLUMES) throw new Error(`leaf ${leaf.name}: at most ${MOST_VOLUMES} volumes, each with as many paths as you like`);
    this.all = names.map((name) => this.volume(name, leaf.volumes[name]!, vpc, securityGroup));
  }

  private volume(name: string, options: ContainerLeaf["volumes"][string], vpc: ec2.IVpc, securityGroup: ec2.ISecurityGroup): Volume {
    const removal = options.keepOnDelete ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const fileSystem = new efs.CfnFileSystem(this, `FileSystem-${name}`, {
      encrypted: true,
      backupPolicy: { status: options.backups ? "ENABLED" : "DISABLED" },
      fileSystemPolicy: tlsOnly(),
      fileSystemTags: [{ key: "Name", value: `${this.nestedStackParent!.stackName}/${name}` }],
    });
    fileSystem.applyRemovalPolicy(removal);
    const { subnetIds } = vpc.selectSubnets({ subnetType: ec2.SubnetType.PUBLIC });
    const targets = subnetIds.map(
      (subnetId, index) =>
        new efs.CfnMountTarget(this, `MountTarget-${name}-${index}`, {
          fileSystemId: fileSystem.ref,
          subnetId,
          securityGroups: [securityGroup.securityGroupId],
        }),
    );
    if (new Set(options.paths.map(folderOf)).size < options.paths.length)
      throw new Error(`volume ${name}: two paths that would share a folder: ${options.paths.join(", ")}`);
    const paths = options.paths.map((path) => {
      const accessPoint = new efs.CfnAccessPoint(this, `AccessPoint-${name}-${path}`, {
        fileSystemId: fileSystem.ref,
        rootDirectory: { path: folderOf(path), creationInfo: { ownerUid: OWNER, ownerGid: OWNER, permissions: "0777" } },
      });
      accessPoint.node.addDependency(...targets);
      return { path, accessPointId: accessPoint.ref, accessPointArn: accessPoint.attrArn };
    });
    return { name, fileSystemId: fileSystem.ref, fileSystemArn: fileSystem.attrArn, paths };
  }
}

/** A folder of its own on the file system for each path: `/data/world` is kept in `/data-world`. */
const folderOf = (path: string): string => `/${path.split("/").filter(Boolean).join("-") || "root"}`;

/**
 * A file system with a policy lets nobody in without a word of it or of his own IAM policy: there is no anonymous mount.
 * The roles of the instance and the task have that word; this refuses what is not encrypted on the way (Amazon EFS User
 * Guide, "Using IAM to control file system data access").
 */
const tlsOnly = (): iam.PolicyDocument =>
  new iam.PolicyDocument({
    statements: [
      new iam.PolicyStatement({
        sid: "TlsOnly",
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions: ["*"],
        conditions: { Bool: { "aws:SecureTransport": "false" } },
      }),
    ],
  });

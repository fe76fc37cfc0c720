import { DefaultStackSynthesizer, type ISynthesisSession } from "aws-cdk-lib";
import { ArtifactType } from "aws-cdk-lib/cloud-assembly-schema";
import { isContainerLeaf, type Leaf, type Project } from "../config/schema.ts";
import { stackNames } from "./names.ts";

export const isBuilt = (leaf: Leaf): boolean => isContainerLeaf(leaf) && leaf.build !== undefined;

/** Amazon ECR API reference, CreateRepository, repositoryName: lower case, parts between slashes. */
export const repositoryName = (project: Project, leaf: { readonly name: string }): string => `${project.base.name}/${leaf.name}`;

/** Begins like the CDK's own roles, because who deploys usually may assume those that do. At most 63 of the 64 characters of a role's name. */
export const publishingRole = ({ base }: Project): string => `cdk-${DefaultStackSynthesizer.DEFAULT_QUALIFIER}-img-${base.name}-${base.region}`;

/** Publishes a leaf's image into the leaf's own repository, after the base's stack has made it. */
export class LeafSynthesizer extends DefaultStackSynthesizer {
  // Not `#after`: the CDK binds copies that inherit from this object, and they have no private fields.
  private readonly after: string;

  constructor(project: Project, leaf: Leaf) {
    super({
      generateBootstrapVersionRule: false,
      imageAssetsRepositoryName: repositoryName(project, leaf),
      imageAssetPublishingRoleArn: `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role/${publishingRole(project)}`,
    });
    this.after = stackNames.base(project);
  }

  /** A toolkit looks for the image's repository before it builds, and so the manifest of the assets itself depends on the base. */
  override synthesize(session: ISynthesisSession): void {
    const { assembly } = session;
    const addArtifact: typeof assembly.addArtifact = (id, artifact) => {
      const isAssets = artifact.type === ArtifactType.ASSET_MANIFEST;
      assembly.addArtifact(id, isAssets ? { ...artifact, dependencies: [...(artifact.dependencies ?? []), this.after] } : artifact);
    };
    super.synthesize({ ...session, assembly: Object.create(assembly, { addArtifact: { value: addArtifact } }) as typeof assembly });
  }
}

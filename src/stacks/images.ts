import { aws_ecr as ecr, aws_iam as iam, RemovalPolicy, type Stack } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { Leaf, Project } from "../config/schema.ts";
import { isBuilt, publishingRole, repositoryName } from "./leaf-synthesizer.ts";
import { acknowledge, NO_NARROWER } from "./rouse-stack.ts";

/** Images that are kept of a leaf. The one in use is the newest, whatever else is there: each has the hash of what went into it as its tag. */
const KEPT = 10;

/** Where the images of leaves with `build` are kept, and the role with which they are pushed. In the base: a leaf's stack needs its image. */
export class ImageRepositories extends Construct {
  constructor(stack: Stack, id: string, project: Project) {
    super(stack, id);
    const repositories = project.leaves.filter(isBuilt).map((leaf) => this.repository(project, leaf));
    const role = new iam.Role(this, "Publishing", {
      roleName: publishingRole(project),
      description: "Pushes images of leaves; the CDK assumes it",
      // As the CDK's bootstrap template has it: who may assume it is said by his own policy.
      assumedBy: new iam.AccountPrincipal(stack.account),
    });
    role.addToPolicy(
      new iam.PolicyStatement({
        sid: "Push",
        // As the CDK's bootstrap template has it for its own repository.
        actions: [
          "ecr:PutImage",
          "ecr:InitiateLayerUpload",
          "ecr:UploadLayerPart",
          "ecr:CompleteLayerUpload",
          "ecr:BatchCheckLayerAvailability",
          "ecr:DescribeRepositories",
          "ecr:DescribeImages",
          "ecr:BatchGetImage",
          "ecr:GetDownloadUrlForLayer",
        ],
        resources: repositories.map(({ attrArn }) => attrArn),
      }),
    );
    // Has no resource types (Service Authorization Reference).
    role.addToPolicy(new iam.PolicyStatement({ sid: "Login", actions: ["ecr:GetAuthorizationToken"], resources: ["*"] }));
    acknowledge(role, "AwsSolutions-IAM5[Resource::*]", NO_NARROWER);
  }

  private repository(project: Project, leaf: Leaf): ecr.CfnRepository {
    const rule = (rulePriority: number, description: string, selection: object): object => ({
      rulePriority,
      description,
      selection,
      action: { type: "expire" },
    });
    const repository = new ecr.CfnRepository(this, leaf.name, {
      repositoryName: repositoryName(project, leaf),
      imageTagMutability: "IMMUTABLE",
      imageScanningConfiguration: { scanOnPush: true },
      // Images can be built again; a repository with images in it could not be deleted.
      emptyOnDelete: true,
      lifecyclePolicy: {
        lifecyclePolicyText: JSON.stringify({
          rules: [
            rule(1, "what no tag leads to", { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 1 }),
            rule(2, `the newest ${KEPT}`, { tagStatus: "any", countType: "imageCountMoreThan", countNumber: KEPT }),
          ],
        }),
      },
    });
    repository.applyRemovalPolicy(RemovalPolicy.DESTROY);
    return repository;
  }
}

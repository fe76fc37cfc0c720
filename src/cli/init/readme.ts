import type { Answers } from "./answers.ts";
import { KINDS } from "./kinds.ts";

/** README.md of a new project: what to do next, with its own names in it. */
export function readme(answers: Answers, environments: readonly string[]): string {
  return [start(answers), ...(environments.length > 0 ? [deploying(answers), ...(answers.github ? [github()] : [])] : [withoutDomain()])].join("\n");
}

function start(answers: Answers): string {
  const { name, leaf, from, kind } = answers;
  const what = "image" in from ? `the image \`${from.image}\`` : `what is in \`${from.build}\``;
  return `# ${name}

[Rouse](node_modules/rouse/README.md) runs \`${leaf}\`: ${KINDS[kind].hint}. It runs ${what}.

| | |
| --- | --- |
| \`rouse.yaml\` | what all leaves share |
| \`leaves/${leaf}.yaml\` | the leaf; a new file beside it is another leaf |
| \`*.staging.yaml\` | what is different in staging |

Every key: \`node_modules/rouse/docs/reference.md\`.

## On this machine

\`\`\`sh
npm install
npx rouse validate            # every mistake at once, with file and line
npx rouse up                  # an embedded cloud, with the project deployed into it
\`\`\`

In another terminal:

\`\`\`sh
${KINDS[kind].tries(answers).join("\n")}
\`\`\`
${"image" in from ? "\nThe image needs Docker or Podman. Where there is neither, give the leaf a `process:`.\n" : ""}`;
}

const withoutDomain = (): string => `## On AWS

A leaf that a DNS query wakes has a name in a hosted zone of yours. Put the zone into \`rouse.yaml\` (\`domain\`), and the
environments below \`environments\`: \`staging: {}\`, \`prod: {}\`.
`;

function deploying({ region, kind, domain }: Answers): string {
  const regions = kind === "dns" ? `aws://<account>/${region} aws://<account>/us-east-1` : `aws://<account>/${region}`;
  return `## On AWS

Once for each account, with your credentials:

\`\`\`sh
npx aws-cdk@2 bootstrap ${regions}
\`\`\`

Then, or again after a change:

\`\`\`sh
npx rouse diff --env staging
npx rouse deploy --env staging
npx rouse destroy --env staging
\`\`\`
${domain ? `\nThe zone \`${domain.name}\` must be in the account that is deployed to. An environment of another account has a zone of its own, in\nits overlay (\`rouse.staging.yaml\`).\n` : ""}`;
}

const github = (): string => `## From GitHub

\`.github/workflows/rouse.yml\` tests every push. What is pushed to \`main\` is deployed to staging; a tag \`v1.0.0\` deploys prod; a tag
\`destroy-staging-<anything>\` or \`destroy-prod-<anything>\` takes that environment away, except for volumes that are kept.
It needs \`package-lock.json\`: run \`npm install\`, and commit what it wrote.

GitHub signs a token for each job, and AWS gives a role for it: no keys are kept. Once for each environment:

1. In the account of the environment, with your credentials:

   \`\`\`sh
   aws cloudformation deploy --template-file deploy-role.yaml --stack-name rouse-deploy-staging --capabilities CAPABILITY_IAM \\
     --parameter-overrides Repository=<owner>/<name> Environment=staging
   aws cloudformation describe-stacks --stack-name rouse-deploy-staging --query 'Stacks[0].Outputs[0].OutputValue' --output text
   \`\`\`

   An account has one provider for GitHub at most: where there is one already (the other environment's, or another project's), add
   \`CreateProvider=false\`. Repositories created or renamed after 18 June 2026 have identifiers in the subject of their tokens;
   then \`Repository\` is what the repository's settings show between \`repo:\` and \`:environment:\`.

2. In the repository's settings, _Environments_: make \`staging\`, with a variable \`AWS_ROLE_ARN\` that holds what the second command
   printed. Under _Deployment branches and tags_ allow what may deploy it and nothing else: \`main\` and \`destroy-staging-*\`; for \`prod\`
   \`v*\` and \`destroy-prod-*\`, best with required reviewers. Without that, whoever may push a branch may deploy from it.

The role may do one thing: assume the roles that \`cdk bootstrap\` made. The account has to be bootstrapped before.
`;

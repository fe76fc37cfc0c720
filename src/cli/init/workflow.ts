import type { Answers } from "./answers.ts";

/** The GitHub Actions workflow of a new project: tests always; staging on main, production on v*, and destroying, by tags. */

const SETUP = `      - uses: actions/checkout@v5
      - uses: actions/setup-node@v5
        with: { node-version: 22 }
      - run: npm ci`;

/** @param environments those that can be deployed to: staging and prod, or none */
export function workflow(answers: Answers, environments: readonly string[]): string {
  const tags = ['"v*"', ...environments.map((name) => `destroy-${name}-*`)].map((tag) => tag.replaceAll('"', ""));
  const deploys = environments.length > 0;
  return `# Tests on every push${deploys ? "; staging follows main; a tag v* deploys prod; a tag destroy-staging-* or destroy-prod-* takes one away" : ""}.
# No keys are kept anywhere: each deployment gets a role for an hour (README.md, deploy-role.yaml).
name: rouse
on:
  push:
    branches: ["**"]
${deploys ? `    tags: [${tags.map((tag) => `"${tag}"`).join(", ")}]\n` : ""}  pull_request:
permissions:
  contents: read
jobs:
${[test(answers, environments), ...environments.flatMap((name) => [deploy(answers, name), destroy(answers, name)])].join("\n")}`;
}

function test({ kind, leaf }: Answers, environments: readonly string[]): string {
  const all = ["local", ...environments];
  const validate = all.map((name) => `      - run: npx rouse validate --env ${name}`).join("\n");
  const synth = all.map((name) => `      - run: npx rouse synth --env ${name} --out cdk.out/${name}`).join("\n");
  return `  test:
    # A pull request of this repository has been tested when its branch was pushed.
    if: github.event_name == 'push' || github.event.pull_request.head.repo.full_name != github.repository
    runs-on: ubuntu-latest
    timeout-minutes: 20
    steps:
${SETUP}
${validate}
${synth}
${kind === "dns" || kind === "http" ? smoke(leaf) : ""}`;
}

/** The project in the embedded cloud, and one visitor. */
const smoke = (leaf: string): string => `      - name: The project runs in the embedded cloud, and ${leaf} wakes
        run: |
          npx rouse up > rouse.log 2>&1 &
          up=$!
          for _ in $(seq 120); do
            if grep -q "Ctrl-C" rouse.log || ! kill -0 "$up" 2> /dev/null; then break; fi
            sleep 1
          done
          npx rouse connect ${leaf} --timeout 300 || { cat rouse.log; exit 1; }
          kill "$up"
`;

function job(answers: Answers, name: string, on: { what: "deploy" | "destroy"; ref: string }): string {
  return `  ${on.what}-${name}:
    needs: test
    if: github.event_name == 'push' && ${on.ref}
    runs-on: ubuntu-latest
    timeout-minutes: 60
    # Its variable AWS_ROLE_ARN names the role, its protection rules say who may deploy.
    environment: ${name}
    # One at a time for each environment; one that runs is never cut off.
    concurrency: { group: rouse-${name}, cancel-in-progress: false }
    permissions: { contents: read, id-token: write }
    steps:
${SETUP}
      - uses: aws-actions/configure-aws-credentials@v5
        with:
          role-to-assume: \${{ vars.AWS_ROLE_ARN }}
          aws-region: ${answers.region}
      - run: npx rouse ${on.what} --env ${name} --yes
`;
}

const deploy = (answers: Answers, name: string): string =>
  job(answers, name, { what: "deploy", ref: name === "prod" ? "startsWith(github.ref, 'refs/tags/v')" : "github.ref == 'refs/heads/main'" });

const destroy = (answers: Answers, name: string): string =>
  job(answers, name, { what: "destroy", ref: `startsWith(github.ref, 'refs/tags/destroy-${name}-')` });

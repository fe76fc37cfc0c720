import { describe, expect, onTestFinished, test } from "vitest";
import { AwsError } from "../../../core/errors.ts";
import { tasks } from "../state.ts";
import { harness, scope } from "../testing.ts";
import { secretValues } from "./secrets.ts";

const ARN = "arn:aws:secretsmanager:us-west-2:000000000000:secret:db-AbCdEf";
const definition = { executionRoleArn: "arn:aws:iam::000000000000:role/execution" };

/** What `valueFrom` gives, and which requests were made for it. @param answer of GetSecretValue */
async function fetch(valueFrom: string, answer: string | AwsError, fargate = true): Promise<{ value: string; asked: object[] }> {
  const asked: object[] = [];
  const api = {
    call: async (service: string, operation: string, input: object, where: object, as?: { arn: string }) => {
      asked.push({ service, operation, input, where, as: as?.arn });
      if (answer instanceof AwsError) throw answer;
      return { SecretString: answer } as never;
    },
  };
  const asRole = (arn: string, session: string) => ({ kind: "assumed-role" as const, arn: `${arn}/${session}`, account: scope.account });
  const deps = { api, asRole, authorize: () => ({ allowed: true }) };
  const values = await secretValues(deps, scope, { taskId: "t1", definition, fargate }, { secrets: [{ name: "X", valueFrom }] });
  return { value: values["X"]!, asked };
}

const denied = new AwsError("AccessDenied", "User: x is not authorized");
const PREFIX = "unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm:";

describe("a secret of Secrets Manager", () => {
  test("is fetched whole as the execution role, in its own region", async () => {
    const { value, asked } = await fetch(ARN.replace("us-west-2", "eu-west-1"), "text");
    expect(value).toBe("text");
    expect(asked).toEqual([
      {
        service: "secretsmanager",
        operation: "GetSecretValue",
        input: { SecretId: ARN.replace("us-west-2", "eu-west-1") },
        where: { account: "000000000000", region: "eu-west-1" },
        as: "arn:aws:iam::000000000000:role/execution/t1",
      },
    ]);
  });

  test.each([
    [":user::", { SecretId: ARN }, "me"],
    [":port:AWSPREVIOUS:", { SecretId: ARN, VersionStage: "AWSPREVIOUS" }, "5432"],
    ["::AWSPENDING:", { SecretId: ARN, VersionStage: "AWSPENDING" }, '{"user":"me","port":5432}'],
    [":user::v1", { SecretId: ARN, VersionId: "v1" }, "me"],
  ])("with %s is one member, one stage or one version", async (suffix, input, expected) => {
    const { value, asked } = await fetch(`${ARN}${suffix}`, '{"user":"me","port":5432}');
    expect(value).toBe(expected);
    expect(asked).toMatchObject([{ input }]);
  });

  test.each<[string, string, string | AwsError, boolean, string]>([
    [
      "Fargate: not allowed",
      ARN,
      denied,
      true,
      `ResourceInitializationError: ${PREFIX} service call has been retried 1 time(s): failed to fetch secret ${ARN} from secrets manager: AccessDeniedException: User: x is not authorized`,
    ],
    [
      "EC2: not allowed",
      ARN,
      denied,
      false,
      `Fetching secret data from AWS Secrets Manager in region us-west-2: secret ${ARN}: AccessDeniedException: User: x is not authorized`,
    ],
    [
      "Fargate: no such member",
      `${ARN}:none::`,
      "{}",
      true,
      `ResourceInitializationError: ${PREFIX} service call has been retried 1 time(s): retrieved secret from Secrets Manager did not contain json key none`,
    ],
    [
      "EC2: no JSON",
      `${ARN}:none::`,
      "text",
      false,
      "Fetching secret data from AWS Secrets Manager in region us-west-2: retrieved secret from Secrets Manager did not contain json key none",
    ],
    [
      "Fargate: a malformed ARN",
      `${ARN}:key`,
      "text",
      true,
      `ResourceInitializationError: ${PREFIX} trying to retrieve secret with value ${ARN}:key resulted in error: an invalid ARN format for the AWS Secrets Manager secret was specified. Specify a valid ARN and try again.`,
    ],
  ])("%s", async (_, valueFrom, answer, fargate, message) => {
    await expect(fetch(valueFrom, answer, fargate)).rejects.toThrow(expect.objectContaining({ message }) as Error);
  });
});

test("a task on an instance stops with the agent's words", async () => {
  const h = await harness();
  onTestFinished(() => void h.ecs.stop!());
  await h.run("CreateCluster", { clusterName: "arcade" });
  await h.run("RegisterTaskDefinition", {
    family: "hello",
    networkMode: "bridge",
    ...definition,
    containerDefinitions: [{ name: "web", image: "hello:1", memory: 512, secrets: [{ name: "X", valueFrom: ARN }] }],
  });
  await h.instance("i-1", "running");
  await h.run("RunTask", { cluster: "arcade", taskDefinition: "hello" });
  await h.clock.settle();
  expect(tasks(h.store, scope).values()[0]!.task).toMatchObject({
    lastStatus: "STOPPED",
    stopCode: "TaskFailedToStart",
    // The harness's Secrets Manager answers nothing.
    stoppedReason: `Fetching secret data from AWS Secrets Manager in region us-west-2: secret ${ARN}: the secret has no SecretString, and containers get text only`,
  });
});

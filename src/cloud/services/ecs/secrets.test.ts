import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateSubnetCommand, CreateVpcCommand, EC2Client } from "@aws-sdk/client-ec2";
import { CreateClusterCommand, DescribeTasksCommand, ECSClient, RegisterTaskDefinitionCommand, RunTaskCommand } from "@aws-sdk/client-ecs";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { expect, onTestFinished, test } from "vitest";
import { hostSleep } from "../../machines/host-time.ts";
import { withCloud } from "../../testing/with-cloud.ts";

const policy = (...Statement: object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });

test("a task on Fargate gets secrets that its execution role may read, and does not start without", async () => {
  const cloud = await withCloud();
  const folder = mkdtempSync(join(tmpdir(), "rouse-secrets-"));
  onTestFinished(async () => {
    await cloud.end();
    rmSync(folder, { recursive: true, force: true });
  });
  const [ecs, ec2, iam, secrets] = [cloud.client(ECSClient), cloud.client(EC2Client), cloud.client(IAMClient), cloud.client(SecretsManagerClient)];
  const made = async (Name: string, SecretString: string): Promise<string> =>
    (await secrets.send(new CreateSecretCommand({ Name, SecretString }))).ARN!;
  const db = await made("db", '{"password":"one"}');
  await secrets.send(new PutSecretValueCommand({ SecretId: db, SecretString: '{"password":"two"}' }));
  const whole = await made("whole", "all of it");
  const other = await made("other", "not for this role");

  const trust = policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ecs-tasks.amazonaws.com" } });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: "execution", AssumeRolePolicyDocument: trust }));
  const may = policy({ Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: [db, whole, db.replace("secret:db", "secret:gone")] });
  await iam.send(new PutRolePolicyCommand({ RoleName: "execution", PolicyName: "p", PolicyDocument: may }));

  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }));
  const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: Vpc!.VpcId, CidrBlock: "10.0.0.0/24" }));
  await ecs.send(new CreateClusterCommand({ clusterName: "c" }));
  const seen = join(folder, "seen.json");
  writeFileSync(
    join(folder, "main.mjs"),
    `import { renameSync, writeFileSync } from "node:fs";
const { DB, OLD, WHOLE } = process.env;
writeFileSync("half", JSON.stringify([DB, OLD, WHOLE]));
renameSync("half", ${JSON.stringify(seen)});
setInterval(() => {}, 1000);`,
  );
  const run = async (secretsOfContainer: { name: string; valueFrom: string }[]): Promise<string> => {
    const label = JSON.stringify({ command: [process.execPath, "main.mjs"], directory: folder });
    const { taskDefinition } = await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: "t",
        networkMode: "awsvpc",
        requiresCompatibilities: ["FARGATE"],
        cpu: "256",
        memory: "512",
        executionRoleArn: Role!.Arn,
        containerDefinitions: [{ name: "web", image: "t", secrets: secretsOfContainer, dockerLabels: { "dev.rouse.process": label } }],
      }),
    );
    const networkConfiguration = { awsvpcConfiguration: { subnets: [Subnet!.SubnetId!] } };
    const { tasks } = await ecs.send(
      new RunTaskCommand({ cluster: "c", taskDefinition: taskDefinition!.taskDefinitionArn, launchType: "FARGATE", networkConfiguration }),
    );
    return tasks![0]!.taskArn!;
  };
  const reasonOf = async (valueFrom: string): Promise<string | undefined> => {
    const task = await run([{ name: "X", valueFrom }]);
    const read = async () => (await ecs.send(new DescribeTasksCommand({ cluster: "c", tasks: [task] }))).tasks![0]!;
    await cloud.clock.advanceUntil(async () => (await read()).lastStatus === "STOPPED", 60_000, "STOPPED");
    expect((await read()).stopCode).toBe("TaskFailedToStart");
    return (await read()).stoppedReason;
  };

  await run([
    { name: "DB", valueFrom: `${db}:password::` },
    { name: "OLD", valueFrom: `${db}:password:AWSPREVIOUS:` },
    { name: "WHOLE", valueFrom: whole },
  ]);
  await cloud.clock.settle();
  for (let i = 0; i < 500 && !existsSync(seen); i++) await hostSleep(10);
  expect(JSON.parse(readFileSync(seen, "utf8"))).toEqual(["two", "one", "all of it"]);

  const start =
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm:";
  expect(await reasonOf(other)).toContain(
    `${start} service call has been retried 1 time(s): failed to fetch secret ${other} from secrets manager: AccessDeniedException: User: arn:aws:sts::000000000000:assumed-role/execution/`,
  );
  expect(await reasonOf(db.replace("secret:db", "secret:gone"))).toMatch(
    /ResourceNotFoundException: Secrets Manager can't find the specified secret\.$/,
  );
  expect(await reasonOf(`${db}:user::`)).toMatch(/did not contain json key user$/);
});

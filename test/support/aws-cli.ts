import { execFile, spawnSync } from "node:child_process";

/** The AWS CLI's version line (`aws-cli/2.x …`), or undefined where it is not installed. */
export const awsCliVersion: string | undefined = ((): string | undefined => {
  const { status, stdout, stderr } = spawnSync("aws", ["--version"], { encoding: "utf8", timeout: 30_000 });
  return status === 0 ? `${stdout}${stderr}`.trim() : undefined;
})();

export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
}

export type AwsCli = (args: string[]) => Promise<CliResult>;

/** The unmodified AWS CLI against an endpoint, as the account's owner in us-west-2. Nothing of this machine's own configuration is read. */
export function awsCli(endpoint: string): AwsCli {
  const env = {
    PATH: process.env["PATH"],
    HOME: "/nonexistent",
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_DEFAULT_REGION: "us-west-2",
    AWS_PAGER: "",
    AWS_MAX_ATTEMPTS: "1",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  return (args) =>
    new Promise((resolve) => {
      execFile("aws", args, { env, encoding: "utf8", maxBuffer: 1 << 24 }, (error, stdout, stderr) =>
        resolve({ code: error ? (typeof error.code === "number" ? error.code : -1) : 0, stdout, stderr }),
      );
    });
}

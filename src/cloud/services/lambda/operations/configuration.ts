import type { CreateFunctionRequest, FunctionConfiguration, LoggingConfig, UpdateFunctionConfigurationRequest } from "@aws-sdk/client-lambda";
import { AwsError, NotSupported } from "../../../core/errors.ts";
import { parseArn } from "../../../core/scope.ts";
import { destinationKind } from "../engine/destinations.ts";
import type { LambdaIam } from "../engine/role.ts";
import { reservedNames } from "../engine/variables.ts";
import type { FunctionRow, LoggingRow } from "../state.ts";

type Settings = CreateFunctionRequest & UpdateFunctionConfigurationRequest;

export const invalid = (message: string): AwsError => new AwsError("InvalidParameterValueException", message, { fields: { Type: "User" } });

const constraint = (member: string, value: unknown, rule: string): AwsError =>
  new AwsError("ValidationException", `1 validation error detected: Value '${String(value)}' at '${member}' failed to satisfy constraint: ${rule}`);

/** What would change how a function runs, and is not here. @throws NotSupported naming it */
export function refuseUnsupported(operation: string, input: Partial<Settings>): void {
  const no = (detail: string): never => {
    throw new NotSupported("lambda", operation, detail);
  };
  if (input.PackageType === "Image" || input.ImageConfig) no("functions from container images (PackageType, ImageConfig)");
  if (input.Layers?.length) no("layers (Layers); bundle what the function needs");
  if (input.FileSystemConfigs?.length) no("file systems (FileSystemConfigs)");
  if (input.TracingConfig?.Mode === "Active") no("X-Ray tracing (TracingConfig)");
  if (input.SnapStart?.ApplyOn === "PublishedVersions") no("SnapStart");
  if (input.KMSKeyArn) no("customer managed keys (KMSKeyArn)");
  if (input.CodeSigningConfigArn) no("code signing (CodeSigningConfigArn)");
  for (const member of ["CapacityProviderConfig", "DurableConfig", "TenancyConfig", "PublishTo"] as const) if (input[member]) no(member);
  const runtime = input.Runtime;
  if (runtime !== undefined && !/^nodejs\d+\.x$/.test(runtime)) no(`the runtime ${runtime}; only Node.js functions run here`);
  if (input.DeadLetterConfig?.TargetArn && !["sns", "sqs"].includes(destinationKind(input.DeadLetterConfig.TargetArn, operation)))
    no("dead letters to anything but an SNS topic or an SQS queue");
}

/** Ranges and patterns of the API Reference, CreateFunction. @throws AwsError */
export function checkSettings(input: Partial<Settings>): void {
  const { Timeout, MemorySize, Handler, Role, Environment, EphemeralStorage } = input;
  if (Timeout !== undefined && (Timeout < 1 || Timeout > 900)) {
    throw constraint(
      "timeout",
      Timeout,
      Timeout < 1 ? "Member must have value greater than or equal to 1" : "Member must have value less than or equal to 900",
    );
  }
  if (MemorySize !== undefined && (MemorySize < 128 || MemorySize > 10_240)) {
    throw constraint(
      "memorySize",
      MemorySize,
      MemorySize < 128 ? "Member must have value greater than or equal to 128" : "Member must have value less than or equal to 10240",
    );
  }
  if (EphemeralStorage?.Size !== undefined && (EphemeralStorage.Size < 512 || EphemeralStorage.Size > 10_240)) {
    throw constraint("ephemeralStorage.size", EphemeralStorage.Size, "Member must have value between 512 and 10240");
  }
  if (Handler !== undefined && (/\s/.test(Handler) || Handler === "" || Handler.length > 128)) {
    throw constraint("handler", Handler, "Member must satisfy regular expression pattern: [^\\s]+");
  }
  if (Role !== undefined && !/^arn:aws[a-zA-Z-]*:iam::\d{12}:role\/?[a-zA-Z_0-9+=,.@\-_/]+$/.test(Role)) {
    throw constraint("role", Role, "Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+");
  }
  checkVariables(Environment?.Variables ?? {});
}

function checkVariables(variables: Record<string, string>): void {
  const reserved = reservedNames(Object.keys(variables));
  if (reserved.length > 0) {
    throw invalid(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(", ")}`,
    );
  }
  const wrong = Object.keys(variables).find((name) => !/^[a-zA-Z]([a-zA-Z0-9_])+$/.test(name));
  if (wrong !== undefined)
    throw constraint(
      "environment.variables",
      wrong,
      "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
    );
  // Lambda quotas: 4 KB for all variables together.
  if (Buffer.byteLength(JSON.stringify(variables)) > 4096 + 2) {
    throw invalid(
      "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit.",
    );
  }
}

/** @throws AwsError in AWS's words where Lambda may not take the role on. */
export function checkRole(iam: Pick<LambdaIam, "canAssume">, role: string): void {
  if (!iam.canAssume(role, "lambda.amazonaws.com")) throw invalid("The role defined for the function cannot be assumed by Lambda.");
}

export function loggingOf(name: string, config: LoggingConfig | undefined, before?: LoggingRow): LoggingRow {
  const format = config?.LogFormat ?? before?.format ?? "Text";
  if (format === "Text" && (config?.ApplicationLogLevel || config?.SystemLogLevel)) {
    throw invalid("To change the log level, set the log format to JSON first: ApplicationLogLevel and SystemLogLevel need LogFormat JSON.");
  }
  return {
    format,
    group: config?.LogGroup ?? before?.group ?? `/aws/lambda/${name}`,
    ...(format === "JSON"
      ? {
          applicationLevel: config?.ApplicationLogLevel ?? before?.applicationLevel ?? "INFO",
          systemLevel: config?.SystemLogLevel ?? before?.systemLevel ?? "INFO",
        }
      : {}),
  };
}

/** The members that CreateFunction and UpdateFunctionConfiguration share, as they change a row. */
export function settingsOf(input: Partial<Settings>): Partial<FunctionRow> {
  const vpc = input.VpcConfig;
  return {
    ...(input.Role === undefined ? {} : { role: input.Role }),
    ...(input.Runtime === undefined ? {} : { runtime: input.Runtime }),
    ...(input.Handler === undefined ? {} : { handler: input.Handler }),
    ...(input.Description === undefined ? {} : { description: input.Description }),
    ...(input.Timeout === undefined ? {} : { timeout: input.Timeout }),
    ...(input.MemorySize === undefined ? {} : { memoryMb: input.MemorySize }),
    ...(input.Environment === undefined ? {} : { environment: { ...input.Environment.Variables } }),
    ...(input.EphemeralStorage?.Size === undefined ? {} : { ephemeralMb: input.EphemeralStorage.Size }),
    ...(vpc === undefined
      ? {}
      : { vpc: { subnetIds: vpc.SubnetIds ?? [], securityGroupIds: vpc.SecurityGroupIds ?? [], ipv6: vpc.Ipv6AllowedForDualStack ?? false } }),
    // An empty ARN takes the dead-letter target away.
    ...(input.DeadLetterConfig === undefined ? {} : { deadLetterArn: input.DeadLetterConfig.TargetArn || undefined }),
  };
}

/** `2026-01-05T00:00:00.000+0000` */
export const lastModified = (now: number): string => new Date(now).toISOString().replace("Z", "+0000");

/** @param qualifier shown in the ARN */
export function toConfiguration(row: FunctionRow, qualifier?: string): FunctionConfiguration {
  const { logging, vpc } = row;
  return {
    FunctionName: row.name,
    FunctionArn: qualifier ? `${row.arn}:${qualifier}` : row.arn,
    Runtime: row.runtime as FunctionConfiguration["Runtime"],
    Role: row.role,
    Handler: row.handler,
    CodeSize: row.code.size,
    CodeSha256: row.code.sha256,
    Description: row.description,
    Timeout: row.timeout,
    MemorySize: row.memoryMb,
    LastModified: row.lastModified,
    Version: row.version,
    ...(vpc ? { VpcConfig: { SubnetIds: vpc.subnetIds, SecurityGroupIds: vpc.securityGroupIds, VpcId: "", Ipv6AllowedForDualStack: vpc.ipv6 } } : {}),
    ...(row.deadLetterArn ? { DeadLetterConfig: { TargetArn: row.deadLetterArn } } : {}),
    ...(Object.keys(row.environment).length > 0 ? { Environment: { Variables: row.environment } } : {}),
    TracingConfig: { Mode: "PassThrough" },
    RevisionId: row.revisionId,
    State: "Active",
    LastUpdateStatus: "Successful",
    PackageType: "Zip",
    Architectures: row.architectures as FunctionConfiguration["Architectures"],
    EphemeralStorage: { Size: row.ephemeralMb },
    SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
    LoggingConfig: {
      LogFormat: logging.format,
      ...(logging.applicationLevel ? { ApplicationLogLevel: logging.applicationLevel as "INFO" } : {}),
      ...(logging.systemLevel ? { SystemLogLevel: logging.systemLevel as "INFO" } : {}),
      LogGroup: logging.group,
    },
  };
}

/** Are the two ARNs of one region and account? Lambda takes no role of another account. */
export function checkAccount(role: string, account: string): void {
  if (parseArn(role)?.account !== account) throw new AwsError("AccessDeniedException", "Cross-account pass role is not allowed.", { status: 403 });
}

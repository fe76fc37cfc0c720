/**
 * What is priced, each with the unit that its price is for. The keys stand in src/cost/prices/*.json and in a file of
 * one's own (`rouse cost --prices`). Prices of instances stand beside them, by type, for an hour.
 */
export const PRICE_KEYS = {
  "fargate-x86-vcpu-hour": { unit: "vCPU-hour", what: "Fargate vCPU (x86)" },
  "fargate-x86-gb-hour": { unit: "GB-hour", what: "Fargate memory (x86)" },
  "fargate-arm-vcpu-hour": { unit: "vCPU-hour", what: "Fargate vCPU (ARM)" },
  "fargate-arm-gb-hour": { unit: "GB-hour", what: "Fargate memory (ARM)" },
  "public-ipv4-hour": { unit: "hour", what: "public IPv4 address" },
  "ebs-gp3-gb-month": { unit: "GB-month", what: "EBS disk (gp3)" },
  "load-balancer-hour": { unit: "hour", what: "Application Load Balancer" },
  "load-balancer-lcu-hour": { unit: "LCU-hour", what: "load balancer capacity units" },
  "hosted-zone-month": { unit: "month", what: "hosted zone" },
  "dns-query": { unit: "query", what: "DNS queries" },
  "alarm-metric-month": { unit: "metric-month", what: "metrics of an alarm" },
  "dashboard-month": { unit: "month", what: "dashboard" },
  "custom-metric-month": { unit: "metric-month", what: "custom metrics" },
  "logs-ingested-gb": { unit: "GB", what: "log written" },
  "logs-stored-gb-month": { unit: "GB-month", what: "log kept" },
  "efs-gb-month": { unit: "GB-month", what: "EFS storage" },
  "efs-backup-gb-month": { unit: "GB-month", what: "backups of EFS (AWS Backup, warm)" },
  "ecr-gb-month": { unit: "GB-month", what: "image in ECR" },
  "lambda-request": { unit: "invocation", what: "invocations of a function" },
  "lambda-x86-gb-second": { unit: "GB-second", what: "run time of a function (x86)" },
  "lambda-arm-gb-second": { unit: "GB-second", what: "run time of a function (ARM)" },
  "sqs-request": { unit: "request", what: "SQS requests" },
  "sns-request": { unit: "request", what: "SNS messages" },
  "http-api-request": { unit: "request", what: "HTTP API requests" },
  "state-transition": { unit: "transition", what: "state transitions" },
  "schedule-invocation": { unit: "invocation", what: "invocations by a schedule" },
} as const;

export type PriceKey = keyof typeof PRICE_KEYS;

export const isPriceKey = (text: string): text is PriceKey => Object.hasOwn(PRICE_KEYS, text);

/** AWS's own convention (AWS Pricing Calculator, "Assumptions"): 365 days of 24 hours, by 12. */
export const HOURS_PER_MONTH = 730;

import { passRole } from "../../core/access.ts";
import type { Access } from "../../core/service.ts";
import { machineArn } from "./state.ts";

interface Input {
  name?: string;
  stateMachineArn?: string;
  executionArn?: string;
  resourceArn?: string;
  roleArn?: string;
}

// Service Authorization Reference, "Actions, resources, and condition keys for AWS Step Functions".
const onMachine =
  (operation: string): Access =>
  (input: Input) => [{ action: `states:${operation}`, resources: [input.stateMachineArn ?? input.resourceArn ?? "*"] }];

const onExecution =
  (operation: string): Access =>
  (input: Input) => [{ action: `states:${operation}`, resources: [input.executionArn ?? "*"] }];

const SERVICE = "states.amazonaws.com";

export const access: Record<string, Access> = {
  ...Object.fromEntries(
    "DeleteStateMachine DescribeStateMachine ListExecutions StartExecution StartSyncExecution TagResource UntagResource ListTagsForResource"
      .split(" ")
      .map((operation) => [operation, onMachine(operation)]),
  ),
  ...Object.fromEntries(
    "DescribeExecution DescribeStateMachineForExecution GetExecutionHistory StopExecution"
      .split(" ")
      .map((operation) => [operation, onExecution(operation)]),
  ),
  CreateStateMachine: (input: Input, call) => [
    { action: "states:CreateStateMachine", resources: [machineArn(call, input.name ?? "*")] },
    ...passRole([input.roleArn], SERVICE),
  ],
  UpdateStateMachine: (input: Input) => [
    { action: "states:UpdateStateMachine", resources: [input.stateMachineArn ?? "*"] },
    ...passRole([input.roleArn], SERVICE),
  ],
};

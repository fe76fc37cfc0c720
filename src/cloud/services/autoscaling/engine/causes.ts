/** The words of a scaling activity's cause and description, as Auto Scaling writes them. */

/** `2026-01-05T12:00:00Z`. */
export const second = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

export const userUpdate = (at: number, group: { min: number; max: number; desired: number }, from: number): string =>
  `At ${second(at)} a user request update of AutoScalingGroup constraints to min: ${group.min}, max: ${group.max}, desired: ${group.desired} changing the desired capacity from ${from} to ${group.desired}.`;

export const userDesired = (at: number, from: number, to: number): string =>
  `At ${second(at)} a user request explicitly set group desired capacity changing the desired capacity from ${from} to ${to}.`;

export const userCreated = (at: number, to: number): string =>
  `At ${second(at)} a user request created an AutoScalingGroup changing the desired capacity from 0 to ${to}.`;

export const alarmPolicy = (at: number, alarm: { name: string; state: string }, policy: string, from: number, to: number): string =>
  `At ${second(at)} a monitor alarm ${alarm.name} in state ${alarm.state} triggered policy ${policy} changing the desired capacity from ${from} to ${to}.`;

export const userPolicy = (at: number, policy: string, from: number, to: number): string =>
  `At ${second(at)} a user request executed policy ${policy} changing the desired capacity from ${from} to ${to}.`;

export const grow = (at: number, from: number, to: number): string =>
  `At ${second(at)} an instance was started in response to a difference between desired and actual capacity, increasing the capacity from ${from} to ${to}.`;

export const shrink = (at: number, from: number, to: number, instanceId: string): string =>
  `At ${second(at)} an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from ${from} to ${to}.  At ${second(at)} instance ${instanceId} was selected for termination.`;

export const replace = (at: number): string =>
  `At ${second(at)} an instance was launched in response to an unhealthy instance needing to be replaced.`;

export const unhealthy = (at: number, because: string): string => `At ${second(at)} an instance was taken out of service in response to ${because}.`;

export const EC2_HEALTH_CHECK = "an EC2 health check indicating it has been terminated or stopped";
export const USER_HEALTH_CHECK = "a user health-check";

export const userTerminated = (at: number, instanceId: string, capacity?: { from: number; to: number }): string =>
  `At ${second(at)} instance ${instanceId} was taken out of service in response to a user request${capacity ? `, shrinking the capacity from ${capacity.from} to ${capacity.to}` : ""}.`;

export const abandonedBecause = (token: string, how: "completed" | "timeout"): string =>
  `Instance failed to complete user's Lifecycle Action: Lifecycle Action with token ${token} was abandoned: ${how === "completed" ? "Lifecycle Action Completed with ABANDON Result" : "Heartbeat Timeout"}`;

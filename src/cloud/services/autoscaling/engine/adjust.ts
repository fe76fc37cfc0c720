import type { StepAdjustment } from "@aws-sdk/client-auto-scaling";
import type { PolicyRow } from "../state.ts";

type Adjustment = Pick<PolicyRow, "adjustmentType" | "minAdjustmentMagnitude">;

/**
 * The step for a metric's distance from the threshold. "If the metric value is above the breach threshold, the lower bound
 * is inclusive and the upper bound is exclusive. If the metric value is below the breach threshold, the lower bound is
 * exclusive and the upper bound is inclusive." (Step adjustments for step scaling)
 *
 * A value at the threshold itself belongs to whichever step has it: policies that scale out begin at 0, those that scale in
 * end at 0.
 */
export function chooseStep(steps: StepAdjustment[], difference: number): StepAdjustment | undefined {
  const above = ({ low, high }: Bounds): boolean => difference >= low && difference < high;
  const below = ({ low, high }: Bounds): boolean => difference > low && difference <= high;
  const within = (test: (bounds: Bounds) => boolean): StepAdjustment | undefined => steps.find((step) => test(boundsOf(step)));
  if (difference > 0) return within(above);
  return difference < 0 ? within(below) : (within(above) ?? within(below));
}

interface Bounds {
  low: number;
  high: number;
}

export const boundsOf = (step: StepAdjustment): Bounds => ({
  low: step.MetricIntervalLowerBound ?? -Infinity,
  high: step.MetricIntervalUpperBound ?? Infinity,
});

/**
 * The capacity that an adjustment makes of another, before the group's limits. Percentages: "Values greater than 1 are
 * rounded down. Values between 0 and 1 are rounded to 1. Values between 0 and -1 are rounded to -1. Values less than -1 are
 * rounded up." (Scaling adjustment types)
 */
export function adjust(policy: Adjustment, adjustment: number, capacity: number): number {
  switch (policy.adjustmentType) {
    case "ExactCapacity":
      return adjustment;
    case "ChangeInCapacity":
      return capacity + adjustment;
    case "PercentChangeInCapacity": {
      const exact = (capacity * adjustment) / 100;
      const size = exact === 0 ? 0 : Math.max(1, Math.floor(Math.abs(exact)));
      const direction = Math.sign(adjustment);
      return capacity + direction * (adjustment === 0 ? 0 : Math.max(size, policy.minAdjustmentMagnitude ?? 0));
    }
  }
}

/** What is wrong with a policy's steps, in Auto Scaling's terms; undefined when nothing is. */
export function mistakeInSteps(steps: StepAdjustment[]): string | undefined {
  const bounds = steps.map(boundsOf).sort((a, b) => a.low - b.low);
  if (bounds.some(({ low, high }) => low === -Infinity && high === Infinity) && steps.length > 1)
    return "There must not be more than one step adjustment when both bounds are null";
  if (bounds.some(({ low, high }) => low >= high)) return "MetricIntervalLowerBound must be less than the MetricIntervalUpperBound";
  for (const [index, { high }] of bounds.entries()) {
    const next = bounds[index + 1];
    if (next && next.low < high) return "StepAdjustment intervals can't overlap";
    if (next && next.low > high) return "StepAdjustment intervals can't have gaps between them";
  }
  if (bounds.some(({ low }) => low < 0 && low !== -Infinity) && bounds[0]!.low !== -Infinity) {
    return "There must be a step adjustment with a null lower bound when one step adjustment has a negative lower bound";
  }
  if (bounds.some(({ high }) => high > 0 && high !== Infinity) && bounds.at(-1)!.high !== Infinity) {
    return "There must be a step adjustment with a null upper bound when one step adjustment has a positive upper bound";
  }
  return undefined;
}

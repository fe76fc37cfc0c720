import { CRON_ALLOWED, cronProblem } from "./engine-values.ts";
import { ok, refuse, text } from "./values.ts";

const RATE = /^rate\((\d+) (minutes?|hours?|days?)\)$/;

/** A value of 1 takes the singular, others the plural (EventBridge Scheduler user guide, "Schedule types", rate-based schedules). */
function rateProblem(input: string): ReturnType<typeof refuse> | undefined {
  const match = RATE.exec(input);
  if (!match) return refuse(`"${input}" is not a rate`, guessRate(input));
  const [, value, unit] = match as unknown as [string, string, string];
  if (Number(value) === 0) return refuse("a rate is one or more");
  const right = `rate(${Number(value)} ${unit.replace(/s$/, "")}${Number(value) === 1 ? "" : "s"})`;
  return right === input ? undefined : refuse(`"${input}" is not written as EventBridge Scheduler wants it`, right);
}

function guessRate(input: string): string | undefined {
  const match = /(\d+)\s*(m|h|d)[a-z]*/i.exec(input);
  if (!match) return undefined;
  const unit = { m: "minute", h: "hour", d: "day" }[match[2]!.toLowerCase() as "m" | "h" | "d"];
  return Number(match[1]) === 0 ? undefined : `rate(${Number(match[1])} ${unit}${Number(match[1]) === 1 ? "" : "s"})`;
}

/** When something happens again and again, as EventBridge Scheduler reads it. */
export const scheduleExpression = text(
  (input) => {
    const rate = /^\s*(rate|every)\b|^\s*\d+\s*[a-z]+\s*$/i.test(input);
    return (rate ? rateProblem(input) : cronProblem(input)) ?? ok(input);
  },
  { description: "One schedule.", allowed: `${CRON_ALLOWED}; or rate(value unit) in minutes, hours or days, such as rate(5 minutes)` },
);

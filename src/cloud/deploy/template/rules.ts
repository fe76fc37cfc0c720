import { truth, type Environment } from "./intrinsics.ts";
import { templateError } from "./parse.ts";
import type { Template } from "./types.ts";

/**
 * Checks the template's rules ("Rules section syntax", CloudFormation User Guide): a rule whose condition holds must
 * have all of its assertions true.
 * @throws AwsError ValidationError with the description of every assertion that failed
 */
export function checkRules(template: Template, env: Environment): void {
  const failed: string[] = [];
  for (const [name, rule] of Object.entries(template.Rules ?? {})) {
    if (rule.RuleCondition !== undefined && !truth(rule.RuleCondition, env)) continue;
    for (const assertion of rule.Assertions) {
      if (!truth(assertion.Assert, env)) failed.push(assertion.AssertDescription ?? `Assertion of rule ${name} failed`);
    }
  }
  if (failed.length > 0) throw templateError(`Template error: Rule assertions failed: ${failed.join("; ")}`);
}

import { compilePattern, type FilterPattern } from "../engine/pattern.ts";
import { PatternError } from "../engine/pattern-error.ts";
import { invalidParameter } from "./input.ts";

/** @throws AwsError InvalidParameterException for a pattern that CloudWatch Logs does not take */
export function compileOrRefuse(text: string): FilterPattern {
  try {
    return compilePattern(text);
  } catch (error) {
    if (error instanceof PatternError) throw invalidParameter(error.message);
    throw error;
  }
}

/** "There is a maximum of 5 filter patterns containing regex for each log group" (Filter pattern syntax). */
export const MAX_REGEX_FILTERS = 5;

export const usesRegex = (text: string): boolean => compilePattern(text).regexCount > 0;

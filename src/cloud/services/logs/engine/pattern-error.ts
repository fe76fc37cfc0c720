/** A filter pattern that CloudWatch Logs would not take; operations turn it into InvalidParameterException. */
export class PatternError extends Error {
  constructor(detail: string) {
    super(`Invalid filter pattern: ${detail}`);
    this.name = "PatternError";
  }
}

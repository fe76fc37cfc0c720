/** Writes one line of JSON: what was decided, and from what. */
export type Log = (decision: string, details?: object) => void;

export const logLine: Log = (decision, details = {}) => {
  process.stdout.write(`${JSON.stringify({ decision, ...details })}\n`);
};

/** An error's name and message, for a log line. */
export const told = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

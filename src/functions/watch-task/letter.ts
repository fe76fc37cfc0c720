/** A message of the dead-letter queue. */
export interface Letter {
  readonly id: string;
  readonly receipt: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What a letter says, whoever wrote it. */
export interface LetterFacts {
  /** When it was to run, ISO 8601. */
  readonly when?: string;
  readonly code: string;
  readonly message: string;
  /** Retries. */
  readonly tries?: number;
}

/**
 * EventBridge Scheduler's attributes, which the run-task function writes too (EventBridge Scheduler user guide, "Configuring a
 * dead-letter queue"); or Lambda's, whose body is the event (AWS Lambda developer guide, "Adding a dead-letter queue").
 */
export function letterFacts({ attributes, body }: Letter): LetterFacts {
  const when = attributes["SCHEDULED_TIME"] ?? timeIn(body);
  const tries = attributes["RETRY_ATTEMPTS"];
  return {
    ...(when === undefined ? {} : { when }),
    code: attributes["ERROR_CODE"] ?? (attributes["ErrorMessage"] === undefined ? "unknown" : "the run-task function failed"),
    message: attributes["ERROR_MESSAGE"] ?? attributes["ErrorMessage"] ?? "no reason was given",
    ...(tries === undefined ? {} : { tries: Number(tries) }),
  };
}

function timeIn(body: string): string | undefined {
  try {
    const { at } = JSON.parse(body) as { at?: unknown };
    return typeof at === "string" ? at : undefined;
  } catch {
    return undefined;
  }
}

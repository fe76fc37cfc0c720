/**
 * The three kinds of error, never blurred: what AWS itself would answer (`AwsError`), what this cloud does not have
 * (`NotSupported`, 501), and our own mistakes (any other error: 500, logged with its stack).
 */

/** An error that AWS would give, under its own code. Goes onto the wire as that service's error shape. */
export class AwsError extends Error {
  /** The code on the wire, such as `ClusterNotFoundException`. */
  readonly code: string;
  /** HTTP status; 400 unless told. */
  readonly status: number;
  /** Further members of the error's shape, by member name. */
  readonly fields: Record<string, unknown>;

  constructor(code: string, message: string, options: { status?: number; fields?: Record<string, unknown> } = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = options.status ?? 400;
    this.fields = options.fields ?? {};
  }
}

/** This cloud does not have it. Answered with 501, naming what is missing, so that nobody takes it for a success. */
export class NotSupported extends Error {
  readonly service: string;
  readonly operation: string;

  constructor(service: string, operation: string, detail?: string) {
    super(
      detail
        ? `Rouse's embedded cloud does not support this use of ${service}:${operation}: ${detail}`
        : `Rouse's embedded cloud does not have the operation ${service}:${operation}`,
    );
    this.name = "NotSupported";
    this.service = service;
    this.operation = operation;
  }
}

/** Errors as Lambda's Node.js runtime tells them (aws/aws-lambda-nodejs-runtime-interface-client, src/Errors). */

/** An error of the runtime itself, such as `Runtime.HandlerNotFound`. */
export class RuntimeError extends Error {
  /** @param {string} name @param {string} message @param {unknown} [cause] */
  constructor(name, message, cause) {
    super(message);
    this.name = `Runtime.${name}`;
    if (cause instanceof Error && cause.stack) this.stack = cause.stack;
  }
}

/** @param {unknown} value @returns {value is Error} */
export const isError = (value) =>
  value instanceof Error || (typeof value === "object" && value !== null && "stack" in value && "message" in value && "name" in value);

/**
 * What the caller gets: `{errorType, errorMessage, trace}`.
 * @param {unknown} thrown
 */
export function toResponse(thrown) {
  try {
    if (isError(thrown)) return { errorType: thrown.name, errorMessage: thrown.message, trace: String(thrown.stack).split("\n") };
    return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  } catch {
    return {
      errorType: "handled",
      errorMessage: "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack",
    };
  }
}

/**
 * What goes into the log, after "Invoke Error \t" and the like.
 * @param {unknown} thrown
 */
export function toLog(thrown) {
  if (!isError(thrown)) return JSON.stringify(toResponse(thrown));
  const { name: _name, message: _message, stack: _stack, ...more } = /** @type {Error & Record<string, unknown>} */ (thrown);
  return JSON.stringify({ errorType: thrown.name, errorMessage: thrown.message, ...more, stack: String(thrown.stack).split("\n") });
}

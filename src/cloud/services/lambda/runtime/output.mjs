/**
 * Everything a function prints goes to the cloud as log lines: console in AWS's text or JSON format, the streams raw
 * (Lambda Developer Guide, "Log and monitor Node.js Lambda functions", "Using Lambda advanced logging controls with Node.js").
 */
import { createRequire, syncBuiltinESMExports } from "node:module";
import { format, inspect } from "node:util";
import { isError } from "./errors.mjs";
import { now } from "./time.mjs";

const fs = createRequire(import.meta.url)("node:fs");

/** Weakest first. */
const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

/** @type {(message: {type: "log", at: number, text: string}) => void} */
let send = () => {};
let json = false;
let least = 0;
/** @type {() => string | undefined} */
let requestId = () => undefined;

/**
 * @param {{ send: typeof send, requestId: typeof requestId, format: string, level?: string }} options
 */
export function install(options) {
  send = options.send;
  requestId = options.requestId;
  json = options.format === "JSON";
  least = json ? Math.max(0, LEVELS.indexOf(options.level ?? "INFO")) : 0;
  /** @type {[keyof Console, string][]} */
  const methods = [
    ["trace", "TRACE"],
    ["debug", "DEBUG"],
    ["log", "INFO"],
    ["info", "INFO"],
    ["warn", "WARN"],
    ["error", "ERROR"],
  ];
  for (const [method, level] of methods) {
    Object.defineProperty(console, method, { value: (/** @type {unknown[]} */ ...args) => log(level, args), configurable: true, writable: true });
  }
  Object.assign(console, { fatal: (/** @type {unknown[]} */ ...args) => log("FATAL", args) });
  for (const stream of [process.stdout, process.stderr]) stream.write = writer();
  const { writeSync } = fs;
  fs.writeSync = (/** @type {number} */ fd, /** @type {string | Uint8Array} */ data, /** @type {unknown[]} */ ...rest) => {
    if (fd !== 1 && fd !== 2) return writeSync(fd, data, ...rest);
    const text = typeof data === "string" ? data : Buffer.from(data).toString("utf8");
    raw(text);
    return Buffer.byteLength(text);
  };
  syncBuiltinESMExports();
}

/**
 * One line by one of console's methods.
 * @param {string} level @param {unknown[]} args
 */
export function log(level, args) {
  if (LEVELS.indexOf(level) < least) return;
  const at = now();
  const time = new Date(at).toISOString();
  send({ type: "log", at, text: json ? asJson(time, level, args) : `${time}\t${requestId()}\t${level}\t${format(...args)}` });
}

/** @param {string} time @param {string} level @param {unknown[]} args */
function asJson(time, level, args) {
  const line = { timestamp: time, level, requestId: requestId() };
  const error = args.find(isError);
  const message = args.length === 1 ? (isError(args[0]) ? args[0].message : args[0]) : format(...args);
  const about = error ? { errorType: error.name, errorMessage: error.message, stackTrace: String(error.stack).split("\n").slice(1) } : {};
  try {
    return JSON.stringify({ ...line, ...about, message }, (_key, value) => (isError(value) ? inspect(value) : value));
  } catch {
    // Something that JSON cannot say, such as a circle.
    return JSON.stringify({ ...line, ...about, message: format(...args) });
  }
}

/** One log event for each line, as Lambda reads a function's standard output. @param {string} text */
function raw(text) {
  for (const line of text.split("\n")) if (line !== "") send({ type: "log", at: now(), text: line });
}

/** Holds back what has no line end yet. @returns {any} as `process.stdout.write`, which has two signatures */
function writer() {
  let rest = "";
  /** @param {string | Uint8Array} chunk @param {unknown} encoding @param {unknown} callback */
  return (chunk, encoding, callback) => {
    rest += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
    const end = rest.lastIndexOf("\n");
    if (end >= 0) {
      raw(rest.slice(0, end));
      rest = rest.slice(end + 1);
    }
    const done = typeof encoding === "function" ? encoding : callback;
    if (typeof done === "function") queueMicrotask(() => done());
    return true;
  };
}

/**
 * What runs in each worker: one Lambda execution environment. It starts blank (so that a function's cold start need not
 * wait for it), becomes a function's environment with `init`, and then takes one `invoke` after the other.
 */
import { parentPort } from "node:worker_threads";
import { native, fireDue, install as installTime, nextDue, now, setNow } from "./time.mjs";
import { install as installOutput, log } from "./output.mjs";
import { RuntimeError, toLog, toResponse } from "./errors.mjs";
import { loadHandler, saveCache, takesCallbacks } from "./load.mjs";
import { install as installNetwork } from "./network.mjs";
// What nearly every function with the AWS SDK loads; loaded while the environment is blank.
import "node:http";
import "node:https";
import "node:http2";
import "node:crypto";
import "node:zlib";
import "node:os";
import "node:tls";
import "node:dns";
import "node:stream";
import "node:child_process";
import "node:fs/promises";
import "node:async_hooks";

const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);

/**
 * @typedef {import("../engine/protocol.ts").ToWorker} ToWorker
 * @typedef {import("../engine/protocol.ts").FromWorker} FromWorker
 * @typedef {Extract<ToWorker, {type: "init"}>} Init
 * @typedef {Extract<ToWorker, {type: "invoke"}>} Invoke
 */

/** @type {(message: FromWorker) => void} */
const send = (message) => port.postMessage(message);

/** @type {Init} */
let init;
/** @type {Function} */
let handler;
/** @type {Invoke | undefined} */
let current;
/** The identifier that console's lines have; it stays after an invocation, as on AWS. @type {string | undefined} */
let lastId;
let polling = false;
/** How often in a row nothing was found under way. */
let calm = 0;

port.on("message", (/** @type {ToWorker} */ message) => {
  switch (message.type) {
    case "init":
      return void start(message);
    case "invoke":
      return void invoke(message);
    case "fire":
      setNow(message.now, message.at);
      fireDue();
      return watch();
    case "probe":
      return send({ type: "probed", probe: message.probe, waiting: !isBusy() });
  }
});

/** @param {Init} message */
async function start(message) {
  init = message;
  const began = native.now();
  for (const key of Object.keys(process.env)) delete process.env[key];
  Object.assign(process.env, message.env);
  process.cwd = () => message.taskRoot;
  const kill = process.kill.bind(process);
  process.kill = (pid, signal) => (pid === process.pid ? process.exit(137) : kill(pid, signal));
  setNow(message.now, message.at);
  installNetwork();
  installTime(message.clock);
  installOutput({ send, requestId: () => lastId, format: message.logFormat, level: message.logLevel });
  process.on("uncaughtException", (error) => die("Uncaught Exception", error, 129));
  process.on("unhandledRejection", (reason) => die("Unhandled Promise Rejection", unhandled(reason), 128));
  try {
    watch();
    handler = await loadHandler(message);
    const heap = heapMb();
    send({ type: "initialized", ms: native.now() - began, heapMb: heap });
  } catch (error) {
    log("ERROR", [`Uncaught Exception \t${toLog(error)}`]);
    send({ type: "fatal", error: toResponse(error) });
    process.exit(1);
  }
}

/** @param {unknown} reason */
function unhandled(reason) {
  const error = new RuntimeError("UnhandledPromiseRejection", reason instanceof Error ? reason.toString() : String(reason), reason);
  return Object.assign(error, { reason: reason instanceof Error ? toResponse(reason) : reason });
}

/** @param {string} what @param {unknown} error @param {number} code */
function die(what, error, code) {
  log("ERROR", [`${what} \t${toLog(error)}`]);
  send({ type: "fatal", error: toResponse(error) });
  process.exit(code);
}

/** @param {Invoke} message */
async function invoke(message) {
  current = message;
  lastId = message.id;
  setNow(message.now, message.at);
  process.env._X_AMZN_TRACE_ID = message.traceId;
  const began = native.now();
  watch();
  /** @type {FromWorker} */
  let answer;
  try {
    const result = await call(JSON.parse(message.event), makeContext(message));
    answer = { type: "result", id: message.id, json: stringify(result), heapMb: heapMb(), ms: native.now() - began };
  } catch (error) {
    log("ERROR", [`Invoke Error \t${toLog(error)}`]);
    answer = { type: "failed", id: message.id, error: toResponse(error), heapMb: heapMb(), ms: native.now() - began };
  }
  current = undefined;
  send(answer);
  saveCache();
}

/** @param {unknown} result */
function stringify(result) {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? "null";
  } catch (error) {
    throw new RuntimeError("MarshalError", "Unable to stringify response body", error);
  }
}

/**
 * Calls the handler in each of the styles it may have: a promise, or (before Node.js 24) callbacks, whose answer waits
 * until the event loop is empty unless `callbackWaitsForEmptyEventLoop` is false.
 * @param {unknown} event @param {ReturnType<typeof makeContext>} context
 */
async function call(event, context) {
  if (!takesCallbacks(init.runtime)) return await handler(event, context);
  return await new Promise((resolve, reject) => {
    let answered = false;
    /** @param {unknown} error @param {unknown} [result] */
    const callback = (error, result) => {
      if (answered) return;
      answered = true;
      if (error !== undefined && error !== null) reject(error);
      else if (context.callbackWaitsForEmptyEventLoop) whenEmpty(() => resolve(result));
      else resolve(result);
    };
    Object.assign(context, {
      done: callback,
      succeed: (/** @type {unknown} */ result) => callback(null, result),
      fail: (/** @type {unknown} */ error) => callback(error ?? "handled"),
    });
    try {
      const returned = handler(event, context, callback);
      if (typeof returned?.then === "function") returned.then(resolve, reject);
      // A handler that neither answers nor waits for anything is answered with null.
      else whenEmpty(() => callback(null, null));
    } catch (error) {
      reject(error);
    }
  });
}

/** @param {() => void} then */
function whenEmpty(then) {
  const started = current;
  const look = () => {
    if (current !== started) return;
    if (!isBusy() && nextDue() === undefined && !process.getActiveResourcesInfo().includes("Timeout")) then();
    else native.setTimeout(look, 1).unref();
  };
  native.setImmediate(() => native.setImmediate(look));
}

/** @param {Invoke} message */
function makeContext(message) {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: init.functionName,
    functionVersion: init.version,
    invokedFunctionArn: message.arn,
    memoryLimitInMB: String(init.memoryMb),
    awsRequestId: message.id,
    logGroupName: init.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: init.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: message.clientContext === undefined ? undefined : JSON.parse(message.clientContext),
    identity: undefined,
    getRemainingTimeInMillis: () => Math.max(0, message.deadline - now()),
  };
}

/** The worker's own heap; the rest of the process is not the function's. */
const heapMb = () => {
  const { heapUsed, external } = process.memoryUsage();
  return Math.ceil((heapUsed + external) / 1048576);
};

/** What may be open while a function does nothing but wait for timers. */
const QUIET = new Set(["MessagePort", "Timeout", "Immediate", "TCPServerWrap", "PipeWrap", "TTYWrap", "CloseReq"]);

/** Is something under way besides timers: a socket, a file, a process? Idle sockets that are kept alive do not count. */
const isBusy = () => process.getActiveResourcesInfo().some((resource) => !QUIET.has(resource));

/** Real milliseconds after which a function that waits for nothing that can be seen is taken to wait for ever. */
const UNSEEN_WORK_MS = 3000;

/**
 * Under virtual time: tells the cloud when the function only waits for its timers, so that it lets its clock go on.
 * Looked at between turns of the event loop while the function works, which under virtual time only tests do.
 */
function watch() {
  calm = 0;
  if (init.clock.kind !== "virtual" || polling) return;
  polling = true;
  let calmSince = 0;
  const look = () => {
    calm = isBusy() ? 0 : calm + 1;
    if (calm === 1) calmSince = native.now();
    // Nothing open and no timer either: most likely work that cannot be seen, such as an import in the loader's own thread.
    const settled = nextDue() !== undefined ? calm >= 3 : calm >= 3 && native.now() - calmSince > UNSEEN_WORK_MS;
    if (settled) {
      polling = false;
      return send({ type: "waiting", due: nextDue() });
    }
    if (calm > 0 && calm < 3) native.setImmediate(look);
    else native.setTimeout(look, 1).unref();
  };
  native.setImmediate(look);
}

send({ type: "blank" });

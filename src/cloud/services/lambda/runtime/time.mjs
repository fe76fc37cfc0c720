/**
 * The cloud's time inside a function's worker: Date, performance, timers. Under a real clock of speed 1 nothing is touched.
 *
 * - A clock that is `speed` times faster: natives are scaled; nobody has to be asked.
 * - A virtual clock: the time is what the cloud said last; timers wait in a list until the cloud says `fire`. The cloud
 *   holds its clock while the function works, so the time cannot have moved meanwhile (docs/decisions/0014).
 */
import { syncBuiltinESMExports, createRequire } from "node:module";
import { promisify } from "node:util";

const load = createRequire(import.meta.url);
const timersModule = load("node:timers");
const timersPromises = load("node:timers/promises");

/** What the runtime itself uses, whatever is patched later. */
export const native = {
  now: performance.now.bind(performance),
  epoch: () => performance.timeOrigin + native.now(),
  setTimeout: globalThis.setTimeout,
  setImmediate: globalThis.setImmediate,
};

/**
 * @typedef {{kind: "real", speed: number} | {kind: "virtual"}} Mode
 * @typedef {object} VirtualTimer
 * @property {number} id
 * @property {number} due
 * @property {() => void} run
 * @property {number | undefined} every
 */

/** @type {Mode} */
let mode = { kind: "real", speed: 1 };
let base = 0;
let baseAt = 0;
let nextId = 1;
/** @type {Map<number, VirtualTimer>} */
const waiting = new Map();

/** Milliseconds since the epoch, in the cloud's time. */
export function now() {
  if (mode.kind === "virtual") return base;
  if (mode.speed === 1) return Date.now();
  return Math.round(base + (native.epoch() - baseAt) * mode.speed);
}

/**
 * @param {number} cloudNow the cloud's time
 * @param {number} at the host's real time (milliseconds since the epoch) at which it was that
 */
export function setNow(cloudNow, at) {
  base = cloudNow;
  baseAt = at;
}

/** When the next timer of a function under virtual time is due. */
export function nextDue() {
  let due;
  for (const timer of waiting.values()) if (due === undefined || timer.due < due) due = timer.due;
  return due;
}

/** Runs what is due, in the order of due times and then of setting. */
export function fireDue() {
  for (;;) {
    /** @type {VirtualTimer | undefined} */
    let first;
    for (const timer of waiting.values()) if (timer.due <= base && (!first || timer.due < first.due)) first = timer;
    if (!first) return;
    if (first.every === undefined) waiting.delete(first.id);
    else first.due = base + first.every;
    first.run();
  }
}

/** @param {Mode} wanted */
export function install(wanted) {
  mode = wanted;
  if (mode.kind === "real" && mode.speed === 1) return;
  patchDate();
  patchMonotonic();
  if (mode.kind === "virtual") patchTimers(virtualSet, virtualClear);
  else patchTimers(scaledSet(mode.speed), undefined);
  syncBuiltinESMExports();
}

function patchDate() {
  const RealDate = Date;
  RealDate.now = now;
  const PatchedDate = new Proxy(RealDate, {
    apply: () => new RealDate(now()).toString(),
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  });
  RealDate.prototype.constructor = PatchedDate;
  globalThis.Date = PatchedDate;
}

function patchMonotonic() {
  const start = now();
  const elapsed = () => now() - start;
  Object.defineProperty(performance, "now", { value: elapsed, configurable: true, writable: true });
  /** @param {[number, number]} [since] @returns {[number, number]} */
  const hrtime = (since) => {
    const nanos = Math.round(elapsed() * 1e6) - (since ? since[0] * 1e9 + since[1] : 0);
    return [Math.floor(nanos / 1e9), nanos % 1e9];
  };
  process.hrtime = Object.assign(hrtime, { bigint: () => BigInt(Math.round(elapsed() * 1e6)) });
}

/** A virtual timer's handle, with what Node's own has. */
class Handle {
  /** @param {VirtualTimer} timer @param {number} delay */
  constructor(timer, delay) {
    this.timer = timer;
    this.delay = delay;
  }
  ref() {
    return this;
  }
  unref() {
    return this;
  }
  hasRef() {
    return true;
  }
  refresh() {
    this.timer.due = base + this.delay;
    if (!waiting.has(this.timer.id)) waiting.set(this.timer.id, this.timer);
    return this;
  }
  close() {
    waiting.delete(this.timer.id);
    return this;
  }
  [Symbol.toPrimitive]() {
    return this.timer.id;
  }
}

/** @typedef {(callback: (...args: unknown[]) => void, delay: number, args: unknown[], repeat: boolean) => unknown} SetTimer */

/** @type {SetTimer} */
function virtualSet(callback, delay, args, repeat) {
  const id = nextId++;
  const timer = { id, due: base + delay, every: repeat ? delay : undefined, run: () => callback(...args) };
  waiting.set(id, timer);
  return new Handle(timer, delay);
}

/** @param {unknown} handle */
function virtualClear(handle) {
  if (handle instanceof Handle) waiting.delete(handle.timer.id);
  else if (typeof handle === "number" || typeof handle === "string") waiting.delete(Number(handle));
}

/**
 * Node counts from the whole millisecond in which a timer is set, and may so be up to one early: at a thousand times the speed that is a
 * second. One more, and none fires before its time.
 * @param {number} speed @returns {SetTimer}
 */
function scaledSet(speed) {
  const { setTimeout: once, setInterval: again } = globalThis;
  return (callback, delay, args, repeat) =>
    repeat ? again(callback, delay / speed, ...args) : once(callback, Math.ceil(delay / speed) + 1, ...args);
}

/**
 * @param {SetTimer} set
 * @param {((handle: unknown) => void) | undefined} clear
 */
function patchTimers(set, clear) {
  /** @param {boolean} repeat */
  const setter =
    (repeat) =>
    /** @type {(callback: (...args: unknown[]) => void, delay?: number, ...args: unknown[]) => unknown} */
    (callback, delay, ...args) => {
      if (typeof callback !== "function") throw new TypeError('The "callback" argument must be of type function.');
      // As Node: what is no delay of at least 1 ms is 1 ms.
      const wait = Number(delay);
      return set(callback, wait >= 1 && wait <= 2_147_483_647 ? Math.trunc(wait) : 1, args, repeat);
    };
  const setTimeout = setter(false);
  const setInterval = setter(true);
  /** @param {number} delay @param {unknown} value @param {{signal?: AbortSignal}} [options] */
  const sleep = (delay, value, { signal } = {}) =>
    new Promise((resolve, reject) => {
      const abort = () => reject(signal?.reason);
      if (signal?.aborted) return abort();
      signal?.addEventListener("abort", abort, { once: true });
      setTimeout(resolve, delay, value);
    });
  /** @param {number} delay @param {unknown} value */
  async function* ticks(delay, value) {
    for (;;) yield await sleep(delay, value);
  }
  Object.defineProperty(setTimeout, promisify.custom, { value: sleep });
  const patched = { setTimeout, setInterval, ...(clear ? { clearTimeout: clear, clearInterval: clear } : {}) };
  Object.assign(globalThis, patched);
  Object.assign(timersModule, patched);
  Object.assign(timersPromises, { setTimeout: sleep, setInterval: ticks });
  Object.assign(timersPromises.scheduler, { wait: sleep });
  AbortSignal.timeout = (delay) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError")), delay);
    return controller.signal;
  };
}

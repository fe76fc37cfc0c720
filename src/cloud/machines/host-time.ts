// oxlint-disable no-restricted-globals -- the one place in the machines that waits in the host's own time: a process that
// needs 30 ms of this machine to open its port needs them whatever the cloud's clock says, also when that stands still.

/** Resolves after `ms` of the host's time. Does not keep the process alive. */
export function hostSleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

/** The promise's value, or undefined once `ms` of the host's time have passed. */
export function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Milliseconds of the host that have passed since some fixed moment. */
export const hostNow = (): number => performance.now();

/** What a process on this machine takes for the time: milliseconds since the epoch. */
export const hostTime = (): number => performance.timeOrigin + performance.now();

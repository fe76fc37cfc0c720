/** Times in words, relative to the environment's own. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `40 s`, `12 min`, `2 h 05 min`, `3 d 4 h`: as much as matters. */
export function span(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < 90 * SECOND) return `${Math.round(whole / SECOND)} s`;
  if (whole < HOUR) return `${Math.round(whole / MINUTE)} min`;
  if (whole < DAY) {
    const minutes = Math.round(whole / MINUTE);
    return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
  }
  const hours = Math.round(whole / HOUR);
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/**
 * A moment as people say it, beside now: `14:05`, `yesterday 14:05`, `Tuesday`, `5 January`, `5 January 2025`.
 * @param zone time zone of who reads; this machine's unless told
 */
export function moment(at: number, now: number, zone?: string): string {
  const say = (options: Intl.DateTimeFormatOptions, time = at): string =>
    new Intl.DateTimeFormat("en-GB", { ...options, ...(zone === undefined ? {} : { timeZone: zone }) }).format(time);
  const day = (time: number): string => say({ dateStyle: "short" }, time);
  const time = say({ hour: "2-digit", minute: "2-digit" });
  if (day(at) === day(now)) return time;
  if (day(at) === day(now - DAY)) return `yesterday ${time}`;
  if (day(at) === day(now + DAY)) return `tomorrow ${time}`;
  if (Math.abs(now - at) < 6 * DAY) return say({ weekday: "long" });
  const isThisYear = say({ year: "numeric" }) === say({ year: "numeric" }, now);
  return say({ day: "numeric", month: "long", ...(isThisYear ? {} : { year: "numeric" }) });
}

import { AwsError } from "../../../core/errors.ts";

/** When a scheduled rule fires next. */
export interface Schedule {
  /** The first moment after `after` (milliseconds since the epoch), or undefined where there is none any more. */
  next(after: number, from: number): number | undefined;
}

const invalid = (): AwsError => new AwsError("ValidationException", "Parameter ScheduleExpression is not valid.");

const UNITS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * `rate(value unit)` or `cron(fields)`, in UTC (EventBridge User Guide, "Setting a schedule pattern for scheduled rules").
 * @throws AwsError ValidationException
 */
export function parseSchedule(expression: string): Schedule {
  const rate = /^rate\((\d+) (minute|hour|day)(s?)\)$/.exec(expression);
  if (rate) {
    const value = Number(rate[1]);
    // A value of 1 has the singular, others the plural.
    if (value < 1 || (value === 1) !== (rate[3] === "")) throw invalid();
    const every = value * UNITS[rate[2]!]!;
    return { next: (after, from) => from + (Math.floor(Math.max(0, after - from) / every) + 1) * every };
  }
  const cron = /^cron\((.+)\)$/.exec(expression);
  if (!cron) throw invalid();
  return parseCron(cron[1]!);
}

interface Field {
  low: number;
  high: number;
  names?: string[];
}

const MINUTES: Field = { low: 0, high: 59 };
const HOURS: Field = { low: 0, high: 23 };
const DAYS: Field = { low: 1, high: 31 };
const MONTHS: Field = { low: 1, high: 12, names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"] };
/** 1 is Sunday. */
const WEEKDAYS: Field = { low: 1, high: 7, names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] };
const YEARS: Field = { low: 1970, high: 2199 };

/**
 * The six fields of AWS (User Guide, "Cron expressions"): minutes, hours, day of month, month, day of week, year. One of the
 * two days is `?`. No library reads exactly these: their days of the week start at 0, their years and `?` differ.
 */
function parseCron(text: string): Schedule {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== 6) throw invalid();
  const [minutes, hours, day, month, weekday, year] = parts.map((part) => part.toUpperCase()) as [string, string, string, string, string, string];
  if ((day === "?") === (weekday === "?")) throw invalid();
  const wanted = {
    minutes: values(minutes, MINUTES),
    hours: values(hours, HOURS),
    months: new Set(values(month, MONTHS)),
    years: new Set(values(year, YEARS)),
  };
  const isDay = day === "?" ? weekdayTest(weekday) : dayTest(day);
  return { next: (after) => nextOf(wanted, isDay, after) };
}

function nextOf(
  wanted: { minutes: number[]; hours: number[]; months: Set<number>; years: Set<number> },
  isDay: DayTest,
  after: number,
): number | undefined {
  const last = Math.max(...wanted.years);
  // The first whole minute after.
  const start = Math.floor(after / 60_000) * 60_000 + 60_000;
  const date = new Date(start);
  date.setUTCHours(0, 0, 0, 0);
  while (date.getUTCFullYear() <= last) {
    if (!wanted.years.has(date.getUTCFullYear())) {
      date.setUTCFullYear(date.getUTCFullYear() + 1, 0, 1);
    } else if (!wanted.months.has(date.getUTCMonth() + 1)) {
      date.setUTCMonth(date.getUTCMonth() + 1, 1);
    } else {
      if (isDay(date)) {
        for (const hour of wanted.hours) {
          for (const minute of wanted.minutes) {
            const at = date.getTime() + hour * 3_600_000 + minute * 60_000;
            if (at >= start) return at;
          }
        }
      }
      date.setUTCDate(date.getUTCDate() + 1);
    }
  }
  return undefined;
}

/** The values of a field with `,` `-` `*` and `/`, in order. */
function values(text: string, field: Field): number[] {
  const found = new Set<number>();
  for (const part of text.split(",")) {
    const match = /^(\*|[A-Z0-9]+)(?:-([A-Z0-9]+))?(?:\/(\d+))?$/.exec(part);
    if (!match || (match[1] === "*" && match[2])) throw invalid();
    const step = match[3] === undefined ? 1 : Number(match[3]);
    const from = match[1] === "*" ? field.low : valueOf(match[1]!, field);
    const to =
      match[1] === "*" || (match[3] !== undefined && match[2] === undefined) ? field.high : match[2] === undefined ? from : valueOf(match[2], field);
    if (step < 1) throw invalid();
    // A range such as FRI-MON goes over the end.
    const length = to >= from ? to - from : to + (field.high - field.low + 1) - from;
    for (let i = 0; i <= length; i += step) found.add(((from + i - field.low) % (field.high - field.low + 1)) + field.low);
  }
  return [...found].sort((a, b) => a - b);
}

function valueOf(text: string, field: Field): number {
  const named = field.names?.indexOf(text) ?? -1;
  const value = named >= 0 ? named + field.low : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= field.low && value <= field.high)) throw invalid();
  return value;
}

type DayTest = (date: Date) => boolean;

const daysIn = (date: Date): number => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();

/** `L` is the month's last day, `3W` the weekday nearest to its third. */
function dayTest(text: string): DayTest {
  if (text === "L") return (date) => date.getUTCDate() === daysIn(date);
  if (text === "LW") return (date) => date.getUTCDate() === nearestWeekday(date, daysIn(date));
  const nearest = /^(\d+)W$/.exec(text);
  if (nearest) {
    const wanted = valueOf(nearest[1]!, DAYS);
    return (date) => wanted <= daysIn(date) && date.getUTCDate() === nearestWeekday(date, wanted);
  }
  const days = new Set(values(text, DAYS));
  return (date) => days.has(date.getUTCDate());
}

/** The weekday nearest to a day, within its month. */
function nearestWeekday(date: Date, day: number): number {
  const weekday = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), day)).getUTCDay();
  if (weekday === 6) return day === 1 ? 3 : day - 1;
  if (weekday === 0) return day === daysIn(date) ? day - 2 : day + 1;
  return day;
}

/** `L` is Saturday, `6L` the month's last Friday, `3#2` its second Tuesday. */
function weekdayTest(text: string): DayTest {
  if (text === "L") return (date) => date.getUTCDay() === 6;
  const last = /^([A-Z0-9]+)L$/.exec(text);
  if (last) {
    const wanted = valueOf(last[1]!, WEEKDAYS);
    return (date) => date.getUTCDay() + 1 === wanted && date.getUTCDate() > daysIn(date) - 7;
  }
  const nth = /^([A-Z0-9]+)#([1-5])$/.exec(text);
  if (nth) {
    const [wanted, count] = [valueOf(nth[1]!, WEEKDAYS), Number(nth[2])];
    return (date) => date.getUTCDay() + 1 === wanted && Math.ceil(date.getUTCDate() / 7) === count;
  }
  const days = new Set(values(text, WEEKDAYS));
  return (date) => days.has(date.getUTCDay() + 1);
}

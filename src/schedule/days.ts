import { numberOf, numbersOf } from "./fields.ts";

/** The days of a month (1-12) of a year that a field chooses, in order. */
export type DayRule = (year: number, month: number) => number[];

const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const lengthOf = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

/** 1 for Sunday to 7 for Saturday. */
const weekdayOf = (year: number, month: number, day: number): number => new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;

const daysUpTo = (length: number): number[] => Array.from({ length }, (_, index) => index + 1);

/** Numbers, `L` (the last day), `L-3`, `LW` (the last weekday), `15W` (the weekday nearest to the 15th, in the same month). */
export function daysOfMonth(field: string): DayRule | undefined {
  return union(field, (part) => {
    const [, back] = /^L(?:-(\d{1,2}))?$/.exec(part) ?? [];
    if (part === "L" || back !== undefined) {
      return (year, month) => [lengthOf(year, month) - Number(back ?? 0)].filter((day) => day >= 1);
    }
    if (part === "LW") return (year, month) => [nearestWeekday(year, month, lengthOf(year, month))];
    const [, near] = /^(\d{1,2})W$/.exec(part) ?? [];
    if (near !== undefined) {
      const day = numberOf(near, 1, 31, []);
      return day === undefined ? undefined : (year, month) => (day > lengthOf(year, month) ? [] : [nearestWeekday(year, month, day)]);
    }
    const numbers = numbersOf(part, 1, 31);
    return numbers && ((year, month) => daysUpTo(lengthOf(year, month)).filter((day) => numbers.has(day)));
  });
}

function nearestWeekday(year: number, month: number, day: number): number {
  const weekday = weekdayOf(year, month, day);
  if (weekday === 7) return day > 1 ? day - 1 : day + 2;
  if (weekday === 1) return day < lengthOf(year, month) ? day + 1 : day - 2;
  return day;
}

/** Numbers or names (1 is SUN), `6L` (the last Friday), `L` (Saturday, the last day of the week), `3#2` (the second Tuesday). */
export function daysOfWeek(field: string): DayRule | undefined {
  return union(field, (part) => {
    if (part === "L") return onWeekdays(new Set([7]));
    const [, weekday, last, which] = /^([A-Za-z0-9]+?)(?:(L)|#([1-5]))$/.exec(part) ?? [];
    if (weekday !== undefined) {
      const number = numberOf(weekday, 1, 7, WEEKDAYS);
      if (number === undefined) return undefined;
      const all = onWeekdays(new Set([number]));
      return (year, month) => all(year, month).slice(...(last ? [-1] : [Number(which) - 1, Number(which)]));
    }
    const numbers = numbersOf(part, 1, 7, WEEKDAYS);
    return numbers && onWeekdays(numbers);
  });
}

const onWeekdays =
  (weekdays: ReadonlySet<number>): DayRule =>
  (year, month) =>
    daysUpTo(lengthOf(year, month)).filter((day) => weekdays.has(weekdayOf(year, month, day)));

/** A list of parts: the days of all of them. */
function union(field: string, read: (part: string) => DayRule | undefined): DayRule | undefined {
  const rules = field.split(",").map(read);
  if (!rules.every((rule) => rule !== undefined)) return undefined;
  return (year, month) => [...new Set(rules.flatMap((rule) => rule(year, month)))].sort((a, b) => a - b);
}

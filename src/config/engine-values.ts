import { line } from "./pieces.ts";
import { nearest } from "./problems.ts";
import { parseSchedule } from "../schedule/schedule.ts";
import { TORN } from "./check.ts";
import { ok, refuse, text } from "./values.ts";

const LONGEST_PATTERN = 128;
/** Elastic Load Balancing user guide, "Condition types for listener rules", path conditions. */
const PATTERN = "^/[A-Za-z0-9_.$/~\"'@:+&*?-]*$";

/**
 * A path pattern of a listener rule: `*` stands for any characters, also for slashes and for none, `?` for exactly one; case
 * matters. `/api/auth/*` does not match `/api/auth`.
 */
export function pathPattern(description: string) {
  return text(
    (input) => {
      if (input.length > LONGEST_PATTERN) return refuse(`a path pattern of ${input.length} characters is too long`);
      return new RegExp(PATTERN).test(input) ? ok(input) : refuse(`"${input}" is not a path pattern`, guessPattern(input));
    },
    {
      description,
      allowed: "a path that begins with /, with * (any characters) and ? (one), at most 128 characters: letters, digits and _ - . $ / ~ \" ' @ : + &",
      pattern: PATTERN,
    },
  );
}

function guessPattern(input: string): string | undefined {
  const tries = [
    `/${input}`,
    input
      .trim()
      .replace(/^[a-z]+:\/\/[^/]*/i, "")
      .replace(/[?#].*=.*$/, ""),
    input.trim().replace(/[{<:][A-Za-z]+[}>]?/g, "*"),
  ];
  return tries.find((guess) => guess !== input && new RegExp(PATTERN).test(guess));
}

function does(what: () => unknown): boolean {
  try {
    what();
    return true;
  } catch {
    return false;
  }
}

/** A regular expression, as JavaScript reads it. */
export const userAgent = text(
  (input) => {
    if (input.trim() === "") return refuse("it is empty, and would match every user agent");
    return does(() => new RegExp(input, "i")) ? ok(input) : refuse(`"${input}" is not a regular expression`, escaped(input));
  },
  {
    description: "A regular expression, compared with the User-Agent header without case.",
    allowed: "a regular expression, such as UptimeRobot|Pingdom",
  },
);

const escaped = (input: string): string => input.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&");

const CRON = "^cron\\([0-9A-Za-z,*/?#-]+(?: [0-9A-Za-z,*/?#-]+){5}\\)$";

const QUOTED = '"cron(5,35 * * * ? *)"';

export const CRON_ALLOWED = "cron(minutes hours day-of-month month day-of-week year) with ? for one of the two days, such as cron(0 7 ? * MON-FRI *)";

/** @returns why it is no cron expression of EventBridge Scheduler */
export function cronProblem(input: string): ReturnType<typeof refuse> | undefined {
  if (/^cron\([^)]*$/.test(input)) return refuse(`${TORN}: the expression needs quotes`, QUOTED);
  if (input.startsWith("at(")) return refuse("at() comes once, and a schedule ticks again and again; rouse run runs a task now");
  if (!new RegExp(CRON).test(input)) return refuse(`"${input}" is not a cron expression of six fields`, guessCron(input));
  const fields = input.slice("cron(".length, -1).split(" ");
  const days = [fields[2], fields[4]].filter((field) => field === "?").length;
  if (days !== 1) return refuse("of day of month and day of week one, and only one, is ?", guessDays(fields));
  return parseSchedule(input) ? undefined : refuse(`a field of "${input}" has a value that there is not`);
}

/**
 * A schedule of EventBridge Scheduler with six fields: minutes, hours, day of month, month, day of week, year. One of the two
 * days must be `?` (EventBridge Scheduler user guide, "Schedule types", cron-based schedules).
 */
export const cron = text((input) => cronProblem(input) ?? ok(input), {
  description: "Minutes, hours, day of month, month, day of week, year.",
  allowed: CRON_ALLOWED,
  pattern: CRON,
});

/** The five fields of crontab have no year and no `?`. */
function guessCron(input: string): string | undefined {
  const fields = input
    .trim()
    .replace(/^cron\s*\(|\)$/gi, "")
    .trim()
    .split(/\s+/);
  if (fields.length === 5) fields.push("*");
  return fields.length === 6 ? guessDays(fields) : undefined;
}

/** Puts `?` for the day that says nothing; undefined where both say something, or neither. */
function guessDays([minutes, hours, day, month, weekday, year]: (string | undefined)[]): string | undefined {
  const free = (field: string | undefined) => field === "*" || field === "?";
  const days = free(weekday) ? [free(day) ? "*" : day, month, "?"] : free(day) ? ["?", month, weekday] : undefined;
  const guess = days && `cron(${[minutes, hours, ...days, year].join(" ")})`;
  return guess !== undefined && new RegExp(CRON).test(guess) ? guess : undefined;
}

/** A time zone of the IANA database that this Node.js knows. */
export const timeZone = text(
  (input) => {
    // "+02:00" is an offset for Intl, and no name for Scheduler.
    if (/^[A-Za-z]/.test(input) && does(() => new Intl.DateTimeFormat("en", { timeZone: input }))) return ok(input);
    return refuse(`"${input}" is not a time zone`, nearest(input.replace(/ /g, "_"), Intl.supportedValuesOf("timeZone")));
  },
  { description: "Name of a time zone, with its summer time.", allowed: "a name of the IANA time zone database, such as Europe/Berlin or UTC" },
);

/** An ARN of one service, perhaps of one kind of resource. @param example one such ARN */
export function arn(of: { service: string; resource: string; description: string; example: string }) {
  return line({
    description: of.description,
    allowed: `an ARN such as ${of.example}`,
    pattern: `^arn:aws[a-z-]*:${of.service}:${of.service === "iam" ? "" : "[a-z0-9-]+"}:\\d{12}:${of.resource}$`,
  });
}

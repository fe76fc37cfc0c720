import { z } from "zod";

/** What a text value may be refused with: shown to the user with the file, line and column. */
export interface Refusal {
  readonly message: string;
  readonly suggestion?: string;
}

type Parsed<T> = { readonly value: T } | { readonly refusal: Refusal };

/** What every key of the schema says about itself: the docs, the JSON Schema and the error reports read it. */
export interface Meaning {
  /** One sentence or two, with the unit. */
  readonly description: string;
  /** What may stand there, in words that follow "allowed:". */
  readonly allowed: string;
  /** A regular expression for editors; the parser remains the judge. */
  readonly pattern?: string;
  readonly examples?: readonly unknown[];
}

export const ok = <T>(value: T): Parsed<T> => ({ value });
export const refuse = (message: string, suggestion?: string): { refusal: Refusal } => ({
  refusal: suggestion === undefined ? { message } : { message, suggestion },
});

/** A text that `parse` turns into something else, refused with a reason where it cannot. */
export function text<T>(parse: (text: string) => Parsed<T>, meaning: Meaning) {
  return z
    .string()
    .transform((input, context): T => {
      // Nothing that is checked here is longer, and a pattern may take quadratic time.
      const parsed = input.length > 1000 ? refuse(`a text of ${input.length} characters is too long`) : parse(input);
      if ("value" in parsed) return parsed.value;
      const { message, suggestion } = parsed.refusal;
      context.issues.push({ code: "custom", message, input, params: { suggestion } });
      return z.NEVER;
    })
    .meta({ ...meaning });
}

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const DURATION = "^(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?$";

/** `7m`, `8h`, `30s`, `1h30m` → seconds; undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  const match = text === "" ? null : new RegExp(DURATION).exec(text);
  if (!match) return undefined;
  return match
    .slice(1)
    .filter((part) => part !== undefined)
    .reduce((sum, part) => sum + Number(part.slice(0, -1)) * SECONDS[part.slice(-1) as keyof typeof SECONDS], 0);
}

/** Seconds → the shortest way to write them: 420 → `7m`, 5400 → `1h30m`. */
export function formatDuration(seconds: number): string {
  const parts = (["d", "h", "m", "s"] as const).map((unit) => {
    const count = Math.floor(seconds / SECONDS[unit]);
    seconds -= count * SECONDS[unit];
    return count > 0 ? `${count}${unit}` : "";
  });
  return parts.join("") || "0s";
}

/** `7 min`, `2 hours`, `90` → what was probably meant. */
function guessDuration(text: string, unit: "m" | "s"): string | undefined {
  const match = /^\s*(\d+)\s*(s|m|h|d)[a-z]*\s*$/i.exec(text);
  if (match) return `${match[1]}${match[2]!.toLowerCase()}`;
  return /^\d+$/.test(text) ? `${text}${unit}` : undefined;
}

/** A duration of `min` to `max` seconds, in whole minutes where `wholeMinutes`. Output: seconds. */
export function duration(description: string, limits: { min: number; max: number; wholeMinutes?: boolean }) {
  const range = `${formatDuration(limits.min)} to ${formatDuration(limits.max)}${limits.wholeMinutes ? ", whole minutes" : ""}`;
  return text(
    (input) => {
      const seconds = parseDuration(input);
      if (seconds === undefined) return refuse(`"${input}" is not a duration`, guessDuration(input, limits.wholeMinutes ? "m" : "s"));
      if (seconds < limits.min) return refuse(`${input} is too short`, formatDuration(limits.min));
      if (seconds > limits.max) return refuse(`${input} is too long`, formatDuration(limits.max));
      if (limits.wholeMinutes && seconds % 60 !== 0)
        return refuse(`${input} is not a whole number of minutes`, formatDuration(Math.ceil(seconds / 60) * 60));
      return ok(seconds);
    },
    { description, allowed: `a duration such as 30s, 7m, 8h or 1h30m (${range})`, pattern: DURATION },
  );
}

const INSTANCE_TYPE = "^([a-z][a-z0-9-]*)\\.((?:metal|nano|micro|small|medium|large|xlarge|\\d+xlarge)(?:-[a-z0-9]+)*)$";

export type Architecture = "arm64" | "x86_64";

/**
 * The processor of an instance type: a "g" right after the generation's number is a Graviton (t4g, m7gd, c7gn, x2gd), and a1
 * was the first of them. `g5.xlarge` is a graphics family, and its letter stands before the number.
 * Source: EC2 user guide, "Amazon EC2 instance type naming conventions".
 */
export function architectureOf(instanceType: string): Architecture {
  const family = instanceType.split(".")[0] ?? "";
  return family === "a1" || /^[a-z]+\d+g/.test(family) ? "arm64" : "x86_64";
}

function guessInstanceType(text: string): string | undefined {
  const plain = text.trim().toLowerCase().replace(/\s+/g, "");
  const joined = /^([a-z]+\d+[a-z]*?)[-_.]*(nano|micro|small|medium|\d*xlarge|large|metal)$/.exec(plain);
  if (joined) return `${joined[1]}.${joined[2]}`;
  const swapped = /^(nano|micro|small|medium|\d*xlarge|large|metal)\.([a-z]+\d+[a-z]*)$/.exec(plain);
  return swapped ? `${swapped[2]}.${swapped[1]}` : undefined;
}

export const instanceType = text(
  (input) => {
    const match = new RegExp(INSTANCE_TYPE).exec(input);
    return match && /\d/.test(match[1]!) ? ok(input) : refuse(`"${input}" does not look like an EC2 instance type`, guessInstanceType(input));
  },
  {
    description: "EC2 instance type. The processor follows from it: families such as t4g and m7g are arm64, all others x86_64.",
    allowed: "<family>.<size>, such as t4g.small or m5.large",
    pattern: INSTANCE_TYPE,
    examples: ["t4g.small", "m5.large"],
  },
);

export interface Port {
  /** 1 to 65535; the container's port, and the one that clients connect to. */
  readonly port: number;
  readonly protocol: "tcp" | "udp";
}

export function parsePort(input: string): Parsed<Port> {
  const match = /^(\d+)(?:\/([^/]*))?$/.exec(input);
  if (!match) {
    const guess = /^(?:\d+:)?(\d+)\s*[/:\s]?\s*(tcp|udp)?$/i.exec(input.trim());
    return refuse(`"${input}" is not a port`, guess ? `${guess[1]}/${(guess[2] ?? "tcp").toLowerCase()}` : undefined);
  }
  const port = Number(match[1]);
  if (port < 1 || port > 65_535) return refuse(`port ${match[1]} is out of range`);
  const protocol = match[2] ?? "tcp";
  if (protocol === "tcp" || protocol === "udp") return ok({ port, protocol });
  const near = /^[tcps]{2,4}$/i.test(protocol) ? "tcp" : /^[udp]{2,4}$/i.test(protocol) ? "udp" : undefined;
  return refuse(`unknown protocol "${protocol}"`, near ? `${port}/${near}` : undefined);
}

const PORT_MEANING: Meaning = {
  description: "A port of the container, which is also the one that clients connect to. Without a protocol it is TCP.",
  allowed: "1 to 65535, then /tcp or /udp, such as 25565/tcp",
  examples: ["25565/tcp", "19132/udp"],
};

/** `25565/tcp`, `19132/udp`, `8080` (text or number; TCP). */
export const port = z
  .union([z.string(), z.number()])
  .transform((input, context): Port => {
    const parsed = parsePort(String(input));
    if ("value" in parsed) return parsed.value;
    context.issues.push({ code: "custom", message: parsed.refusal.message, input, params: { suggestion: parsed.refusal.suggestion } });
    return z.NEVER;
  })
  .meta({ ...PORT_MEANING });

const EMAIL = '^[^\\s@<>()",;:]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\\.)+[A-Za-z]{2,}$';

export const email = text((input) => (new RegExp(EMAIL).test(input) ? ok(input) : refuse(`"${input}" is not an e-mail address`, guessEmail(input))), {
  description: "An e-mail address. AWS sends it one message with a link to confirm the subscription.",
  allowed: "one address, such as admin@example.com",
  pattern: EMAIL,
});

function guessEmail(input: string): string | undefined {
  const guess = input
    .trim()
    .replace(/^.*<(.*)>$/, "$1")
    .replace(/\s*(?:\(at\)|\[at\]| at )\s*/i, "@")
    .replace(/,/g, ".");
  return guess !== input && new RegExp(EMAIL).test(guess) ? guess : undefined;
}

export const DNS_LABEL = "^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$";
/** RFC 1035 with the digits of RFC 1123, lower case: what stands between two dots of a name. */
export const isDnsLabel = (text: string): boolean => new RegExp(DNS_LABEL).test(text);

/** The nearest valid label: `My_Server` → `my-server`; undefined when nothing is left. */
export function guessLabel(text: string): string | undefined {
  const label = text
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 63)
    .replace(/-+$/, "");
  return label !== text && isDnsLabel(label) ? label : undefined;
}

/** Lower case, without the dot at its end; undefined when the text is no domain name. */
export function parseDomain(text: string): string | undefined {
  const name = text.toLowerCase().replace(/\.$/, "");
  const labels = name.split(".");
  return labels.length > 1 && name.length <= 253 && labels.every(isDnsLabel) ? name : undefined;
}

/** What `domain.zone` says where each leaf has a zone of its own. Not a domain name: that has a dot. */
export const PER_LEAF = "perLeaf";

/** A domain name of two labels or more, without the dot at its end. */
export function domainName(description: string) {
  return text(
    (input) => {
      const name = parseDomain(input);
      return name !== undefined ? ok(name) : refuse(`"${input}" is not a domain name`, guessDomain(input));
    },
    { description, allowed: "labels of letters, digits and hyphens with dots between, such as example.com" },
  );
}

function guessDomain(input: string): string | undefined {
  const labels = input
    .trim()
    .toLowerCase()
    .replace(/^[a-z]+:\/\//, "")
    .replace(/[/:].*$/, "")
    .split(".")
    .map((label) => guessLabel(label) ?? label);
  return labels.length > 1 && labels.every(isDnsLabel) ? labels.join(".") : undefined;
}

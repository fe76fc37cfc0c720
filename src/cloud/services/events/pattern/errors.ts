import { LineCounter, isNode, parseDocument } from "yaml";
import { isTooDeep } from "../../../../yaml/too-deep.ts";
import { AwsError } from "../../../core/errors.ts";

/** Where in the pattern a mistake is: the value's path, and whether the reader had read all of it. */
export interface Place {
  path: (string | number)[];
  /** After the whole value; else after its opening character, for strings, arrays and objects. */
  end?: boolean;
  /** Inside a list of anything-but: EventBridge says the place twice. */
  twice?: boolean;
}

/** A mistake in an event pattern, before it is put into AWS's words. */
export class PatternMistake extends Error {
  readonly place: Place | undefined;

  constructor(reason: string, place?: Place) {
    super(reason);
    this.place = place;
  }
}

/**
 * EventBridge's sentence, with the place as its JSON reader (Jackson) writes it: "Event pattern is not valid. Reason: Empty
 * objects are not allowed at [Source: (String)"…"; line: 1, column: 40]" (cloud-custodian/cloud-custodian#6507).
 */
export function invalidPattern(text: string, mistake: PatternMistake): AwsError {
  const where = mistake.place ? position(text, mistake.place) : undefined;
  const at = where ? `\n at [Source: (String)"${text}"; line: ${where.line}, column: ${where.column}]` : "";
  return new AwsError("InvalidEventPatternException", `Event pattern is not valid. Reason: ${mistake.message}${at}${mistake.place?.twice ? at : ""}`);
}

/** Deeper patterns are refused without a place. */
const MOST_LEVELS = 200;

/** JSON is YAML, whose reader keeps the places of values. Only used once a pattern was refused. */
function position(text: string, place: Place): { line: number; column: number } | undefined {
  if (isTooDeep(text, MOST_LEVELS)) return undefined;
  const lines = new LineCounter();
  const document = parseDocument(text, { uniqueKeys: false, lineCounter: lines });
  const node = place.path.length === 0 ? document.contents : document.getIn(place.path, true);
  if (!isNode(node) || !node.range) return undefined;
  const [start, valueEnd] = node.range;
  const opens = /["[{]/.test(text[start] ?? "");
  const { line, col } = lines.linePos(place.end || !opens ? valueEnd : start + 1);
  return { line, column: col };
}

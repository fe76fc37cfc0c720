/**
 * Domain names in two forms. Text as Route 53 keeps it: lower case, a trailing dot, everything but letters, digits, `-` and
 * `_` as a three-digit octal escape (`\052` for `*`; Developer Guide, "DNS domain name format"). And wire: each label after
 * its length byte, without the root's zero byte, as a latin1 string, so that it can be a key and be cut at a label.
 */

/** A name that DNS or Route 53 cannot have; `problem` is Route 53's word for it. */
export class NameError extends Error {
  readonly problem: string;
  constructor(problem: string, name: string) {
    super(`FATAL problem: ${problem} encountered with '${name}'`);
    this.problem = problem;
  }
}

/** Text to wire, with its case. Accepts a missing trailing dot and `\ooo` escapes. @throws NameError */
export function toWire(text: string): string {
  if (text === "" || text === ".") return "";
  let wire = "";
  let label = "";
  const close = (): void => {
    if (label === "") throw new NameError("DomainLabelEmpty (Domain label is empty)", text);
    if (label.length > 63) throw new NameError("DomainLabelTooLong (Domain label is too long)", text);
    wire += String.fromCharCode(label.length) + label;
    label = "";
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === ".") close();
    else if (char === "\\") {
      const octal = /^[0-3][0-7]{2}/.exec(text.slice(at + 1))?.[0];
      if (octal === undefined) throw new NameError("InvalidEscape (A backslash must be followed by three octal digits)", text);
      label += String.fromCharCode(Number.parseInt(octal, 8));
      at += 3;
    } else if (char > "~" || char <= " ") throw new NameError("UnsupportedCharacter (Value contains unsupported characters)", text);
    else label += char;
  }
  if (label !== "") close();
  if (wire.length > 254) throw new NameError("DomainNameTooLong (Domain name is too long)", text);
  return wire;
}

/** Wire to text with a trailing dot; its case is kept. */
export function toText(wire: string): string {
  let text = "";
  for (const label of labels(wire)) text += `${label.replaceAll(/[^A-Za-z0-9_-]/g, octal)}.`;
  return text === "" ? "." : text;
}

const octal = (char: string): string => `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`;

/** The labels of a wire name, from left to right. */
export function labels(wire: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < wire.length; at += wire.charCodeAt(at) + 1) found.push(wire.slice(at + 1, at + 1 + wire.charCodeAt(at)));
  return found;
}

/** The name without its first label. */
export const parent = (wire: string): string => wire.slice(wire.charCodeAt(0) + 1);

/** True for `name` itself and everything below it; compares whole labels. */
export function isWithin(wire: string, zone: string): boolean {
  for (let name = wire; ; name = parent(name)) {
    if (name === zone) return true;
    if (name.length <= zone.length || name === "") return false;
  }
}

/** ASCII letters to lower case and nothing else (RFC 4343): length bytes are below 64 and other bytes have no case. */
export const lower = (wire: string): string =>
  // oxlint-disable-next-line no-control-regex -- asks whether toLowerCase would touch more than ASCII
  /^[\x00-\x7f]*$/.test(wire) ? wire.toLowerCase() : wire.replaceAll(/[A-Z]/g, (char) => char.toLowerCase());

/** As Route 53 keeps and lists it. @throws NameError */
export const normalize = (text: string): string => toText(lower(toWire(text)));

/** What Route 53 sorts by: "DNS name with the labels reversed", `com.example.www.` (ListResourceRecordSets). */
export const sortKey = (text: string): string =>
  `${labels(toWire(text))
    .map((label) => label.replaceAll(/[^A-Za-z0-9_-]/g, octal))
    .reverse()
    .join(".")}.`;

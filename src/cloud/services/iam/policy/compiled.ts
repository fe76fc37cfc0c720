import { parsePolicy, type PolicyDocument, type PolicyKind } from "./document.ts";

/** Documents that have been read before, by text: every request is checked against the same few. */
const known = new Map<string, PolicyDocument>();
const MOST = 2000;

/** Reads a stored document (checked when it was stored), or takes what was read before. */
export function compiled(text: string, kind: PolicyKind): PolicyDocument {
  const key = `${kind} ${text}`;
  let document = known.get(key);
  if (!document) {
    if (known.size >= MOST) known.clear();
    known.set(key, (document = parsePolicy(text, kind)));
  }
  return document;
}

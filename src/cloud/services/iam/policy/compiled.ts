import { parsePolicy, type PolicyDocument, type PolicyKind } from "./document.ts";

/** Documents that have been read before, by kind and text: every request is checked against the same few. */
const known: Record<PolicyKind, Map<string, PolicyDocument>> = { identity: new Map(), resource: new Map(), trust: new Map() };
const MOST = 2000;

/** Reads a stored document (checked when it was stored), or takes what was read before. */
export function compiled(text: string, kind: PolicyKind): PolicyDocument {
  const ofKind = known[kind];
  let document = ofKind.get(text);
  if (!document) {
    if (ofKind.size >= MOST) ofKind.clear();
    ofKind.set(text, (document = parsePolicy(text, kind)));
  }
  return document;
}

import type { OperationSchema } from "./schema.ts";

interface Template {
  segments: string[];
  query: URLSearchParams;
}

const parsed = new Map<string, Template>();

function parseTemplate(uri: string): Template {
  let template = parsed.get(uri);
  if (!template) {
    const [path, query] = uri.split("?");
    template = { segments: segmentsOf(path!), query: new URLSearchParams(query ?? "") };
    parsed.set(uri, template);
  }
  return template;
}

/** A trailing slash says nothing: `/2015-03-31/functions/` and `/2015-03-31/functions` are the same operation. */
const segmentsOf = (path: string): string[] => path.replace(/^\//, "").replace(/\/$/, "").split("/");

/** The labels of a path under a URI template (`/2013-04-01/hostedzone/{Id}`), or undefined where it does not fit. */
export function matchTemplate(uri: string, path: string): Record<string, string> | undefined {
  const { segments } = parseTemplate(uri);
  const given = segmentsOf(path);
  const labels: Record<string, string> = {};
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i]!;
    if (/^\{.+\+\}$/.test(segment)) {
      labels[segment.slice(1, -2)] = decode(given.slice(i).join("/"));
      return given.length > i ? labels : undefined;
    }
    if (i >= given.length) return undefined;
    if (segment.startsWith("{")) labels[segment.slice(1, -1)] = decode(given[i]!);
    else if (segment !== given[i]) return undefined;
  }
  return given.length === segments.length ? labels : undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The operation that a method, path and query mean; where several fit, the one with more literal parts. */
export function routeRest(operations: Iterable<OperationSchema>, method: string, path: string, query: URLSearchParams): OperationSchema | undefined {
  let best: { operation: OperationSchema; literals: number } | undefined;
  for (const operation of operations) {
    if (operation.http?.method !== method) continue;
    const template = parseTemplate(operation.http.uri);
    if (!fitsQuery(template, query) || !matchTemplate(operation.http.uri, path)) continue;
    const literals = template.segments.filter((segment) => !segment.startsWith("{")).length + [...template.query].length;
    if (!best || literals > best.literals) best = { operation, literals };
  }
  return best?.operation;
}

function fitsQuery(template: Template, query: URLSearchParams): boolean {
  return [...template.query].every(([name, value]) => query.has(name) && (value === "" || query.get(name) === value));
}

/** Route keys: `POST /start`, `ANY /{proxy+}`, `$default` ("Create routes for HTTP APIs in API Gateway"). */
export interface RouteKey {
  /** `ANY` for all. */
  method: string;
  /** As written: `/pets/{id}`. */
  path: string;
}

export const DEFAULT_ROUTE = "$default";

const METHODS = new Set(["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]);

/** @returns undefined where the text is no route key; `$default` has none either */
export function parseRouteKey(text: string): RouteKey | undefined {
  const [, method, path] = /^([A-Z]+) (\/\S*)$/.exec(text) ?? [];
  if (method === undefined || path === undefined || !METHODS.has(method)) return undefined;
  const segments = segmentsOf(path);
  const wellFormed = segments.every((segment, index) =>
    segment.includes("{") || segment.includes("}")
      ? /^\{[A-Za-z0-9._-]+\}$/.test(segment) || (/^\{[A-Za-z0-9._-]+\+\}$/.test(segment) && index === segments.length - 1)
      : true,
  );
  return wellFormed ? { method, path } : undefined;
}

const segmentsOf = (path: string): string[] => path.slice(1).split("/");

export interface Match<T> {
  route: T;
  key: RouteKey | undefined;
  pathParameters: Record<string, string>;
}

interface Candidate<T> extends Match<T> {
  /** Lower sorts first: for each segment 0 where it is literal, 1 for a variable, 2 for the rest of the path; then 0 for a method, 1 for ANY. */
  rank: string;
}

/**
 * The route that a request goes to. "API Gateway selects the route with the most-specific match": a full match for a route and
 * method, then one with a greedy path variable, then `$default` ("Routing API requests").
 * @param path without the stage, still percent-encoded
 */
export function chooseRoute<T extends { routeKey: string }>(routes: readonly T[], method: string, path: string): Match<T> | undefined {
  const found = routes
    .map((route) => candidate(route, method, path))
    .filter((one) => one !== undefined)
    .sort((a, b) => (a.rank < b.rank ? -1 : 1));
  if (found[0]) return found[0];
  const fallback = routes.find((route) => route.routeKey === DEFAULT_ROUTE);
  return fallback && { route: fallback, key: undefined, pathParameters: {} };
}

function candidate<T extends { routeKey: string }>(route: T, method: string, path: string): Candidate<T> | undefined {
  const key = parseRouteKey(route.routeKey);
  if (!key || (key.method !== "ANY" && key.method !== method)) return undefined;
  const given = segmentsOf(path);
  const wanted = segmentsOf(key.path);
  const pathParameters: Record<string, string> = {};
  let rank = "";
  for (const [index, segment] of wanted.entries()) {
    const greedy = /^\{(.+)\+\}$/.exec(segment);
    if (greedy) {
      const rest = given.slice(index).join("/");
      if (rest === "") return undefined;
      pathParameters[greedy[1]!] = decode(rest);
      return { route, key, pathParameters, rank: `${rank}2${key.method === "ANY" ? 1 : 0}` };
    }
    const part = given[index];
    if (part === undefined) return undefined;
    const variable = /^\{(.+)\}$/.exec(segment);
    if (variable && part !== "") pathParameters[variable[1]!] = decode(part);
    else if (decode(part) !== segment) return undefined;
    rank += variable ? "1" : "0";
  }
  return given.length === wanted.length ? { route, key, pathParameters, rank: `${rank}${key.method === "ANY" ? 1 : 0}` } : undefined;
}

export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

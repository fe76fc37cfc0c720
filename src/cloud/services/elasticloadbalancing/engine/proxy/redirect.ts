import type { RedirectActionConfig } from "@aws-sdk/client-elastic-load-balancing-v2";

export interface RedirectParts {
  protocol: "http" | "https";
  /** Without port, as sent. */
  host: string;
  /** Of the listener. */
  port: string;
  /** With its leading slash, as sent. */
  path: string;
  /** As sent, without `?`. */
  query: string;
}

/** "couldn't be completed because the URL in the response location header is larger than 8K" (HTTP_Redirect_Url_Limit_Exceeded_Count). */
export const MAX_LOCATION = 8192;

/**
 * The URL of a redirect action. What the action does not name is `#{…}` of its own; `#{path}` has no leading slash
 * (RedirectActionConfig in the API reference).
 * @param portAt which port of this machine stands for a port of the load balancer
 */
export function locationOf(config: RedirectActionConfig, from: RedirectParts, portAt: (port: string) => string = (port) => port): string {
  const values: Record<string, string> = { ...from, path: from.path.replace(/^\//, "") };
  const fill = (text: string): string => text.replaceAll(/#\{(protocol|host|port|path|query)\}/g, (_, name: string) => values[name]!);
  const protocol = fill(config.Protocol ?? "#{protocol}").toLowerCase();
  const hostText = config.Host ?? "#{host}";
  const port = fill(config.Port ?? "#{port}");
  const path = fill(config.Path ?? "/#{path}");
  const query = fill(config.Query ?? "#{query}");
  return `${protocol}://${fill(hostText)}:${hostText === "#{host}" ? portAt(port) : port}${path}${query === "" ? "" : `?${query}`}`;
}

import { STATUS_CODES } from "node:http";

/**
 * What a load balancer says itself, where that is not what Node.js says. Form and reasons are nginx's, which `Server: awselb/2.0` answers like; seen in the
 * Content-Length of answers (162 for 503, 134 for a 301 redirect).
 */
const REASONS: Record<number, string> = {
  301: "Moved Permanently",
  302: "Found",
  400: "Bad Request",
  405: "Not Allowed",
  408: "Request Time-out",
  413: "Request Entity Too Large",
  414: "Request-URI Too Large",
  463: "",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Temporarily Unavailable",
  504: "Gateway Time-out",
  505: "HTTP Version Not Supported",
};

export const SERVER = "awselb/2.0";

export const reasonOf = (status: number): string => REASONS[status] ?? STATUS_CODES[status] ?? "";

export function page(status: number): string {
  const title = `${status} ${reasonOf(status)}`.trimEnd();
  return `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
}

/** A whole answer as text, for a socket that has no HTTP on it any more. */
export function rawAnswer(status: number, now: number): string {
  const body = page(status);
  return (
    `HTTP/1.1 ${status} ${reasonOf(status)}\r\nServer: ${SERVER}\r\nDate: ${new Date(now).toUTCString()}\r\n` +
    `Content-Type: text/html\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`
  );
}

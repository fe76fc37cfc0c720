import type { ServerResponse } from "node:http";
import type { Problem } from "./api-types.ts";
import { SECURITY_HEADERS } from "./guard.ts";
import { CannotDo, type ConsoleSource } from "./source.ts";

/** An answer for programs. */
export function json(response: ServerResponse, body: object, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { ...SECURITY_HEADERS, ...headers, "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}

export function problem(response: ServerResponse, status: number, message: string, headers: Record<string, string> = {}): void {
  const body: Problem = { message };
  json(response, body, status, headers);
}

/** To a person who has opened it, a page; to everything else JSON. */
export function refuse(response: ServerResponse, { status, why }: { status: number; why: string }, accept: string | undefined): void {
  if (!accept?.includes("text/html")) return problem(response, status, why);
  const text = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Rouse</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1.5rem;color-scheme:light dark}code{font-size:1.1em}</style>
<h1>Not this way</h1><p>${escape(why[0]!.toUpperCase() + why.slice(1))}.</p><p><code>rouse open</code> opens the console of a running <code>rouse up</code> or <code>rouse console</code>; both print its address, too.</p></html>`;
  response.writeHead(status, { ...SECURITY_HEADERS, "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
  response.end(text);
}

const escape = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

export function fail(source: ConsoleSource, response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.end();
  if (error instanceof CannotDo) return problem(response, error.status, error.message);
  problem(response, 502, source.explain(error));
}

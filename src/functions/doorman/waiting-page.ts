import { createHash } from "node:crypto";
import type { Phase } from "./phase.ts";
import { SCRIPT } from "./waiting-page-script.ts";
import { STYLE } from "./waiting-page-style.ts";

export interface Waiting {
  readonly service: string;
  readonly phase: Phase;
  /** Why it does not start; undefined while it does. */
  readonly reason?: string;
  /** Until when nothing starts it again, milliseconds. */
  readonly until?: number;
}

const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Nothing from anywhere else; its own style and script by their hashes. */
const POLICY = [
  "default-src 'none'",
  `style-src ${hash(STYLE)}`,
  `script-src ${hash(SCRIPT)}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join("; ");

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);

const STEPS: readonly [Exclude<Phase, "ready">, string][] = [
  ["starting", "Finding a machine"],
  ["image", "Fetching the image"],
  ["container", "Starting the container"],
  ["health", "Waiting for its first answer"],
];

/**
 * The page that a browser sees while the service starts. It asks at its own address how far it is (HEAD with
 * x-rouse-progress), and loads the real page when somebody else than the doorman answers: whatever has no x-rouse-state.
 * Without a script it comes again every five seconds.
 */
export function waitingPage({ service, phase, reason, until }: Waiting): { html: string; policy: string } {
  const name = escaped(service);
  const state = reason === undefined ? "waking" : "crashed";
  const steps = STEPS.map(
    ([id, label]) => `<li data-step="${id}"><span class="dot"></span><span class="what">${label}</span><span class="time"></span></li>`,
  );
  const html = `<!doctype html>
<html lang="en" data-state="${state}" data-phase="${phase}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${state === "waking" ? "Waking" : "Resting"} ${name}…</title>
<noscript><meta http-equiv="refresh" content="5"></noscript>
<style>${STYLE}</style>
</head>
<body>
<main>
<div class="sky" aria-hidden="true"><i class="star"></i><i class="star"></i><i class="star"></i><i class="star"></i><i class="star"></i><i class="star"></i><i class="star"></i><i class="sun"></i><i class="hill far"></i><i class="hill"></i><i class="hill right"></i></div>
<div class="card">
<h1><span class="verb">${state === "waking" ? "Waking" : "Could not wake"}</span> <b>${name}</b></h1>
<p id="say" role="status" aria-live="polite">${state === "waking" ? "It was asleep, as nobody needed it." : until === undefined ? "It could not be started." : "It keeps stopping by itself."}</p>
<ol id="steps">${steps.join("")}</ol>
<div id="trouble">
<p class="reason">${escaped(reason ?? "")}</p>
<p class="until"${until === undefined ? "" : ` data-until="${until}"`}>${until === undefined ? "" : `Not started again before ${new Date(until).toISOString()}.`}</p>
<button id="again" type="button">Try again</button>
</div>
<footer><span id="link" role="status" aria-live="polite">This page opens by itself.</span><span id="elapsed"></span></footer>
</div>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
  return { html, policy: POLICY };
}

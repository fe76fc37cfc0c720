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

/** Without indentation and the lines that are comments: a function sends it, each time. */
const compact = (text: string): string => text.replace(/^\s+/gm, "").replace(/^\/\/.*\n/gm, "");

const style = compact(STYLE).replace(/ ?([{};:,]) ?/g, "$1");
const script = compact(SCRIPT);

/** Nothing from anywhere else; its own style and script by their hashes. */
const POLICY = [
  "default-src 'none'",
  `style-src ${hash(style)}`,
  `script-src ${hash(script)}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join("; ");

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);

const STEPS: readonly { phase: Exclude<Phase, "ready">; label: string; says: string }[] = [
  { phase: "starting", label: "Finding a machine", says: "It was asleep, as nobody needed it." },
  { phase: "image", label: "Fetching the image", says: "Its image is being fetched." },
  { phase: "container", label: "Starting the container", says: "Its container is starting." },
  { phase: "health", label: "Waiting for an answer", says: "It runs, and opens once it answers." },
];

/** Lit by the script as it goes on; here for whoever has none. */
const stepsAt = (at: number): string =>
  STEPS.map(({ phase, label, says }, index) => {
    const mark = index < at ? ' class="done"' : index === at ? ' class="now" aria-current="step"' : "";
    return `<li${mark} data-step="${phase}" data-say="${says}"><span class="dot"></span><span>${label}</span><span class="time"></span></li>`;
  }).join("");

/**
 * The page that a browser sees while the service starts. It asks at its own address how far it is (HEAD with
 * x-rouse-progress), and loads the real page when somebody else than the doorman answers: whatever has no x-rouse-state.
 * Without a script it comes again every five seconds, unless there is trouble: each time would be another attempt.
 */
export function waitingPage({ service, phase, reason, until }: Waiting): { html: string; policy: string } {
  const name = escaped(service);
  const crashed = reason !== undefined;
  const at = phase === "ready" ? STEPS.length : STEPS.findIndex((step) => step.phase === phase);
  const waking = STEPS[at]?.says ?? "It is up. Here it comes.";
  const says = !crashed ? waking : until === undefined ? "It could not be started." : "It keeps stopping by itself.";
  const html = `<!doctype html>
<html lang="en" data-state="${crashed ? "crashed" : "waking"}" data-phase="${phase}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${crashed ? `${name} could not wake` : `Waking ${name}…`}</title>
${crashed ? "" : `<noscript><meta http-equiv="refresh" content="5"></noscript>\n`}<style>${style}</style>
</head>
<body>
<main>
<div class="sky" aria-hidden="true"><i class="stars"></i><i class="stars more"></i><i class="sun"></i><i class="hill far"></i><i class="hill"></i><i class="hill right"></i></div>
<div class="card">
<h1><span class="verb">${crashed ? "Could not wake" : "Waking"}</span> <b>${name}</b></h1>
<p id="say" role="status" aria-live="polite">${says}</p>
<ol>${stepsAt(at)}</ol>
<div id="trouble">
<p class="reason" role="alert">${escaped(reason ?? "")}</p>
<p class="until"${until === undefined ? "" : ` data-until="${until}"`}>${until === undefined ? "" : `It is not started again before ${new Date(until).toISOString()}.`}</p>
<a id="again" href="">Try again</a>
</div>
<footer><span id="link" role="status" aria-live="polite">This page opens by itself.</span><span id="elapsed"></span></footer>
</div>
</main>
<script>${script}</script>
</body>
</html>
`;
  return { html, policy: POLICY };
}

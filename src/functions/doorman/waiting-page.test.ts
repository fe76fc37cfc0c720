import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { waitingPage } from "./waiting-page.ts";

const sha256 = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

test("its policy allows its own style and script, and nothing else", () => {
  const { html, policy } = waitingPage({ service: "auth", phase: "starting" });
  const [, style] = /<style>(.*?)<\/style>/s.exec(html)!;
  const [, script] = /<script>(.*?)<\/script>/s.exec(html)!;
  expect(policy).toContain(`style-src ${sha256(style!)};`);
  expect(policy).toContain(`script-src ${sha256(script!)};`);
  expect(policy).toContain("default-src 'none'");
  expect(html).not.toMatch(/ style=|https?:|@import|url\(/);
});

test("it is small, for it is sent by a function", () => {
  expect(waitingPage({ service: "auth", phase: "starting" }).html.length).toBeLessThan(12_000);
});

test("what the engine or ECS says is text", () => {
  const { html } = waitingPage({ service: "<img src=x>", phase: "starting", reason: `</p><script>alert("1")</script>`, until: 0 });
  expect(html).not.toContain("<img");
  expect(html).not.toContain("<script>alert");
  expect(html).toContain("&#60;img src=x&#62;");
});

test("it works without a script: it comes again by itself, but not to something that does not start", () => {
  const { html } = waitingPage({ service: "auth", phase: "image" });
  expect(html).toContain('<noscript><meta http-equiv="refresh" content="5"></noscript>');
  expect(html).toContain('<li class="now" aria-current="step" data-step="image"');
  expect(html).toContain('<p id="say" role="status" aria-live="polite">Its image is being fetched.</p>');
  const crashed = waitingPage({ service: "auth", phase: "starting", reason: "its container exited with code 3", until: 0 }).html;
  expect(crashed).not.toContain("http-equiv");
  expect(crashed).toContain('<a id="again" href="">Try again</a>');
});

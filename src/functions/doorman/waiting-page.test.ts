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
  expect(waitingPage({ service: "auth", phase: "starting" }).html.length).toBeLessThan(16_384);
});

test("what the engine or ECS says is text", () => {
  const { html } = waitingPage({ service: "<img src=x>", phase: "starting", reason: `</p><script>alert("1")</script>`, until: 0 });
  expect(html).not.toContain("<img");
  expect(html).not.toContain("<script>alert");
  expect(html).toContain("&#60;img src=x&#62;");
});

test("it works without a script, and is read out where something changes", () => {
  const { html } = waitingPage({ service: "auth", phase: "image" });
  expect(html).toContain('<noscript><meta http-equiv="refresh" content="5"></noscript>');
  expect(html).toContain('role="status" aria-live="polite"');
  expect(html).toContain('data-state="waking" data-phase="image"');
});

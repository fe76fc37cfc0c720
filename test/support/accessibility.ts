import type { Page } from "playwright-core";

/**
 * Texts that are hard to read: less than 4.5 to 1 against what is behind them, or 3 to 1 for large ones (WCAG 2.2, 1.4.3).
 * @returns a line for each
 */
export const lowContrast = (page: Page): Promise<string[]> => page.evaluate<string[]>(`(${findLowContrast})()`);

/** Things to press, follow or fill in that a screen reader has no name for, and ids that are there twice. */
export const nameless = (page: Page): Promise<string[]> => page.evaluate<string[]>(`(${findNameless})()`);

// These run in the page, as text: nothing from outside of them is there.

const findLowContrast = `() => {
  const parse = (text) => {
    const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const over = (top, below) => ({
    r: top.r * top.a + below.r * (1 - top.a),
    g: top.g * top.a + below.g * (1 - top.a),
    b: top.b * top.a + below.b * (1 - top.a),
    a: 1,
  });
  const behind = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) layers.push(parse(getComputedStyle(one).backgroundColor));
    return layers.reduceRight((below, top) => over(top, below), { r: 255, g: 255, b: 255, a: 1 });
  };
  const channel = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ({ r, g, b }) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (text === "" || !element.checkVisibility() || /^(SCRIPT|STYLE|NOSCRIPT)$/.test(element.tagName)) continue;
    const style = getComputedStyle(element);
    const below = behind(element);
    const [a, b] = [luminance(over(parse(style.color), below)), luminance(below)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) found.add(ratio.toFixed(2) + ": 1 for " + JSON.stringify(text.slice(0, 40)));
  }
  return [...found];
}`;

const findNameless = `() => {
  const found = [];
  for (const element of document.querySelectorAll("button, a[href], input, select, textarea, [role=tab], [role=img], [role=dialog], dialog, section")) {
    if (!element.checkVisibility()) continue;
    const by = element.getAttribute("aria-labelledby");
    const label = by ? document.getElementById(by)?.textContent : element.getAttribute("aria-label");
    const own = /^(INPUT|SELECT|TEXTAREA|SECTION|DIALOG)$/.test(element.tagName) || element.getAttribute("role") === "img" ? "" : element.textContent;
    if (!(label ?? own ?? "").trim() && !(element.tagName === "SECTION" && !by)) found.push("no name: " + element.outerHTML.slice(0, 80));
  }
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  for (const id of new Set(ids)) if (ids.indexOf(id) !== ids.lastIndexOf(id)) found.push("twice there: #" + id);
  return found;
}`;

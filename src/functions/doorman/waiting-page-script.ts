/**
 * Of the waiting page, in the browser: plain JavaScript that old ones know, and nothing in it that changes from page to
 * page. A comment stands on its own line: those are left out of what is sent.
 */
export const SCRIPT = `(() => {
  "use strict";
  const root = document.documentElement;
  const by = (id) => document.getElementById(id);
  const name = document.querySelector("b").textContent;
  const steps = [...document.querySelectorAll("li")];
  const ORDER = [...steps.map((step) => step.dataset.step), "ready"];
  const began = performance.now();
  const reached = {};
  let phase = root.dataset.phase, failures = 0, asleep = 0, timer = 0, busy = false, left = false;
  const crashed = () => root.dataset.state === "crashed";
  const seconds = (ms) => ms < 9950 ? (ms / 1000).toFixed(1) + " s" : ms < 99500 ? Math.round(ms / 1000) + " s" : Math.floor(ms / 60000) + " min " + Math.floor(ms % 60000 / 1000) + " s";
  // Said once: what is set anew is read out anew.
  const say = (id, text) => { if (by(id).textContent !== text) by(id).textContent = text; };

  // How often the page was loaded anew a moment ago: twice in a row it waits longer, so that nothing goes in circles.
  const KEY = "rouse " + location.pathname;
  const loads = () => {
    try {
      const kept = JSON.parse(sessionStorage.getItem(KEY));
      return kept && Date.now() - kept.at < 60000 ? kept : { at: 0, count: 0 };
    } catch { return { at: 0, count: 0 }; }
  };
  const reload = () => {
    if (left) return;
    left = true;
    const kept = loads();
    const wait = kept.at + Math.min(30000, 1000 * 2 ** kept.count) - Date.now();
    setTimeout(() => {
      try { sessionStorage.setItem(KEY, JSON.stringify({ at: Date.now(), count: kept.count + 1 })); } catch {}
      location.reload();
    }, kept.count === 0 ? 0 : Math.max(0, wait));
  };

  const draw = () => {
    if (left || crashed()) return;
    const now = performance.now(), at = ORDER.indexOf(phase);
    steps.forEach((step, index) => {
      step.className = index < at ? "done" : index === at ? "now" : "";
      if (index === at) step.setAttribute("aria-current", "step"); else step.removeAttribute("aria-current");
      const from = reached[ORDER[index]], next = ORDER.slice(index + 1).map((later) => reached[later]).find((time) => time !== undefined);
      step.lastChild.textContent = index > at || from === undefined ? "" : seconds((next === undefined ? now : next) - from);
    });
    by("elapsed").textContent = seconds(now - began) + " in all";
  };
  const enter = (next) => {
    if (!ORDER.includes(next) || next === phase && reached[next] !== undefined) return;
    // Back again: it is another task, and its times are its own.
    if (ORDER.indexOf(next) < ORDER.indexOf(phase)) for (const later of ORDER.slice(ORDER.indexOf(next))) delete reached[later];
    phase = root.dataset.phase = next;
    reached[next] = reached[next] === undefined ? performance.now() : reached[next];
    say("say", next === "ready" ? "It is up. Here it comes." : steps[ORDER.indexOf(next)].dataset.say);
    draw();
  };
  const crash = (reason) => {
    if (crashed()) return;
    root.dataset.state = "crashed";
    document.title = name + " could not wake";
    document.querySelector(".verb").textContent = "Could not wake";
    document.querySelector(".reason").textContent = reason;
    say("say", "It keeps stopping by itself.");
  };

  const ask = async () => {
    if (left || busy) return;
    busy = true;
    clearTimeout(timer);
    let next = 1000;
    try {
      const answer = await fetch(location.href, { method: "HEAD", headers: { "x-rouse-progress": "1" }, cache: "no-store", redirect: "manual", credentials: "same-origin" });
      const state = answer.headers.get("x-rouse-state");
      say("link", "This page opens by itself.");
      root.dataset.link = "up";
      if (state) {
        failures = 0;
        // It has stopped before it was up: whoever asks for the page wakes it again.
        asleep = state === "asleep" ? asleep + 1 : 0;
        if (state === "crashed") crash(decodeURIComponent(answer.headers.get("x-rouse-reason") || ""));
        // Somebody has started it by hand. While it sleeps it is left alone, for this page may stand open for days.
        else if (crashed()) { if (state !== "asleep") reload(); }
        else if (state === "ready") { enter("ready"); next = 400; }
        else if (asleep >= 3) reload();
        else enter(answer.headers.get("x-rouse-phase"));
        if (crashed()) next = 10000;
      }
      // The load balancer itself: for a moment, while it switches over.
      else if (answer.status < 502 || answer.status > 504 || ++failures >= 15) {
        enter("ready");
        document.title = name + " is up";
        reload();
      }
    } catch {
      failures++;
      next = Math.min(15000, 1000 * 2 ** Math.min(failures, 4));
      root.dataset.link = "down";
      say("link", "No connection. Trying again…");
    } finally {
      busy = false;
      if (!left) timer = setTimeout(ask, document.hidden ? Math.max(next, 4000) : next);
    }
  };

  by("again").addEventListener("click", (event) => { event.preventDefault(); location.reload(); });
  const until = document.querySelector(".until");
  if (until.dataset.until) {
    const at = new Date(Number(until.dataset.until));
    until.textContent = "It is not started again before " + at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) + ", unless somebody starts it by hand.";
  }
  addEventListener("online", ask);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  reached[phase] = began;
  draw();
  setInterval(draw, matchMedia("(prefers-reduced-motion: reduce)").matches ? 1000 : 100);
  timer = setTimeout(ask, crashed() ? 10000 : 500);
})();`;

/** Of the waiting page, in the browser: plain JavaScript that old ones know, and nothing in it that changes from page to page. */
export const SCRIPT = `(() => {
  "use strict";
  const root = document.documentElement;
  const by = (id) => document.getElementById(id);
  const ORDER = ["starting", "image", "container", "health", "ready"];
  const SAY = {
    starting: "It was asleep, as nobody needed it.",
    image: "Its image is being fetched.",
    container: "Its container is starting.",
    health: "It runs. It opens as soon as it answers.",
    ready: "It is up. Here it comes."
  };
  const began = performance.now();
  const reached = {};
  let phase = root.dataset.phase, failures = 0, asleep = 0, timer = 0, busy = false, over = root.dataset.state === "crashed";
  const seconds = (ms) => ms < 9950 ? (ms / 1000).toFixed(1) + " s" : ms < 100000 ? Math.round(ms / 1000) + " s" : Math.floor(ms / 60000) + " min " + Math.round(ms % 60000 / 1000) + " s";
  const say = (text) => { if (by("say").textContent !== text) by("say").textContent = text; };
  const link = (text) => { by("link").textContent = text; };

  // How often the page was loaded anew a moment ago: twice in a row it waits longer, so that nothing goes in circles.
  const KEY = "rouse " + location.pathname;
  const loads = () => {
    try {
      const kept = JSON.parse(sessionStorage.getItem(KEY));
      return kept && Date.now() - kept.at < 60000 ? kept : { at: 0, count: 0 };
    } catch { return { at: 0, count: 0 }; }
  };
  const reload = () => {
    if (over) return;
    over = true;
    const kept = loads();
    const wait = Math.max(0, kept.at + Math.min(30000, 1000 * 2 ** kept.count) - Date.now());
    setTimeout(() => {
      try { sessionStorage.setItem(KEY, JSON.stringify({ at: Date.now(), count: kept.count + 1 })); } catch {}
      location.reload();
    }, kept.count === 0 ? 0 : wait);
  };

  const draw = () => {
    const now = performance.now(), at = ORDER.indexOf(phase);
    for (const step of by("steps").children) {
      const id = step.dataset.step, index = ORDER.indexOf(id);
      step.className = index < at ? "done" : index === at ? "now" : "";
      if (index === at) step.setAttribute("aria-current", "step"); else step.removeAttribute("aria-current");
      const from = reached[id], next = ORDER.slice(index + 1).map((later) => reached[later]).find((time) => time !== undefined);
      step.lastChild.textContent = index > at || from === undefined ? "" : seconds((next === undefined ? now : next) - from);
    }
    by("elapsed").textContent = seconds(now - began);
  };
  const enter = (next) => {
    if (!ORDER.includes(next) || next === phase && reached[next] !== undefined) return;
    // Back again: it is another task, and its times are its own.
    if (ORDER.indexOf(next) < ORDER.indexOf(phase)) for (const later of ORDER.slice(ORDER.indexOf(next))) delete reached[later];
    phase = next;
    root.dataset.phase = next;
    if (reached[next] === undefined) reached[next] = performance.now();
    say(SAY[next]);
    draw();
  };
  const crashed = (reason) => {
    over = true;
    root.dataset.state = "crashed";
    document.title = document.title.replace("Waking", "Resting");
    document.querySelector(".verb").textContent = "Could not wake";
    document.querySelector(".reason").textContent = reason;
    say("It keeps stopping by itself.");
  };

  const ask = async () => {
    if (over || busy) return;
    busy = true;
    clearTimeout(timer);
    let next = 1000;
    try {
      const answer = await fetch(location.href, { method: "HEAD", headers: { "x-rouse-progress": "1" }, cache: "no-store", redirect: "manual", credentials: "same-origin" });
      const state = answer.headers.get("x-rouse-state");
      link("This page opens by itself.");
      root.dataset.link = "up";
      if (!state && answer.status >= 502 && answer.status <= 504 && ++failures < 15) next = 1000;
      else if (!state) { enter("ready"); document.title = document.title.replace("Waking", "Here comes"); root.dataset.state = "ready"; return reload(); }
      else {
        failures = 0;
        if (state === "crashed") return crashed(decodeURIComponent(answer.headers.get("x-rouse-reason") || ""));
        if (state === "ready") { enter("ready"); next = 400; }
        else if (answer.headers.get("x-rouse-phase")) enter(answer.headers.get("x-rouse-phase"));
        // It has stopped before it was up: whoever asks for the page wakes it again.
        asleep = state === "asleep" ? asleep + 1 : 0;
        if (asleep >= 3) return reload();
      }
    } catch {
      failures++;
      next = Math.min(15000, 1000 * 2 ** Math.min(failures, 4));
      root.dataset.link = "down";
      link("No connection. Trying again in " + Math.round(next / 1000) + " s.");
    } finally {
      busy = false;
      if (!over) timer = setTimeout(ask, document.hidden ? Math.max(next, 4000) : next);
    }
  };

  by("again").addEventListener("click", () => location.reload());
  const until = document.querySelector(".until");
  if (until.dataset.until) {
    const at = new Date(Number(until.dataset.until));
    until.textContent = "It is left alone until " + at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) + ", unless somebody starts it by hand.";
  }
  addEventListener("online", ask);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  if (over) return;
  reached[phase] = began;
  draw();
  setInterval(() => { if (!over) draw(); }, 100);
  timer = setTimeout(ask, 500);
})();`;

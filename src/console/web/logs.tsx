import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { LogLineView, Problem } from "../api-types.ts";
import { clockOf } from "./words.ts";

/** So many lines stay on the page. */
const MOST = 5000;
/** Seconds that it looks back. */
const SINCE = 3600;

/**
 * A leaf's log, followed live. The lines are put into the page by hand, a frame's worth at a time: thousands of them in a second would
 * be too many for a component each.
 */
export function Logs({ leaf }: { leaf: string }) {
  const box = useRef<HTMLDivElement>(null);
  const log = useRef<Tail | undefined>(undefined);
  const filter = useSignal("");
  const wrap = useSignal(true);
  const paused = useSignal(false);
  const waiting = useSignal(0);
  const wrong = useSignal<string | undefined>(undefined);
  const any = useSignal(false);
  useEffect(() => {
    const tail = new Tail(box.current!, (held) => (waiting.value = held));
    log.current = tail;
    const source = new EventSource(`/api/leaves/${encodeURIComponent(leaf)}/logs?since=${SINCE}`);
    source.addEventListener("line", ({ data }: MessageEvent<string>) => {
      wrong.value = undefined;
      any.value = true;
      tail.add(JSON.parse(data) as LogLineView);
    });
    source.addEventListener("problem", ({ data }: MessageEvent<string>) => (wrong.value = (JSON.parse(data) as Problem).message));
    // After a break the browser asks anew, for everything: what is there already is not shown twice.
    source.addEventListener("open", () => tail.again());
    return () => {
      source.close();
      tail.stop();
    };
  }, [leaf]);
  return (
    <div class="logs">
      <div class="tools">
        <input
          type="search"
          placeholder="Filter lines"
          aria-label="Filter lines"
          value={filter.value}
          onInput={(event) => {
            filter.value = event.currentTarget.value;
            log.current?.filter(filter.value);
          }}
        />
        <button
          aria-pressed={paused.value}
          onClick={() => {
            paused.value = !paused.value;
            log.current?.pause(paused.value);
          }}
        >
          {paused.value ? `Go on${waiting.value > 0 ? ` (${waiting.value} new)` : ""}` : "Pause"}
        </button>
        <button aria-pressed={wrap.value} onClick={() => (wrap.value = !wrap.value)}>
          Wrap
        </button>
        {wrong.value && <span class="dim small">{wrong.value}</span>}
      </div>
      <div class={`lines ${wrap.value ? "wrap" : ""}`} ref={box} role="log" aria-label={`Log of ${leaf}`} tabIndex={0} />
      {!any.value && !wrong.value && <p class="empty">It has written nothing in the last hour. New lines appear here.</p>}
    </div>
  );
}

/** The lines in the page: kept at the bottom unless somebody has scrolled up. */
class Tail {
  private readonly box: HTMLElement;
  private readonly onHeld: (lines: number) => void;
  private readonly seen = new Set<string>();
  private held: LogLineView[] = [];
  private wanted = "";
  private paused = false;
  private frame = 0;

  constructor(box: HTMLElement, onHeld: (lines: number) => void) {
    this.box = box;
    this.onHeld = onHeld;
  }

  add(line: LogLineView): void {
    this.held.push(line);
    if (this.held.length > MOST) this.held.shift();
    if (this.paused) this.onHeld(this.held.length);
    else this.frame ||= requestAnimationFrame(() => this.show());
  }

  /** The stream begins anew. */
  again(): void {
    this.held = [];
    this.seen.clear();
    for (const element of this.box.children) this.seen.add((element as HTMLElement).dataset["key"] ?? "");
  }

  pause(paused: boolean): void {
    this.paused = paused;
    if (!paused) this.show();
  }

  filter(text: string): void {
    this.wanted = text.toLowerCase();
    for (const element of this.box.children) this.mark(element as HTMLElement);
    this.box.scrollTop = this.box.scrollHeight;
  }

  stop(): void {
    cancelAnimationFrame(this.frame);
  }

  private show(): void {
    this.frame = 0;
    const { box } = this;
    const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
    const fresh = document.createDocumentFragment();
    for (const line of this.held) {
      const key = `${line.at} ${line.task} ${line.message}`;
      if (!this.seen.has(key)) fresh.append(this.element(line, key));
    }
    this.held = [];
    this.onHeld(0);
    box.append(fresh);
    while (box.childElementCount > MOST) box.firstElementChild!.remove();
    if (atEnd) box.scrollTop = box.scrollHeight;
  }

  private element({ at, task, message }: LogLineView, key: string): HTMLElement {
    const element = document.createElement("div");
    element.dataset["key"] = key;
    const time = document.createElement("time");
    time.textContent = clockOf(at);
    time.title = `${at}, task ${task}`;
    element.append(time, message);
    this.mark(element);
    return element;
  }

  private mark(element: HTMLElement): void {
    element.hidden = this.wanted !== "" && !(element.textContent ?? "").toLowerCase().includes(this.wanted);
  }
}

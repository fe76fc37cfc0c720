import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { LeafCard } from "../api-types.ts";
import type { LeafState } from "../../operate/leaf-state.ts";
import { steer } from "./store.ts";

/** A state in words and with a mark of its own form: colour alone says nothing. */
export function State({ state }: { state: LeafState }) {
  return (
    <span class={`state ${state.replaceAll(" ", "-")}`}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        {MARKS[state]}
      </svg>
      {state}
    </span>
  );
}

const MARKS: Record<LeafState, ComponentChildren> = {
  asleep: <circle cx="6" cy="6" r="4" class="line" />,
  "not deployed": <path d="M3 6h6" class="line" />,
  waking: <path d="M2 8a4 4 0 0 1 8 0z" />,
  awake: <circle cx="6" cy="6" r="5" />,
  "falling asleep": <path d="M2 5a4 4 0 0 0 8 0z" />,
  crashed: <path d="M6 .8 11.4 11H.6z" />,
};

/** Something to paste elsewhere. */
export function Copy({ text, label }: { text: string; label?: string }) {
  const copied = useSignal(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    copied.value = true;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => (copied.value = false), 1500);
  };
  return (
    <button class="copy" onClick={() => void copy()} aria-label={`Copy ${label ?? text}`} title="Copy">
      <code>{text}</code>
      <span class="hint" role="status">
        {copied.value ? "copied" : ""}
      </span>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        {copied.value ? <path d="m3 8.5 3.2 3.2L13 5" /> : <path d="M6 2h7v8h-2M3 5h7v8H3z" />}
      </svg>
    </button>
  );
}

/** Wake, sleep, run; what comes of it stands beside them. */
export function Actions({ card }: { card: LeafCard }) {
  const busy = useSignal(false);
  const said = useSignal<{ ok: boolean; message: string } | undefined>(undefined);
  const asked = useSignal(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const { name, can } = card;
  const act = async (what: "wake" | "sleep" | "run"): Promise<void> => {
    asked.value = false;
    busy.value = true;
    clearTimeout(timer.current);
    said.value = await steer(name, what);
    busy.value = false;
    if (said.value.ok) timer.current = setTimeout(() => (said.value = undefined), 4000);
  };
  const sleep = (): void => {
    if (isInUse(card)) asked.value = true;
    else void act("sleep");
  };
  return (
    <div class="actions">
      {asked.value ? (
        <span role="alertdialog" aria-label={`Put ${name} to sleep?`} class="ask">
          Somebody is using it.
          <button class="danger" onClick={() => void act("sleep")}>
            Sleep all the same
          </button>
          {/* The keyboard is where it was, on what does no harm. */}
          <button ref={focus} onClick={() => (asked.value = false)}>
            Leave it
          </button>
        </span>
      ) : (
        <>
          {can.wake && (
            <button class="primary" disabled={busy.value} onClick={() => void act("wake")} aria-label={`Wake ${name}`}>
              Wake
            </button>
          )}
          {can.run && (
            <button class="primary" disabled={busy.value} onClick={() => void act("run")} aria-label={`Run ${name} now`}>
              Run now
            </button>
          )}
          {can.sleep && (
            <button disabled={busy.value} onClick={sleep} aria-label={`Put ${name} to sleep`}>
              Sleep
            </button>
          )}
        </>
      )}
      <span role="status" class={said.value?.ok === false ? "said wrong" : "said"}>
        {said.value?.message}
      </span>
    </div>
  );
}

const focus = (element: HTMLElement | null): void => element?.focus();

/** In one of the last two minutes that were measured. */
function isInUse({ use, status }: LeafCard): boolean {
  if (!use || status.state !== "awake") return false;
  const measured = use.minutes.filter(({ value }) => value !== null).slice(-2);
  const threshold = Math.max(1, use.threshold ?? 1);
  // In bytes, the threshold itself is what stands there for a boot, before anybody could use it.
  return measured.some(({ value }) => (use.unit === "requests" ? value! >= threshold : value! > threshold));
}

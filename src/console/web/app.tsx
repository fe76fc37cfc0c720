import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Help } from "./help.tsx";
import { LeafPage } from "./leaf-page.tsx";
import { LeafList } from "./leaf-list.tsx";
import { addressOf, heardAt, now, overview, problem, route } from "./store.ts";
import { duration, money, totals } from "./words.ts";

export function App() {
  const help = useSignal(false);
  useSignalEffect(() => {
    const name = overview.value?.application ?? "Rouse";
    document.title = route.value.leaf === undefined ? `${name} · Rouse` : `${route.value.leaf} · ${name}`;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (event.key === "?") help.value = !help.value;
      else if (event.key === "Escape" && help.value) help.value = false;
      else if (event.key === "Escape" && route.value.leaf !== undefined) location.hash = addressOf({});
      else if (event.key === "j" || event.key === "k") moveFocus(event.key === "j" ? 1 : -1);
      else if (event.key === "/") {
        const filter = document.querySelector<HTMLInputElement>("input[type=search]");
        if (!filter) return;
        filter.focus();
        event.preventDefault();
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the leaves
      </a>
      <Header onHelp={() => (help.value = true)} />
      <Banner />
      <main id="main" tabIndex={-1} class={problem.value === undefined ? "" : "stale"}>
        {overview.value === undefined ? <Waiting /> : route.value.leaf === undefined ? <LeafList /> : <LeafPage name={route.value.leaf} />}
      </main>
      {help.value && <Help onClose={() => (help.value = false)} />}
    </>
  );
}

const isTyping = (target: EventTarget | null): boolean => target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;

/** The hash is the route, so it is not for leading to a place in the page. */
function skip(event: MouseEvent): void {
  event.preventDefault();
  document.querySelector<HTMLElement>("#main")?.focus();
}

/** To the next leaf, or the one before. */
function moveFocus(by: 1 | -1): void {
  const names = [...document.querySelectorAll<HTMLElement>("[data-leaf] .name a")];
  if (names.length === 0) return;
  const at = names.indexOf(document.activeElement as HTMLElement);
  names[at === -1 ? 0 : Math.min(names.length - 1, Math.max(0, at + by))]!.focus();
}

function Header({ onHelp }: { onHelp: () => void }) {
  const shown = overview.value;
  const leaves = shown?.leaves ?? [];
  return (
    <header>
      <div class="title">
        <a class="home" href={addressOf({})}>
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <path d="M4 21a12 12 0 0 1 24 0z" />
            <path d="M1.5 26h29" />
          </svg>
          <span>{shown?.application ?? "Rouse"}</span>
        </a>
        {shown && (
          <span class="place">
            {shown.environment}
            <span class="dim"> · {shown.region}</span>
            {shown.speed > 1 && <span class="dim"> · time {shown.speed} times faster</span>}
          </span>
        )}
      </div>
      {shown && (
        <div class="totals">
          <span>{totals(leaves.map(({ status }) => status.state))}</span>
          {shown.cost && (
            <span title="What stands and the hours awake, by list prices; what is paid by use is not in it">
              this month <b>{money(shown.cost.soFar)}</b>
              <span class="dim"> · always on {money(shown.cost.always)}</span>
            </span>
          )}
          <time class="dim" dateTime={new Date(now.value).toISOString()} title="The environment's time">
            {new Date(now.value).toLocaleTimeString("en-GB")}
          </time>
          <button class="quiet" onClick={onHelp} aria-label="Keys and words" title="Keys and words (?)">
            ?
          </button>
        </div>
      )}
    </header>
  );
}

function Banner() {
  // Read each second, for its age.
  void now.value;
  return (
    <div class={`banner ${problem.value === undefined ? "" : "shown"}`}>
      {/* Without the age: what changes in it is read aloud. */}
      <b role="alert">{problem.value}</b>
      {problem.value !== undefined && overview.value && <span> Below is what was seen {duration(Date.now() - heardAt.value)} ago.</span>}
    </div>
  );
}

function Waiting() {
  return problem.value === undefined ? (
    <p class="empty" aria-busy="true">
      Looking at what is there …
    </p>
  ) : null;
}

import { useSignal } from "@preact/signals";
import type { Wake } from "../../operate/history-types.ts";
import { now } from "./store.ts";
import { duration, money, shortDuration, when, whySlept } from "./words.ts";

/** The wakes of a leaf, the newest first; one that is opened shows its phases. */
export function LeafHistory({ wakes }: { wakes: readonly Wake[] }) {
  if (wakes.length === 0) return <p class="empty">Nobody has woken it in the last month.</p>;
  return (
    <ol class="wakes">
      {wakes.map((wake) => (
        <Row key={wake.id} wake={wake} />
      ))}
    </ol>
  );
}

function Row({ wake }: { wake: Wake }) {
  const open = useSignal(false);
  const { phases, readyMs, upSeconds, usd, slept, isFalse, wokenBy } = wake;
  const began = phases[0]?.at ?? slept?.at;
  return (
    <li class={isFalse ? "wake false" : "wake"}>
      <button class="wake-line" aria-expanded={open.value} onClick={() => (open.value = !open.value)}>
        <span class="wake-when">{began ? when(Date.parse(began), now.value) : "?"}</span>
        <span class="wake-who">
          {wokenBy}
          {isFalse && <span class="tag">nobody used it</span>}
        </span>
        <span class="wake-ready">{readyMs === null ? (slept ? "never ready" : "on its way") : `ready in ${shortDuration(readyMs)}`}</span>
        <span class="wake-up dim">
          {upSeconds === null ? "" : `up ${duration(upSeconds * 1000)}`}
          {usd === null ? "" : `, ${money(usd)}`}
        </span>
        <span class="wake-why dim">{slept ? whySlept(slept) : upSeconds === null ? "" : "it is up"}</span>
      </button>
      {open.value && <Phases wake={wake} />}
    </li>
  );
}

const NAMES: Record<Wake["phases"][number]["name"], string> = {
  asked: "asked",
  noticed: "noticed",
  desired: "desired",
  instance: "instance in service",
  task: "task pending",
  image: "image there",
  running: "running",
  healthy: "healthy",
  published: "address published",
  traffic: "first traffic",
};

/** A waterfall: each phase from the end of the one before. */
function Phases({ wake }: { wake: Wake }) {
  const { phases, keptUp, address } = wake;
  const start = Date.parse(phases[0]?.at ?? "");
  const end = Math.max(...phases.filter(({ name }) => name !== "traffic").map(({ at }) => Date.parse(at)), start + 1);
  const share = (ms: number): number => Math.min(100, Math.max(0, (ms / (end - start)) * 100));
  return (
    <div class="phases">
      <ol>
        {phases.map(({ name, at }, i) => {
          const from = i === 0 ? start : Date.parse(phases[i - 1]!.at);
          const took = Date.parse(at) - from;
          return (
            <li key={name}>
              <span>{NAMES[name]}</span>
              <span class="bar" aria-hidden="true">
                <i style={{ left: `${share(from - start)}%`, width: `${Math.max(0.6, share(Date.parse(at) - start) - share(from - start))}%` }} />
              </span>
              <span class="took">{i === 0 ? new Date(start).toLocaleTimeString("en-GB") : `+${shortDuration(took)}`}</span>
            </li>
          );
        })}
      </ol>
      {address && <p class="dim small">Reached at {address}.</p>}
      {keptUp && <p class="dim small">Kept up: {keptUp}.</p>}
    </div>
  );
}

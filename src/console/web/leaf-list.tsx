import { useSignal } from "@preact/signals";
import type { LeafCard } from "../api-types.ts";
import { Actions, Copy, State } from "./parts.tsx";
import { Sparkline } from "./sparkline.tsx";
import { addressOf, now, overview } from "./store.ts";
import { byUrgency, money, stateWords, when, withLocalTimes } from "./words.ts";

/** So many can be seen at once without a filter. */
const MANY = 8;

export function LeafList() {
  const filter = useSignal("");
  const all = overview.value!.leaves;
  const wanted = filter.value.trim().toLowerCase();
  const leaves = all
    .filter(({ name, status, wakes }) => `${name} ${status.state} ${wakes}`.toLowerCase().includes(wanted))
    .toSorted((a, b) => byUrgency(a.status, b.status));
  if (all.length === 0) return <p class="empty">This project has no leaves yet: rouse init writes a first one.</p>;
  return (
    <>
      {all.length > MANY && (
        <div class="filter">
          <input
            type="search"
            placeholder="Filter by name or state  ( / )"
            aria-label="Filter the leaves"
            value={filter.value}
            onInput={(event) => (filter.value = event.currentTarget.value)}
          />
          <span class="dim" role="status">
            {wanted === "" ? `${all.length} leaves` : `${leaves.length} of ${all.length}`}
          </span>
        </div>
      )}
      <ul class="leaves">
        {leaves.map((card) => (
          <Row key={card.name} card={card} />
        ))}
      </ul>
      {leaves.length === 0 && <p class="empty">No leaf is like “{filter.value}”.</p>}
    </>
  );
}

function Row({ card }: { card: LeafCard }) {
  const { name, status, copy, use, cost, wakes } = card;
  return (
    <li class={`leaf ${status.state.replaceAll(" ", "-")}`} data-leaf={name} data-state={status.state}>
      <div class="who">
        <h2 class="name">
          <a href={addressOf({ leaf: name })}>{name}</a>
        </h2>
        <span class="dim small">{card.kind === "service" ? "always on" : `wakes by ${wakes}`}</span>
      </div>
      <div class="how">
        <State state={status.state} />
        <span class="dim small">{stateWords(status, use?.sleepsAt ?? null, now.value)}</span>
      </div>
      <div class="where">{copy === null ? <Extra card={card} /> : <Copy text={copy} label={`the address of ${name}`} />}</div>
      <div class="traffic">{use && status.state !== "asleep" && <Sparkline use={use} />}</div>
      <div class="woken small">
        {status.wokenBy && status.state !== "asleep" ? <span class="dim">woken by {status.wokenBy}</span> : copy !== null && <Extra card={card} />}
      </div>
      <div class="cost small" title="This month so far, against always on; by list prices">
        {cost && (
          <>
            <span>{money(cost.soFar)}</span>
            <span class="dim"> of {money(cost.always)}</span>
          </>
        )}
      </div>
      <Actions card={card} />
      {status.reason && <p class="reason">{withLocalTimes(status.reason, now.value)}</p>}
    </li>
  );
}

/** What else there is to say of its kind. */
function Extra({ card: { status } }: { card: LeafCard }) {
  const { runs, serving } = status;
  if (serving)
    return (
      <span class="dim small">
        {serving.running} of {serving.desired} {serving.desired === 1 ? "task" : "tasks"}
        {serving.deployment.state === "IN_PROGRESS" ? ", being deployed" : ""}
      </span>
    );
  if (!runs) return null;
  const next = runs.next[0];
  const last = runs.last;
  return (
    <span class="dim small">
      {!runs.enabled ? "not enabled here" : next ? `next ${when(Date.parse(next), now.value)}` : "never due"}
      {last ? `, last run ${last.exitCode === undefined ? "did not start" : `exit code ${last.exitCode}`}` : ""}
    </span>
  );
}

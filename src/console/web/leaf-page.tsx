import { useRef } from "preact/hooks";
import type { LeafCard, LeafDetail } from "../api-types.ts";
import { Alerts } from "./alerts.tsx";
import { LeafHistory } from "./leaf-history.tsx";
import { LivePath } from "./live-path.tsx";
import { Logs } from "./logs.tsx";
import { Actions, Copy, State } from "./parts.tsx";
import { Resources } from "./resources.tsx";
import { addressOf, detail, now, overview, route, TABS, type Tab } from "./store.ts";
import { duration, money, stateWords, when, withLocalTimes } from "./words.ts";
import { UseChart } from "./use-chart.tsx";

const TITLES: Record<Tab, string> = { history: "History", logs: "Logs", alerts: "Alerts", resources: "Resources" };

export function LeafPage({ name }: { name: string }) {
  const shown = detail.value;
  const card = shown?.card ?? overview.value!.leaves.find((leaf) => leaf.name === name);
  if (!card)
    return (
      <p class="empty">
        There is no leaf {name}. <a href={addressOf({})}>All leaves</a>
      </p>
    );
  const { status, use } = card;
  return (
    <article class="page" data-state={status.state}>
      <nav aria-label="Where you are">
        <a href={addressOf({})}>All leaves</a>
      </nav>
      <div class="head">
        <h1>{name}</h1>
        <span>
          <State state={status.state} /> <span class="dim">{stateWords(status, use?.sleepsAt ?? null, now.value)}</span>
        </span>
        <Actions card={card} />
      </div>
      {status.reason && <p class="reason">{withLocalTimes(status.reason, now.value)}</p>}
      <Facts card={card} />
      {shown ? (
        <Parts shown={shown} />
      ) : (
        <p class="empty" aria-busy="true">
          Looking at it …
        </p>
      )}
    </article>
  );
}

/** What there is to know of it at a glance. */
function Facts({ card }: { card: LeafCard }) {
  const { status, copy, cost, wakes } = card;
  return (
    <dl class="facts">
      {copy !== null && (
        <div>
          <dt>Address</dt>
          <dd>
            <Copy text={copy} label="its address" />
          </dd>
        </div>
      )}
      <div>
        <dt>{card.kind === "service" ? "Runs" : "Wakes by"}</dt>
        <dd>{wakes}</dd>
      </div>
      {status.wokenBy && (
        <div>
          <dt>Woken last by</dt>
          <dd>{status.wokenBy}</dd>
        </div>
      )}
      {status.runs?.enabled && status.runs.next[0] && (
        <div>
          <dt>Next run</dt>
          <dd>{when(Date.parse(status.runs.next[0]), now.value)}</dd>
        </div>
      )}
      {status.serving && (
        <div>
          <dt>Tasks</dt>
          <dd>
            {status.serving.running} of {status.serving.desired}
            {status.serving.min !== null && status.serving.min !== status.serving.max ? ` (${status.serving.min} to ${status.serving.max})` : ""}
          </dd>
        </div>
      )}
      {cost && (
        <div>
          <dt>This month</dt>
          <dd title="What is there asleep or awake, and the hours awake, by list prices">
            {money(cost.soFar)} <span class="dim">of {money(cost.always)} always on</span>
          </dd>
        </div>
      )}
      {cost && card.kind !== "service" && (
        <div>
          <dt>Awake this month</dt>
          <dd>{duration(cost.hoursAwake * 3_600_000)}</dd>
        </div>
      )}
    </dl>
  );
}

function Parts({ shown }: { shown: LeafDetail }) {
  const { tab } = route.value;
  const name = shown.card.name;
  return (
    <>
      <section aria-labelledby="path">
        <h2 id="path">{shown.card.status.state === "asleep" ? "How it wakes" : "Where it is"}</h2>
        <LivePath path={shown.path} />
      </section>
      {shown.use && (
        <section aria-labelledby="traffic">
          <h2 id="traffic">Traffic</h2>
          <UseChart use={shown.use} />
        </section>
      )}
      <section>
        <Tabs
          name={name}
          tab={tab}
          counts={{ history: shown.wakes.length, logs: undefined, alerts: shown.alerts.length, resources: shown.resources.length }}
        />
        <div role="tabpanel" id="panel" aria-labelledby={`tab-${tab}`} tabIndex={0}>
          {tab === "history" && <LeafHistory wakes={shown.wakes} />}
          {tab === "logs" && <Logs key={name} leaf={name} />}
          {tab === "alerts" && <Alerts alerts={shown.alerts} />}
          {tab === "resources" && <Resources resources={shown.resources} />}
        </div>
      </section>
    </>
  );
}

/** Tabs by the keys that the ARIA Authoring Practices give them: left and right, one of them in the tab order. */
function Tabs({ name, tab, counts }: { name: string; tab: Tab; counts: Record<Tab, number | undefined> }) {
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    const to = TABS[(TABS.indexOf(tab) + by + TABS.length) % TABS.length]!;
    location.replace(addressOf({ leaf: name, tab: to }));
    list.current?.querySelector<HTMLElement>(`#tab-${to}`)?.focus();
    event.preventDefault();
  };
  return (
    <div role="tablist" ref={list} onKeyDown={onKeyDown} aria-label={`More about ${name}`}>
      {TABS.map((one) => (
        <a
          key={one}
          role="tab"
          id={`tab-${one}`}
          href={addressOf({ leaf: name, tab: one })}
          aria-selected={one === tab}
          aria-controls="panel"
          tabIndex={one === tab ? 0 : -1}
          onClick={(event) => {
            // Tabs are no places to go back to.
            event.preventDefault();
            location.replace(addressOf({ leaf: name, tab: one }));
          }}
        >
          {TITLES[one]}
          {counts[one] ? <span class="count">{counts[one]}</span> : null}
        </a>
      ))}
    </div>
  );
}

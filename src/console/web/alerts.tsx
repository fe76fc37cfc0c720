import type { Alert } from "../../operate/history-types.ts";
import { now } from "./store.ts";
import { when } from "./words.ts";

/** What people were told, and which channels it reached: of mails SNS does not tell. */
export function Alerts({ alerts }: { alerts: readonly Alert[] }) {
  if (alerts.length === 0) return <p class="empty">Nobody was told anything in the last month.</p>;
  return (
    <ol class="alerts">
      {alerts.map(({ at, subject, notice, deliveries }) => (
        <li key={notice.id} class={`alert ${notice.occasion}`}>
          <span class="wake-when">{when(Date.parse(at), now.value)}</span>
          <span class="what">
            {subject}
            {notice.log && notice.log.length > 0 && <pre>{notice.log.join("\n")}</pre>}
          </span>
          <span class="dim small">
            {deliveries
              .map(({ channel, to, ok, error }) => (ok ? `${channel} (${to})` : `${channel} (${to}) failed: ${error ?? "unknown"}`))
              .join(", ")}
          </span>
        </li>
      ))}
    </ol>
  );
}

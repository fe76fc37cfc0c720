import type { LivePath as Path, PathStep } from "../api-types.ts";
import { now } from "./store.ts";
import { shortDuration, when, withLocalTimes } from "./words.ts";

const WORDS: Record<PathStep["state"], string> = { off: "not there", working: "on its way", on: "there", failed: "failed" };

/** The way from the asker to the container: what is there is lit, what is on its way breathes. */
export function LivePath({ path }: { path: Path }) {
  const { steps } = path;
  return (
    <ol class="path">
      {steps.map((step, i) => {
        const before = steps[i - 1];
        const took = before?.at && step.at && step.state !== "off" ? Date.parse(step.at) - Date.parse(before.at) : undefined;
        return (
          <li key={step.id} class={`step ${step.state}`} data-step={step.id} data-state={step.state}>
            {i > 0 && <span class="link" aria-hidden="true" />}
            <span class="dot" aria-hidden="true" />
            <span class="step-title">{step.title}</span>
            <span class="visually-hidden">: {WORDS[step.state]}</span>
            {step.detail && <span class="step-detail">{withLocalTimes(step.detail, now.value)}</span>}
            {step.at && step.state !== "off" && (
              <span class="step-at">
                {when(Date.parse(step.at), now.value)}
                {took !== undefined && took > 0 && took < 3_600_000 ? ` · +${shortDuration(took)}` : ""}
              </span>
            )}
          </li>
        );
      })}
    </ol>
  );
}

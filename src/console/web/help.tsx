import { useEffect, useRef } from "preact/hooks";

const KEYS: readonly (readonly [string, string])[] = [
  ["j, k", "the next leaf, the one before"],
  ["Enter", "open it"],
  ["/", "filter the leaves"],
  ["← →", "another tab of a leaf"],
  ["Esc", "back to all leaves"],
  ["?", "this help"],
];

const WORDS: readonly (readonly [string, string])[] = [
  ["asleep", "nothing runs; the next visit wakes it"],
  ["waking", "it is on its way: an instance or a task starts"],
  ["awake", "it can be used"],
  ["falling asleep", "it is being stopped, with the time that its container was given"],
  ["crashed", "its container ended by itself again and again; visits do not start it for a while, Wake does"],
];

export function Help({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} onClose={onClose} onClick={(event) => event.target === dialog.current && dialog.current?.close()} aria-labelledby="help">
      <h2 id="help">Keys and words</h2>
      <dl class="keys">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <dl>
        {WORDS.map(([word, what]) => (
          <div key={word}>
            <dt>{word}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p class="dim small">
        Cost is this month so far by list prices: what is there asleep or awake, and the hours awake. “of” is the same time, always on.
      </p>
      <form method="dialog">
        <button class="primary">Close</button>
      </form>
    </dialog>
  );
}
